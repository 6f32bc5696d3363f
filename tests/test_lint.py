"""`gatekeeper lint`: what a person, a script and a code scanner see of serving code."""

from __future__ import annotations

import io
import json
import re
import subprocess
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest

Gate = Callable[..., "subprocess.CompletedProcess[str]"]

ROOT = Path(__file__).parents[1]
INCIDENT = ROOT / "examples/incident-4092x"

HEAD = """\
import torch
from flask import Flask, request

app = Flask(__name__)
model = torch.jit.load("price.ts")

"""
UNGUARDED = (
    HEAD
    + """
@app.post("/price")
def price():
    return str(model(torch.tensor(request.json)))
"""
)
GUARDED = UNGUARDED.replace("def price", "@torch.inference_mode()\ndef price")


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Return what writes files, and returns the folder."""

    def make(**files: str | bytes) -> Path:
        folder = tmp_path / "code"
        for name, content in files.items():
            home = folder / (name if "." in name else f"{name}.py")
            home.parent.mkdir(parents=True, exist_ok=True)
            home.write_bytes(content if isinstance(content, bytes) else content.encode())
        return folder

    return make


def findings(gate: Gate, *args: str | Path) -> list[dict[str, Any]]:
    parsed: list[dict[str, Any]] = json.loads(gate("lint", "--format", "json", *args).stdout)
    return parsed


# What is told


def test_a_finding_has_its_frame_its_path_and_its_fix(gate: Gate, write: Callable[..., Path]) -> None:
    done = gate("lint", "app.py", cwd=write(app=UNGUARDED))

    assert done.returncode == 1
    assert done.stderr == ""
    assert (
        done.stdout
        == """\
app.py:10:16 no-grad/unguarded-call `model(torch.tensor(request.json))` runs with gradients on: \
got no guard on the way from `price`, expected one
     |
   8 | @app.post("/price")
   9 | def price():
  10 |     return str(model(torch.tensor(request.json)))
     |                ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
     |
  path: entry price -> model(torch.tensor(request.json)), no guard on it
  fix: put `@torch.inference_mode()` on `price`

looked at 1 file (10 lines), 1 entry point (1 Flask), 1 forward call (1 unguarded)
torch: not known, judged strictly (--torch VERSION or --lock FILE tells)
FAIL: 1 finding (exit code 1).
"""
    )


def test_what_is_guarded_is_clean(gate: Gate, write: Callable[..., Path]) -> None:
    done = gate("lint", write(app=GUARDED))

    assert (done.returncode, done.stderr) == (0, "")
    assert "1 forward call (1 guarded by its own function)" in done.stdout
    assert done.stdout.endswith("PASS: no finding (exit code 0).\n")


def test_the_incidents_serving_code_shows_each_defect_once_with_its_path(gate: Gate) -> None:
    lock = INCIDENT / "requirements/production.lock"
    found = findings(gate, INCIDENT / "serving", "--lock", lock)

    assert [each["code"] for each in found] == [
        "no-grad/unguarded-call",
        "retained-tensor/graph",
        "no-grad/guard-lost-in-thread",
        "training-in-serving/train-mode",
        "training-in-serving/backward",
        "training-in-serving/optimizer",
        "no-grad/guard-on-async",
    ]
    assert all(each["trace"] for each in found if each["code"] != "no-grad/guard-on-async")
    lost = found[2]
    assert [step["function"] for step in lost["trace"]] == ["answer", "answer", "batch"]
    assert lost["trace"][-1]["what"] == "hands work to a thread pool.map(score, rows)"


def test_the_pricing_service_is_clean(gate: Gate) -> None:
    done = gate("lint", ROOT / "examples/pricing/serving", "--entry", "serving.app:price")
    assert done.returncode == 0


def test_explain_path_gives_every_step_its_place(gate: Gate, write: Callable[..., Path]) -> None:
    folder = write(app=UNGUARDED.replace("str(model(", "run((").replace("json)))", "json)))"), engine="")
    (folder / "app.py").write_text(
        "from engine import run\n" + HEAD + "\n@app.post('/p')\ndef price():\n    return run(request.json)\n"
    )
    (folder / "engine.py").write_text(
        "import torch\nmodel = torch.jit.load('p.ts')\n\n\ndef run(row):\n    return model(torch.tensor(row))\n"
    )
    done = gate("lint", ".", "--explain-path", cwd=folder)

    assert "  path: entry price -> run -> model(torch.tensor(row)), no guard on it\n" in done.stdout
    assert re.search(r"app.py:10:1 +price  entry point of Flask\n", done.stdout)
    assert re.search(r"app.py:11:12 +price  calls run\(request.json\)\n", done.stdout)


def test_json_is_a_list_of_findings_with_all_that_is_known(gate: Gate, write: Callable[..., Path]) -> None:
    (found,) = findings(gate, write(app=UNGUARDED))

    assert {"code", "severity", "message", "path", "line", "column", "function", "trace", "fix"} <= found.keys()
    assert (found["code"], found["severity"], found["function"]) == ("no-grad/unguarded-call", "error", "price")
    assert (found["line"], found["column"]) == (10, 16)
    assert not found["suppressed"]


def test_sarif_has_the_whole_way_and_every_rule(gate: Gate) -> None:
    done = gate("lint", "--format", "sarif", INCIDENT / "serving")
    (run,) = json.loads(done.stdout)["runs"]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]

    assert done.returncode == 1
    assert run["invocations"][0]["executionSuccessful"] is True
    assert "no-grad/unguarded-call" in rules
    for result in run["results"]:
        assert rules[result["ruleIndex"]] == result["ruleId"]
        assert len(result["partialFingerprints"]) == 1
    flows = [each["codeFlows"][0]["threadFlows"][0]["locations"] for each in run["results"] if "codeFlows" in each]
    assert len(flows) == 6
    assert all(len(flow) >= 2 for flow in flows)


@pytest.mark.slow
def test_sarif_is_what_its_schema_asks_for(gate: Gate, write: Callable[..., Path], tmp_path: Path) -> None:
    # The schema of the OASIS committee comes with a package of the npm registry.
    subprocess.run(
        ["npm", "pack", "--silent", "@microsoft/jest-sarif@1.0.0-beta.0"], cwd=tmp_path, check=True, timeout=120
    )
    with tarfile.open(next(tmp_path.glob("*.tgz"))) as archive:
        schema = json.load(archive.extractfile("package/lib/schemas/sarif-2.1.0-rtm.5.json") or io.BytesIO(b"null"))
    assert schema["title"].startswith("Static Analysis Results")
    suppressed = UNGUARDED.replace("json)))", "json)))  # noqa: no-grad/unguarded-call -- the exporter froze it")
    folder = write(app=UNGUARDED, quiet=suppressed, broken="def\n", clean=GUARDED)
    for subject in (folder, folder / "clean.py", INCIDENT / "serving"):
        document = json.loads(gate("lint", "--format", "sarif", subject).stdout)
        errors = jsonschema.validators.validator_for(schema)(schema).iter_errors(document)
        assert [f"{each.json_path}: {each.message}" for each in errors] == []


def test_a_fingerprint_survives_lines_above_it(gate: Gate, write: Callable[..., Path]) -> None:
    def prints(text: str) -> list[str]:
        folder = write(app=text)
        done = gate("lint", "--format", "sarif", "app.py", cwd=folder)
        return [each["partialFingerprints"] for each in json.loads(done.stdout)["runs"][0]["results"]]

    assert prints(UNGUARDED) == prints("# a comment\n\n" + UNGUARDED)


def test_github_annotates_the_place(gate: Gate, write: Callable[..., Path]) -> None:
    done = gate("lint", "--format", "github", "app.py", cwd=write(app=UNGUARDED))

    assert done.returncode == 1
    assert done.stdout.startswith(
        "::error file=app.py,line=10,endLine=10,col=16,endColumn=49,title=no-grad/unguarded-call::"
    )
    assert "%0Afix: put" in done.stdout


@pytest.mark.parametrize("format_", ["text", "json", "sarif", "github"])
def test_the_exit_code_is_the_same_in_every_format(format_: str, gate: Gate, write: Callable[..., Path]) -> None:
    folder = write(bad=UNGUARDED, good=GUARDED, none="x = 1\n")
    codes = [gate("lint", "--format", format_, folder / f"{name}.py").returncode for name in ("good", "bad", "none")]
    assert codes == [0, 1, 3]


def test_output_goes_to_a_file(gate: Gate, write: Callable[..., Path], tmp_path: Path) -> None:
    done = gate("lint", write(app=UNGUARDED), "--format", "json", "--output", tmp_path / "lint.json")
    assert (done.returncode, done.stdout) == (1, "")
    assert len(json.loads((tmp_path / "lint.json").read_text())) == 1


# What is asked for


def test_an_entry_may_be_named(gate: Gate, write: Callable[..., Path]) -> None:
    engine = (
        "import torch\n\n\nclass Engine:\n    def __init__(self, path):\n        self.net = torch.jit.load(path)\n\n"
    )
    folder = write(engine=engine + "    def run(self, x):\n        return self.net(x)\n")

    assert gate("lint", folder).returncode == 3
    (found,) = findings(gate, folder, "--entry", "engine:Engine.run")
    assert (found["function"], found["trace"][0]["what"]) == ("Engine.run", "entry point of named")
    assert [each["line"] for each in findings(gate, folder, "--all-functions")] == [9]


def test_an_entry_that_is_not_there(gate: Gate, write: Callable[..., Path]) -> None:
    done = gate("lint", write(app=UNGUARDED), "--entry", "app:prise")
    assert done.returncode == 2
    assert "did you mean app:price?" in done.stderr


def test_select_takes_codes_and_families(gate: Gate) -> None:
    serving = INCIDENT / "serving"
    trained = findings(gate, serving, "--select", "training-in-serving")
    assert {each["code"].partition("/")[0] for each in trained} == {"training-in-serving"}
    assert len(findings(gate, serving, "--select", "retained-tensor/graph")) == 1
    done = gate("lint", serving, "--select", "no-grad/unguarded-cal")
    assert done.returncode == 2
    assert "did you mean 'no-grad/unguarded-call'?" in done.stderr


def test_the_torch_that_is_pinned_decides(gate: Gate, write: Callable[..., Path], tmp_path: Path) -> None:
    folder = write(app=GUARDED + "\nweights = torch.load('w.pt')\n")
    lock = tmp_path / "production.lock"
    lock.write_text("torch==2.6.0 --hash=sha256:" + "0" * 64 + "\n")

    assert [each["code"] for each in findings(gate, folder)] == ["unsafe-load/weights-only-missing"]
    assert findings(gate, folder, "--torch", "2.5.1")
    assert findings(gate, folder, "--torch", "2.6.0") == []
    assert findings(gate, folder, "--lock", lock) == []


def test_suppressions_need_a_code_and_a_reason(gate: Gate, write: Callable[..., Path]) -> None:
    def told(comment: str) -> list[str]:
        folder = write(app=UNGUARDED.replace("json)))", f"json)))  {comment}"))
        return [each["code"] for each in findings(gate, folder) if not each["suppressed"]]

    assert told("# noqa: no-grad/unguarded-call -- the exporter froze it") == []
    assert told("# noqa") == ["no-grad/unguarded-call"]
    assert told("# noqa: E501") == ["no-grad/unguarded-call"]
    assert told("# noqa: E501, no-grad/unguarded-call -- the exporter froze it") == []
    assert told("# noqa: no-grad/unguarded-call") == ["no-grad/unguarded-call", "no-grad/suppression-without-reason"]
    assert told("# noqa: no-grad/partial-guard -- why") == ["no-grad/unguarded-call", "no-grad/unused-suppression"]


def test_a_suppression_stands_in_the_report(gate: Gate, write: Callable[..., Path]) -> None:
    comment = "# noqa: no-grad/unguarded-call -- the exporter froze it"
    folder = write(app=UNGUARDED.replace("json)))", f"json)))  {comment}"))
    done = gate("lint", "app.py", cwd=folder)

    assert done.returncode == 0
    assert "suppressed: app.py:10:16 no-grad/unguarded-call -- the exporter froze it\n" in done.stdout


def test_entry_points_that_lead_nowhere_are_no_pass(gate: Gate, write: Callable[..., Path]) -> None:
    folder = write(app=UNGUARDED.replace("model(torch.tensor(request.json))", "1") + "\n\ndef run(x):\n    model(x)\n")
    done = gate("lint", folder)
    assert done.returncode == 3
    assert "no entry point leads to a forward call, and 1 that none leads to could not be judged" in done.stdout
    assert gate("lint", folder, "--entry", "app:run").returncode == 1


# What can't be looked at


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("import torch\nprint 'x'\n", "got Python 2"),
        ("import torch\ndef\n", "invalid syntax"),
        (b"import torch\n\0x = 1\n", "null"),
        ("# \u00e9\n".encode("latin-1") + b"import torch\n", "UTF-8"),
        ("x = " + "(" * 1000 + "1" + ")" * 1000 + "\n", "nested"),
    ],
    ids=["python-2", "syntax", "null-byte", "latin-1", "nested"],
)
def test_what_does_not_parse(content: str | bytes, said: str, gate: Gate, write: Callable[..., Path]) -> None:
    folder = write(app=GUARDED, broken=content)
    done = gate("lint", folder)

    assert done.returncode == 3
    assert "broken.py" in done.stdout
    assert said in done.stdout
    assert gate("lint", folder, "--format", "json").stderr.count("broken.py") == 1


def test_findings_beside_a_broken_file_are_told_and_beat_it(gate: Gate, write: Callable[..., Path]) -> None:
    done = gate("lint", write(app=UNGUARDED, broken="def\n"))
    assert done.returncode == 1
    assert "no-grad/unguarded-call" in done.stdout
    assert "FAIL: 1 finding, 1 thing could not be looked at (exit code 1)." in done.stdout


@pytest.mark.parametrize(
    ("body", "count"),
    [("return " + "+".join(["a"] * 1000), 0), ("return model(x)" + ".a()" * 1000, 1)],
    ids=["terms", "calls"],
)
def test_what_is_deep_is_walked_all_the_same(body: str, count: int, gate: Gate, write: Callable[..., Path]) -> None:
    found = findings(gate, write(app=f"{HEAD}\n@app.get('/')\ndef f(x, a):\n    {body}\n"))
    assert len(found) == count


def test_calls_that_are_too_deep_are_told_and_not_passed(gate: Gate, write: Callable[..., Path]) -> None:
    chain = "".join(f"def f{each}(x):\n    return f{each + 1}(x)\n" for each in range(1000))
    handler = "@app.get('/')\ndef g(x):\n    return f0(x)\n"
    done = gate("lint", write(app=f"{HEAD}{chain}def f1000(x):\n    return model(x)\n{handler}"))
    assert done.returncode == 3
    assert "app:f99 is called more than 100 calls below an entry point, and was not followed" in done.stdout


def test_imports_in_a_circle_end(gate: Gate, write: Callable[..., Path]) -> None:
    folder = write(a="from b import *\nfrom b import g\n\n\ndef f(x):\n    return g(x)\n", b="from a import *\n")
    (folder / "b.py").write_text("from a import *\nfrom a import f\n\n\ndef g(x):\n    return f(x)\n")
    assert gate("lint", folder, "--all-functions").returncode == 0


def test_a_package_that_shadows_torch(gate: Gate, write: Callable[..., Path]) -> None:
    folder = write(app=GUARDED)
    (folder / "torch").mkdir()
    (folder / "torch/__init__.py").write_text("")
    done = gate("lint", folder)
    assert done.returncode == 3
    assert "is called torch" in done.stdout


def test_a_notebook_is_linted_by_its_cells(gate: Gate, write: Callable[..., Path]) -> None:
    cells = [
        {"cell_type": "code", "source": each, "metadata": {}, "outputs": []} for each in (HEAD, UNGUARDED[len(HEAD) :])
    ]
    notebook = {"cells": cells, "metadata": {"kernelspec": {"language": "python"}}, "nbformat": 4, "nbformat_minor": 5}
    folder = write(**{"serve.ipynb": json.dumps(notebook)})
    (found,) = findings(gate, folder)
    assert (found["cell"], found["line"]) == (2, 4)


def test_nothing_to_look_at(gate: Gate, write: Callable[..., Path], tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert gate("lint", tmp_path / "empty").returncode == 3
    missing = gate("lint", write(app=GUARDED) / "ap.py")
    assert missing.returncode == 2
    assert "did you mean" in missing.stderr


def test_hostile_names_and_text_do_not_reach_the_terminal(gate: Gate, write: Callable[..., Path]) -> None:
    folder = write(app=UNGUARDED.replace("request.json", "'\x1b[2J'"))
    (folder / "a\x1b[31m.py").write_text("def\n")
    done = gate("lint", folder)
    assert "\x1b" not in done.stdout


# What is mended


def test_fix_writes_what_is_safe_and_nothing_else(gate: Gate, write: Callable[..., Path]) -> None:
    text = (
        GUARDED.replace("@torch.inference_mode()\n", "") + "\r\nweights = torch.load(\r\n    'w.pt',  # \u00e9\r\n)\r\n"
    )
    folder = write(app=text)
    done = gate("lint", "app.py", "--fix", cwd=folder)

    assert done.returncode == 1
    assert "fixed 1, 1 left" in done.stdout
    expected = text.replace("'w.pt',  #", "'w.pt', weights_only=True  #")
    assert (folder / "app.py").read_bytes().decode() == expected


def test_unsafe_fixes_put_a_guard_on_the_entry(gate: Gate, write: Callable[..., Path]) -> None:
    folder = write(app=UNGUARDED)
    assert gate("lint", folder, "--unsafe-fixes").returncode == 0
    assert (folder / "app.py").read_text() == GUARDED


def test_diff_writes_nothing(gate: Gate, write: Callable[..., Path]) -> None:
    folder = write(app=UNGUARDED)
    done = gate("lint", "app.py", "--unsafe-fixes", "--diff", cwd=folder)
    assert done.returncode == 1
    assert "+@torch.inference_mode()\n def price():" in done.stdout
    assert (folder / "app.py").read_text() == UNGUARDED

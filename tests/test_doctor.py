"""`gatekeeper doctor`: what is here, what is missing, what is broken; with the real command and real interpreters."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from gatekeeper.cache.entries import Entry, write
from gatekeeper.cli.doctor.asking import Said, ask
from gatekeeper.cli.doctor.machine import TORCH, card_row, torch_row
from gatekeeper.model import Evidence, Examined
from gatekeeper.policy_replay import Replay
from gatekeeper.report.doctor import Diagnosis, Row, Status, json_schema, render_text

Gate = Callable[..., "subprocess.CompletedProcess[str]"]
MakeCandidate = Callable[..., Path]
Parts = dict[str, "str | bytes"]
MakeInterpreter = Callable[..., Path]

NO_CARD = not Path("/proc/driver/nvidia/version").exists() and not Path("/dev/nvidiactl").exists()


def last_line(done: subprocess.CompletedProcess[str]) -> str:
    return done.stdout.splitlines()[-1]


def line_of(done: subprocess.CompletedProcess[str], part: str) -> str:
    """Return the line of one part: its status and what is said of it."""
    (line,) = [each for each in done.stdout.splitlines() if each[16:38].strip() == part and each[0] in "✓✗·"]
    return line[2:]


def parts_of(done: subprocess.CompletedProcess[str]) -> dict[str, dict[str, Any]]:
    return {each["part"]: each for each in json.loads(done.stdout)["parts"]}


@pytest.fixture(scope="session")
def make_interpreter(tmp_path_factory: pytest.TempPathFactory) -> MakeInterpreter:
    """Return what makes an interpreter: alone, or with this environment's packages behind files of its own."""

    def make(files: dict[str, str] | None = None, *, alone: bool = False) -> Path:
        folder = tmp_path_factory.mktemp("environment")
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True, timeout=120)
        python = folder / "bin" / "python"
        (site,) = folder.glob("lib/python*/site-packages")
        theirs = [path for path in sys.path if path.endswith("site-packages")]
        lines = [] if alone else [f"import site; site.addsitedir({path!r})" for path in theirs]
        (site / "this-environment.pth").write_text("\n".join(lines) + "\n")
        for name, content in (files or {}).items():
            (site / name).parent.mkdir(parents=True, exist_ok=True)
            (site / name).write_text(content)
        return python

    return make


@pytest.fixture
def program(tmp_path: Path) -> Callable[[str], Path]:
    """Return what writes an executable file that is no Python."""

    def make(content: str, name: str = "program") -> Path:
        path = tmp_path / name
        path.write_text(content)
        path.chmod(0o755)
        return path

    return make


# --- with nothing wrong


def test_a_candidate_for_which_all_is_here(gate: Gate, candidate: MakeCandidate, parts: Parts) -> None:
    root = candidate(parts)
    done = gate("doctor", root)
    assert done.returncode == 0, done.stdout
    assert last_line(done) == f"READY: all that {root} needs under profile ci is here."
    digest = hashlib.sha256((root / "gatekeeper.yaml").read_bytes()).hexdigest()
    assert line_of(done, "policy").split(None, 2)[2].endswith(f"found in the folder that was named, sha256:{digest}")
    assert line_of(done, "profile").endswith("ci: 10 checks, executes the candidate")
    assert "2 of 2 distributions of production.lock are installed as it pins them" in line_of(done, "its environment")
    assert line_of(done, "interpreter").endswith("the gate's own, for no --python was given; it starts")
    assert line_of(done, "graphics card").startswith("not asked for")


def test_outside_of_a_candidate_the_gate_and_the_machine_are_looked_at(gate: Gate, tmp_path: Path) -> None:
    done = gate("doctor", cwd=tmp_path)
    assert done.returncode == 0, done.stdout
    assert line_of(done, "gate").startswith("OK ")
    assert line_of(done, "isolation").startswith("OK ")
    assert line_of(done, "gate's distributions").startswith("OK ")
    assert "no gatekeeper.yaml in the current folder; its parents are never searched" in line_of(done, "policy")
    assert last_line(done) == "READY: the gate and this machine; no candidate was looked at."


def test_the_policy_of_a_parent_is_told_and_not_used(gate: Gate, candidate: MakeCandidate, parts: Parts) -> None:
    root = candidate(parts)
    (root / "deep").mkdir()
    done = gate("doctor", cwd=root / "deep")
    assert done.returncode == 0
    assert line_of(done, "policy").startswith("not asked for")
    assert f"fix: to look at the one above: gatekeeper doctor {root}" in done.stdout


def test_the_policy_of_the_current_folder_is_found(gate: Gate, candidate: MakeCandidate, parts: Parts) -> None:
    done = gate("doctor", "--profile", "dev", cwd=candidate(parts))
    assert done.returncode == 0
    assert "gatekeeper.yaml, found in the current folder; its parents are never searched" in line_of(done, "policy")


def test_a_policy_elsewhere_is_named_by_config(gate: Gate, candidate: MakeCandidate, parts: Parts) -> None:
    root = candidate(parts)
    (root / "gatekeeper.yaml").rename(root / "other.yaml")
    done = gate("doctor", root, "--config", root / "other.yaml", "--profile", "dev")
    assert done.returncode == 0
    assert "other.yaml, named by --config, sha256:" in line_of(done, "policy")


def test_a_profile_that_executes_nothing_asks_for_no_interpreter(
    gate: Gate, candidate: MakeCandidate, parts: Parts
) -> None:
    done = gate("doctor", candidate(parts), "--profile", "dev")
    assert done.returncode == 0
    assert line_of(done, "interpreter").startswith("not asked for")
    assert line_of(done, "profile").endswith("dev: 8 checks, executes nothing of the candidate")


def test_the_json_says_the_same_and_keeps_to_its_schema(gate: Gate, candidate: MakeCandidate, parts: Parts) -> None:
    root = candidate(parts)
    done = gate("doctor", root, "--json")
    document = json.loads(done.stdout)
    jsonschema.validate(document, json_schema())
    assert (document["ready"], document["exit_code"], done.returncode) == (True, 0, 0)
    assert document["candidate"] == str(root)
    text = gate("doctor", root)
    for part in document["parts"]:
        assert line_of(text, part["part"]).startswith(part["status"])


def test_nothing_of_the_candidate_is_executed(gate: Gate, candidate: MakeCandidate, parts: Parts) -> None:
    shout = "import pathlib\npathlib.Path(__file__).with_name('ran').write_text('')\n"
    names = ("serve.py", "sitecustomize.py", "usercustomize.py", "torch.py", "numpy.py", "yaml.py", "click.py")
    root = candidate(parts | dict.fromkeys(names, shout))
    gate("doctor", root, cwd=root)
    gate("doctor", "--python", sys.executable, cwd=root)
    assert not (root / "ran").exists()


def test_what_is_not_on_the_terminal_s_alphabet_is_shown_in_ascii() -> None:
    row = Row(part="gate", status=Status.OK, said="x")
    diagnosis = Diagnosis(rows=(row,), profile="ci")
    assert render_text(diagnosis, ascii_only=True).isascii()
    assert render_text(diagnosis).startswith("✓ OK ")


# --- the command line


def test_a_folder_that_is_not_there(gate: Gate, tmp_path: Path) -> None:
    done = gate("doctor", tmp_path / "nowhere")
    assert (done.returncode, done.stdout) == (2, "")
    assert "nowhere: no such folder" in done.stderr


def test_a_file_in_place_of_the_folder(gate: Gate, candidate: MakeCandidate, parts: Parts) -> None:
    root = candidate(parts)
    done = gate("doctor", root / "model.pkl")
    assert done.returncode == 2
    assert f"fix: give its folder: gatekeeper doctor {root}" in done.stderr


def test_a_profile_that_there_is_not(gate: Gate, tmp_path: Path) -> None:
    done = gate("doctor", "--profile", "relaese", cwd=tmp_path)
    assert done.returncode == 2
    assert "did you mean 'release'?" in done.stderr


def test_a_folder_without_a_policy(gate: Gate, candidate: MakeCandidate) -> None:
    root = candidate({"model.pkl": b"\x80"})
    done = gate("doctor", root)
    assert done.returncode == 3
    assert line_of(done, "policy").startswith("MISSING ")
    assert f"fix: write one: gatekeeper init {root}" in done.stdout
    assert last_line(done) == "NOT READY: policy (profile ci)."


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("colour: red\n", "unknown key 'colour'"),
        ("checks: {no-such-check: {}}\n", "there is no check 'no-such-check'"),
        ("checks: {baseline: {max_age_dais: 3}}\n", "baseline has no option 'max_age_dais'"),
        ("waivers: waivers.yaml\n", "waivers.yaml doesn't exist"),
    ],
)
def test_a_broken_policy_is_an_error_and_the_rest_is_told(
    gate: Gate, candidate: MakeCandidate, parts: Parts, more: str, said: str
) -> None:
    done = gate("doctor", candidate(parts | {"gatekeeper.yaml": str(parts["gatekeeper.yaml"]) + more}))
    assert done.returncode == 2
    assert line_of(done, "waivers" if "waivers" in more else "policy").startswith("BROKEN ")
    assert said in done.stdout
    assert said in done.stderr
    assert line_of(done, "gate").startswith("OK ")


def test_a_broken_policy_is_an_error_in_the_json_too(gate: Gate, candidate: MakeCandidate) -> None:
    done = gate("doctor", candidate({"gatekeeper.yaml": "nonsense"}), "--json")
    document = json.loads(done.stdout)
    assert (done.returncode, document["exit_code"], document["ready"]) == (2, 2, False)
    assert parts_of(done)["policy"]["status"] == "BROKEN"


# --- the candidate's interpreter


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("#!/bin/sh\nsleep 60\n", "did not say which version it is in time"),
        ("#!/bin/sh\nexit 0\n", "ended with 0 and did not say which version it is"),
        ("#!/bin/sh\nexit 7\n", "ended with 7 and did not say which version it is"),
        ("#!/bin/sh\nyes garbage\n", "is no Python that can be used"),
        ("#!/bin/sh\nprintf '\\033[2J\\033[32mREADY'\n", "is no Python that can be used"),
        ("no program at all", "can't be started: "),
    ],
    ids=["hangs", "exits", "fails", "prints for ever", "repaints", "is text"],
)
def test_an_interpreter_that_is_none_is_broken_and_the_rest_is_told(
    gate: Gate, candidate: MakeCandidate, parts: Parts, program: Callable[[str], Path], content: str, said: str
) -> None:
    done = gate("doctor", candidate(parts), "--python", program(content), "--timeout", "1")
    assert done.returncode == 3
    assert line_of(done, "interpreter").startswith("BROKEN ")
    assert said in line_of(done, "interpreter")
    assert line_of(done, "sandbox").startswith("BROKEN ")
    assert last_line(done) == "NOT READY: interpreter, its environment, sandbox (profile ci)."
    assert "\x1b" not in done.stdout


@pytest.mark.parametrize("name", ["nowhere", "folder", "plain"])
def test_a_path_that_can_not_be_started_is_wrong_on_the_command_line(gate: Gate, tmp_path: Path, name: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "plain").write_text("")
    done = gate("doctor", "--python", tmp_path / name, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert "is no interpreter" in done.stderr


def test_an_interpreter_s_name_is_that_of_a_file_and_never_looked_up_on_the_path(
    gate: Gate, program: Callable[..., Path]
) -> None:
    path = program("#!/bin/sh\nexit 41\n", "true")
    done = gate("doctor", "--python", "true", cwd=path.parent)
    assert done.returncode == 3
    assert f"{path} is no Python that can be used: it ended with 41" in line_of(done, "interpreter")


def test_an_interpreter_without_what_production_installs(
    gate: Gate, candidate: MakeCandidate, parts: Parts, make_interpreter: MakeInterpreter
) -> None:
    python = make_interpreter(alone=True)
    done = gate("doctor", candidate(parts), "--python", python)
    assert done.returncode == 3
    assert line_of(done, "interpreter").endswith("given by --python; it starts")
    assert line_of(done, "its environment").endswith(
        "0 of 2 distributions of production.lock are installed as it pins them; 2 that compute an answer are not"
    )
    assert "    numpy: not installed, production's lock pins 2.4.6" in done.stdout
    assert last_line(done) == "NOT READY: its environment (profile ci)."


def test_what_computes_no_answer_may_differ_from_the_lock_and_is_counted(
    gate: Gate, candidate: MakeCandidate, parts: Parts
) -> None:
    lock = f"{parts['production.lock']!s}uvicorn==0.1.0 --hash=sha256:{'0' * 64}\n"
    done = gate("doctor", candidate(parts | {"production.lock": lock}))
    assert done.returncode == 0
    assert "2 of 3 distributions of production.lock" in line_of(done, "its environment")
    assert "    uvicorn: not installed, production's lock pins 0.1.0" in done.stdout


def test_a_lock_that_can_not_be_read(gate: Gate, candidate: MakeCandidate, parts: Parts) -> None:
    done = gate("doctor", candidate(parts | {"production.lock": b"\x80\x04"}))
    assert done.returncode == 3
    assert line_of(done, "its environment").startswith("BROKEN ")
    assert "production.lock" in line_of(done, "its environment")


def test_an_interpreter_of_another_python_than_production_s(gate: Gate, candidate: MakeCandidate, parts: Parts) -> None:
    policy = str(parts["gatekeeper.yaml"]).replace("cp311-linux", "cp38-linux")
    done = gate("doctor", candidate(parts | {"gatekeeper.yaml": policy}))
    assert done.returncode == 3
    assert line_of(done, "interpreter").endswith("and production's target is cp38-linux_x86_64")


def test_start_up_files_of_the_environment_are_shut_in_and_told(
    gate: Gate, tmp_path: Path, make_interpreter: MakeInterpreter
) -> None:
    mark = tmp_path / "mark"
    python = make_interpreter({"evil.pth": f"import pathlib; pathlib.Path({str(mark)!r}).write_text('')\n"})
    done = gate("doctor", "--python", python, cwd=tmp_path)
    held = "fs" in line_of(done, "sandbox")
    assert mark.exists() is not held
    assert done.returncode == 0


# --- the sandbox


def test_a_sandbox_is_held_against_what_the_policy_requires(gate: Gate, candidate: MakeCandidate, parts: Parts) -> None:
    policy = str(parts["gatekeeper.yaml"]).replace("replay: {", "replay: {require_sandbox: [net, fs, processes], ")
    done = gate("doctor", candidate(parts | {"gatekeeper.yaml": policy}), "--json")
    sandbox = parts_of(done)["sandbox"]
    holds_all = sandbox["said"] == "keeps out fs, net, processes"
    assert (sandbox["status"], done.returncode) == (("OK", 0) if holds_all else ("MISSING", 3))
    assert sandbox["details"][0].startswith("layers: ")


def test_what_starts_programs_can_not_be_kept_from_it(gate: Gate, candidate: MakeCandidate, parts: Parts) -> None:
    policy = str(parts["gatekeeper.yaml"]).replace('"serve:handler"', '"exec: ./serve --jsonl"')
    policy = policy.replace("replay: {", "replay: {require_sandbox: [processes], ")
    done = gate("doctor", candidate(parts | {"gatekeeper.yaml": policy}))
    assert done.returncode == 3
    assert line_of(done, "sandbox").startswith("MISSING ")
    assert line_of(done, "sandbox").endswith("and the policy requires processes")


def test_a_server_is_shut_in_by_nobody_here(gate: Gate, candidate: MakeCandidate, parts: Parts) -> None:
    policy = str(parts["gatekeeper.yaml"]).replace('"serve:handler"', '"http://127.0.0.1:9/v2/models/m/infer"')
    done = gate("doctor", candidate(parts | {"gatekeeper.yaml": policy}))
    assert done.returncode == 0
    assert line_of(done, "sandbox").startswith("not asked for")


# --- graphics cards


@pytest.mark.skipif(not NO_CARD, reason="there is a graphics card")
@pytest.mark.parametrize(("gpu", "code", "status"), [("required", 3, "MISSING"), ("if-available", 0, "not asked for")])
def test_a_card_that_is_not_here(
    gate: Gate, candidate: MakeCandidate, parts: Parts, gpu: str, code: int, status: str
) -> None:
    policy = str(parts["gatekeeper.yaml"]).replace("replay: {", f"replay: {{devices: [cpu, cuda], gpu: {gpu}, ")
    root = candidate(parts | {"gatekeeper.yaml": policy})
    done = gate("doctor", root)
    assert done.returncode == code
    assert line_of(done, "graphics card").startswith(status)
    assert gate("doctor", root, "--profile", "dev").returncode == 0


def test_a_card_that_is_here_is_asked_for_only_where_the_policy_asks() -> None:
    wanted = Replay(devices=("cpu", "cuda"))
    assert card_row("NVIDIA 1", wanted, wanted=True).status is Status.OK
    assert card_row("NVIDIA 1", Replay(), wanted=False).status is Status.NOT_ASKED


FAKE = """\
__version__ = "2.13.0"
class version:
    cuda = {cuda}
class cuda:
    device_count = staticmethod(lambda: 1)
    get_device_name = staticmethod(lambda which: "NVIDIA H200")
class _Sum:
    sum = staticmethod(lambda: {sum})
def ones(count, device):
    {raises}
    return _Sum
"""


@pytest.mark.parametrize(
    ("torch", "status", "said"),
    [
        (None, Status.MISSING, "no torch that can be imported: ModuleNotFoundError: No module named 'torch'"),
        ("raise OSError('libcudart.so.12: no')", Status.MISSING, "can be imported: OSError: libcudart.so.12: no"),
        ("import os; os._exit(3)", Status.BROKEN, "the interpreter ended with 3"),
        ("print('gatekeeper-torch:{', flush=True); import os; os._exit(0)", Status.BROKEN, "said nonsense of torch"),
        (
            FAKE.format(cuda="None", sum=2.0, raises="raise RuntimeError('no CUDA')"),
            Status.BROKEN,
            "for no CUDA: a card",
        ),
        (
            FAKE.format(cuda="'13.0'", sum=2.0, raises="raise RuntimeError('driver')"),
            Status.BROKEN,
            "can't be used: Runt",
        ),
        (FAKE.format(cuda="'13.0'", sum=0.0, raises="pass"), Status.BROKEN, "1 + 1 is 0.0 on it"),
        (FAKE.format(cuda="'13.0'", sum=2.0, raises="pass"), Status.OK, "has reckoned on NVIDIA H200 (1 of 1)"),
    ],
    ids=["absent", "unloadable", "dies", "garbage", "cpu build", "old driver", "wrong sum", "works"],
)
def test_a_card_that_is_here_must_be_one_that_torch_can_reckon_on(
    make_interpreter: MakeInterpreter, torch: str | None, status: Status, said: str
) -> None:
    python = make_interpreter({} if torch is None else {"torch.py": torch}, alone=True)
    row = torch_row(ask([str(python), "-I", "-c", TORCH], 60))
    assert row.status is status, row
    assert said in row.said


def test_a_program_that_hangs_or_never_stops_talking_is_ended(program: Callable[[str], Path]) -> None:
    hung = ask([str(program("#!/bin/sh\necho begun\nsleep 60\n"))], 1)
    assert hung == Said(text="begun\n", trouble="did not end within 1 s and was stopped")
    assert ask(["/usr/bin/yes"], 30).trouble == "said more than anybody asked for"


# --- the gate itself, its tools and plug-ins


def test_a_gate_that_lacks_what_it_is_made_of(gate: Gate, tmp_path: Path, make_interpreter: MakeInterpreter) -> None:
    python = make_interpreter({"lz4/__init__.py": "raise ImportError('lz4 is torn')\n"})
    done = gate("doctor", command=(python, "-I", "-m", "gatekeeper"), cwd=tmp_path)
    assert done.returncode == 3
    assert line_of(done, "gate's distributions").endswith("can't be imported: ImportError: lz4 is torn")


def test_a_gate_with_a_version_that_it_can_not_use(
    gate: Gate, tmp_path: Path, make_interpreter: MakeInterpreter
) -> None:
    python = make_interpreter({"lz4-0.1.dist-info/METADATA": "Metadata-Version: 2.1\nName: lz4\nVersion: 0.1\n"})
    done = gate("doctor", command=(python, "-I", "-m", "gatekeeper"), cwd=tmp_path)
    assert done.returncode == 3
    assert line_of(done, "gate's distributions").endswith("lz4 is 0.1, expected >=4.4")


def test_a_tool_that_is_broken_is_told_and_no_run_needs_it(
    gate: Gate, tmp_path: Path, make_interpreter: MakeInterpreter
) -> None:
    python = make_interpreter({"pyarrow/__init__.py": "raise ImportError('pyarrow is torn')\n"})
    done = gate("doctor", command=(python, "-I", "-m", "gatekeeper"), cwd=tmp_path)
    assert done.returncode == 0
    assert line_of(done, "pyarrow").startswith("BROKEN ")
    assert line_of(done, "matplotlib").startswith("OK ")
    assert line_of(done, "promtool").startswith("not asked for")


def test_a_plug_in_that_no_policy_names_is_told_and_not_imported(
    gate: Gate, tmp_path: Path, python_with_plugins: Path
) -> None:
    done = gate("doctor", command=(python_with_plugins, "-I", "-m", "gatekeeper"), cwd=tmp_path)
    assert done.returncode == 0
    named = [line for line in done.stdout.splitlines() if " plug-in " in line]
    assert all(line[2:].startswith("not asked for") for line in named)
    assert any("house-rules of " in line for line in named)


@pytest.mark.parametrize(
    ("name", "status", "said"),
    [
        ("house-rules", "OK", "house-rules of "),
        ("house-rulez", "MISSING", "plug-in 'house-rulez' is not installed beside gatekeeper"),
        ("foreign-rules", "BROKEN", "declares codes that are not its own"),
        ("raises-on-import", "BROKEN", "does not import: "),
        ("baseline", "MISSING", "has the id of a built-in check"),
    ],
)
def test_a_plug_in_that_the_policy_names(
    gate: Gate,
    candidate: MakeCandidate,
    parts: Parts,
    python_with_plugins: Path,
    name: str,
    status: str,
    said: str,
) -> None:
    root = candidate(parts | {"gatekeeper.yaml": f"{parts['gatekeeper.yaml']!s}plugins: [{name}]\n"})
    done = gate("doctor", root, "--profile", "dev", command=(python_with_plugins, "-I", "-m", "gatekeeper"))
    (line,) = [each for each in done.stdout.splitlines() if " plug-in " in each and said in each]
    assert line[2:].startswith(status)
    assert done.returncode == (0 if status == "OK" else 3)


# --- the cache


def test_answers_of_earlier_runs_are_counted_and_a_damaged_one_is_named(
    gate: Gate, candidate: MakeCandidate, parts: Parts, environment: dict[str, str]
) -> None:
    root = candidate(parts)
    local = {"CI": ""}
    before = gate("doctor", root, "--profile", "dev", env=local)
    assert line_of(before, "cache").endswith("is not there yet: the first run makes it")
    assert not (Path(environment["HOME"]) / ".cache").exists()
    folder = Path(environment["HOME"]) / ".cache" / "gatekeeper"
    folder.mkdir(mode=0o700, parents=True)
    outcome = Examined(evidence=(Evidence(what="x", measured={"n": 1}),))
    write(folder, Entry(key="a" * 64, check="baseline", at="2026-01-01T00:00:00Z", reads={}, outcome=outcome))
    after = gate("doctor", root, "--profile", "dev", env=local)
    assert line_of(after, "cache").startswith("OK ")
    assert line_of(after, "cache").endswith(".cache/gatekeeper: 1 answer of earlier runs")
    (answer,) = folder.glob("*.answer")
    answer.write_bytes(answer.read_bytes()[:-1] + b"?")
    damaged = gate("doctor", root, "--profile", "dev", env=local)
    assert damaged.returncode == 0
    assert line_of(damaged, "cache").startswith("BROKEN ")
    assert f"    {answer}: its bytes are not those that were written" in damaged.stdout


@pytest.mark.parametrize(("profile", "env"), [("release", {}), ("dev", {"CI": "true"})])
def test_a_cache_that_no_run_would_use_is_not_asked_for(
    gate: Gate, candidate: MakeCandidate, parts: Parts, profile: str, env: dict[str, str]
) -> None:
    done = gate("doctor", candidate(parts), "--profile", profile, env=env)
    assert line_of(done, "cache").startswith("not asked for")


# --- waivers


def waivers(*days: tuple[int, int]) -> str:
    today = datetime.now(UTC).date()
    entries = [
        "- {code: no-grad/unguarded-call, scope: '*', reason: r, owner: a, approver: b, "
        f"created: {today + timedelta(days=created)}, expires: {today + timedelta(days=expires)}}}\n"
        for created, expires in days
    ]
    return "schema: gatekeeper/waivers@1\nwaivers:\n" + "".join(entries)


def test_waivers_are_told_as_they_stand_today(gate: Gate, candidate: MakeCandidate, parts: Parts) -> None:
    policy = f"{parts['gatekeeper.yaml']!s}waivers: waivers.yaml\n"
    written = waivers((-1, 20), (-9, -1), (2, 9), (-50, 5))
    root = candidate(parts | {"gatekeeper.yaml": policy, "waivers.yaml": written})
    done = gate("doctor", root, "--profile", "dev")
    assert done.returncode == 0
    assert line_of(done, "waivers").endswith("under dev: 1 expired, 2 hold, 1 not yet")
    assert "    waivers.yaml:4:3: no-grad/unguarded-call: expired: it expired on " in done.stdout
    strict = gate("doctor", root, "--profile", "release")
    assert line_of(strict, "waivers").endswith("under release: 1 expired, 1 hold, 1 not yet, 1 too long")


def test_waivers_that_the_policy_does_not_name_are_told_to_have_no_effect(
    gate: Gate, candidate: MakeCandidate, parts: Parts
) -> None:
    done = gate("doctor", candidate(parts | {"waivers.yaml": waivers((-1, 20))}), "--profile", "dev")
    assert "waivers.yaml lies in the folder, and the policy does not name it: it waives nothing" in done.stdout
    assert "fix: if it is meant: waivers: waivers.yaml" in done.stdout

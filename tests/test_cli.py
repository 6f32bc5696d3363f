"""The commands as a user types them: what they print, what they write, how they exit."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from gatekeeper import __version__
from gatekeeper.report.own_codes import PAGES
from gatekeeper_checks import BUILTIN
from gatekeeper_checks._samples import SIX_NEWER, estimators

Gate = Callable[..., "subprocess.CompletedProcess[str]"]
MakeCandidate = Callable[..., Path]
Parts = dict[str, "str | bytes"]

EXAMPLES = Path(__file__).parent.parent / "examples"
COMMANDS = ("run", "list", "explain", "init", "schema", "env", "receipt")
IDS = [check.about.id for check in BUILTIN]
CODES = [rule.code for check in BUILTIN for rule in check.about.rules]


@pytest.fixture
def passing(candidate: MakeCandidate, parts: Parts) -> Path:
    return candidate(parts, name="passing")


@pytest.fixture
def failing(candidate: MakeCandidate, parts: Parts) -> Path:
    return candidate({**parts, "model.pkl": estimators("1.4.2")}, name="failing")


@pytest.fixture
def undecided(candidate: MakeCandidate, parts: Parts) -> Path:
    return candidate({**parts, "model.pkl": ""}, name="undecided")


# --- what explains itself


def test_version_is_one_exact_line(gate: Gate) -> None:
    done = gate("--version")
    assert (done.returncode, done.stdout, done.stderr) == (0, f"gatekeeper {__version__}\n", "")


def test_version_beside_another_option_is_the_same_line(gate: Gate) -> None:
    assert gate("--version", "--help").stdout == f"gatekeeper {__version__}\n"


@pytest.mark.parametrize("option", ["--help", "-h"])
def test_help_names_every_command_and_exit_code(option: str, gate: Gate) -> None:
    done = gate(option)
    assert done.returncode == 0
    assert all(f"  {command} " in done.stdout for command in COMMANDS)
    assert "Exit codes: 0 pass, 1 fail, 2 usage or configuration, 3 could not decide." in done.stdout


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_has_help(command: str, gate: Gate) -> None:
    done = gate(command, "--help")
    assert done.returncode == 0
    assert done.stdout.startswith(f"Usage: gatekeeper {command} ")


def test_without_a_command_the_help_is_shown_and_nothing_passes(gate: Gate) -> None:
    done = gate()
    assert done.returncode == 2
    assert "Usage: gatekeeper" in done.stdout + done.stderr


def test_list_names_every_check_and_code(gate: Gate) -> None:
    done = gate("list")
    assert done.returncode == 0
    lines = [line.split()[0] for line in done.stdout.splitlines()]
    assert [line for line in lines if line in {*IDS, *CODES}] == [
        name for check in BUILTIN for name in (check.about.id, *(rule.code for rule in check.about.rules))
    ]


@pytest.mark.parametrize("subject", [*IDS, *CODES])
def test_explain_knows_every_check_and_code(subject: str, gate: Gate) -> None:
    done = gate("explain", subject)
    assert done.returncode == 0
    assert done.stdout.startswith(f"# {subject}\n")
    assert done.stderr == ""


@pytest.mark.parametrize(
    ("subject", "meant"),
    [
        ("version-pining", "version-pinning"),
        ("version-pinning/unhased", "version-pinning/unhashed"),
        ("enviroment-parity", "environment-parity"),
    ],
)
def test_explain_says_what_was_probably_meant(subject: str, meant: str, gate: Gate) -> None:
    done = gate("explain", subject)
    assert done.returncode == 2
    assert done.stdout == ""
    assert f"there is no check and no code {subject!r}\n  fix: did you mean {meant!r}?" in done.stderr


def test_explain_of_nothing_like_it_names_what_there_is(gate: Gate) -> None:
    done = gate("explain", "42")
    assert done.returncode == 2
    assert f"fix: one of: {', '.join(sorted(IDS))}" in done.stderr


def test_what_the_gate_says_of_its_own_is_explained_too(gate: Gate, undecided: Path) -> None:
    run = json.loads(gate("run", undecided, "--report", "sarif", "--profile", "dev").stdout)["runs"][0]
    own = {result["ruleId"] for result in run["results"]} - set(CODES)
    assert own == {"gatekeeper/undecided"}
    for code in (*own, "gatekeeper/waiver"):
        page = gate("explain", code).stdout
        assert page.startswith(f"# {code}\n")
        assert "## How to fix\n" in page


WORKED_OUT = "import sys; from gatekeeper.cli import run_command_line; sys.exit(run_command_line(sys.argv[1:]))"


@pytest.mark.parametrize(
    "args", [["--help"], ["list"], *(["explain", each] for each in (*IDS, *CODES, *PAGES))], ids=" ".join
)
def test_what_is_recorded_is_what_the_command_itself_would_say(args: list[str], gate: Gate) -> None:
    """If this fails after a change of a check: `python -m tests.record`."""
    worked_out = gate(*args, command=[sys.executable, "-I", "-c", WORKED_OUT], env={"COLUMNS": "80"})
    assert gate(*args).stdout == worked_out.stdout


# --- schema


@pytest.fixture
def schema(gate: Gate) -> dict[str, Any]:
    done = gate("schema", "candidate")
    assert done.returncode == 0
    parsed: dict[str, Any] = json.loads(done.stdout)
    return parsed


def test_the_schema_is_a_json_schema(schema: dict[str, Any]) -> None:
    jsonschema.Draft202012Validator.check_schema(schema)


@pytest.mark.parametrize("example", sorted(each.parent.name for each in EXAMPLES.glob("*/gatekeeper.yaml")))
def test_the_schema_accepts_the_examples(example: str, schema: dict[str, Any]) -> None:
    policy = yaml.safe_load((EXAMPLES / example / "gatekeeper.yaml").read_text())
    jsonschema.Draft202012Validator(schema).validate(policy)


@pytest.mark.parametrize(
    "change",
    [
        {"artefacts": []},
        {"name": ""},
        {"name": 1},
        {"schema": "gatekeeper/candidate@2"},
        {"artifacts": "model.pkl"},
        {"environment": {"trainings": "a"}},
        {"code": {"predictor": "no colon"}},
    ],
)
def test_the_schema_rejects_what_the_gate_rejects(
    change: dict[str, Any], schema: dict[str, Any], gate: Gate, candidate: MakeCandidate
) -> None:
    policy = {"schema": "gatekeeper/candidate@1", "name": "pricing", **change}
    assert list(jsonschema.Draft202012Validator(schema).iter_errors(policy))
    assert gate("run", candidate({"gatekeeper.yaml": yaml.safe_dump(policy)}), "--profile", "dev").returncode == 2


# --- init


def complete(written: Path) -> None:
    """Fill in what no file of a folder shows: which function production calls, and how few golden records will do."""
    text = written.read_text()
    mark = '#   predictor: "serving.app:handler"'
    assert mark in text
    written.write_text(text.replace(mark, '  predictor: "serve:handler"') + "replay: {min_records: 2, stress: 20}\n")


def test_what_init_writes_is_accepted_by_run(gate: Gate, candidate: MakeCandidate, parts: Parts) -> None:
    del parts["gatekeeper.yaml"]
    root = candidate(parts)
    done = gate("init", root)
    assert done.returncode == 0
    assert done.stdout.startswith(f"wrote {root / 'gatekeeper.yaml'} and gatekeeper.schema.json")
    complete(root / "gatekeeper.yaml")
    assert gate("run", root).returncode == 0


def test_init_names_the_schema_that_it_writes(gate: Gate, candidate: MakeCandidate, schema: dict[str, Any]) -> None:
    root = candidate({})
    gate("init", root)
    first = (root / "gatekeeper.yaml").read_text().splitlines()[0]
    assert first == "# yaml-language-server: $schema=./gatekeeper.schema.json"
    assert json.loads((root / "gatekeeper.schema.json").read_text()) == schema


def test_init_in_an_empty_folder_writes_what_run_can_judge(gate: Gate, candidate: MakeCandidate) -> None:
    root = candidate({})
    assert gate("init", root).returncode == 0
    assert gate("run", root, "--profile", "dev").returncode == 1


def test_init_replaces_nothing_unless_it_is_forced(gate: Gate, passing: Path) -> None:
    before = (passing / "gatekeeper.yaml").read_text()
    done = gate("init", passing)
    assert done.returncode == 2
    assert "is there already\n  fix: edit it, or replace it with --force" in done.stderr
    assert (passing / "gatekeeper.yaml").read_text() == before
    assert not (passing / "gatekeeper.schema.json").exists()


def test_init_forced_replaces_it(gate: Gate, passing: Path) -> None:
    assert gate("init", passing, "--force").returncode == 0
    complete(passing / "gatekeeper.yaml")
    assert gate("run", passing, "--profile", "dev").returncode == 0


@pytest.mark.parametrize("name", ["gatekeeper.yaml", "gatekeeper.schema.json"])
def test_init_writes_through_no_link(name: str, gate: Gate, candidate: MakeCandidate, tmp_path: Path) -> None:
    root = candidate({}, links={name: "../victim"})
    done = gate("init", root, "--force")
    assert done.returncode == 2
    assert f"{name} is a symbolic link" in done.stderr
    assert not (tmp_path / "victim").exists()


def test_init_of_what_is_no_folder(gate: Gate, tmp_path: Path) -> None:
    done = gate("init", tmp_path / "nowhere")
    assert done.returncode == 2
    assert "nowhere: no such folder" in done.stderr


ODD_NAMES = (
    "2.10",
    "yes",
    "null",
    "~",
    "a: b",
    "- x",
    "#x",
    "it's",
    '"',
    "{a",
    " lead",
    "1e3",
    "0x10",
    "2024-01-01",
    "ünï",
)


@pytest.mark.parametrize("name", ODD_NAMES)
def test_an_odd_folder_name_survives_init_and_run(name: str, gate: Gate, candidate: MakeCandidate) -> None:
    root = candidate({}, name=name)
    assert gate("init", root).returncode == 0
    parsed = json.loads(gate("run", root, "--report", "json", "--profile", "dev").stdout)
    assert parsed["candidate"]["name"] == name


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example(name="\x85")
@example(name="\u2028")
@example(name="\\")
@given(
    name=st.text(st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1, max_size=20).filter(
        lambda name: name not in {".", ".."}
    )
)
def test_any_folder_and_file_name_survives_init_and_run(
    name: str, gate: Gate, tmp_path_factory: pytest.TempPathFactory
) -> None:
    root = tmp_path_factory.mktemp("any") / name
    root.mkdir()
    (root / name).write_bytes(estimators("1.3.0"))
    assert gate("init", root).returncode == 0
    parsed = json.loads(gate("run", root, "--report", "json", "--profile", "dev").stdout)
    assert parsed["verdict"] == "fail"
    assert [each["path"] for each in parsed["candidate"]["files"]] == [name]
    assert parsed["candidate"]["files"][0]["sha256"]


# --- run and its reports


def test_run_takes_the_current_folder(gate: Gate, passing: Path) -> None:
    assert gate("run", "--profile", "dev", cwd=passing).returncode == 0


def test_run_takes_the_folder_of_a_config(gate: Gate, passing: Path) -> None:
    (passing / "gatekeeper.yaml").rename(passing / "other.yaml")
    assert gate("run", "--config", passing / "other.yaml").returncode == 0


def test_run_works_under_every_profile(gate: Gate, passing: Path) -> None:
    for profile in ("dev", "ci", "release"):
        done = gate("run", passing, "--profile", profile)
        assert done.returncode == 0
        assert f"profile {profile}" in done.stdout.splitlines()[-1]


REPORTS: Sequence[Sequence[str]] = (
    [],
    ["--report", "text"],
    ["--report", "json"],
    ["--report", "json=report.json"],
    ["--report", "json=report.json", "--report", "text=report.txt"],
    ["--report", "text", "--report", "json=report.json"],
    ["--report", "json", "--report", "text=report.txt"],
    ["--report", "json=-"],
)


@pytest.mark.parametrize("reports", REPORTS, ids=" ".join)
@pytest.mark.parametrize(("kind", "code"), [("passing", 0), ("failing", 1), ("undecided", 3)])
def test_the_exit_code_does_not_depend_on_the_reports(
    kind: str, code: int, reports: Sequence[str], gate: Gate, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    root: Path = request.getfixturevalue(kind)
    (tmp_path / "reports").mkdir()
    done = gate("run", root, *reports, "--profile", "dev", cwd=tmp_path / "reports")
    assert done.returncode == code
    for written in (tmp_path / "reports").glob("*.json"):
        assert json.loads(written.read_text())["exit_code"] == code
    assert not list((tmp_path / "reports").glob(".*"))


@pytest.mark.parametrize(("kind", "word"), [("passing", "PASS"), ("failing", "FAIL"), ("undecided", "UNDECIDED")])
def test_the_last_line_is_one_sentence_that_says_what_failed(
    kind: str, word: str, gate: Gate, request: pytest.FixtureRequest
) -> None:
    last = gate("run", request.getfixturevalue(kind), "--profile", "dev").stdout.splitlines()[-1]
    assert last.startswith(f"{word}: ")
    assert last.endswith(".")
    assert "profile dev" in last


@pytest.mark.parametrize(("kind", "word"), [("passing", "PASS"), ("failing", "FAIL"), ("undecided", "UNDECIDED")])
def test_beside_json_the_last_line_goes_to_standard_error(
    kind: str, word: str, gate: Gate, request: pytest.FixtureRequest
) -> None:
    done = gate("run", request.getfixturevalue(kind), "--report", "json", "--profile", "dev")
    assert done.stderr.startswith(f"{word}: ")
    assert len(done.stderr.splitlines()) == 1
    assert json.loads(done.stdout)["summary"] == done.stderr.rstrip("\n")


def closed(schema: Any) -> Any:
    """Return the schema with no room for a key that it does not name: a new key is published, or is not written."""
    match schema:
        case {"properties": dict()}:
            return {key: closed(each) for key, each in schema.items()} | {"additionalProperties": False}
        case dict():
            return {key: closed(each) for key, each in schema.items()}
        case list():
            return [closed(each) for each in schema]
        case _:
            return schema


@pytest.fixture
def published(gate: Gate) -> jsonschema.Draft202012Validator:
    """Return the validator of the schema that `gatekeeper schema report` prints."""
    schema = json.loads(gate("schema", "report").stdout)
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(closed(schema))


@pytest.mark.parametrize("kind", ["passing", "failing", "undecided"])
def test_the_json_report_has_the_keys_and_types_that_are_promised(
    kind: str, gate: Gate, published: jsonschema.Draft202012Validator, request: pytest.FixtureRequest
) -> None:
    done = gate("run", request.getfixturevalue(kind), "--report", "json", "--profile", "dev")
    parsed = json.loads(done.stdout)
    published.validate(parsed)
    assert {finding["code"] for check in parsed["checks"] for finding in check["findings"]} <= set(CODES)
    assert parsed["exit_code"] == done.returncode
    assert {"pass": 0, "fail": 1, "undecided": 3}[parsed["verdict"]] == done.returncode


def test_the_json_report_on_a_folder_without_a_policy_has_the_same_keys(
    gate: Gate, candidate: MakeCandidate, published: jsonschema.Draft202012Validator
) -> None:
    parsed = json.loads(
        gate("run", candidate({"model.pkl": estimators("1.3.0")}), "--report", "json", "--profile", "dev").stdout
    )
    published.validate(parsed)
    assert parsed["candidate"]["policy"] is None


def test_the_report_names_each_file_in_a_declared_folder_and_nothing_that_python_compiled(
    gate: Gate, candidate: MakeCandidate, parts: dict[str, str | bytes]
) -> None:
    policy = str(parts["gatekeeper.yaml"]).replace("[serve.py]", "[code]")
    assert policy != parts["gatekeeper.yaml"]
    code = {"code/serve.py": parts.pop("serve.py"), "code/deep/words.txt": "a\n", "code/__pycache__/serve.pyc": b"x"}
    root = candidate({**parts, **code, "gatekeeper.yaml": policy})
    files = json.loads(gate("run", root, "--report", "json", "--profile", "dev").stdout)["candidate"]["files"]
    digests = {each["path"]: each["sha256"] for each in files if each["role"] == "code.paths[0]"}
    assert list(digests) == ["code", "code/serve.py", "code/deep/words.txt"]
    assert digests["code"] is None
    assert digests["code/deep/words.txt"] == hashlib.sha256(b"a\n").hexdigest()


def test_two_runs_differ_in_nothing_but_the_run_block(gate: Gate, failing: Path, tmp_path: Path) -> None:
    (failing / "production.lock").write_text(SIX_NEWER)
    worlds: tuple[dict[str, Any], ...] = (
        {"cwd": tmp_path},
        {"cwd": failing, "env": {"TZ": "Asia/Kathmandu", "PYTHONHASHSEED": "1"}},
        {"cwd": "/", "env": {"LC_ALL": "POSIX", "PYTHONHASHSEED": "2", "COLUMNS": "40"}},
    )
    commands = ([sys.executable, "-m", "gatekeeper"], [sys.executable, "-I", "-m", "gatekeeper"])
    documents = []
    for world in worlds:
        for command in commands:
            done = gate("run", failing, "--report", "json", "--jobs", "1", command=command, **world)
            documents.append(done.stdout.partition('\n  "run": {')[0])
    assert len(set(documents)) == 1
    assert '"exit_code": 1' in documents[0]


def test_the_text_report_is_the_same_for_any_number_of_jobs(gate: Gate, failing: Path) -> None:
    assert len({gate("run", failing, "--jobs", jobs, "--profile", "dev").stdout for jobs in ("1", "2", "16")}) == 1


def test_the_report_has_one_entry_for_each_built_in_check(gate: Gate, failing: Path) -> None:
    parsed = json.loads(gate("run", failing, "--report", "json").stdout)
    assert [check["id"] for check in parsed["checks"]] == IDS

"""The probe of a real environment: what it tells, each flaw that it finds, and what may answer in its place."""

import ast
import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from packaging import tags

from gatekeeper.environment import Lock, Source
from gatekeeper.environment.facts import Anomaly, Flaw
from gatekeeper.environment.formats import Format
from gatekeeper.environment.installed.probe import SCRIPT, parse_probe, probe
from gatekeeper.errors import Unreadable, UsageError

AGAIN = "take the probe again: gatekeeper env probe --python PATH > probe.json"


class Environment:
    """A virtual environment with one small distribution, `pricing-core`, installed by pip from a wheel."""

    def __init__(self, folder: Path) -> None:
        self.python = folder / "bin" / "python"
        (self.site,) = folder.glob("lib/python*/site-packages")
        self.info = self.site / "pricing_core-1.0.dist-info"

    def probe(self, **options: Any) -> Lock:
        return parse_probe(probe(str(self.python), **options).decode())

    def flaws(self, **options: Any) -> list[tuple[Flaw, str, str]]:
        return [(each.flaw, each.name, each.path) for each in self.probe(**options).anomalies]

    def only(self) -> Anomaly:
        (found,) = self.probe().anomalies
        return found

    def document(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(probe(str(self.python)))
        return found

    def add_row(self, row: str) -> None:
        with (self.info / "RECORD").open("a") as record:
            record.write(f"{row}\n")


@pytest.fixture
def environment(copy_of_environment: Callable[[], Path]) -> Environment:
    return Environment(copy_of_environment())


def test_a_clean_environment_has_no_flaw(environment: Environment) -> None:
    lock = environment.probe()
    assert (lock.format, lock.anomalies, lock.warnings) == (Format.PROBE, (), ())
    (row,) = lock.rows
    assert (row.name, row.written, row.version, row.source) == ("pricing-core", "pricing-core", "1.0", Source.INDEX)
    assert len(row.records) == 1


def test_the_runtime_is_that_of_the_interpreter_which_was_asked(environment: Environment) -> None:
    runtime = environment.probe().runtime
    best = next(tag for tag in tags.sys_tags() if tag.platform.startswith("linux_"))
    assert runtime is not None
    assert (runtime.python, runtime.implementation) == (".".join(map(str, sys.version_info[:3])), "cpython")
    assert (runtime.abi, runtime.platform) == (best.abi, best.platform)
    assert (runtime.cuda, runtime.cudnn, runtime.image) == (None, None, None)
    assert runtime.libc is not None
    assert runtime.system is not None


def test_two_probes_of_one_environment_are_the_same_bytes(environment: Environment) -> None:
    assert probe(str(environment.python)) == probe(str(environment.python))


@pytest.mark.parametrize(
    ("line", "cuda"),
    [("cuda: Optional[str] = None", "none"), ("cuda = '12.1'", "12.1"), ("cuda: str = '11.8'", "11.8")],
)
def test_what_torch_was_built_for_is_read_and_not_imported(environment: Environment, line: str, cuda: str) -> None:
    """The text of torch/version.py as torch 2.x writes it; importing this one would fail."""
    for name in ("torch-2.2.0+cu121", "nvidia_cudnn_cu12-8.9.2.26"):
        (environment.site / f"{name}.dist-info").mkdir()
        (environment.site / f"{name}.dist-info" / "RECORD").write_text(
            "torch/version.py,,\n" if "torch" in name else ""
        )
    (environment.site / "torch").mkdir()
    (environment.site / "torch" / "version.py").write_text(f"raise SystemExit\n{line}\ngit_version = 'abc'\n")
    document = environment.document()["runtime"]
    assert (document["cuda"], document["cudnn"], document["torch_git"]) == (cuda, "8.9.2.26", "abc")


def test_variables_are_told_by_name_and_no_other(environment: Environment, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "4")
    monkeypatch.setenv("LD_LIBRARY_PATH", "/opt/cuda")
    monkeypatch.setenv("API_TOKEN", "secret")
    document = environment.document()
    assert document["host"]["variables"] == {"LD_LIBRARY_PATH": "/opt/cuda", "OMP_NUM_THREADS": "4"}
    assert "secret" not in json.dumps(document)
    assert environment.probe().warnings == (
        "LD_LIBRARY_PATH is set there, so that other code may run than is installed: /opt/cuda",
    )


def test_a_folder_of_pythonpath_comes_first(
    environment: Environment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`-I` hides it from the probe, not from production."""
    other = tmp_path / "layer" / "pricing_core-2.0.dist-info"
    other.mkdir(parents=True)
    (other / "METADATA").write_text("Metadata-Version: 2.1\nName: Pricing.Core\nVersion: 2.0\n\nName: no\n")
    (other / "RECORD").write_text("")
    monkeypatch.setenv("PYTHONPATH", str(other.parent))
    lock = environment.probe()
    assert [(row.written, row.version) for row in lock.rows] == [("Pricing.Core", "2.0")]
    assert [(each.flaw, each.path) for each in lock.anomalies] == [(Flaw.DUPLICATE, environment.info.name)]


# Each flaw


@pytest.mark.parametrize(
    "name", ["evil.py", "evil.so", "evil.cpython-311.so", "evil.so.1", "evil.pyc", "sitecustomize.py"]
)
def test_code_that_no_record_names(environment: Environment, name: str) -> None:
    (environment.site / name).write_text("")
    assert environment.flaws() == [(Flaw.UNOWNED, "", name)]


def test_code_inside_of_a_package_that_no_record_names(environment: Environment) -> None:
    (environment.site / "pricing_core" / "patch.py").write_text("")
    assert environment.flaws() == [(Flaw.UNOWNED, "", "pricing_core/patch.py")]


def test_a_whole_package_that_no_record_names_is_told_once(environment: Environment) -> None:
    (environment.site / "copied" / "inner").mkdir(parents=True)
    for name in ("__init__.py", "inner/__init__.py", "inner/more.py"):
        (environment.site / "copied" / name).write_text("")
    found = environment.only()
    assert (found.flaw, found.path) == (Flaw.UNOWNED, "copied")
    assert found.detail == "files of code that no RECORD names: 3"


def test_a_link_to_a_folder_of_code(environment: Environment, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "__init__.py").write_text("")
    (tmp_path / "elsewhere" / "itself").symlink_to(tmp_path / "elsewhere")
    (environment.site / "linked").symlink_to(tmp_path / "elsewhere")
    assert environment.flaws() == [(Flaw.UNOWNED, "", "linked")]


@pytest.mark.parametrize(
    "name", ["README.txt", "data.json", "~ricing_core-0.9.dist-info/x", "__pycache__/evil.cpython-311.pyc"]
)
def test_what_is_no_code_belongs_to_nobody(environment: Environment, name: str) -> None:
    (environment.site / name).parent.mkdir(exist_ok=True)
    (environment.site / name).write_text("")
    assert environment.flaws() == []


@pytest.mark.parametrize(
    ("content", "detail"),
    [
        ("# a comment\n\n", None),
        ("# a comment\nimport os; str('x')\n", "runs \"import os; str('x')\""),
        ("/opt/more\n", "adds '/opt/more'"),
    ],
    ids=["comments", "import", "folder"],
)
def test_a_path_file(environment: Environment, content: str, detail: str | None) -> None:
    (environment.site / "more.pth").write_text(content)
    found = environment.probe().anomalies
    expected = () if detail is None else (Anomaly(flaw=Flaw.PATH_FILE, name="", path="more.pth", detail=detail),)
    assert found == expected


@pytest.mark.parametrize(("line", "is_flaw"), [("import os", False), ("pricing_core", False), ("/opt/more", True)])
def test_a_path_file_of_a_distribution_may_not_lead_outside(environment: Environment, line: str, is_flaw: bool) -> None:
    (environment.site / "core.pth").write_text(line)
    environment.add_row("core.pth,sha256=x,1")
    assert environment.flaws() == ([(Flaw.PATH_FILE, "pricing-core", "core.pth")] if is_flaw else [])


def test_what_virtualenv_leaves_is_known_by_its_bytes(environment: Environment) -> None:
    (environment.site / "_virtualenv.pth").write_text("import _virtualenv")
    assert environment.flaws() == []
    (environment.site / "_virtualenv.pth").write_text("import _virtualenv, os")
    assert environment.flaws() == [(Flaw.PATH_FILE, "", "_virtualenv.pth")]


def test_two_versions_of_one_distribution(environment: Environment) -> None:
    stale = environment.site / "Pricing.Core-0.9.dist-info"
    stale.mkdir()
    (stale / "RECORD").write_text("")
    found = environment.only()
    assert (found.flaw, found.name) == (Flaw.DUPLICATE, "pricing-core")
    assert found.detail == f"version 1.0 in {environment.site}; version 0.9 in {environment.site} is used"


def test_an_editable_distribution_and_its_working_folder(environment: Environment) -> None:
    origin = {"url": "file:///srv/pricing", "dir_info": {"editable": True}}
    (environment.info / "direct_url.json").write_text(json.dumps(origin))
    lock = environment.probe()
    (row,) = lock.rows
    assert (row.source, row.url, row.records) == (Source.EDITABLE, "file:///srv/pricing", ())
    assert lock.anomalies == (
        Anomaly(flaw=Flaw.EDITABLE, name="pricing-core", path=environment.info.name, detail="file:///srv/pricing"),
    )


def test_what_setup_py_develop_left(environment: Environment, tmp_path: Path) -> None:
    working = tmp_path / "working"
    (working / "tool.egg-info").mkdir(parents=True)
    (working / "tool.egg-info" / "PKG-INFO").write_text("Name: tool\nVersion: 3\n")
    (working / "tool.py").write_text("")
    (environment.site / "easy-install.pth").write_text(f"{working}\n")
    lock = environment.probe()
    assert {row.name: row.source for row in lock.rows}["tool"] is Source.EDITABLE
    assert [each.flaw for each in lock.anomalies] == [Flaw.EDITABLE, Flaw.PATH_FILE]


def test_a_distribution_without_record(environment: Environment) -> None:
    (environment.info / "RECORD").unlink()
    (environment.info / "INSTALLER").write_text("debian\n")
    lock = environment.probe()
    assert [(each.flaw, each.name, each.path, each.detail) for each in lock.anomalies] == [
        (Flaw.NO_RECORD, "pricing-core", environment.info.name, "it has no RECORD; installed by debian"),
        (Flaw.UNOWNED, "", ".", "files of code that no RECORD names: 1, beside 1 distributions without RECORD"),
    ]
    assert lock.rows[0].records == ()


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("one,two", "got 'one,two', expected path,hash,size"),
        ('"a\nb",sha256=x,1', "got 'a\\nb,sha256=x,1', expected path,hash,size"),
        ("a.py,sha256=x,many", "got 'a.py,sha256=x,many', expected path,hash,size"),
        ('"a.py', "it is no CSV: unexpected end of data"),
    ],
    ids=["columns", "newline", "size", "quote"],
)
def test_a_record_that_can_not_be_read(environment: Environment, row: str, why: str) -> None:
    environment.add_row(row)
    found = next(each for each in environment.probe().anomalies if each.flaw is Flaw.NO_RECORD)
    assert found.detail == f"its RECORD can't be read: {why}; installed by pip"


@pytest.mark.parametrize(
    ("row", "detail"),
    [("a.py,,", "RECORD has no hash, expected sha256"), ("a.txt,md5=x,1", "RECORD has md5=x, expected sha256")],
)
def test_a_row_without_a_hash_that_holds(environment: Environment, row: str, detail: str) -> None:
    environment.add_row(row)
    assert environment.only() == Anomaly(
        flaw=Flaw.NO_RECORD, name="pricing-core", path=row.partition(",")[0], detail=detail
    )


@pytest.mark.parametrize(("theirs", "is_flaw"), [("sha256=x", False), ("sha256=y", True)])
def test_a_file_that_two_distributions_claim(environment: Environment, theirs: str, is_flaw: bool) -> None:
    """With the same bytes, as `nvidia/__init__.py` of sixteen distributions, it is all one which came last."""
    environment.add_row("shared/__init__.py,sha256=x,1")
    (environment.site / "zebra-1.dist-info").mkdir()
    (environment.site / "zebra-1.dist-info" / "RECORD").write_text(f"shared/__init__.py,{theirs},1\n")
    assert environment.flaws() == ([(Flaw.SHARED_FILE, "zebra", "shared/__init__.py")] if is_flaw else [])


def test_credentials_are_not_told(environment: Environment) -> None:
    origin = {"url": "https://user:secret@h/core.whl", "archive_info": {"hash": f"sha256={'a' * 64}"}}
    (environment.info / "direct_url.json").write_text(json.dumps(origin))
    assert b"secret" not in probe(str(environment.python))
    (row,) = environment.probe().rows
    assert (row.source, row.url, len(row.hashes)) == (Source.URL, "https://h/core.whl", 1)


def test_a_direct_url_that_is_no_json_ends_the_probe(environment: Environment) -> None:
    path = environment.info / "direct_url.json"
    path.write_text("{")
    with pytest.raises(Unreadable, match=r"direct_url\.json of pricing_core-1\.0\.dist-info can't be read"):
        environment.probe()


# The script


def test_the_script_is_ascii_and_imports_the_standard_library_alone() -> None:
    source = SCRIPT.read_text("ascii")
    used = {
        alias.name if isinstance(node, ast.Import) else node.module or ""
        for node in ast.walk(ast.parse(source, feature_version=(3, 8)))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    assert {name.partition(".")[0] for name in used} <= sys.stdlib_module_names


def test_the_script_refuses_other_arguments(environment: Environment) -> None:
    with SCRIPT.open("rb") as script:
        command = [str(environment.python), "-I", "-", "--fast"]
        done = subprocess.run(command, stdin=script, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "got ['--fast'], expected nothing or --deep\n"


# What an interpreter may answer instead


def imposter(folder: Path, commands: str) -> str:
    path = folder / "python"
    path.write_text(f"#!/bin/sh\n{commands}\n")
    path.chmod(0o755)
    return str(path)


@pytest.mark.parametrize(
    ("commands", "what"),
    [
        ("exit 3", "ended with 3, expected 0"),
        ("echo first >&2; echo Unknown option: -I >&2; exit 2", "ended with 2, expected 0: 'Unknown option: -I'"),
    ],
)
def test_an_interpreter_that_fails(tmp_path: Path, commands: str, what: str) -> None:
    python = imposter(tmp_path, commands)
    with pytest.raises(Unreadable) as caught:
        probe(python)
    assert caught.value.what == f"{python} {what}"


def test_an_interpreter_that_hangs_is_ended_with_all_that_it_started(tmp_path: Path) -> None:
    python = imposter(tmp_path, "sleep 600 & echo $! > child; wait")
    (tmp_path / "python").write_text(f"#!/bin/sh\nsleep 600 & echo $! > {tmp_path}/child\nwait\n")
    with pytest.raises(Unreadable, match=r"did not answer within 1 seconds"):
        probe(python, timeout=1)
    child = int((tmp_path / "child").read_text())
    end = time.monotonic() + SECONDS_TO_WAIT
    while is_alive(child):  # the kernel ends a process some time after the signal was sent
        assert time.monotonic() < end, "what the interpreter started still runs"
        time.sleep(0.02)


SECONDS_TO_WAIT = 60
"""A limit for a machine under load, not an expectation."""


def is_alive(pid: int) -> bool:
    """Return whether a process runs; a zombie does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in {"Z", "X"}
    except (FileNotFoundError, ProcessLookupError):
        return False


@pytest.mark.parametrize("commands", ["echo hello", "true", "echo '[]'", "printf '\\377'"])
def test_an_interpreter_that_answers_something_else(tmp_path: Path, commands: str) -> None:
    python = imposter(tmp_path, commands)
    with pytest.raises(Unreadable) as caught:
        probe(python)
    assert caught.value.what.startswith(f"{python} answered with something else than the probe's document: ")


def test_an_interpreter_that_does_not_stop_talking(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match="more than 33554432 bytes"):
        probe(imposter(tmp_path, "exec yes"))


@pytest.mark.parametrize("python", ["/no/such/python", "", "a\0b"], ids=["absent", "empty", "nul"])
def test_what_can_not_be_started(python: str) -> None:
    with pytest.raises(UsageError) as caught:
        probe(python)
    assert caught.value.fix == "name a Python interpreter: --python PATH"


# Documents


def test_the_folder_in_which_conda_built_a_package_is_no_place_that_it_came_from() -> None:
    origin = {"url": "file:///croot/numpy_1/work", "dir_info": {}}
    listed = {"name": "numpy", "version": "2.4.6", "installer": "conda", "direct_url": origin}
    document = {"schema": "gatekeeper/probe@1", "distributions": [listed], "anomalies": []}
    (row,) = parse_probe(json.dumps(document)).rows

    assert (row.source, row.url) == (Source.CONDA, None)


def refusal(**changes: Any) -> tuple[str, str]:
    document = {"schema": "gatekeeper/probe@1", "distributions": [], "anomalies": [], **changes}
    with pytest.raises(Unreadable) as caught:
        parse_probe(json.dumps(document))
    return caught.value.what, caught.value.fix


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"schema": "gatekeeper/probe@2"}, "schema: got 'gatekeeper/probe@2', expected 'gatekeeper/probe@1'"),
        ({"runtime": {"python": 3.11}}, "runtime.python: got a number, expected text"),
        ({"distributions": [{"name": "six"}]}, "distributions[0].version: got nothing, expected text"),
        ({"distributions": [{"name": "six", "version": "1", "record": "sha256:0"}]},
         "distributions[0].record: got 'sha256:0', expected sha256:<64 hex digits>"),
        ({"distributions": [{"name": "six", "version": "1", "editable": "no"}]},
         "distributions[0].editable: got text, expected true or false"),
        ({"anomalies": [{"flaw": "odd"}]},
         f"anomalies[0].flaw: got 'odd', expected one of {', '.join(Flaw)}"),
        ({"distributions": None}, "distributions: got nothing, expected the list of what is installed"),
        ({"host": {"variables": {"PYTHONPATH": 1}}}, "host.variables.PYTHONPATH: got a number, expected text"),
    ],
    ids=["major", "runtime", "version", "record", "flag", "flaw", "nothing", "variable"],
)  # fmt: skip
def test_a_document_that_is_no_probe(changes: dict[str, Any], what: str) -> None:
    assert refusal(**changes) == (what, AGAIN)

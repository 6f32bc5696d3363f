"""Nothing in the candidate's folder is executed by the gate, wherever and however the gate is started."""

from __future__ import annotations

import importlib
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from gatekeeper_checks._samples import LOCKS, SIX, estimators

Gate = Callable[..., "subprocess.CompletedProcess[str]"]
MakeCandidate = Callable[..., Path]

CONSOLE_SCRIPT = (str(Path(sys.executable).with_name("gatekeeper")),)
MODULE = (sys.executable, "-m", "gatekeeper")
ISOLATED_MODULE = (sys.executable, "-I", "-m", "gatekeeper")
WAYS_IN = {"console script": CONSOLE_SCRIPT, "python -m": MODULE, "python -I -m": ISOLATED_MODULE}

# What the gate imports early, late, or in a child: its dependencies, its own packages, the standard library.
HIJACKED = (
    "rich.py",
    "yaml.py",
    "click.py",
    "msgspec.py",
    "packaging.py",
    "gatekeeper_checks.py",
    "gatekeeper_checks/__init__.py",
    "hashlib.py",
    "json.py",
    "pickletools.py",
    "socket.py",
    "sitecustomize.py",
    "usercustomize.py",
)
POLICY = LOCKS + "artifacts: [model.pkl]\n"
PARTS: dict[str, str | bytes] = {
    "gatekeeper.yaml": POLICY,
    "model.pkl": estimators("1.4.2"),
    "training.lock": SIX,
    "production.lock": SIX,
}


def trap(marker: Path) -> str:
    """Return a module that leaves a marker when it is executed."""
    return f"open({str(marker)!r}, 'w').close()\n"  # no import: it must not need what it hides


@pytest.fixture
def marker(tmp_path: Path) -> Path:
    return tmp_path / "executed"


@pytest.fixture
def clean_outcome(gate: Gate, candidate: MakeCandidate) -> tuple[int, str]:
    """Return the exit code and the last line for the same candidate without any trap."""
    done = gate("run", "--profile", "dev", cwd=candidate(PARTS, name="clean"))
    assert done.returncode == 1
    return done.returncode, done.stdout.splitlines()[-1]


@pytest.fixture
def trapped(candidate: MakeCandidate, marker: Path) -> Path:
    """Return the candidate with a trap for each module that the gate could be made to import from there."""
    return candidate({**PARTS, **dict.fromkeys(HIJACKED, trap(marker))}, name="trapped")


@pytest.mark.parametrize("way", WAYS_IN)
def test_no_module_of_the_working_directory_is_executed(
    way: str, gate: Gate, trapped: Path, marker: Path, clean_outcome: tuple[int, str]
) -> None:
    done = gate("run", "--profile", "dev", cwd=trapped, command=WAYS_IN[way])
    assert not marker.exists()
    assert (done.returncode, done.stdout.splitlines()[-1]) == clean_outcome


@pytest.mark.parametrize("value", [".", "", "{cwd}", "{cwd}/", ".:.", "{elsewhere}:.", ":{elsewhere}"])
@pytest.mark.parametrize("way", WAYS_IN)
def test_no_module_is_executed_from_there_by_way_of_pythonpath(
    way: str, value: str, gate: Gate, trapped: Path, marker: Path, tmp_path: Path, clean_outcome: tuple[int, str]
) -> None:
    for name in ("sitecustomize.py", "usercustomize.py"):  # a case of their own, see below
        (trapped / name).unlink()
    path = value.format(cwd=trapped, elsewhere=tmp_path)
    done = gate("run", "--profile", "dev", cwd=trapped, command=WAYS_IN[way], env={"PYTHONPATH": path})
    assert not marker.exists()
    assert (done.returncode, done.stdout.splitlines()[-1]) == clean_outcome


@pytest.mark.slow  # all of them together are tried above
@pytest.mark.parametrize("way", WAYS_IN)
@pytest.mark.parametrize("module", [each for each in HIJACKED if "customize" not in each])
def test_each_module_alone_is_not_executed_with_the_working_directory_on_pythonpath(
    module: str, way: str, gate: Gate, candidate: MakeCandidate, marker: Path, clean_outcome: tuple[int, str]
) -> None:
    """A trap on its own: that another one stopped the gate first proves nothing."""
    root = candidate({**PARTS, module: trap(marker)}, name="one-trap")
    done = gate("run", "--profile", "dev", cwd=root, command=WAYS_IN[way], env={"PYTHONPATH": "."})
    assert not marker.exists()
    assert (done.returncode, done.stdout.splitlines()[-1]) == clean_outcome


@pytest.mark.parametrize("command", [["--version"], ["--help"], ["list"], ["explain", "version-pinning"]])
@pytest.mark.parametrize("way", WAYS_IN)
def test_the_other_commands_execute_nothing_either(
    way: str, command: Sequence[str], gate: Gate, trapped: Path, marker: Path
) -> None:
    for name in ("sitecustomize.py", "usercustomize.py"):
        (trapped / name).unlink()
    done = gate(*command, cwd=trapped, command=WAYS_IN[way], env={"PYTHONPATH": "."})
    assert done.returncode == 0
    assert not marker.exists()


@pytest.mark.parametrize("module", ["sitecustomize.py", "usercustomize.py", "sitecustomize/__init__.py"])
@pytest.mark.parametrize("way", ["console script", "python -m"])
@pytest.mark.parametrize("value", [".", "{cwd}", ""])
def test_a_startup_module_on_pythonpath_is_refused(
    value: str, way: str, module: str, gate: Gate, candidate: MakeCandidate, tmp_path: Path
) -> None:
    """The interpreter runs it before any line of the gate: all that can be done is to notice and to refuse."""
    root = candidate({**PARTS, module: ""})
    path = value.format(cwd=root) or f"{tmp_path}::"
    done = gate("run", "--profile", "dev", cwd=root, command=WAYS_IN[way], env={"PYTHONPATH": path})
    assert done.returncode == 2
    assert done.stdout == ""
    assert f"{module.partition('/')[0].removesuffix('.py')}" in done.stderr
    assert str(root) in done.stderr
    assert "fix: unset PYTHONPATH, or run: python -I -m gatekeeper" in done.stderr


@pytest.mark.parametrize("module", ["sitecustomize.py", "usercustomize.py"])
@pytest.mark.parametrize("way", WAYS_IN)
def test_a_startup_module_in_the_working_directory_alone_is_not_executed(
    way: str, module: str, gate: Gate, candidate: MakeCandidate, marker: Path, clean_outcome: tuple[int, str]
) -> None:
    root = candidate({**PARTS, module: trap(marker)})
    done = gate("run", "--profile", "dev", cwd=root, command=WAYS_IN[way])
    assert not marker.exists()
    assert (done.returncode, done.stdout.splitlines()[-1]) == clean_outcome


def test_isolated_mode_ignores_a_startup_module_on_pythonpath(
    gate: Gate, trapped: Path, marker: Path, clean_outcome: tuple[int, str]
) -> None:
    done = gate("run", "--profile", "dev", cwd=trapped, command=ISOLATED_MODULE, env={"PYTHONPATH": "."})
    assert not marker.exists()
    assert (done.returncode, done.stdout.splitlines()[-1]) == clean_outcome


@pytest.mark.parametrize("way", WAYS_IN)
def test_a_harmless_pythonpath_changes_nothing(
    way: str, gate: Gate, candidate: MakeCandidate, tmp_path: Path, clean_outcome: tuple[int, str]
) -> None:
    (tmp_path / "lib").mkdir()
    done = gate(
        "run", "--profile", "dev", cwd=candidate(PARTS), command=WAYS_IN[way], env={"PYTHONPATH": str(tmp_path / "lib")}
    )
    assert (done.returncode, done.stdout.splitlines()[-1]) == clean_outcome


@pytest.mark.parametrize("way", WAYS_IN)
def test_arguments_survive_the_restart(way: str, gate: Gate, candidate: MakeCandidate, tmp_path: Path) -> None:
    hostile = "no such\nfolder $(echo hi) 'ü'"
    done = gate(
        "run",
        hostile,
        "--profile",
        "dev",
        cwd=candidate(PARTS),
        command=WAYS_IN[way],
        env={"PYTHONPATH": str(tmp_path)},
    )
    assert done.returncode == 2
    assert "no such\\nfolder $(echo hi) 'ü': no such folder" in done.stderr


@pytest.mark.parametrize("value", [None, "."])
@pytest.mark.parametrize("way", ["console script", "python -m"])
@pytest.mark.parametrize("module", ["re", "types", "functools"])
def test_a_disguised_module_that_starts_the_gate_is_noticed_and_refused(
    module: str, way: str, value: str | None, gate: Gate, candidate: MakeCandidate, marker: Path
) -> None:
    """What the interpreter imports to start the gate at all runs before it: here a copy that does its work as well."""
    source = Path(str(importlib.import_module(module).__file__))
    path = f"{module}/__init__.py" if source.name == "__init__.py" else f"{module}.py"
    siblings = (
        {f"{module}/{each.name}": each.read_bytes() for each in source.parent.glob("*.py")} if "/" in path else {}
    )
    root = candidate({**PARTS, **siblings, path: trap(marker) + without_future_imports(source)})
    done = gate("run", "--profile", "dev", cwd=root, command=WAYS_IN[way], env={"PYTHONPATH": value} if value else {})
    assert marker.exists() == (done.returncode == 2)
    assert done.returncode in {1, 2}
    if marker.exists():
        assert f"{path} ran before the gate could start" in done.stderr
        assert done.stdout == ""


def without_future_imports(source: Path) -> str:
    return "".join(line for line in source.read_text().splitlines(keepends=True) if "from __future__" not in line)


@pytest.mark.parametrize("name", ["gatekeeper.py", "gatekeeper/__init__.py"])
def test_the_limit_python_m_itself_takes_the_package_gatekeeper_from_the_working_directory(
    name: str, gate: Gate, candidate: MakeCandidate, marker: Path
) -> None:
    """With `python -m` the interpreter looks there first, before any line of ours: only `-I` helps, and CI uses it."""
    root = candidate({**PARTS, name: trap(marker)})
    gate("run", "--profile", "dev", cwd=root, command=MODULE)
    assert marker.exists()


@pytest.mark.parametrize("way", ["console script", "python -I -m"])
@pytest.mark.parametrize("name", ["gatekeeper.py", "gatekeeper/__main__.py", "gatekeeper/__init__.py"])
def test_a_package_gatekeeper_in_the_working_directory_is_not_executed(
    name: str, way: str, gate: Gate, candidate: MakeCandidate, marker: Path, clean_outcome: tuple[int, str]
) -> None:
    root = candidate({**PARTS, name: trap(marker)})
    done = gate("run", "--profile", "dev", cwd=root, command=WAYS_IN[way])
    assert not marker.exists()
    assert (done.returncode, done.stdout.splitlines()[-1]) == clean_outcome

"""What is named as an interpreter may be anything: each is told apart, in words that help."""

from __future__ import annotations

import math
import os
import pickle
import subprocess
import sys
import time
import venv
from pathlib import Path
from typing import Any

import pytest

from gatekeeper.replay.outcomes import Loaded, Predicted, Protection, Reason, Refused
from gatekeeper.replay.worker import Bounds, Worker, start


def refused(python: str, root: Path, **bounds: float) -> Refused:
    with start(python, root, bounds=Bounds(**{"timeout": 20.0, **bounds})) as outcome:  # type: ignore[arg-type] # numbers alone
        assert isinstance(outcome, Refused), outcome
        assert outcome.fatal
        assert "--python PATH" in outcome.fix
        return outcome


def script(path: Path, text: str) -> str:
    path.write_text(text)
    path.chmod(0o755)
    return str(path)


@pytest.mark.parametrize("name", ["/no/such/python", "", "no-such-python-anywhere", "a\0b"])
def test_a_program_that_there_is_not(tmp_path: Path, name: str) -> None:
    outcome = refused(name, tmp_path)
    assert outcome.reason is Reason.NO_INTERPRETER
    assert "can't be started" in outcome.what


def test_a_file_that_can_not_be_executed(tmp_path: Path) -> None:
    path = tmp_path / "python"
    path.write_text("#!/bin/sh\n")
    assert refused(str(path), tmp_path).reason is Reason.NO_INTERPRETER
    path.chmod(0o755)
    path.write_bytes(b"\0\1\2\3")
    assert refused(str(path), tmp_path).reason is Reason.NO_INTERPRETER


@pytest.mark.parametrize("program", ["/bin/true", "/bin/false", "/bin/cat", "/bin/ls"])
def test_a_program_that_is_no_python(tmp_path: Path, program: str) -> None:
    outcome = refused(program, tmp_path)
    assert outcome.reason is Reason.NOT_PYTHON
    assert "did not say which version it is" in outcome.what


def test_a_program_that_never_answers(tmp_path: Path) -> None:
    outcome = refused(script(tmp_path / "python", "#!/bin/sh\nexec sleep 60\n"), tmp_path, timeout=0.5)
    assert outcome.reason is Reason.NOT_PYTHON
    assert "did not say which version it is in time" in outcome.what


def test_a_program_that_floods(tmp_path: Path) -> None:
    flood = script(tmp_path / "python", "#!/bin/sh\nexec yes\n")
    assert refused(flood, tmp_path, timeout=0.5).reason is Reason.NOT_PYTHON
    flood = script(
        tmp_path / "python", f"#!{sys.executable}\nimport os, sys\nwhile True: os.write(int(sys.argv[6]), b'y')\n"
    )
    outcome = refused(flood, tmp_path)
    assert outcome.reason is Reason.NOT_PYTHON
    assert "said what no Python says" in outcome.what


OLD = """#!{python}
import sys
code, sys.argv[1:] = sys.argv[4], sys.argv[5:]
sys.version_info = (3, 6, 9, "final", 0)
exec(code)
"""


def test_a_python_that_is_too_old_says_so(tmp_path: Path) -> None:
    outcome = refused(script(tmp_path / "python", OLD.format(python=sys.executable)), tmp_path)
    assert outcome.reason is Reason.TOO_OLD
    assert "is Python 3.6.9, expected 3.8 or newer" in outcome.what


WITHOUT_CTYPES = """#!{python}
import sys
code, sys.argv[1:] = sys.argv[4], sys.argv[5:]
sys.modules["ctypes"] = None
exec(code)
"""


def test_a_machine_without_layers_is_told_and_what_is_required_decides(tmp_path: Path) -> None:
    """A Python that has no ctypes can put on none of the kernel's layers, as on a kernel that has none."""
    python = script(tmp_path / "python", WITHOUT_CTYPES.format(python=sys.executable))
    with start(python, tmp_path) as worker:
        assert isinstance(worker, Worker), worker
        assert worker.facts.protections == set()
        told = {each.name: each.detail for each in worker.facts.layers if not each.applied}
        assert set(told) > {"seccomp", "landlock", "namespaces", "mounts"}
        assert told["seccomp"] == "this Python has no ctypes"
    with start(python, tmp_path, bounds=Bounds(require=frozenset({Protection.NET}))) as refused_here:
        assert isinstance(refused_here, Refused)
        assert refused_here.reason is Reason.UNPROTECTED
        assert "does not keep out net here (namespaces: this Python has no ctypes; " in refused_here.what


class Plain:
    """Pickles to a model that needs the standard library alone."""

    def __reduce__(self) -> tuple[Any, ...]:
        return eval, ("__import__('types').SimpleNamespace(predict=lambda rows: [row[1] for row in rows])",)


def test_an_interpreter_without_libraries_is_good_for_what_needs_none(tmp_path: Path) -> None:
    venv.create(tmp_path / "bare", with_pip=False, symlinks=True)
    python = str(tmp_path / "bare/bin/python")
    import joblib

    joblib.dump([1.0, 2.0], tmp_path / "model.joblib", compress=3)
    (tmp_path / "model.pkl").write_bytes(pickle.dumps(Plain()))
    with start(python, tmp_path, distributions=["numpy"]) as worker:
        assert isinstance(worker, Worker), worker
        assert worker.facts.versions == {"numpy": None}
        model = worker.load(tmp_path / "model.pkl")
        assert isinstance(model, Loaded)
        assert model.structure_fault is not None
        assert model.structure_fault.module == "numpy"
        answer = worker.predict({"x": [1.0, None, math.inf], "y": ["a", "b", "c"]})
        assert isinstance(answer, Predicted)
        assert (answer.fed_as, answer.outputs) == ("lists", ["a", "b", "c"])
        outcome = worker.load(tmp_path / "model.joblib")
        assert isinstance(outcome, Refused)
        assert outcome.reason is Reason.MODULE_MISSING
        assert f"needs joblib, which is not installed in {python}: the file was written by joblib" in outcome.what


def test_the_environments_own_start_up_runs_inside_the_sandbox(tmp_path: Path) -> None:
    venv.create(tmp_path / "env", with_pip=False, symlinks=True)
    packages = next((tmp_path / "env/lib").glob("python*/site-packages"))
    written = tmp_path / "written"
    (packages / "start.pth").write_text(f"import os; open({str(written)!r}, 'w').close()\n")
    with start(str(tmp_path / "env/bin/python"), tmp_path) as worker:
        assert isinstance(worker, Worker), worker
        assert f"write to {written}" in worker.facts.attempts
    assert not written.exists()


def test_an_environment_that_hangs_when_it_starts(tmp_path: Path) -> None:
    venv.create(tmp_path / "env", with_pip=False, symlinks=True)
    packages = next((tmp_path / "env/lib").glob("python*/site-packages"))
    (packages / "start.pth").write_text("import time; time.sleep(60)\n")
    with start(str(tmp_path / "env/bin/python"), tmp_path, bounds=Bounds(timeout=1.0)) as outcome:
        assert isinstance(outcome, Refused)
        assert outcome.reason is Reason.TIMED_OUT


def test_nothing_of_the_gate_is_left_behind(tmp_path: Path) -> None:
    venv.create(tmp_path / "env", with_pip=False, symlinks=True)
    before = sorted(tmp_path.rglob("*"))
    model = tmp_path / "model.pkl"
    with start(str(tmp_path / "env/bin/python"), tmp_path) as worker:
        assert isinstance(worker, Worker), worker
        model.write_bytes(b"\x80\x04]q\x00.")
        assert isinstance(worker.load(model), Loaded)
        model.unlink()
    assert sorted(tmp_path.rglob("*")) == before


def test_a_worker_dies_with_the_gate_and_leaves_nothing(tmp_path: Path) -> None:
    code = (
        "import os, sys\n"
        "from gatekeeper.replay.worker import start\n"
        "with start(sys.executable, '.') as worker:\n"
        "    print(open(f'/proc/self/task/{os.getpid()}/children').read(), flush=True)\n"
        "    os.kill(os.getpid(), 9)\n"
    )
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert list(tmp_path.iterdir()) == []
    (pid,) = done.stdout.split()
    for _ in range(200):
        if not Path(f"/proc/{pid}").exists() or "Z" in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2]:
            break
        time.sleep(0.02)
    else:
        pytest.fail("the worker outlived the gate")

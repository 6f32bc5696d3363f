"""What all tests share: the real command in a child process, candidates on disk, and what no run may leave behind."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest
from hypothesis import settings

from tests.whole import whole

REPOSITORY = Path(__file__).parent.parent

# The same examples at every run, so that CI tells a change from luck. To search on: HYPOTHESIS_PROFILE=default pytest
settings.register_profile("repeatable", derandomize=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "repeatable"))

Gate = Callable[..., "subprocess.CompletedProcess[str]"]
MakeCandidate = Callable[..., Path]


def assert_no_traceback(done: subprocess.CompletedProcess[str]) -> None:
    """Fail if the user was shown a traceback. The JSON report has those of crashed checks in its `run` block."""
    shown = (done.stderr or "") + ("" if (done.stdout or "").startswith("{") else (done.stdout or ""))
    assert "Traceback" not in shown, shown
    assert "Exception ignored" not in shown, shown


@pytest.fixture
def litter(tmp_path: Path) -> Path:
    """Return the folder for temporary files of each run; a run that has ended has left nothing in it."""
    folder = tmp_path / "temporary-files"
    folder.mkdir()
    return folder


@pytest.fixture
def environment(tmp_path: Path, litter: Path) -> dict[str, str]:
    """Return a clean environment: nothing of the developer's own settings reaches the gate."""
    home = tmp_path / "home"
    home.mkdir()
    # A run in a CI remembers no other: each run of a test looks for itself. tests/test_cache.py wants it otherwise.
    return {"PATH": os.defpath, "LANG": "C.UTF-8", "HOME": str(home), "TMPDIR": str(litter), "CI": "true"}


@pytest.fixture
def gate(environment: Mapping[str, str], litter: Path) -> Gate:
    """Return what runs the gate as a user does; it asserts that there is no traceback and no litter.

    Its result's `returncode` is the exit code. `command` replaces `python -I -m gatekeeper`; further keywords go to
    `subprocess.run`.
    """

    def run(
        *args: str | Path,
        env: Mapping[str, str] | None = None,
        command: Sequence[str | Path] = (sys.executable, "-I", "-m", "gatekeeper"),
        timeout: float = 120,
        **more: object,
    ) -> subprocess.CompletedProcess[str]:
        streams = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        done: subprocess.CompletedProcess[str] = subprocess.run(  # type: ignore[call-overload]
            [str(each) for each in (*command, *args)],
            **(streams | more),
            env={**environment, **(env or {})},
            timeout=timeout,
            check=False,
            encoding="utf-8",
            errors="surrogateescape",
        )
        assert_no_traceback(done)
        assert list(litter.iterdir()) == []
        return done

    return run


@pytest.fixture
def candidate(tmp_path: Path) -> MakeCandidate:
    """Return what writes a candidate's folder: `files` are name to content, `links` name to target."""

    def make(files: Mapping[str, str | bytes], links: Mapping[str, str] | None = None, name: str = "candidate") -> Path:
        root = tmp_path / name
        root.mkdir(exist_ok=True)
        for path, content in files.items():
            home = root / path
            home.parent.mkdir(parents=True, exist_ok=True)
            home.write_bytes(content if isinstance(content, bytes) else content.encode())
        for path, target in (links or {}).items():
            (root / path).symlink_to(target)
        return root

    return make


@pytest.fixture
def parts() -> dict[str, str | bytes]:
    """Return the files of a small candidate that passes; a test changes what it is about."""
    return whole()


@pytest.fixture(scope="session")
def python_with_plugins(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the interpreter of an environment like this one in which tests/plugin_sample is installed too."""
    folder = tmp_path_factory.mktemp("with-plugins")
    _run(sys.executable, "-m", "venv", "--without-pip", folder)
    python = folder / "bin" / "python"
    theirs = _run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip()
    # addsitedir and not a bare path: the .pth files of this environment count too, an editable install among them.
    lines = [f"import site; site.addsitedir({path!r})" for path in sys.path if path.endswith("site-packages")]
    (Path(theirs) / "this-environment.pth").write_text("\n".join(lines) + "\n")
    source = folder / "plugin_sample"
    _copy(REPOSITORY / "tests" / "plugin_sample", source)
    install = ("install", "--quiet", "--no-deps", "--no-index", "--no-build-isolation", "--disable-pip-version-check")
    _run(sys.executable, "-m", "pip", "--python", python, *install, source)
    return python


def _copy(source: Path, target: Path) -> None:
    for each in sorted(source.rglob("*")):
        if each.is_file() and "__pycache__" not in each.parts:
            home = target / each.relative_to(source)
            home.parent.mkdir(parents=True, exist_ok=True)
            home.write_bytes(each.read_bytes())


def _run(*command: str | Path) -> str:
    done = subprocess.run([str(each) for each in command], capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout

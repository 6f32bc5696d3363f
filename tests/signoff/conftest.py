"""Keys as openssl makes them, and releases that were signed a moment ago."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.signoff.making import Case

MakeKey = Callable[..., Path]

PYPI = ("securesystemslib[crypto]==1.6.0", "in-toto-attestation==0.9.3", "sigstore==4.5.1")
"""What others read our statements with; sigstore is also what signs by an identity."""


@pytest.fixture(scope="session")
def peers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the interpreter of an environment with these libraries, and the gate."""
    folder = tmp_path_factory.mktemp("peers")
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    python = folder / "bin" / "python"
    subprocess.run([python, "-m", "pip", "install", "--quiet", *PYPI], check=True, timeout=600)
    asked = [str(python), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]
    place = subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip()
    lines = [f"import site; site.addsitedir({path!r})" for path in sys.path if path.endswith("site-packages")]
    Path(place, "this-environment.pth").write_text("\n".join(lines) + "\n")
    return python


@pytest.fixture
def make_key(tmp_path: Path) -> MakeKey:
    """Return what makes a pair, `NAME.pem` and `NAME.pub`, and returns the private one."""

    def make(name: str, *options: str, algorithm: str = "ed25519") -> Path:
        private = tmp_path / f"{name}.pem"
        openssl("genpkey", "-algorithm", algorithm, "-out", private, *options)
        passphrase = ("-passin", "pass:secret") if options else ()
        openssl("pkey", "-in", private, "-pubout", "-out", tmp_path / f"{name}.pub", *passphrase)
        private.chmod(0o600)
        return private

    return make


def openssl(*words: str | Path) -> None:
    subprocess.run(["openssl", *map(str, words)], check=True, capture_output=True)


@pytest.fixture
def fresh(tmp_path: Path) -> Case:
    """Return a release that was signed now, by the clock of this machine, and approved."""
    case = Case(tmp_path)
    now = datetime.now(UTC)
    case.sign(replace(case.facts, created=now))
    for path in case.release.glob("approval-*"):
        path.unlink()
    case.approve("anna", when=now)
    return case

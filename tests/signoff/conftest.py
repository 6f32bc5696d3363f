"""Keys as openssl makes them, and releases that were signed a moment ago."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.signoff.making import Case

MakeKey = Callable[..., Path]


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

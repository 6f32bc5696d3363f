"""The sign-off as the action makes it, and as the action `verify` verifies it at a deploy."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.action.conftest import Run
from tests.action.harness import REPOSITORY, VERIFY, Installed, Job, Runner

pytestmark = pytest.mark.slow

PRICING = REPOSITORY / "examples" / "pricing"
INCIDENT = REPOSITORY / "examples" / "incident-4092x"


@pytest.fixture
def key(tmp_path: Path) -> str:
    """Return a new private key; its public one is in the folder `keys`."""
    private = Ed25519PrivateKey.generate()
    public = private.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "release.pub").write_bytes(public)
    return private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


def verified(tmp_path: Path, installed: Installed, signoff: str, model: Path) -> Job:
    runner = Runner(folder=tmp_path / "deploy", workspace=tmp_path, variables={}, action=VERIFY)
    inputs = {"signoff": signoff, "model": str(model), "keys": str(tmp_path / "keys")}
    return runner.run(inputs, done={**installed, "setup": {}})


def holders(folder: Path, text: str) -> list[Path]:
    """Return the files that hold a text."""
    return [each for each in folder.rglob("*") if each.is_file() and text.encode() in each.read_bytes()]


def test_a_key_in_a_variable_signs_what_passed_lies_in_no_file_and_the_deploy_verifies_it(
    run: Run, key: str, tmp_path: Path, installed: Installed
) -> None:
    secret = key.splitlines()[1]
    job = run(str(PRICING), variables={"GATEKEEPER_SIGNING_KEY": key}, profile="release", python=sys.executable)
    assert job.outcome == "success", job.log
    assert job.outputs["verdict"] == "pass"
    assert Path(job.outputs["signoff"]).is_dir()
    assert {"signoff/signoff.html", "signoff/signoff.json"} <= set(job.uploaded)
    assert secret not in job.log
    assert holders(tmp_path, secret) == []

    assert verified(tmp_path, installed, job.outputs["signoff"], PRICING / "model.joblib").outcome == "success"

    other = tmp_path / "model.joblib"
    shutil.copyfile(PRICING / "model.joblib", other)
    with other.open("ab") as file:
        file.write(b"\0")
    again = verified(tmp_path, installed, job.outputs["signoff"], other)
    assert (again.outcome, list(again.steps.values())[-1].code) == ("failure", 1), again.log


def test_what_fails_is_not_signed(run: Run, key: str, tmp_path: Path) -> None:
    file = tmp_path / "key.pem"
    file.write_text(key)
    file.chmod(0o600)
    job = run(str(INCIDENT), profile="release", python=sys.executable, signoff_key=str(file))
    assert (job.outcome, job.outputs["verdict"], job.outputs["signoff"]) == ("failure", "fail", "")
    assert "There is no sign-off: the candidate did not pass." in job.log


def test_a_key_that_is_none_keeps_a_pass_from_being_green(run: Run) -> None:
    job = run(str(PRICING), variables={"GATEKEEPER_SIGNING_KEY": "no key"}, profile="release", python=sys.executable)
    assert (job.outcome, job.outputs["verdict"], job.outputs["signoff"]) == ("failure", "pass", "")
    assert "its sign-off failed" in job.summary

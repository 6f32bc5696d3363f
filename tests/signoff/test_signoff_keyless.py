"""Sign-offs by an identity: sigstore's real client and verifier, against a sigstore of our own on this machine.

Not run here, for want of a network: the public sigstore itself, the tokens that GitHub and others give their jobs, and
what a person does in a browser.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gatekeeper.signoff.files import NAMES
from tests.signoff import local_sigstore
from tests.signoff.conftest import MakeKey
from tests.signoff.making import MODEL, SIGNER, public_pem

Gate = Callable[..., "subprocess.CompletedProcess[str]"]

REPOSITORY = Path(__file__).parents[2]
IDENTITY = "anna@example.com"
WITHOUT_SIGSTORE = """\
import sys
sys.modules["sigstore"] = None
from gatekeeper.__main__ import main
main()
"""

MAKE = """\
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
root, folder = sys.argv[1:]
sys.path.insert(0, root)
from gatekeeper.signoff.keyless import Identified
from gatekeeper.signoff.release import compose
from tests.signoff.making import DOCUMENT, PAGE, Case
folder = Path(folder)
case = Case(folder)
sealer = Identified(folder / "token", folder / "trust-config.json")
made = compose(replace(case.facts, created=datetime.now(UTC)), PAGE, DOCUMENT, sealer)
case.lay({f"release/{name}": data for name, data in made.items()})
for path in case.release.glob("approval-*"):
    path.unlink()
case.approve("anna", when=datetime.now(UTC))
"""

FLIP = """\
import random, sys
from datetime import UTC, datetime
from pathlib import Path
root, folder, identity, issuer = sys.argv[1:]
sys.path.insert(0, root)
from gatekeeper.signoff.keyless import verifier
from gatekeeper.signoff.verification import Demands, verify
release, model = Path(folder, "release"), Path(folder, "model")
demands = Demands(keyless=verifier(identity, issuer, Path(folder, "trusted-root.json")))
def code():
    return verify(release, model, demands, lambda _: (), datetime.now(UTC)).exit_code
assert code() == 0
for path in sorted(release.glob("*.sigstore.json")):
    whole, chance = path.read_bytes(), random.Random(path.name)
    for step in range(150):
        data, place = bytearray(whole), (len(whole) - 1) * step // 149
        data[place] ^= 1 << chance.randrange(8)
        path.write_bytes(data)
        if code() != 1:
            print(path.name, place)
    path.write_bytes(whole)
assert code() == 0
"""


@pytest.fixture(scope="module")
def signed(peers: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Return a folder with a release that an identity signed, while the sigstore runs that signed it."""
    folder = tmp_path_factory.mktemp("keyless")
    (folder / "token").write_text(local_sigstore.token(IDENTITY))
    with local_sigstore.running(folder):
        done = subprocess.run([peers, "-c", MAKE, REPOSITORY, folder], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        yield folder


def verify(peers: Path, folder: Path, *words: str | Path) -> tuple[int, str]:
    command = [peers, "-I", "-m", "gatekeeper", "verify", folder / "release", "--model", folder / "model", *words]
    done = subprocess.run([str(each) for each in command], capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stderr
    return done.returncode, done.stdout


def asked(folder: Path, identity: str = IDENTITY, issuer: str = local_sigstore.ISSUER) -> tuple[str | Path, ...]:
    return ("--identity", identity, "--issuer", issuer, "--trusted-root", folder / "trusted-root.json")


@pytest.mark.slow
def test_a_release_by_an_identity_verifies_offline_and_its_approvals_count(peers: Path, signed: Path) -> None:
    code, said = verify(peers, signed, *asked(signed), "--keys", signed / "keys", "--require-approvals", "1")
    assert code == 0, said
    assert f"signer: {IDENTITY} (by {local_sigstore.ISSUER}), whose certificate and log entries hold" in said


@pytest.mark.slow
def test_another_identity_issuer_or_root_is_refused(peers: Path, signed: Path, tmp_path: Path) -> None:
    for words in (asked(signed, identity="ben@example.com"), asked(signed, issuer="https://other.example")):
        code, said = verify(peers, signed, *words)
        assert code == 1
        assert "failed    signer: evidence.sigstore.json: sigstore refuses it" in said
    with local_sigstore.running(tmp_path):
        code, said = verify(peers, signed, *asked(tmp_path))
        assert code == 1, said
    code, said = verify(peers, signed, "--identity", IDENTITY, "--issuer", local_sigstore.ISSUER)
    assert code == 1, "the roots of the public sigstore, which its package brings, know nothing of ours"
    assert "sigstore refuses it" in said


@pytest.mark.slow
def test_whom_to_trust_must_be_said_and_a_key_is_no_identity(peers: Path, signed: Path, tmp_path: Path) -> None:
    code, said = verify(peers, signed)
    assert code == 3
    assert "say whom you trust, --identity NAME and --issuer URL" in said
    (tmp_path / "signer.pub").write_bytes(public_pem(SIGNER))
    code, said = verify(peers, signed, "--key", tmp_path / "signer.pub")
    assert code == 1
    assert f"{IDENTITY} (by {local_sigstore.ISSUER}) is none of those who are trusted to sign" in said


@pytest.mark.slow
def test_no_file_that_an_identity_signed_survives_a_flipped_bit(peers: Path, signed: Path) -> None:
    words = [peers, "-c", FLIP, REPOSITORY, signed, IDENTITY, local_sigstore.ISSUER]
    done = subprocess.run([str(each) for each in words], capture_output=True, text=True, check=False, timeout=600)
    assert (done.returncode, done.stdout) == (0, ""), done.stdout + done.stderr


@pytest.mark.slow
def test_the_command_signs_by_an_identity_and_writes_nothing_where_it_can_not(
    gate: Gate, peers: Path, signed: Path, tmp_path: Path
) -> None:
    root, command = tmp_path / "candidate", [peers, "-I", "-m", "gatekeeper"]
    root.mkdir()
    (root / "gatekeeper.yaml").write_text("schema: gatekeeper/candidate@1\nname: pricing\nartifacts: [model.pkl]\n")
    (root / "model.pkl").write_bytes(MODEL)
    token = signed / "token"
    words = ("signoff", root, "--keyless", "--identity-token-file", token, "--trust-config")
    done = gate(*words, signed / "trust-config.json", "-o", tmp_path / "release", command=command)
    assert done.returncode == 1, done.stderr
    assert f"signed as FAILED by {IDENTITY} (by {local_sigstore.ISSUER})" in done.stderr
    assert {path.name for path in (tmp_path / "release").iterdir()} == set(NAMES)
    gone = tmp_path / "gone"
    gone.mkdir()
    with local_sigstore.running(gone):
        pass
    done = gate(*words, gone / "trust-config.json", "-o", tmp_path / "second", command=command)
    assert (done.returncode, done.stdout) == (3, "")
    assert "sigstore did not sign: " in done.stderr
    assert not (tmp_path / "second").exists()
    (tmp_path / "token").write_text("a password")
    named = ("--identity-token-file", tmp_path / "token", "-o", tmp_path / "third")
    done = gate("signoff", root, "--keyless", *named, command=command)
    assert (done.returncode, done.stdout) == (2, "")
    assert "the identity token can't be used" in done.stderr
    done = gate("signoff", root, "--keyless", "-o", tmp_path / "third", command=command)
    assert (done.returncode, done.stdout) == (2, "")
    assert "there is no identity to sign with" in done.stderr


def test_a_key_and_an_identity_are_two_things(gate: Gate, tmp_path: Path, make_key: MakeKey) -> None:
    done = gate("signoff", tmp_path, "--key", make_key("signer"), "--keyless", "-o", tmp_path / "out")
    assert done.returncode == 2
    assert "--keyless signs with no key, and --key names one" in done.stderr
    done = gate("signoff", tmp_path, "-o", tmp_path / "out")
    assert done.returncode == 2
    assert "there is nothing to sign with" in done.stderr
    done = gate("verify", tmp_path, "--model", tmp_path, "--identity", IDENTITY)
    assert done.returncode == 2
    assert "give both: --identity NAME --issuer URL" in done.stderr


def test_without_sigstore_the_extra_is_named(gate: Gate, tmp_path: Path) -> None:
    command = [sys.executable, "-I", "-c", WITHOUT_SIGSTORE]
    for words in (
        ("signoff", tmp_path, "--keyless", "-o", tmp_path / "out"),
        ("verify", tmp_path, "--model", tmp_path, "--identity", IDENTITY, "--issuer", local_sigstore.ISSUER),
    ):
        done = gate(*words, command=command)
        assert (done.returncode, done.stdout) == (2, "")
        assert "pip install 'model-gatekeeper[keyless]'" in done.stderr

"""The real model-signing, in an environment of its own: what it signs we accept, what we list it accepts."""

from __future__ import annotations

import base64
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

CORPUS = Path(__file__).parent / "provenance_corpus"
REQUIREMENTS = ("model-signing==1.1.1", "pyopenssl")
"""model-signing 1.1.1 imports OpenSSL and does not ask for it."""

SIGN_OURS = """\
import base64, json, sys
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
statement, private, bundle = sys.argv[1:]
payload = open(statement, "rb").read()
key = serialization.load_pem_private_key(open(private, "rb").read(), None)
kind = "application/vnd.in-toto+json"
signed = f"DSSEv1 {len(kind)} {kind} {len(payload)} ".encode() + payload
signature = key.sign(signed, ec.ECDSA(hashes.SHA256()))
json.dump({
    "mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json",
    "verificationMaterial": {"publicKey": {"hint": None}, "tlogEntries": []},
    "dsseEnvelope": {
        "payload": base64.b64encode(payload).decode(),
        "payloadType": kind,
        "signatures": [{"sig": base64.b64encode(signature).decode(), "keyid": ""}],
    },
}, open(bundle, "w"))
"""


@pytest.fixture(scope="session")
def signing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the interpreter of an environment with model-signing, cryptography and the gate."""
    folder = tmp_path_factory.mktemp("signing")
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    python = folder / "bin" / "python"
    subprocess.run([python, "-m", "pip", "install", "--quiet", *REQUIREMENTS], check=True, timeout=600)
    place = subprocess.run(
        [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    lines = [f"import site; site.addsitedir({path!r})" for path in sys.path if path.endswith("site-packages")]
    Path(place.stdout.strip(), "this-environment.pth").write_text("\n".join(lines) + "\n")
    return python


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Return a copy of the corpus, with a pair of keys."""
    folder = Path(shutil.copytree(CORPUS, tmp_path / "corpus"))
    for command in (
        ("ecparam", "-genkey", "-name", "prime256v1", "-noout", "-out", "key.pem"),
        ("ec", "-in", "key.pem", "-pubout", "-out", "key.pub"),
    ):
        subprocess.run(["openssl", *command], cwd=folder, check=True, capture_output=True)
    return folder


def run(python: Path, home: Path, *args: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": os.defpath, "LANG": "C.UTF-8", "HOME": str(home)}
    return subprocess.run(
        [python, *args], cwd=home, env=environment, capture_output=True, text=True, check=False, timeout=120
    )


def gate(python: Path, home: Path, *args: str) -> subprocess.CompletedProcess[str]:
    return run(python, home, "-I", "-m", "gatekeeper", "artifact", *args)


def sign(python: Path, home: Path, model: str, bundle: str) -> None:
    args = ("-m", "model_signing", "sign", "key", model, "--signature", bundle, "--private_key", "key.pem")
    done = run(python, home, *args)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.slow
def test_what_model_signing_signs_is_accepted_with_its_key(signing: Path, home: Path) -> None:
    for model, bundle in (("model", "a.sig"), ("model/model.joblib", "b.sig"), ("model", "model/c.sig")):
        sign(signing, home, model, bundle)
        done = gate(signing, home, "verify", bundle, model, "--public-key", "key.pub")
        assert done.returncode == 0, done.stdout + done.stderr
        assert "signature verified: made by the public key sha256:" in done.stdout


@pytest.mark.slow
@pytest.mark.parametrize("name", ["p256", "p384", "p521"])
def test_each_curve_of_the_corpus_is_verified_with_its_own_key_alone(name: str, signing: Path, home: Path) -> None:
    assert gate(signing, home, "verify", f"{name}.sig", "model", "--public-key", f"{name}.pub").returncode == 0
    done = gate(signing, home, "verify", f"{name}.sig", "model", "--public-key", "key.pub")
    assert done.returncode == 1
    assert "signature WRONG: not made by the public key sha256:" in done.stdout


@pytest.mark.slow
def test_a_certificates_bundle_is_verified_with_the_key_that_is_in_it(signing: Path, home: Path) -> None:
    done = gate(signing, home, "verify", "certificate.sig", "model", "--public-key", "p256.pub")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.slow
def test_model_signing_verifies_a_bundle_over_our_statement(signing: Path, home: Path) -> None:
    statement = gate(signing, home, "digest", "model", "--format", "model-signing")
    (home / "statement.json").write_text(statement.stdout)
    assert run(signing, home, "-c", SIGN_OURS, "statement.json", "key.pem", "ours.sig").returncode == 0
    args = ("-m", "model_signing", "verify", "key", "model", "--signature", "ours.sig", "--public_key", "key.pub")
    done = run(signing, home, *args)
    assert done.returncode == 0, done.stdout + done.stderr
    assert gate(signing, home, "verify", "ours.sig", "model", "--public-key", "key.pub").returncode == 0


@pytest.mark.slow
def test_one_flipped_byte_is_told_by_both(signing: Path, home: Path) -> None:
    sign(signing, home, "model", "a.sig")
    (home / "model/sub/weights").write_bytes(b"0123456789aB")
    args = ("-m", "model_signing", "verify", "key", "model", "--signature", "a.sig", "--public_key", "key.pub")
    theirs = run(signing, home, *args)
    ours = gate(signing, home, "verify", "a.sig", "model", "--public-key", "key.pub")
    assert (theirs.returncode, ours.returncode) == (1, 1)
    assert "Hash mismatch for 'sub/weights'" in theirs.stdout + theirs.stderr
    assert "sub/weights: got sha256:" in ours.stdout


@pytest.mark.slow
def test_a_payload_that_was_changed_is_told(signing: Path, home: Path) -> None:
    sign(signing, home, "model", "a.sig")
    bundle = (home / "a.sig").read_text()
    payload = bundle.partition('"payload":"')[2].partition('"')[0]
    longer = base64.b64encode(base64.b64decode(payload) + b"\n").decode()
    (home / "a.sig").write_text(bundle.replace(payload, longer))
    done = gate(signing, home, "verify", "a.sig", "model", "--public-key", "key.pub")
    assert done.returncode == 1
    assert "signature WRONG" in done.stdout


@pytest.mark.slow
@pytest.mark.parametrize("algorithm", ["RSA", "ED25519", "none"])
def test_a_key_of_another_kind_is_refused(algorithm: str, signing: Path, home: Path) -> None:
    if algorithm == "none":
        (home / "other.pub").write_text("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n")
    else:
        openssl = ("openssl", "genpkey", "-algorithm", algorithm, "-out", "other.pem")
        subprocess.run(openssl, cwd=home, check=True, capture_output=True)
        public = ("openssl", "pkey", "-in", "other.pem", "-pubout", "-out", "other.pub")
        subprocess.run(public, cwd=home, check=True, capture_output=True)
    done = gate(signing, home, "verify", "p256.sig", "model", "--public-key", "other.pub")
    assert (done.returncode, done.stdout) == (3, "")
    assert "other.pub: is no " in done.stderr
    assert "in PEM" in done.stderr

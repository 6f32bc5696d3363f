"""The key that signs is read and checked before anything is run; what is none is told with the way to make one."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.signoff.conftest import MakeKey
from tests.signoff.making import SIGNER, Case, pem, public_pem

Gate = Callable[..., "subprocess.CompletedProcess[str]"]

WITHOUT_CRYPTOGRAPHY = """\
import sys
sys.modules["cryptography"] = None
from gatekeeper.__main__ import main
main()
"""
RSA = ("-pkeyopt", "rsa_keygen_bits:2048")


def refused(gate: Gate, key: Path, tmp_path: Path, *more: str | Path) -> str:
    """Return what is said to a key that is none; nothing is judged and nothing written."""
    (tmp_path / "empty").mkdir(exist_ok=True)
    done = gate("signoff", tmp_path / "empty", "--key", key, "-o", tmp_path / "out", *more)
    assert (done.returncode, done.stdout) == (2, "")
    assert not (tmp_path / "out").exists()
    return str(done.stderr)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "is empty"),
        (b"a password\n", "is no private key in PEM"),
        (public_pem(SIGNER), "is a public key, expected the private one"),
        (pem(SIGNER)[:-40], "is no private key in PEM"),
        (b"\0" * 100_000, "is too large for a key"),
    ],
    ids=["empty", "text", "public", "cut", "huge"],
)
def test_a_file_that_is_no_private_key_is_a_usage_error_with_the_commands_that_make_one(
    content: bytes, says: str, gate: Gate, tmp_path: Path
) -> None:
    key = tmp_path / "key.pem"
    key.write_bytes(content)
    said = refused(gate, key, tmp_path)
    assert says in said
    assert "openssl genpkey -algorithm ed25519 -out key.pem" in said


def test_a_folder_and_a_file_that_is_not_there_are_no_keys(gate: Gate, tmp_path: Path) -> None:
    assert "is a folder, expected a key" in refused(gate, tmp_path, tmp_path)
    assert "no such key" in refused(gate, tmp_path / "none.pem", tmp_path)


def test_a_key_of_another_kind_is_refused(gate: Gate, tmp_path: Path) -> None:
    key = tmp_path / "rsa.pem"
    subprocess.run(["openssl", "genpkey", "-algorithm", "RSA", *RSA, "-out", key], check=True, capture_output=True)
    assert "of another kind, expected Ed25519" in refused(gate, key, tmp_path)


def test_an_encrypted_key_takes_its_passphrase_from_a_file(
    gate: Gate, tmp_path: Path, make_key: MakeKey, fresh: Case
) -> None:
    key = make_key("locked", "-aes256", "-pass", "pass:secret")
    passphrase = tmp_path / "passphrase"
    passphrase.write_text("secret\n")
    done = gate("approve", fresh.release, "--key", key, "--key-password-file", passphrase)
    assert (done.returncode, done.stdout) == (0, "")


def test_an_encrypted_key_without_its_passphrase_opens_nothing(gate: Gate, tmp_path: Path, make_key: MakeKey) -> None:
    key = make_key("locked", "-aes256", "-pass", "pass:secret")
    (tmp_path / "passphrase").write_text("guess\n")
    assert "is encrypted, and nobody is there to be asked" in refused(gate, key, tmp_path)
    wrong = refused(gate, key, tmp_path, "--key-password-file", tmp_path / "passphrase")
    assert "can't be opened with this passphrase" in wrong


def test_a_private_key_that_others_may_read_is_told(gate: Gate, make_key: MakeKey, fresh: Case) -> None:
    key = make_key("open")
    key.chmod(0o644)
    done = gate("approve", fresh.release, "--key", key)
    assert done.returncode == 0
    assert f"warning: others may read the private key {key} (mode 0644): chmod 600 {key}" in done.stderr


def test_a_private_key_that_nobody_else_may_read_is_not_told(gate: Gate, make_key: MakeKey, fresh: Case) -> None:
    assert "warning" not in gate("approve", fresh.release, "--key", make_key("closed")).stderr


@pytest.mark.parametrize("command", ["signoff", "approve", "verify"])
def test_without_cryptography_the_extra_is_named(command: str, gate: Gate, tmp_path: Path) -> None:
    words = {
        "signoff": (tmp_path, "--key", tmp_path / "key.pem", "-o", tmp_path / "out"),
        "approve": (tmp_path, "--key", tmp_path / "key.pem"),
        "verify": (tmp_path, "--model", tmp_path),
    }
    done = gate(command, *words[command], command=[sys.executable, "-I", "-c", WITHOUT_CRYPTOGRAPHY])
    assert (done.returncode, done.stdout) == (2, "")
    assert "pip install 'model-gatekeeper[sign]'" in done.stderr


def test_the_keys_of_verify_are_public_ed25519_keys_in_their_places(gate: Gate, tmp_path: Path, fresh: Case) -> None:
    def said(*words: str | Path) -> str:
        done = gate("verify", fresh.release, "--model", fresh.model, *words)
        assert (done.returncode, done.stdout) == (2, "")
        return str(done.stderr)

    (tmp_path / "private.pub").write_bytes(pem(SIGNER))
    assert "is a private key, expected the public one" in said("--key", tmp_path / "private.pub")
    (tmp_path / "nothing").mkdir()
    assert "holds no public key (*.pub)" in said("--keys", tmp_path / "nothing")
    assert "holds no public key (*.pub)" in said("--keys", tmp_path / "not-there")
    (tmp_path / "keys" / "both.pub").write_bytes(public_pem(SIGNER))
    assert "has keys beside its folders" in said("--keys", tmp_path / "keys")

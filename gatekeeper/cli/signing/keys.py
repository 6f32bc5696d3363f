"""The key that signs, from its file: checked before anything else is done, told if others may read it."""

from __future__ import annotations

import stat
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gatekeeper.errors import UsageError
from gatekeeper.report.printable import one_line

if TYPE_CHECKING:
    from gatekeeper.signoff.keys import SigningKey

INSTALL = "install it beside the gate: python -m pip install 'model-gatekeeper[sign]'"


def expect_cryptography() -> None:
    """Raise where the extra that signs and verifies is not installed.

    Raises:
        UsageError: it is not.
    """
    try:
        import cryptography
    except ImportError as error:
        raise UsageError("signatures need the package cryptography, which is not installed", fix=INSTALL) from error
    del cryptography


def signing_key(path: Path, passphrase_file: Path | None) -> SigningKey:
    """Return the private key in a file.

    Args:
        path: the key, in PEM.
        passphrase_file: a file whose first line is the passphrase of an encrypted key; without it a person is asked.

    Raises:
        UsageError: it is none, its passphrase is wrong or can't be asked for, or `cryptography` is not installed.
    """
    expect_cryptography()
    from gatekeeper.signoff.keys import is_encrypted, private_key
    from gatekeeper.signoff.trust import read_key

    pem = read_key(path)
    passphrase = _passphrase(path, passphrase_file) if is_encrypted(pem) else None
    key = private_key(pem, str(path), passphrase)
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & 0o077:
        warning = f"warning: others may read the private key {path} (mode {mode:04o}): chmod 600 {path}"
        click.echo(one_line(warning), err=True)
    return key


def _passphrase(path: Path, file: Path | None) -> bytes:
    from gatekeeper.signoff.trust import read_key

    if file is not None:
        return read_key(file).split(b"\n", 1)[0].removesuffix(b"\r")
    if not sys.stdin.isatty():
        fix = "name a file with its passphrase: --key-password-file FILE"
        raise UsageError(f"{path} is encrypted, and nobody is there to be asked", fix=fix)
    answer: str = click.prompt(one_line(f"Passphrase of {path}"), hide_input=True, err=True)
    return answer.encode()

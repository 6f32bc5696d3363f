"""What signs a sign-off, as the command line asks for it: a local key, or an identity by sigstore."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from gatekeeper.cli.signing.keys import expect_cryptography, signing_key
from gatekeeper.errors import Undelivered, UsageError

if TYPE_CHECKING:
    from gatekeeper.signoff.release import Sealer
    from gatekeeper.signoff.statements import Signer


def with_key(path: Path | None, passphrase_file: Path | None) -> Sealer:
    """Return what signs with the key in a file.

    Raises:
        UsageError: no file was named, or it holds no such key.
    """
    if path is None:
        fix = "name the key that signs: --key FILE; or sign by an identity: --keyless"
        raise UsageError("there is nothing to sign with", fix=fix)
    key = signing_key(path, passphrase_file)
    from gatekeeper.signoff.release import Keyed

    return Keyed(key)


def identified(token: Path | None, trust_config: Path | None, *, key: Path | None) -> Sealer:
    """Return what signs by an identity.

    Raises:
        UsageError: a key was named too, or there is no identity.
    """
    if key is not None:
        raise UsageError("--keyless signs with no key, and --key names one", fix="give one of the two")
    expect_cryptography()
    from gatekeeper.signoff.keyless import Identified

    return Identified(token, trust_config)


def in_words(signer: Signer) -> str:
    """Return who signed, in words."""
    return f"the key sha256:{signer.keyid}" if signer.keyid else f"{signer.identity} (by {signer.issuer})"


def expect_consistent(files: Mapping[str, bytes]) -> None:
    """Raise where a release that is about to be written would not verify: nobody else would notice before the deploy.

    Raises:
        Undelivered: it would not.
    """
    from gatekeeper.signoff.consistency import open_release
    from gatekeeper.signoff.files import contents_of
    from gatekeeper.signoff.ledger import Ledger

    ledger = Ledger()
    if open_release(contents_of(files), ledger) is None:
        what = f"what was signed does not verify: {ledger.failures[0].text}"
        raise Undelivered(what, fix="this is a defect of gatekeeper, or of what signed: report it")

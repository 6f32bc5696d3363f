"""`gatekeeper approve`: a reviewer's signature over the files of a release."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from gatekeeper.cli.files import write_whole
from gatekeeper.cli.signing.keys import signing_key
from gatekeeper.errors import UsageError
from gatekeeper.report.printable import is_hostile, one_line

_LONGEST = 4000
"""Characters of a comment: what is longer belongs where the release is discussed."""


@click.command()
@click.argument("release", type=click.Path(path_type=Path))
@click.option("--key", required=True, type=click.Path(path_type=Path), help="Your own Ed25519 private key (PEM).")
@click.option(
    "--key-password-file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Its first line is the passphrase of an encrypted key.  [default: it is asked for]",
)
@click.option("--role", default="", metavar="NAME", help="As what you approve, such as validator.")
@click.option("--comment", default="", metavar="TEXT", help="What you want to be kept with it.")
def approve(*, release: Path, key: Path, key_password_file: Path | None, role: str, comment: str) -> int:
    """Approve the release in the folder RELEASE: sign the digests of its reports and statements.

    It must be a PASS that is in force, and as it was signed; read signoff.html before. Whoever signed it off can't
    approve it, and nobody can twice.

    Exit codes: 0 approved, 1 this release can't be approved, 2 usage.
    """
    for option, text in (("--role", role), ("--comment", comment)):
        if len(text) > _LONGEST or any(is_hostile(each) and each != "\n" for each in text):
            raise UsageError(f"{option} is no plain text of at most {_LONGEST} characters", fix="say it in plain text")
    signer = signing_key(key, key_password_file)
    from gatekeeper.signoff.consistency import open_release
    from gatekeeper.signoff.files import read_folder
    from gatekeeper.signoff.ledger import Ledger
    from gatekeeper.signoff.release import approval
    from gatekeeper.signoff.verification import standing

    ledger, now = Ledger(), datetime.now(UTC)
    opened = open_release(read_folder(release), ledger)
    if opened is not None:
        standing(opened, now, ledger)
        own = signer.public == opened.signer
        twice = any(each.signer == signer.public for each in opened.approvals)
        problems = ["this key signed the release off, and can't review it"] if own else []
        problems += ["this key has approved it already"] if twice else []
        ledger.judge("reviewer", problems, f"sha256:{signer.public.id}")
    if opened is None or ledger.failures:
        for line in ledger.failures:
            click.echo(one_line(f"FAILED {line.check}: {line.text}"), err=True)
        click.echo(one_line(f"FAIL: {release} can't be approved (exit code 1)."), err=True)
        return 1
    name, data = approval(opened.covered, signer, role=role, comment=comment, now=now)
    write_whole(release / name, data)
    click.echo(one_line(f"wrote {release / name}: approved by the key sha256:{signer.public.id}"), err=True)
    return 0

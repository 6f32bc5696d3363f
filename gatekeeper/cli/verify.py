"""`gatekeeper verify`: a release and a model at deploy, held against what was signed, approved and is in force."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gatekeeper.cli.files import NamedPath
from gatekeeper.cli.signing.keys import expect_cryptography
from gatekeeper.errors import UsageError
from gatekeeper.report.printable import one_line

if TYPE_CHECKING:
    from gatekeeper.signoff.ledger import Ledger

SCHEMA = "gatekeeper/verification@1"

_WORDS = {0: "PASS", 1: "FAIL", 3: "UNDECIDED"}


@click.command()
@click.argument("release", type=NamedPath())
@click.option(
    "--model",
    required=True,
    type=NamedPath(),
    metavar="PATH",
    help="What is deployed: the model's file, the folder of its files, or the candidate's folder.",
)
@click.option(
    "--keys",
    type=NamedPath(),
    metavar="FOLDER",
    help="Trusted keys: *.pub, for both roles; or signers/*.pub and reviewers/*.pub.",
)
@click.option("--key", "key_files", multiple=True, type=NamedPath(), metavar="PUB", help="A trusted signer's key.")
@click.option("--identity", metavar="NAME", help="Who is trusted to sign without a key, by sigstore.")
@click.option("--issuer", metavar="URL", help="Who must vouch for --identity.")
@click.option(
    "--trusted-root",
    type=NamedPath(),
    metavar="FILE",
    help="The roots of another sigstore than the public one.",
)
@click.option(
    "--require-approvals", type=click.IntRange(min=0), default=0, metavar="N", help="Reviewers that must have approved."
)
@click.option("--max-age", metavar="AGE", help="How old the run may be: 12h, 7d, 2w.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def verify(  # noqa: PLR0913 - one argument an option
    *,
    release: Path,
    model: Path,
    keys: Path | None,
    key_files: tuple[Path, ...],
    identity: str | None,
    issuer: str | None,
    trusted_root: Path | None,
    require_approvals: int,
    max_age: str | None,
    as_json: bool,
) -> int:
    """Verify at deploy that RELEASE is a PASS for this very model, signed by a key that you trust, and in force today.

    Every digest is recomputed, of the release and of the model; nothing is asked of a network.

    Exit codes: 0 it is, 1 it is not, 2 usage, 3 it can't be decided: no key is trusted, or a file can't be read.
    """
    expect_cryptography()
    from gatekeeper.signoff import verification
    from gatekeeper.signoff.times import age_of
    from gatekeeper.signoff.trust import trusted

    demands = verification.Demands(
        trust=trusted(keys, key_files),
        keyless=_keyless(identity, issuer, trusted_root),
        approvals=require_approvals,
        max_age=None if max_age is None else age_of(max_age),
    )
    ledger = verification.verify(release, model, demands, _models_in, datetime.now(UTC))
    for line in _json(ledger) if as_json else _text(ledger):
        click.echo(line)
    return ledger.exit_code


def _keyless(identity: str | None, issuer: str | None, trusted_root: Path | None) -> Callable[[bytes], str] | None:
    if identity is None and issuer is None and trusted_root is None:
        return None
    if not identity or not issuer:
        fix = "give both: --identity NAME --issuer URL"
        raise UsageError("an identity is trusted as its issuer vouches for it", fix=fix)
    from gatekeeper.signoff.keyless import verifier

    return verifier(identity, issuer, trusted_root)


def _models_in(folder: Path) -> Collection[str]:
    from gatekeeper.discovery import survey

    return [each.path for each in survey(folder).of_kind("model")]


def _text(ledger: Ledger) -> Iterator[str]:
    for line in ledger.lines:
        yield one_line(f"{line.found.value:<9} {line.check}: {line.text}")
    yield one_line(f"{_WORDS[ledger.exit_code]}: {sentence(ledger)} (exit code {ledger.exit_code}).")


def _json(ledger: Ledger) -> Iterator[str]:
    document = {
        "schema": SCHEMA,
        "verdict": _WORDS[ledger.exit_code].lower(),
        "exit_code": ledger.exit_code,
        "summary": one_line(sentence(ledger)),
        "checks": [
            {"check": line.check, "found": line.found.value, "text": one_line(line.text)} for line in ledger.lines
        ],
    }
    yield json.dumps(document, indent=2)


def sentence(ledger: Ledger) -> str:
    """Return what the lines come to, in one sentence."""
    checks = {line.check for line in ledger.lines}
    failed = ", ".join(dict.fromkeys(line.check for line in ledger.failures))
    if failed:
        return f"this release may not be deployed: {failed} failed, the first for {ledger.failures[0].text}"
    if ledger.exit_code:
        open_ = next((line.text for line in ledger.lines if line.found.value == "undecided"), "nothing was looked at")
        return f"nothing failed, and not all could be decided: {open_}"
    return f"{len(checks)} checks made, this model is the one that was signed off"

"""`gatekeeper artifact verify`: a model on disk held against the bundle that it was signed in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from gatekeeper.artifact.provenance.bundle import Bundle, read_bundle
from gatekeeper.artifact.provenance.comparison import Kind, Mismatch, against_folder
from gatekeeper.artifact.provenance.folders import Listing, is_folder, list_model
from gatekeeper.artifact.provenance.signatures import NOT_VERIFIED, Verification, verify_signature
from gatekeeper.cli.env.evidence import opened, placed
from gatekeeper.errors import Unreadable, UsageError
from gatekeeper.model import Verdict
from gatekeeper.report.printable import one_line

_LARGEST_KEY = 64 * 1024
_SHOWN = 100
_GIVE = "give the key that you trust: --public-key PEM"


@click.command()
@click.argument("bundle", type=click.Path(path_type=Path))
@click.argument("model", metavar="FOLDER", type=click.Path(path_type=Path))
@click.option("--public-key", type=click.Path(path_type=Path), metavar="PEM", help="The key that must have signed.")
@click.option("--digests-only", is_flag=True, help="Don't ask who signed: anyone can have written the bundle.")
def verify(*, bundle: Path, model: Path, public_key: Path | None, digests_only: bool) -> int:
    """Hold FOLDER, or one file, against BUNDLE, which OpenSSF model-signing wrote over it.

    Each file must be in the bundle with its digest, and each file of the bundle must be there. The bundle itself and
    what it says it left out don't count.

    Exit codes: 0 all of it is as it was signed, 1 it is not, 2 usage, 3 it can't be decided, or nobody verified the
    signature.
    """
    if digests_only and public_key is not None:
        raise UsageError("--digests-only asks for no signature, --public-key for one", fix="give one of the two")
    read = placed(str(bundle), lambda: opened(bundle, read_bundle))
    signature = NOT_VERIFIED if public_key is None else _verification(read, public_key)
    listing = placed(str(model), lambda: _listing(model, read, bundle))
    mismatches = against_folder(read, listing)
    verdict = _verdict(signature, mismatches, digests_only=digests_only)
    for line in _lines(read, signature, mismatches, digests_only=digests_only):
        click.echo(one_line(line))
    sentence = _sentence(read, signature, mismatches)
    click.echo(one_line(f"{verdict.name}: {sentence} (exit code {verdict.value})."))
    return verdict.value


def _verification(bundle: Bundle, public_key: Path) -> Verification:
    pem = placed(str(public_key), lambda: opened(public_key, lambda stream: stream.read(_LARGEST_KEY)))
    return placed(str(public_key), lambda: verify_signature(bundle, pem))


def _listing(model: Path, bundle: Bundle, path: Path) -> Listing:
    if is_folder(model) is bundle.single:
        got, signed = ("a folder", "a file") if bundle.single else ("a file", "a folder")
        raise Unreadable(f"got {got}, expected {signed}: that is what was signed", fix="name what was signed")
    return list_model(model, (*bundle.ignored, *_itself(path, model)), bundle.shard_size)


def _itself(bundle: Path, model: Path) -> tuple[str, ...]:
    """Return the bundle's own path in the model, if it lies there: it can't have signed itself."""
    here, folder = bundle.resolve(), model.resolve()
    return (here.relative_to(folder).as_posix(),) if folder.is_dir() and here.is_relative_to(folder) else ()


def _verdict(signature: Verification, mismatches: Sequence[Mismatch], *, digests_only: bool) -> Verdict:
    if mismatches or signature.verified is False:
        return Verdict.FAIL
    return Verdict.PASS if signature.verified or digests_only else Verdict.UNDECIDED


def _lines(
    bundle: Bundle, signature: Verification, mismatches: Sequence[Mismatch], *, digests_only: bool
) -> Iterator[str]:
    if signature.verified:
        yield f"signature verified: made by {signature.by}"
    elif signature.verified is False:
        yield f"signature WRONG: not made by {signature.by}; the bundle names {bundle.signer}"
        yield f"  fix: {_GIVE}, or fetch the bundle again from where it was signed"
    else:
        yield f"SIGNATURE NOT VERIFIED: {signature.by}; the bundle says that it was signed by {bundle.signer}"
        yield f"  fix: {_GIVE}" + ("" if digests_only else "; or ask for the digests alone: --digests-only")
    for each in mismatches[:_SHOWN]:
        yield _told(each)
    if len(mismatches) > _SHOWN:
        yield f"... and {len(mismatches) - _SHOWN} more"
    if mismatches:
        yield "  fix: fetch the model again from where it was signed; if the change is meant, sign it again"


def _told(mismatch: Mismatch) -> str:
    match mismatch.kind:
        case Kind.NOT_RECORDED:
            return f"{mismatch.path}: is there ({mismatch.got}), and was not signed"
        case Kind.MISSING:
            return f"{mismatch.path}: was signed ({mismatch.expected}), and is not there"
        case Kind.OTHER_DIGEST | Kind.OTHER_SIZE:
            return f"{mismatch.path}: got {mismatch.got}, expected {mismatch.expected}"


def _sentence(bundle: Bundle, signature: Verification, mismatches: Sequence[Mismatch]) -> str:
    count = f"{len(bundle.files)} file{'' if len(bundle.files) == 1 else 's'}"
    if mismatches:
        differences = f"{len(mismatches)} difference{'' if len(mismatches) == 1 else 's'}"
        return f"{differences} between {bundle.model} and the {count} that were signed"
    digests = f"{count} of {bundle.model}, each with the digest in the bundle"
    if signature.verified is None:
        return f"{digests}; nobody verified who made the bundle"
    return digests if signature.verified else f"{digests}, which somebody else made"

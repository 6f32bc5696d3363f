"""Where files on disk are not what a record or a bundle says of them. Pure functions of facts."""

from __future__ import annotations

import enum
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gatekeeper.artifact.provenance.names import order, quoted
from gatekeeper.errors import Unreadable

if TYPE_CHECKING:
    from gatekeeper.artifact.provenance.bundle import Bundle, SignedFile
    from gatekeeper.artifact.provenance.folders import ListedFile, Listing
    from gatekeeper.artifact.provenance.record import Record


class Kind(enum.StrEnum):
    """In what a file is not as it was recorded or signed."""

    NOT_RECORDED = "not recorded"
    """The file is there, and nothing vouches for it."""
    MISSING = "missing"
    """The file is vouched for, and not there."""
    OTHER_DIGEST = "other digest"
    OTHER_SIZE = "other size"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mismatch:
    """One difference: what is on disk (`got`) and what was recorded (`expected`), as text; empty for nothing."""

    kind: Kind
    path: str
    got: str
    expected: str


def against_record(record: Record, path: str, sha256: str, size: int) -> tuple[Mismatch, ...]:
    """Return in what a file is not as the training record has it; nothing if it is.

    Args:
        record: The training record.
        path: Of the file, relative to the folder of the record; see `names.beside`.
        sha256: Of the file's bytes, in hexadecimal.
        size: Of the file, in bytes.
    """
    recorded = next((each for each in record.files if each.path == path), None)
    if recorded is None:
        return (Mismatch(kind=Kind.NOT_RECORDED, path=path, got=f"sha256:{sha256}", expected=""),)
    found: list[Mismatch] = []
    if recorded.sha256 != sha256:
        found.append(_other_digest(path, sha256, recorded.sha256))
    if recorded.size != size:
        got, expected = f"{size} bytes", f"{recorded.size} bytes"
        found.append(Mismatch(kind=Kind.OTHER_SIZE, path=path, got=got, expected=expected))
    return tuple(found)


def against_bundle(bundle: Bundle, path: str, sha256: str, size: int) -> tuple[Mismatch, ...]:
    """Return in what a file is not as the bundle has it; nothing if it is. The signature plays no part.

    Args:
        bundle: The bundle.
        path: Of the file, relative to the folder that was signed.
        sha256: Of the file's bytes, in hexadecimal.
        size: Of the file, in bytes.

    Raises:
        Unreadable: The file was signed in several shards, so that the digest of the whole says nothing.
    """
    signed = next((each for each in bundle.files if each.name == path), None)
    if signed is None:
        return (Mismatch(kind=Kind.NOT_RECORDED, path=path, got=f"sha256:{sha256}", expected=""),)
    if len(signed.spans) > 1:
        what = f"{quoted(path)} was signed in {len(signed.spans)} shards, expected one digest of the whole file"
        raise Unreadable(what, fix="sign it again by files, as `model_signing sign` does")
    (whole,) = signed.spans
    if whole.end is not None and whole.end != size:
        expected = f"{whole.end} bytes"
        return (Mismatch(kind=Kind.OTHER_SIZE, path=path, got=f"{size} bytes", expected=expected),)
    return () if whole.sha256 == sha256 else (_other_digest(path, sha256, whole.sha256),)


def against_folder(bundle: Bundle, listing: Listing) -> tuple[Mismatch, ...]:
    """Return in what a whole model is not as the bundle has it, sorted by name; the signature plays no part.

    Args:
        bundle: The bundle.
        listing: Of the model on disk, taken with the bundle's `ignored` and `shard_size`.
    """
    signed = {each.name: each for each in bundle.files}
    # An empty file has no shard, so that a bundle of shards can't name it.
    there = {each.name: each for each in listing.files if each.spans}
    return tuple(
        mismatch
        for name in sorted({*signed, *there}, key=order)
        for mismatch in _between(name, there.get(name), signed.get(name))
    )


def _between(name: str, listed: ListedFile | None, signed: SignedFile | None) -> Iterator[Mismatch]:
    if signed is None:
        yield Mismatch(kind=Kind.NOT_RECORDED, path=name, got=_whole(listed), expected="")
    elif listed is None:
        yield Mismatch(kind=Kind.MISSING, path=name, got="", expected=f"sha256:{signed.spans[0].sha256}")
    else:
        ends = [(each.start, each.end) for each in listed.spans]
        if signed.spans[0].end is not None and ends != [(each.start, each.end) for each in signed.spans]:
            expected = f"{signed.spans[-1].end} bytes"
            yield Mismatch(kind=Kind.OTHER_SIZE, path=name, got=f"{listed.size} bytes", expected=expected)
            return
        for there, expected_span in zip(listed.spans, signed.spans, strict=True):
            if there.sha256 != expected_span.sha256:
                where = "" if len(listed.spans) == 1 else f", bytes {there.start} to {there.end}"
                yield _other_digest(f"{name}{where}", there.sha256, expected_span.sha256)


def _whole(listed: ListedFile | None) -> str:
    return f"{listed.size} bytes" if listed else ""


def _other_digest(path: str, got: str, expected: str) -> Mismatch:
    return Mismatch(kind=Kind.OTHER_DIGEST, path=path, got=f"sha256:{got}", expected=f"sha256:{expected}")

"""The records of a lock: what each of its wheels leaves behind when it is installed.

An installed environment does not know which files it was made from, so that a lock's hashes can't be compared with it.
The canonical digest of a RECORD can (see `probe_script`). It is taken from the wheels when the lock is made, and kept
beside the lock, in `<name of the lock>.records.json`:

    {"schema": "gatekeeper/records@1",
     "records": {"sha256:<of the wheel>": {"name": …, "version": …, "file": …, "record": "sha256:<of the RECORD>"}}}
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import BinaryIO

from gatekeeper.environment.decoding import decode
from gatekeeper.environment.facts import Lock, Row
from gatekeeper.environment.installed.distributions import canonical_version
from gatekeeper.environment.installed.wheel import recorded_wheel
from gatekeeper.environment.json_document import Fields, load_object
from gatekeeper.environment.names import canonical_name
from gatekeeper.environment.quoting import quoted
from gatekeeper.errors import Unreadable

SCHEMA = "gatekeeper/records@1"
# 100,000 wheels.
_LARGEST = 32 << 20
_AGAIN = "make the lock and its records again: gatekeeper env lock"
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What one wheel leaves behind.

    Attributes:
        name: Canonical.
        version: `str(Version)`.
        file: The name of the wheel.
        record: The canonical digest of its RECORD, `sha256:<hex>`.
    """

    name: str
    version: str
    file: str
    record: str


Records = Mapping[str, Record]
"""By the wheel's own digest, `sha256:<hex>`."""


def sidecar_of(lock: Path) -> Path:
    """Return where the records of a lock are kept."""
    return lock.with_name(f"{lock.name}.records.json")


def records_of_wheels(wheels: Iterable[Path]) -> Records:
    """Return the records of wheels that were downloaded.

    Raises:
        Unreadable: One is no wheel, or its RECORD is not what its files are; the message names it.
    """
    records: dict[str, Record] = {}
    for path in wheels:
        with path.open("rb") as wheel:
            try:
                name, version, record = recorded_wheel(wheel)
            except Unreadable as error:
                raise Unreadable(f"{path.name}: {error.what}", fix=error.fix) from error
            wheel.seek(0)
            digest = hashlib.file_digest(wheel, "sha256").hexdigest()
        pinned = canonical_version(version)
        if pinned is None:
            raise Unreadable(f"{path.name}: got the version {quoted(version)}, which is none of PEP 440", fix=_AGAIN)
        records[f"sha256:{digest}"] = Record(name=canonical_name(name), version=pinned, file=path.name, record=record)
    return records


def render(records: Records) -> str:
    """Return the document, the same for the same records."""
    entries = {digest: asdict(record) for digest, record in records.items()}
    return json.dumps({"schema": SCHEMA, "records": entries}, indent=2, sort_keys=True) + "\n"


def read_records(stream: BinaryIO) -> Records:
    """Return the records that a file holds.

    Raises:
        Unreadable: It can't be read whole, see `parse_records`, or is over 32 MiB.
    """
    data = stream.read(_LARGEST + 1)
    if len(data) > _LARGEST:
        raise Unreadable(f"got more than {_LARGEST} bytes; no lock has as many records", fix=_AGAIN)
    return parse_records(decode(data))


def parse_records(text: str) -> Records:
    """Return the records that a document holds.

    Args:
        text: As `decoding.decode` gives it.

    Raises:
        Unreadable: It is no such document of version 1.
    """
    document = load_object(text, _AGAIN)
    schema = document.text("schema")
    if schema != SCHEMA:
        document.refuse("schema", f"got {quoted(schema)}, expected {SCHEMA!r}")
    entries = document.object("records")
    for digest in entries.values:
        _expect_digest(entries, digest, digest)
    return {digest: _record(entries.object(digest)) for digest in entries.values}


def _record(stated: Fields) -> Record:
    record = Record(**{key: stated.text(key) for key in ("name", "version", "file", "record")})
    _expect_digest(stated, "record", record.record)
    return record


def _expect_digest(stated: Fields, key: str, digest: str) -> None:
    if _DIGEST.fullmatch(digest) is None:
        stated.refuse(key, f"got {quoted(digest)}, expected sha256:<64 hex digits>")


def attach(lock: Lock, records: Records) -> Lock:
    """Return the lock with the records of its rows' hashes.

    Raises:
        Unreadable: The records call a wheel otherwise than the lock does: they are of another lock, or changed by hand.
    """
    return replace(lock, rows=tuple(_attached(row, records) for row in lock.rows))


def _attached(row: Row, records: Records) -> Row:
    known = [records[str(each)] for each in row.hashes if str(each) in records]
    for record in known:
        if record.name != row.name or (row.version and canonical_version(record.version) != row.version):
            what = f"the records call {record.file} {record.name} {record.version}, the lock has it for {row.name} "
            what += row.version or row.specifier
            raise Unreadable(what.rstrip(), fix=_AGAIN, line=row.line, column=row.column)
    return replace(row, records=tuple(sorted({record.record for record in known}))) if known else row

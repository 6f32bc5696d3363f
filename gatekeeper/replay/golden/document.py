"""`golden/records.jsonl`: read, written, and kept when it is recorded anew.

The first line is the header; then comes a record a line. Numbers are written with the fewest digits that give the same
number back, in their own type; what JSON has not is tagged: `{"$float": "NaN"}`, `{"$int": "9223372036854775808"}`. (Of
NaN only that it is one is kept, except in large tensors.) Tensors of more than 64 KiB lie in `tensors.safetensors`, and
their digests in the lines. The header's `content` is the digest of all else in it and of the lines after it, as
they are written here, so that line ends and blanks do not matter, and any other change does.
"""

from __future__ import annotations

import hashlib
import io
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from gatekeeper.errors import Unreadable
from gatekeeper.replay.golden import lines, tensors, values
from gatekeeper.replay.golden.facts import ANY, WIDE, Golden, Header, InputSpec, OutputSpec, Record
from gatekeeper.replay.golden.tags import line, tagged
from gatekeeper.replay.observed import Value

RECORDS = "records.jsonl"
TENSORS = "tensors.safetensors"
_FIX = "name the folder that `gatekeeper golden record` wrote, or its records.jsonl"


def read(path: Path) -> Golden:
    """Return the golden set in a folder, or in a file of records and the tensors beside it.

    Raises:
        Unreadable: it is absent, or no golden set; with path and line.
    """
    records = path / RECORDS if path.is_dir() else path
    beside = records.with_name(tensors_of(records.name))
    try:
        _exists(records)
        with records.open("rb") as stream:
            if not beside.is_file():
                return from_lines(stream, None)
            with beside.open("rb") as large:
                return from_lines(stream, large)
    except OSError as error:
        raise Unreadable(f"can't be read: {error.strerror}", fix=_FIX).in_file(str(records)) from error
    except Unreadable as error:
        raise error.in_file(str(records)) from error


def _exists(records: Path) -> None:
    if not records.is_file():
        raise Unreadable("there are no golden records here", fix=_FIX)


def from_lines(stream: BinaryIO, large: BinaryIO | None) -> Golden:
    """Return the golden set in an open file of records.

    Args:
        stream: Of the records.
        large: Of the tensors beside it; None where there is no such file.

    Raises:
        Unreadable: with the line, if it is about one.
    """
    data = stream.read(lines.LARGEST + 1)
    return lines.parsed(data, None if large is None else tensors.loaded(large))


def tensors_of(name: str) -> str:
    """Return what the file is called that has the tensors of a file of records."""
    middle = name.removeprefix("records").removesuffix(".jsonl")
    return f"tensors{middle}.safetensors"


def dumped(golden: Golden) -> tuple[bytes, bytes | None]:
    """Return the file of records, its header with the content's digest, and the file of tensors if there are any.

    Raises:
        ValueError: there is no header or no record, ids come twice, or a record is not what the header says.
    """
    header = golden.header
    if header is None or not golden.records:
        raise ValueError("a golden set without a header or without a record is not written")
    if len({each.id for each in golden.records}) != len(golden.records):
        raise ValueError("two records have one id")
    shelf: dict[str, tensors.Tensor] = {}
    body = [line(_record(each, header, shelf)) for each in golden.records]
    head = _sorted(header)
    head = msgspec.structs.replace(head, content=lines.content_digest([lines.first_line(head), *body]))
    text = "\n".join([line({"header": msgspec.to_builtins(head)}), *body, ""])
    return text.encode("utf-8"), tensors.dumped(shelf) if shelf else None


def content_digest(golden: Golden) -> str:
    """Return the digest as the header has it: "sha256:..." over all else that is in the header, and in the lines.

    Raises:
        ValueError: it has no header, or a record is not what it says.
    """
    if golden.header is None:
        raise ValueError("a golden set without a header has no canonical lines")
    header, shelf = _sorted(golden.header), dict[str, tensors.Tensor]()
    return lines.content_digest(
        [lines.first_line(header), *(line(_record(each, header, shelf)) for each in golden.records)]
    )


def _sorted(header: Header) -> Header:
    devices = {device: dict(sorted(facts.items())) for device, facts in sorted(header.devices.items())}
    versions = dict(sorted(header.environment.versions.items()))
    return msgspec.structs.replace(
        header,
        artifacts=dict(sorted(header.artifacts.items())),
        devices=devices,
        environment=msgspec.structs.replace(header.environment, versions=versions),
    )


def _record(record: Record, header: Header, shelf: dict[str, tensors.Tensor]) -> dict[str, Any]:
    try:
        inputs = {name: _input(record, name, each, header, shelf) for name, each in record.inputs.items()}
        found: dict[str, Any] = {"id": record.id, "why": list(record.why), "inputs": _keyed(inputs)}
        if record.outputs is not None:
            found["outputs"] = _outputs(record.outputs, header, f"{record.id}.outputs", shelf)
        rest = {"status": record.status, "fault": record.fault, "outside": record.outside or None}
        found |= {key: each for key, each in rest.items() if each is not None}
        if record.devices:
            found["devices"] = _keyed(
                {
                    device: _outputs(each, header, f"{record.id}.devices.{device}", shelf)
                    for device, each in sorted(record.devices.items())
                }
            )
    except ValueError as error:
        raise ValueError(f"record {record.id}: {error}") from error
    return found


def _input(record: Record, name: str, given: Any, header: Header, shelf: dict[str, tensors.Tensor]) -> Any:
    if not isinstance(given, Value):
        return tagged(given)
    spec = header.inputs.get(name) or InputSpec(dtype=ANY)
    dtype = spec.dtype if spec.dtype in WIDE else ""  # else bare JSON would be read as a plain value
    return values.written(given, dtype, spec.shape, f"{record.id}.inputs.{name}", shelf)


def _outputs(
    outputs: Mapping[str, Value], header: Header, name: str, shelf: dict[str, tensors.Tensor]
) -> dict[str, Any]:
    found = {}
    for key, value in outputs.items():
        spec = header.outputs.get(key) or OutputSpec(dtype=ANY)
        found[key] = values.written(value, spec.dtype, spec.shape, f"{name}.{key}", shelf)
    return _keyed(found)


def _keyed(found: Mapping[str, Any]) -> dict[str, Any]:
    return {f"${key}" if key.startswith("$") else key: each for key, each in found.items()}


def kept_as(folder: Path) -> tuple[str, str] | None:
    """Return what the golden records in a folder will be called when they are recorded anew, and their digest.

    The digest is the header's content digest; for a file without a header, or that can't be read, of its bytes. None
    where there are no records yet.
    """
    path = folder / RECORDS
    if not path.is_file():
        return None
    data = path.read_bytes()
    found, date = f"sha256:{hashlib.sha256(data).hexdigest()}", "undated"
    try:
        header = read(path).header
    except Unreadable:
        header = None  # it is kept all the same, under the digest of its bytes
    if header is not None:
        found, date = header.content, header.recorded[:10]
    stem = f"records.{date}-{found.removeprefix('sha256:')[:12]}"
    taken = re.escape(stem)
    others = [each for each in folder.iterdir() if re.fullmatch(rf"{taken}(-\d+)?\.jsonl", each.name)]
    if any(each.read_bytes() == data for each in others):
        return min(each.name for each in others if each.read_bytes() == data), found
    name = f"{stem}.jsonl" if not others else f"{stem}-{len(others) + 1}.jsonl"
    return name, found


def write(golden: Golden, folder: Path) -> Path:
    """Write a golden set, keep the one that was there under another name, and return the file of records.

    What is kept is never written over. A write that is broken off half-way leaves the old set whole under the name that
    it is kept by, and the digests tell that the new one is not.

    Raises:
        ValueError: it can't be written; nothing was changed.
    """
    records, large = dumped(golden)
    try:
        from_lines(io.BytesIO(records), None if large is None else io.BytesIO(large))
    except Unreadable as error:
        raise ValueError(f"what would be written can't be read again: {error.what}") from error
    folder.mkdir(parents=True, exist_ok=True)
    path, beside = folder / RECORDS, folder / TENSORS
    kept = kept_as(folder)
    if kept is not None and path.read_bytes() != records:
        _keep(path, folder / kept[0])
        if beside.is_file():
            _keep(beside, folder / tensors_of(kept[0]))
    if large is not None:
        _replace(beside, large)
    else:
        beside.unlink(missing_ok=True)
    _replace(path, records)
    return path


def _keep(old: Path, name: Path) -> None:
    if not name.exists():
        with name.open("xb") as stream:
            stream.write(old.read_bytes())


def _replace(path: Path, data: bytes) -> None:
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        temporary.write_bytes(data)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)

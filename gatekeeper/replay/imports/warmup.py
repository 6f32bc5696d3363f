"""TF-Serving warm-up files: `assets.extra/tf_serving_warmup_requests`, a TFRecord of PredictionLog messages.

A record is its length in 8 bytes, the masked CRC-32C of those, its data, and the masked CRC-32C of that (TensorFlow's
`record_writer.h`). Of the logs, `predict_log` has named tensors; the others hold `tf.Example`s and are left out. Field
numbers are those of TensorFlow Serving's `prediction_log.proto` and `predict.proto`.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final

from gatekeeper.replay.imports.facts import MAX_RECORDS, Imported, check_count, read_file, refuse
from gatekeeper.replay.imports.wire import Malformed, message

FILE: Final = "tf_serving_warmup_requests"
_OTHERS: Final = {2: "classify", 3: "regress", 4: "multi-inference", 5: "session-run", 7: "streamed predict"}
_MASK: Final = 0xA282EAD8
_POLYNOMIAL: Final = 0x82F63B78
_LENGTH: Final = struct.Struct("<Q")
_CHECK: Final = struct.Struct("<I")


def is_warmup(path: Path) -> bool:
    """Return whether a path is such a file, a folder with one, or a saved model's folder."""
    return path.name == FILE or (path.is_dir() and any(each.is_file() for each in _places(path)))


def _places(folder: Path) -> tuple[Path, Path]:
    return folder / FILE, folder / "assets.extra" / FILE


def read(path: Path, names: Sequence[str] = ()) -> Imported:
    """Return a record for each request to predict.

    Args:
        path: The file, the folder that it is in, or the saved model's.
        names: Not used: requests name their inputs.

    Raises:
        Unreadable: a frame or a message is none, a checksum is wrong, or there is no request to predict.
    """
    del names
    if path.is_dir():
        path = next(each for each in _places(path) if each.is_file())
    records, origins, notes = [], [], []
    for position, data in enumerate(_frames(path), 1):
        try:
            record, said = _request(data)
        except Malformed as error:
            refuse(f"{path}, record {position} can't be read: {error}")
        notes += [f"record {position} is left out: {each}" if record is None else each for each in said]
        if record is not None:
            records.append(record)
            origins.append(f"{path.name}, record {position}")
    check_count(len(records))
    found = tuple(dict.fromkeys(notes))
    return Imported(format="TF-Serving warm-up", records=tuple(records), origins=tuple(origins), notes=found)


def _frames(path: Path) -> Iterator[memoryview]:
    """Yield the data of a TFRecord's records."""
    whole = memoryview(read_file(path))
    at = count = 0
    while at < len(whole):
        count += 1
        head = whole[at : at + 12]
        if len(head) < 12:
            refuse(f"{path}, record {count} is cut short")
        if _masked(head[:8]) != _CHECK.unpack(head[8:])[0]:
            refuse(f"{path}, record {count}: the checksum of its length is wrong; it is damaged, or no TFRecord")
        (size,) = _LENGTH.unpack(head[:8])
        if size > len(whole) - at - 16:
            refuse(f"{path}, record {count} has {size} bytes, and {max(0, len(whole) - at - 16)} are there")
        data = whole[at + 12 : at + 12 + size]
        if _masked(data) != _CHECK.unpack(whole[at + 12 + size : at + 16 + size])[0]:
            refuse(f"{path}, record {count}: the checksum of its data is wrong; it is damaged")
        at += 16 + size
        if count > MAX_RECORDS:
            refuse(f"{path} has more than {MAX_RECORDS:,} records", fix="import fewer")
        yield data


def _request(data: memoryview) -> tuple[Mapping[str, Any] | None, list[str]]:
    """Return the inputs of a PredictionLog; none where it is of another kind."""
    from gatekeeper.replay.imports.tensors import tensorflow_tensor  # noqa: PLC0415 - numpy is loaded for tensors

    log = message(data)
    if not log.bytes(6):
        kind = next((name for number, name in _OTHERS.items() if number in log.values), "unknown")
        return None, [f"it is a {kind} log, and those of predict have named tensors"]
    request = message(message(log.last(6)).last(1))
    record: dict[str, Any] = {}
    notes = []
    for each in request.bytes(2):
        entry = message(each)
        name = entry.text(1)
        if name in record:
            raise Malformed(f"the input {name[:100]!a} comes twice")
        tensor = tensorflow_tensor(name, entry.last(2))
        record[name] = tensor.value
        if tensor.note:
            notes.append(f"{name}: {tensor.note}")
    if not record:
        raise Malformed("it has no input")
    signature = message(request.last(1)).text(3)
    return record, [*notes, *([f"asked of the signature {signature}"] if signature else [])]


def _masked(data: memoryview) -> int:
    """Return a masked CRC-32C (RFC 3720, and TensorFlow's `crc32c.h` for the mask)."""
    table = _table()
    found = 0xFFFFFFFF
    for byte in data:
        found = table[(found ^ byte) & 0xFF] ^ found >> 8
    found ^= 0xFFFFFFFF
    return ((found >> 15 | found << 17) + _MASK) & 0xFFFFFFFF


@cache
def _table() -> tuple[int, ...]:
    found = []
    for byte in range(256):
        rest = byte
        for _ in range(8):
            rest = rest >> 1 ^ (_POLYNOMIAL if rest & 1 else 0)
        found.append(rest)
    return tuple(found)

"""What a stress showed, written down: it lifts the hold on a version of torch, and nothing else does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import BinaryIO, Final, Literal

import msgspec

from gatekeeper import strict_json
from gatekeeper.errors import Unreadable
from gatekeeper.replay.observed import Memory, Stressed

SCHEMA: Final = "gatekeeper/stress@1"
_MOST_BYTES: Final = 1 << 20
_FIX: Final = "write it again: gatekeeper golden replay . --python PATH --record-stress stress.json"


class StressRecord(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What became of memory over many requests, and in which environment.

    Attributes:
        recorder: the gate's version.
        recorded: the day, as ISO 8601.
        python: its version.
        versions: of what computes, as they were installed.
        environment: the environment hash of production's lock; None where none is declared.
        artifacts: digests ("sha256:...") by path.
        predictor: "serving.app:handler", or "artifact".
        device: "cpu" or "cuda:NVIDIA H200".
        verdict: what became of memory.
        requests: how many there were after the warm-up.
        why: the verdict in one line.
    """

    schema: Literal["gatekeeper/stress@1"] = SCHEMA
    recorder: str
    recorded: str
    python: str
    versions: dict[str, str]
    environment: str | None
    artifacts: dict[str, str]
    predictor: str
    device: str
    verdict: Memory
    requests: int
    why: str


def dumped(record: StressRecord) -> bytes:
    """Return the record as JSON."""
    return msgspec.json.format(msgspec.json.encode(record), indent=2) + b"\n"


def recorded(stressed: Stressed, **known: str | Mapping[str, str] | None) -> StressRecord:
    """Return the record of a stress; `known` is every other field.

    Raises:
        msgspec.ValidationError: one is missing, or of another type.
    """
    said = {"verdict": stressed.verdict, "requests": stressed.requests, "why": stressed.why}
    return msgspec.convert({**known, **said}, StressRecord)


def json_schema() -> dict[str, object]:
    """Return the JSON Schema of a recorded stress, generated from the type above."""
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": SCHEMA}
    return head | msgspec.json.schema(StressRecord)


def read_stress(stream: BinaryIO) -> StressRecord:
    """Return the record in a file.

    Raises:
        Unreadable: it holds none.
    """
    data = stream.read(_MOST_BYTES + 1)
    if len(data) > _MOST_BYTES:
        raise Unreadable(f"has more than {_MOST_BYTES >> 10} KiB, and is no record of a stress", fix=_FIX)
    try:
        return msgspec.convert(strict_json.loads(data.decode("utf-8")), StressRecord)
    except (ValueError, RecursionError, msgspec.ValidationError) as error:
        raise Unreadable(f"is no record of a stress ({SCHEMA}): {error}", fix=_FIX) from error

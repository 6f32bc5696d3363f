"""The block `replay` of gatekeeper.yaml: on what, how closely and how shut in golden records are asked again."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Annotated, Final, Literal

import msgspec

SPACING: Final = {"float16": 2.0**-10, "bfloat16": 2.0**-7}
"""The relative distance between two neighbours: no smaller tolerance can be kept (IEEE 754-2019; bfloat16: 8 bits)."""


_LEAST: Final = {"stress": 20, "repeat": 1, "seed": 0, "min_records": 1, "memory": 64, "timeout": 1}
"""Growth is not told from none in fewer requests; and no interpreter starts in less memory."""


class Tolerance(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How far one output may be from its golden value: `max(relative x |golden|, floor)`.

    Without `relative` it is 0.0001. Without `floor` it is `relative` x 0.01 x the root mean square of the output over
    the golden records; 0 is right for what is never near zero, such as a price. `dtype` says of what type the output
    is, where that is float16 or bfloat16: then `relative` must be given, and be one that the type can keep.
    """

    dtype: Literal["float16", "bfloat16", "float32", "float64", "float"] | None = None
    relative: float | None = None
    floor: float | None = None


class Replay(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How golden records are replayed.

    `devices` are asked one after the other. `gpu` says what a graphics card is to the candidate: with `required` a
    machine without one leaves the check undecided. `require_sandbox` names what the sandbox must keep out, or nothing
    is run. `stress` is the number of requests after which memory must have come back, `min_records` the fewest golden
    records, `memory` in MiB what the process may use, `timeout` in seconds what one step may take. `factory` makes the
    model of a file that holds tensors alone (safetensors): it is given them by name.
    """

    devices: tuple[Literal["cpu", "cuda"], ...] = ("cpu",)
    gpu: Literal["required", "if-available", "never"] = "if-available"
    require_sandbox: tuple[Literal["net", "fs", "processes"], ...] = ()
    outputs: dict[str, Tolerance] = {}
    stress: int = 200
    repeat: int = 1
    seed: int = 0
    min_records: int = 30
    memory: int = 8192
    timeout: int = 120
    factory: Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z_][\w.]*:[A-Za-z_][\w.]*$")] | None = None


def problems(replay: Replay) -> Iterator[tuple[str, str, str]]:
    """Yield (key, what is wrong, what to do) for each value that no run could keep to."""
    if not replay.devices:
        yield "replay.devices", "no device is named", "write: devices: [cpu]"
    if "cuda" in replay.devices and replay.gpu == "never":
        yield "replay.gpu", "`never`, and `devices` names cuda", "write gpu: required, or take cuda out of devices"
    if replay.gpu == "required" and "cuda" not in replay.devices:
        yield "replay.gpu", "`required`, and `devices` does not name cuda", "write: devices: [cpu, cuda]"
    for part, least in _LEAST.items():
        number = getattr(replay, part)
        if number < least:
            yield f"replay.{part}", f"got {number}, expected at least {least}", f"write: {part}: {least}, or more"
    for name, given in replay.outputs.items():
        key = f"replay.outputs.{name}"
        for part, value in (("relative", given.relative), ("floor", given.floor)):
            if value is not None and not (math.isfinite(value) and value >= 0.0):
                yield f"{key}.{part}", f"got {value}, expected a finite number that is not negative", "correct it"
        yield from _half_precision(key, given)
        if given.relative is not None and given.relative >= 1.0:
            yield f"{key}.relative", f"got {given.relative:g}: 0 would pass for any value", "write less than 1"


def _half_precision(key: str, given: Tolerance) -> Iterator[tuple[str, str, str]]:
    spacing = SPACING.get(given.dtype or "")
    if spacing is None or (given.relative is not None and given.relative >= spacing):
        return
    what = "no relative tolerance" if given.relative is None else f"a relative tolerance of {given.relative:g}"
    yield (
        f"{key}.relative" if given.relative is not None else key,
        f"{given.dtype} with {what}: two neighbours are {spacing:.2g} apart, so 0.0001 can't be kept or missed",
        f"measure the model against its float32 original, and write what is acceptable (at least {spacing:.2g})",
    )

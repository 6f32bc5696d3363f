"""The answer of a stress phase, validated: a verdict that there is, samples that fit together, and numbers in range."""

from __future__ import annotations

import math
from itertools import pairwise

import msgspec

from gatekeeper.replay import observed
from gatekeeper.replay.observed import Memory, Sample

_MAX_SAMPLES = 256
_MAX_HOLDERS = 20
_NUMBERS = 7


class _Holder(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    path: str
    kind: str
    holds: str
    count: int
    graphs: int
    bytes_per_request: float
    limit: int | None
    allocated_at: str

    def fact(self) -> observed.Holder:
        return observed.Holder(
            path=self.path[:500],
            kind=self.kind[:500],
            holds=self.holds[:500],
            count=_natural(self.count, "a count of things"),
            graphs=_natural(self.graphs, "a count of graphs"),
            bytes_per_request=_amount(self.bytes_per_request, "bytes a request"),
            limit=self.limit,
            allocated_at=self.allocated_at[:500],
        )


class Stressed(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What became of memory, as `inside/stressing.py` tells it."""

    verdict: Memory
    why: str
    devices: list[str]
    repeated: list[list[int]]
    fresh: list[list[int]]
    slopes: dict[str, float]
    holders: list[_Holder]
    warmup: int
    requests: int
    faults: int
    seconds: float
    latency: tuple[float, float]
    peak: dict[str, int]
    fragmentation: dict[str, int]

    def fact(self, attempts: tuple[str, ...]) -> observed.Stressed:
        """Return it as the caller has it.

        Raises:
            ValueError: the numbers are none that can be counted.
        """
        if len(self.holders) > _MAX_HOLDERS or len(self.repeated) < 2:
            raise ValueError(f"{len(self.holders)} holders and {len(self.repeated)} samples")
        if not 0 <= self.faults <= self.requests:
            raise ValueError(f"{self.faults} of {self.requests} requests raised")
        return observed.Stressed(
            verdict=self.verdict,
            why=self.why[:2000],
            repeated=self._samples(self.repeated),
            fresh=self._samples(self.fresh),
            slopes={name[:100]: _finite(each, "a slope") for name, each in self.slopes.items()},
            holders=tuple(each.fact() for each in self.holders),
            warmup=_natural(self.warmup, "a count of requests"),
            requests=self.requests,
            faults=self.faults,
            seconds=_amount(self.seconds, "seconds"),
            latency=(_amount(self.latency[0], "a latency"), _amount(self.latency[1], "a latency")),
            peak=self.peak,
            fragmentation=self.fragmentation,
            attempts=attempts,
        )

    def _samples(self, rows: list[list[int]]) -> tuple[Sample, ...]:
        if len(rows) > _MAX_SAMPLES or any(len(row) != _NUMBERS + len(self.devices) for row in rows):
            raise ValueError(f"{len(rows)} samples, or some that do not have {_NUMBERS + len(self.devices)} numbers")
        if any(number < 0 for row in rows for number in row) or any(a[0] >= b[0] for a, b in pairwise(rows)):
            raise ValueError("a sample holds less than nothing, or samples go back")
        return tuple(self._sample(row) for row in rows)

    def _sample(self, row: list[int]) -> Sample:
        requests, tensors, graphs, size, blocks, resident, uncollected, *allocated = row
        return Sample(
            requests=requests,
            tensors=tensors,
            graphs=graphs,
            tensor_bytes=size,
            blocks=blocks,
            resident=resident,
            devices=dict(zip(self.devices, allocated, strict=True)),
            uncollected=uncollected,
        )


def _natural(number: int, what: str) -> int:
    if number < 0:
        raise ValueError(f"{what} of {number}")
    return number


def _finite(number: float, what: str) -> float:
    if not math.isfinite(number):
        raise ValueError(f"{what} of {number}")
    return number


def _amount(number: float, what: str) -> float:
    if not 0 <= number < math.inf:
        raise ValueError(f"{what} of {number}")
    return number

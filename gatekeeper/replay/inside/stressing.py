"""The stress phase: many requests, and whether memory comes back.

After a warm-up the same records are cycled, then each request is a new record: the first finds what is kept of every
request, the second what is kept of every input. Garbage is collected at each sample and not between, so what the
collector alone frees is told from what stays. What grew is looked for by name, and a few requests more, under
tracemalloc, say which line made it, and whether it still grows.
"""

# What is imported late is what an interpreter may lack, or what must not run before the sandbox is on.
# ruff: noqa: PLC0415

from __future__ import annotations

import inspect
import time
from array import array
from typing import Any

from gatekeeper.replay.inside import judging, memory, slopes
from gatekeeper.replay.inside.calls import Fault, Unfit, attempt, named
from gatekeeper.replay.inside.contents import contents
from gatekeeper.replay.inside.holders import Anchor, Holder, anchors, new_ids, sizes, weighed
from gatekeeper.replay.inside.reach import Reach, size
from gatekeeper.replay.inside.sites import Sites
from gatekeeper.replay.inside.variation import Variation, copied

MAX_CYCLE = 10
MAX_WARMUP = 60
_WINDOW = 10
"""The fewest requests between two samples: a leak in one of ten shows in each."""
_LONGER = 10
_SECONDS = 0.9
"""Growth is followed for ten times as long, where that takes no more than this."""
_ROOM = 1 << 30
"""Bytes that the process may grow by before a phase that finds a leak is cut short."""
_AGAIN = 30
_LEAST = 8
"""Bytes a request by which what is no container must grow: a pointer."""
_NATIVE = 24 << 10
"""Bytes a request, of the process alone: without any leak up to 17 KiB were measured."""
_NATIVE_LONGER = 3


class Phase:
    """Requests of one kind, and the samples between them."""

    def __init__(self, series: memory.Series) -> None:
        self.series = series

    @property
    def requests(self) -> int:
        """How many there were."""
        at = self.series.column(0)
        return at[-1] - at[0]

    def growth(self, number: str) -> slopes.Growth:
        """Return how a number went."""
        return slopes.growth(self.series.column(0), self.series.column(memory.NUMBERS.index(number)))

    def device(self, position: int) -> slopes.Growth:
        """Return how a CUDA device's bytes went."""
        return slopes.growth(self.series.column(0), self.series.column(len(memory.NUMBERS) + position))

    def all(self, devices: list[int]) -> dict[str, slopes.Growth]:
        """Return how each number went, CUDA devices as "cuda:0"."""
        found = {name: self.growth(name) for name in memory.NUMBERS[1:]}
        found.update({f"cuda:{each}": self.device(position) for position, each in enumerate(devices)})
        return found


class Stress:
    """One run. `call` is what answers a record."""

    def __init__(self, call: Any, records: list[Any], requests: int, root: str) -> None:
        self._call, self._records, self._requests, self._root = call, records[:MAX_CYCLE], requests, root
        cycle = len(self._records)
        self._window = cycle * -(-max(_WINDOW, requests // 20) // cycle)
        self._variation = Variation(records)
        self._made = self._varied = self.faults = 0
        self._times = array("d", bytes(8 * requests * 2))
        self._timed = 0
        self._began = time.perf_counter()
        self.warmup = max(3 * cycle, 30)

    def run(self, *, fresh: bool) -> dict[str, Any]:
        """Return the answer.

        Raises:
            Unfit: memory can't be watched in this interpreter.
        """
        self._answer_all(self.warmup, fresh=False)
        self._warmed_up()
        meter = memory.Meter()
        try:
            return self._phases(meter, fresh=fresh)
        finally:
            meter.close()

    def _warmed_up(self) -> None:
        """Remember what containers hold now, and count from here on."""
        self._before = sizes(Reach(self._root, self._call))
        self._made = self.faults = self._timed = 0
        self._times[:] = array("d", bytes(8 * len(self._times)))

    def _phases(self, meter: memory.Meter, *, fresh: bool) -> dict[str, Any]:
        repeated = self._phase(meter, fresh=False)
        found = self._examined(meter, repeated, fresh=False) if judging.goes_on(repeated.all(meter.devices)) else None
        second = None
        if fresh and self._variation.varies and (found is None or found.verdict != judging.LEAK):
            second = self._phase(meter, fresh=True)
        last = second or repeated
        if found is None or second is not None:
            later = self._examined(meter, last, fresh=second is not None)
            found = later if found is None else judging.worse(found, later)
        return self._answer(meter, repeated, second, found)

    def _phase(self, meter: memory.Meter, *, fresh: bool) -> Phase:
        phase = Phase(meter.new_series())
        meter.sample(phase.series, self._made)
        start, resident, began = self._made, meter.resident(), time.perf_counter()
        most = 0
        while not phase.series.is_full:
            self._answer_all(self._window, fresh=fresh)
            meter.sample(phase.series, self._made)
            done = self._made - start
            if done < self._requests and meter.resident() - resident < _ROOM:
                continue
            # Decided once, and not request by request: else the number of requests would be another in every run.
            is_quick = (time.perf_counter() - began) * _LONGER < _SECONDS
            most = most or (_LONGER * self._requests if is_quick else done)
            if (
                done >= most
                or meter.resident() - resident > _ROOM // 4
                or not judging.goes_on(phase.all(meter.devices))
            ):
                break
        return phase

    def _answer_all(self, count: int, *, fresh: bool) -> None:
        for _ in range(count):
            if fresh:
                record = self._variation.record(self._varied)
                self._varied += 1
            else:
                record = copied(self._records[self._made % len(self._records)])
            began = time.perf_counter()
            if isinstance(attempt(self._answered, record), Fault):
                self.faults += 1
            if self._timed < len(self._times):
                self._times[self._timed] = time.perf_counter() - began
                self._timed += 1
            self._made += 1

    def _answered(self, record: Any) -> None:
        given = self._call(record)
        if inspect.iscoroutine(given):
            import asyncio

            asyncio.run(given)

    def _examined(self, meter: memory.Meter, phase: Phase, *, fresh: bool) -> judging.Found:
        """Return the verdict on what was seen until now, with who holds what."""
        numbers = phase.all(meter.devices)
        new = new_ids()
        grown = anchors(Reach(self._root, self._call, new), self._before, new)
        held = weighed(grown, new, meter.old_storages, self._made)
        told = self._look_again(meter, held, fresh=fresh) if held else []
        native = not judging.goes_on(numbers) and self._is_native(meter, numbers["resident"], fresh=fresh)
        return judging.found(
            numbers, told, judging.Course(phase.requests, self._made, fresh, native, self._uncollected(phase))
        )

    def _told(self, holder: Holder) -> dict[str, Any]:
        anchor = holder.anchor
        return {
            "path": anchor.name,
            "kind": anchor.kind,
            "holds": holder.holds,
            "count": holder.number,
            "graphs": holder.contents.graphs,
            "bytes_per_request": holder.contents.size / max(1, self._made),
            "limit": anchor.limit,
            "allocated_at": "",
            "grows": True,
        }

    def _look_again(self, meter: memory.Meter, held: list[Holder], *, fresh: bool) -> list[dict[str, Any]]:
        """Make a few requests more, and see who still grows; then some that are traced, to see by which lines."""
        told = [self._told(each) for each in held]
        kept = [each.anchor for each in held]
        was = [(size(each.anchor.thing), each.contents.size) for each in held]
        del held[:]
        made, faults = self._made, self.faults
        self._answer_all(_AGAIN, fresh=fresh)
        now = self._weights(meter, kept)
        for anchor, (count, weight), later, each in zip(kept, was, now, told):  # noqa: B905 - Python 3.8
            if count >= 0:
                each["grows"] = size(anchor.thing) - count >= slopes.RATE * _AGAIN
            else:
                each["grows"] = later - weight >= _LEAST * _AGAIN
        if any(each["grows"] and each["limit"] is None for each in told):
            self._trace(meter, kept, told, fresh=fresh)
        self._made, self.faults = made, faults
        return [each for each, (count, _) in zip(told, was) if each["grows"] or count >= 0]  # noqa: B905 - Python 3.8

    def _weights(self, meter: memory.Meter, kept: list[Anchor]) -> list[int]:
        """Return what lies under each name now: where it is no container, another object may have its place."""
        if all(size(each.thing) >= 0 for each in kept):
            return [0] * len(kept)
        new = new_ids()
        found = {each.name: each for each in anchors(Reach(self._root, self._call, new), self._before, new)}
        entries = [found[each.name].entries if each.name in found else [] for each in kept]
        return [contents(each, new, meter.old_storages).size for each in entries]

    def _trace(self, meter: memory.Meter, kept: list[Anchor], told: list[dict[str, Any]], *, fresh: bool) -> None:
        sites = Sites(self._root)
        before = [size(each.thing) for each in kept]
        lines = sites.during(lambda: self._answer_all(self._window, fresh=fresh), [each.token for each in kept])
        new = new_ids()
        for anchor, count, line, each in zip(kept, before, lines, told):  # noqa: B905 - Python 3.8
            made = anchor.last(size(anchor.thing) - count) if count >= 0 else anchor.now()
            inside = contents(made, new, meter.old_storages)
            each["allocated_at"] = sites.of(inside.things[:5000], each["holds"], named) or line
        sites.end()
        if any(name.startswith("cuda") for name in judging.going_on(self._device_growth(meter, fresh=fresh))):
            line = sites.on_cuda(lambda: self._answer_all(_AGAIN, fresh=fresh))
            for each in told:
                each["allocated_at"] = line if line and each["holds"] == "torch.Tensor" else each["allocated_at"]

    def _device_growth(self, meter: memory.Meter, *, fresh: bool) -> dict[str, slopes.Growth]:
        if not meter.devices:
            return {}
        series = meter.new_series()
        for _ in range(5):
            meter.sample(series, self._made)
            self._answer_all(len(self._records), fresh=fresh)
        phase = Phase(series)
        return {f"cuda:{each}": phase.device(position) for position, each in enumerate(meter.devices)}

    def _is_native(self, meter: memory.Meter, resident: slopes.Growth, *, fresh: bool) -> bool:
        """Whether the process alone grows, and goes on over three times as many requests."""
        if resident.rate <= _NATIVE or not resident.to_the_end:
            return False
        series, made, faults = meter.new_series(), self._made, self.faults
        meter.sample(series, self._made)
        while self._made - made < _NATIVE_LONGER * self._requests and not series.is_full:
            self._answer_all(self._window, fresh=fresh)
            meter.sample(series, self._made)
        later = Phase(series).growth("resident")
        self._made, self.faults = made, faults
        return later.to_the_end and later.rate > _NATIVE

    def _uncollected(self, phase: Phase) -> float:
        """Return how many tensors a request only the collector freed, if it did so at nearly every sample."""
        counts = phase.series.column(memory.NUMBERS.index("uncollected"))[1:]
        often = sum(each > 0 for each in counts) >= 0.8 * len(counts)
        return sum(counts) / max(1, phase.requests) if often and counts else 0.0

    def _answer(
        self, meter: memory.Meter, repeated: Phase, second: Phase | None, found: judging.Found
    ) -> dict[str, Any]:
        rates = {name: each.rate for name, each in repeated.all(meter.devices).items()}
        if second is not None:
            rates.update({f"fresh {name}": each.rate for name, each in second.all(meter.devices).items()})
        times = sorted(self._times[: self._timed])
        return {
            "verdict": found.verdict,
            "why": found.why,
            "devices": [f"cuda:{each}" for each in meter.devices],
            "repeated": repeated.series.rows(),
            "fresh": [] if second is None else second.series.rows(),
            "slopes": rates,
            "holders": [{name: each[name] for name in each if name != "grows"} for each in found.holders],
            "warmup": self.warmup,
            "requests": self._made,
            "faults": self.faults,
            "seconds": time.perf_counter() - self._began,
            "latency": [times[len(times) // 2], times[min(len(times) - 1, len(times) * 99 // 100)]],
            **meter.peaks(),
        }


def stress(predictor: Any, records: list[dict[str, Any]], request: dict[str, Any]) -> dict[str, Any]:
    """Return what became of memory.

    Args:
        predictor: Called with one record.
        records: At least one.
        request: `requests`, `fresh`, and `root`, the candidate's folder.

    Raises:
        Unfit: there is no predictor, or memory can't be watched in this interpreter.
    """
    if predictor is None:
        raise Unfit("no handler has been opened")
    return Stress(predictor, records, request["requests"], request["root"]).run(fresh=request["fresh"])

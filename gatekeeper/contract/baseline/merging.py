"""Baselines of shards, added up: the counts at the same edges and of the same categories."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence

from msgspec.structs import replace

from gatekeeper.contract.baseline.facts import Baseline, Categories, Data, Feature, Grid, Other, Repeated, Time
from gatekeeper.errors import Unreadable

_LIKE = "build every shard on the edges of the first: gatekeeper baseline build DATA --like FIRST.json"


def merge(shards: Sequence[Baseline]) -> Baseline:
    """Return the baseline of all rows of the shards, in the order given.

    Every count is the sum; the mean and the standard deviation are those of all rows. What can't be added is left out:
    the blocks (a shard knows its own rest alone) and the pairs.

    Raises:
        Unreadable: fewer than two shards, or they differ in what can't be added: columns, edges, categories, the model.
    """
    if len(shards) < 2:
        raise Unreadable("got one baseline, expected two or more to merge", fix="name the baselines of all shards")
    first = shards[0]
    for place, other in enumerate(shards[1:], start=2):
        _same(first, other, place)
    return replace(
        first,
        data=_data(shards),
        time=_time(shards),
        blocks=None,
        features=tuple(_feature(each) for each in zip(*(shard.features for shard in shards), strict=True)),
        target=_optional([shard.target for shard in shards]),
        predictions=_optional([shard.predictions for shard in shards]),
        confidence=_optional([shard.confidence for shard in shards]),
        pairs=(),
    )


def _same(first: Baseline, other: Baseline, place: int) -> None:
    pairs = (
        ("model", first.artifact, other.artifact),
        ("lock", first.lock, other.lock),
        ("columns", first.data.columns, other.data.columns),
        ("features", [each.name for each in first.columns], [each.name for each in other.columns]),
        ("least count of a category (k)", first.k, other.k),
    )
    for what, ours, theirs in pairs:
        if ours != theirs:
            raise Unreadable(f"shard {place} has another {what} than the first one", fix=_LIKE)
    for a, b in zip(first.columns, other.columns, strict=True):
        if a.kind is not b.kind or _where(a) != _where(b):
            raise Unreadable(f"shard {place} counts {a.name!r} at other edges or categories than the first", fix=_LIKE)


def _where(feature: Feature) -> object:
    """Return where a column is counted; the smallest and the largest value of a shard are its own."""
    if feature.grid is not None:
        return feature.grid.edges
    return tuple(sorted(feature.categories.values)) if feature.categories is not None else None


def _data(shards: Sequence[Baseline]) -> Data:
    digests = "".join(shard.data.sha256 for shard in shards)
    return Data(
        name=" + ".join(shard.data.name for shard in shards),
        sha256=f"sha256:{hashlib.sha256(digests.encode()).hexdigest()}",
        rows=sum(shard.data.rows for shard in shards),
        columns=shards[0].data.columns,
        ignored=shards[0].data.ignored,
    )


def _time(shards: Sequence[Baseline]) -> Time | None:
    times = [shard.time for shard in shards if shard.time is not None]
    if len(times) < len(shards):
        return None
    ordered = sorted(times, key=lambda each: each.start)
    gaps = [each.longest_gap for each in ordered]
    reached = ordered[0].end
    for each in ordered[1:]:
        gaps.append(max(0, _days(reached, each.start) - 1))
        reached = max(reached, each.end)
    return Time(
        column=times[0].column,
        start=ordered[0].start,
        end=reached,
        months=_summed([each.months for each in times]),
        weekdays=_summed([each.weekdays for each in times]),
        longest_gap=max(gaps),
        missing=sum(each.missing for each in times),
    )


def _days(before: str, after: str) -> int:
    from datetime import date  # noqa: PLC0415 - for merging alone

    return (date.fromisoformat(after) - date.fromisoformat(before)).days


def _summed(counts: Sequence[dict[str, int]]) -> dict[str, int]:
    keys = sorted({key for each in counts for key in each}, key=int)
    return {key: sum(each.get(key, 0) for each in counts) for key in keys}


def _optional(features: Sequence[Feature | None]) -> Feature | None:
    there = [each for each in features if each is not None]
    return _feature(there) if there else None


def _feature(parts: Sequence[Feature]) -> Feature:
    n = sum(part.n for part in parts)
    mean, std = _moments(parts)
    low = [part.min for part in parts if part.min is not None]
    high = [part.max for part in parts if part.max is not None]
    return replace(
        parts[0],
        n=n,
        missing=sum(part.missing for part in parts),
        nan=sum(part.nan for part in parts),
        infinite=sum(part.infinite for part in parts),
        zero=_total([part.zero for part in parts]),
        negative=_total([part.negative for part in parts]),
        mean=mean,
        std=std,
        min=min(low, default=None),
        max=max(high, default=None),
        distinct=None
        if parts[0].grid is None or not all(p.grid and p.grid.complete for p in parts)
        else parts[0].distinct,
        repeated=_repeated(parts),
        grid=_grid(parts),
        categories=_categories(parts),
        spans=None,
    )


def _total(counts: Sequence[int | None]) -> int | None:
    there = [count for count in counts if count is not None]
    return sum(there) if there else None


def _moments(parts: Sequence[Feature]) -> tuple[float | None, float | None]:
    """Return the mean and the standard deviation of all values (Chan, Golub and LeVeque 1979)."""
    n, mean, squares = 0, 0.0, 0.0
    for part in parts:
        if part.mean is None or not part.n:
            continue
        delta, total = part.mean - mean, n + part.n
        mean += delta * part.n / total
        squares += (part.std or 0.0) ** 2 * (part.n - 1) + delta * delta * n * part.n / total
        n = total
    if not n:
        return None, None
    return mean, math.sqrt(squares / (n - 1)) if n > 1 else None


def _repeated(parts: Sequence[Feature]) -> Repeated | None:
    there = [part.repeated for part in parts if part.repeated is not None]
    if not there:
        return None
    values = {each.value for each in there}
    return Repeated(value=values.pop() if len(values) == 1 else None, count=sum(each.count for each in there))


def _grid(parts: Sequence[Feature]) -> Grid | None:
    grids = [part.grid for part in parts if part.grid is not None]
    if not grids:
        return None
    return Grid(
        edges=grids[0].edges,
        le=tuple(map(sum, zip(*(grid.le for grid in grids), strict=True))),
        lt=tuple(map(sum, zip(*(grid.lt for grid in grids), strict=True))),
        complete=all(grid.complete for grid in grids),
    )


def _categories(parts: Sequence[Feature]) -> Categories | None:
    there = [part.categories for part in parts if part.categories is not None]
    if not there:
        return None
    values = {name: sum(each.values.get(name, 0) for each in there) for name in there[0].values}
    return Categories(
        values=values,
        # The same word may be among the others of several shards: they don't say which words these are.
        other=Other(count=sum(each.other.count for each in there), distinct=sum(each.other.distinct for each in there)),
        unknown=there[0].unknown,
    )

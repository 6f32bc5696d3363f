"""Which rows become golden records.

One record finds a tampered leaf of a boosted model in 12 % of cases, a hundred find it in 70 %. First comes what is
special: the smallest and largest of each number, what lies at its quantiles, zero, numbers that stand for "unknown",
missing values, each category, combinations that are rare. Then rows at random, spread over the strata that categories,
missing values and thirds of the numbers make. Last some that nobody sent: an unknown category, a missing value of each
input, in a row that is else an ordinary one. A predictor may refuse those; the refusal is what is recorded.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, TypeAlias

from gatekeeper.errors import UsageError
from gatekeeper.replay.golden.keys import is_missing, is_number, record_key

Row: TypeAlias = Mapping[str, Any]
Pattern: TypeAlias = tuple[tuple[str, str], ...]
"""The categories and missing values of a row, by input."""

SENTINELS = (-1, 999, 9999, -999, -9999)
QUANTILES = (0.5, 0.05, 0.95, 0.25, 0.75)
UNKNOWN = "a category that nobody knows"
_MADE_UP_SHARE = 5
_RARE = 10
_MOST_CATEGORIES = 50
_SHOWN = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """A row that becomes a golden record.

    Attributes:
        record: its inputs.
        why: what it was picked for: "smallest units", "region is north", "at random".
        source: its position among the rows; None for one that was made up.
    """

    record: Row
    why: tuple[str, ...]
    source: int | None

    @property
    def made_up(self) -> bool:
        """Whether nobody sent it."""
        return self.source is None


@dataclass(frozen=True, slots=True)
class _Wish:
    """A reason to pick a row, and the positions of the rows that would do."""

    why: str
    rows: Sequence[int]


def choose(
    rows: Sequence[Row],
    n: int,
    *,
    seed: int = 0,
    vocabularies: Mapping[str, Sequence[str]] | None = None,
    known_edges: Mapping[str, Sequence[float]] | None = None,
) -> tuple[Chosen, ...]:
    """Return the rows that become golden records, at most `n`, no two with the same inputs.

    The same rows and seed give the same choice. There may be fewer than `n`: see `told`.

    Args:
        rows: What there is to choose from.
        n: How many are wanted.
        seed: Of what is left to chance.
        vocabularies: By input, the categories that the model knows.
        known_edges: By input, numbers near which a record should lie, as the edges of the training data's quantiles; by
            default the quantiles of the rows.

    Raises:
        UsageError: there are no rows, or none is wanted.
    """
    if n < 1 or not rows:
        fix = "ask for one record at least, from a file that has rows"
        raise UsageError(f"got {len(rows)} rows to choose {n} golden records from", fix=fix)
    chooser = _Chooser(rows, Random(seed), vocabularies or {}, known_edges or {})  # noqa: S311 - it picks, and hides nothing
    return chooser.chosen(n)


class _Column:
    """The numbers of one input in ascending order, and the positions of their rows."""

    def __init__(self, numbers: Sequence[tuple[int, float]]) -> None:
        ascending = sorted((value, place) for place, value in numbers)
        self.values = [value for value, _ in ascending]
        self._places = [place for _, place in ascending]

    def equal(self, value: float) -> Sequence[int]:
        """Return the rows with a number."""
        return self._places[bisect_left(self.values, value) : bisect_right(self.values, value)]

    def nearest(self, target: float) -> Sequence[int]:
        """Return the rows with the number that is nearest to one."""
        at = bisect_left(self.values, target)
        around = self.values[max(at - 1, 0) : at + 1]
        return self.equal(min(around, key=lambda each: abs(each - target)))


class _Chooser:
    def __init__(
        self,
        rows: Sequence[Row],
        chance: Random,
        vocabularies: Mapping[str, Sequence[str]],
        edges: Mapping[str, Sequence[float]],
    ) -> None:
        self._rows, self._chance, self._vocabularies, self._edges = rows, chance, vocabularies, edges
        self._places = list({_identity(row): place for place, row in reversed(list(enumerate(rows)))}.values())
        self._places.sort()
        shuffled = self._places.copy()
        chance.shuffle(shuffled)
        self._rank = {place: rank for rank, place in enumerate(shuffled)}
        self._names = list(dict.fromkeys(name for place in self._places for name in rows[place]))
        self._pattern = self._patterns()
        self._why: dict[int, list[str]] = {}

    def chosen(self, n: int) -> tuple[Chosen, ...]:
        variants = self._variants_count()
        made_up = min(variants, max(n // _MADE_UP_SHARE, n - len(self._places)))
        real = n - made_up
        self._special(real * 2 // 3)
        self._at_random(real - len(self._why))
        found = [Chosen(record=self._rows[place], why=tuple(why), source=place) for place, why in self._why.items()]
        return (*found, *self._made_up(n - len(found)))

    def _special(self, most: int) -> None:
        columns = [self._wishes(name) for name in self._names]
        columns.append(self._rare())
        for turn in range(max(map(len, columns))):
            for wishes in columns:
                if turn < len(wishes):
                    self._grant(wishes[turn], most)

    def _grant(self, wish: _Wish, most: int) -> None:
        """Pick a row for a wish: one that was picked already if it does, else the first by chance."""
        already = next((place for place in wish.rows if place in self._why), None)
        if already is not None:
            self._why[already].append(wish.why)
        elif wish.rows and len(self._why) < most:
            self._why[min(wish.rows, key=self._rank.__getitem__)] = [wish.why]

    def _wishes(self, name: str) -> list[_Wish]:
        values = [(place, self._rows[place].get(name)) for place in self._places]
        missing = _Wish(f"{name} is missing", [place for place, each in values if is_missing(each)])
        numbers = [(place, each) for place, each in values if is_number(each)]
        found = [missing] if missing.rows else []
        if numbers and name not in self._vocabularies:
            return self._number_wishes(name, numbers, found)
        categories = Counter(each for _, each in values if isinstance(each, str | bool))
        rarest = sorted(categories, key=lambda each: (categories[each], str(each)))[:_MOST_CATEGORIES]
        return found + [
            _Wish(
                f"{name} is {str(category)[:_SHOWN]}",
                [place for place, each in values if type(each) is type(category) and each == category],
            )
            for category in rarest
        ]

    def _number_wishes(self, name: str, numbers: Sequence[tuple[int, float]], found: list[_Wish]) -> list[_Wish]:
        column = _Column(numbers)
        values = column.values
        wishes = [
            _Wish(f"smallest {name}", column.equal(values[0])),
            _Wish(f"largest {name}", column.equal(values[-1])),
            *found,
            _Wish(f"{name} is 0", column.equal(0)),
            *(_Wish(f"{name} is {each}, as for unknown", column.equal(each)) for each in SENTINELS),
        ]
        if name in self._edges:
            wishes += [_Wish(f"{name} near {edge:g}", column.nearest(edge)) for edge in self._edges[name]]
        else:
            at = [(share, values[round(share * (len(values) - 1))]) for share in QUANTILES]
            wishes += [_Wish(f"{name} at its {share:.0%} quantile", column.equal(value)) for share, value in at]
        return [each for each in wishes if each.rows]

    def _patterns(self) -> dict[int, Pattern]:
        """Return the categories and missing values of each row."""
        held = {name: [self._rows[place].get(name) for place in self._places] for name in self._names}
        told = {
            name: [_category(name, each) for each in values]
            for name, values in held.items()
            if any(isinstance(each, str | bool) or is_missing(each) for each in values)
        }
        rows: Iterable[tuple[tuple[str, str] | None, ...]] = zip(*told.values(), strict=True) if told else ()
        found = {place: tuple(each for each in row if each) for place, row in zip(self._places, rows, strict=False)}
        return found or dict.fromkeys(self._places, ())

    def _rare(self) -> list[_Wish]:
        """Return the rarest combinations of categories and missing values, if there are several."""
        groups: dict[Pattern, list[int]] = {}
        for place, pattern in self._pattern.items():
            groups.setdefault(pattern, []).append(place)
        rarest = sorted(groups, key=lambda each: (len(groups[each]), each))[:_RARE]
        return [
            _Wish("rare: " + ", ".join(f"{name} is {each}" for name, each in pattern)[:300], groups[pattern])
            for pattern in rarest
            if len(pattern) > 1 and 2 * len(groups[pattern]) * len(groups) <= len(self._places)
        ]

    def _at_random(self, most: int) -> None:
        """Pick rows at even steps through all that are left, sorted by stratum and within one by chance."""
        thirds = {name: self._thirds(name) for name in self._names}
        left = [place for place in self._places if place not in self._why]

        def stratum(place: int) -> tuple[Any, ...]:
            row = self._rows[place]
            return self._pattern[place], [_third(row.get(name), cuts) for name, cuts in thirds.items() if cuts]

        strata = {place: stratum(place) for place in left}
        left.sort(key=lambda place: (strata[place], self._rank[place]))
        most = min(most, len(left))
        if most > 0:
            step = len(left) / most
            start = self._chance.random() * step
            for turn in range(most):
                self._why[left[min(int(start + turn * step), len(left) - 1)]] = ["at random"]

    def _thirds(self, name: str) -> tuple[float, float] | None:
        numbers = sorted(each for each in (self._rows[place].get(name) for place in self._places) if is_number(each))
        return (numbers[len(numbers) // 3], numbers[2 * len(numbers) // 3]) if numbers else None

    def _variants_count(self) -> int:
        return sum(1 for _ in self._variants(self._rows[self._places[0]]))

    def _variants(self, row: Row) -> Iterable[tuple[str, Row]]:
        for name in self._names:
            texts = {
                self._rows[place].get(name) for place in self._places if isinstance(self._rows[place].get(name), str)
            }
            if texts or name in self._vocabularies:
                unknown = UNKNOWN
                while unknown in texts or unknown in self._vocabularies.get(name, ()):
                    unknown += "!"
                yield f"made up: {name} is an unknown category", {**row, name: unknown}
        for name in self._names:
            yield f"made up: {name} is missing", {**row, name: None}

    def _made_up(self, most: int) -> Iterable[Chosen]:
        ordinary = [place for place, why in self._why.items() if why == ["at random"]] or list(self._why)
        whole = [place for place in ordinary if not any(is_missing(self._rows[place].get(n)) for n in self._names)]
        base = self._rows[(whole or ordinary)[0]]
        known = {_identity(self._rows[place]) for place in self._places}
        for why, row in self._variants(base):
            identity = _identity(row)
            if most <= 0:
                return
            if identity not in known:
                known.add(identity)
                most -= 1
                yield Chosen(record=row, why=(why,), source=None)


def _category(name: str, value: Any) -> tuple[str, str] | None:
    if is_missing(value):
        return name, "missing"
    return (name, str(value)[:_SHOWN]) if isinstance(value, str | bool) else None


def _identity(row: Row) -> Any:
    """Return what two rows have in common if they are the same."""
    if all(isinstance(each, str | int | float | None) for each in row.values()):
        names = sorted(row)
        values = [row[name] for name in names]
        return (*names, *map(type, values), *("NaN" if each != each else each for each in values))  # noqa: PLR0124 - NaN
    return record_key(row)


def _third(value: Any, cuts: tuple[float, float]) -> int:
    return -1 if not is_number(value) else (value > cuts[0]) + (value > cuts[1])


def told(chosen: Sequence[Chosen], rows: int, n: int) -> tuple[str, ...]:
    """Return what was asked for and what came of it, for the header.

    Args:
        chosen: What was chosen.
        rows: How many rows there were.
        n: How many records were asked for.
    """
    made_up = sum(each.made_up for each in chosen)
    random = sum(each.why == ("at random",) for each in chosen)
    special = len(chosen) - made_up - random
    found = [f"{n} of {rows} rows: {special} that are special, {random} at random, {made_up} made up"]
    if len(chosen) < n:
        found.append(f"{n} were asked for; there are {len(chosen)} different ones")
    return tuple(found)

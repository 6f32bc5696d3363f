"""Conditions as PromQL, from the buckets and counters of a window.

A test trips on as many records of the window as are not surely safe: all records, less those in the buckets where the
test does not trip. With one record in the window that is the verdict on it. With more of them it is whether the test
trips on any; a formula whose parts must all trip on the same record can't be told from counts, see `is_exact`.

`increase` extrapolates each series by itself, so that the difference of two of them need not be 0 where both counted
the same. Here the counts are the largest less the smallest of the window, exact as long as the guard was not restarted;
after a restart they are left out, and the guard's own counter of trips stands beside them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from gatekeeper.contract.generation import metrics
from gatekeeper.contract.generation.edges import at_most, just_below
from gatekeeper.contract.generation.literals import number
from gatekeeper.contract.generation.metrics import Metric
from gatekeeper.contract.generation.plan import Plan
from gatekeeper.contract.manifest.conditions import Every, Formula, Op, Test, is_windowed, sort, tests

RECENT: Final = 300
"""Seconds that are looked back for what has no window of its own."""
_RATES: Final = {
    Op.MISSING_RATE: metrics.MISSING,
    Op.OUTSIDE_RATE: metrics.OUTSIDE,
    Op.UNSEEN_RATE: metrics.UNSEEN,
}


def quoted(value: str) -> str:
    """Return a text as PromQL has it, in ASCII."""
    escaped = "".join(_escaped(character) for character in value)
    return f'"{escaped}"'


def _escaped(character: str) -> str:
    if character in {'"', "\\"}:
        return f"\\{character}"
    if character.isascii() and character.isprintable():
        return character
    code = ord(character)
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def selector(name: str, labels: Mapping[str, str], window: str = "") -> str:
    """Return a selector of series, or of their samples within a window."""
    matchers = ",".join(f"{label}={quoted(value)}" for label, value in labels.items())
    return f"{name}{{{matchers}}}" + (f"[{window}]" if window else "")


def duration(seconds: int) -> str:
    """Return a duration in the largest unit that holds it whole."""
    for unit, length in (("d", 86400), ("h", 3600), ("m", 60)):
        if seconds % length == 0:
            return f"{seconds // length}{unit}"
    return f"{seconds}s"


def window_of(formula: Formula) -> int:
    """Return the seconds that an alert looks back for a formula: its longest window, or five minutes."""
    return max([test.window or 0 for test in tests(formula) if test.op.windowed], default=RECENT)


def is_exact(formula: Formula) -> bool:
    """Return whether counts tell what a formula says of many records: no two values must meet in one record."""
    if isinstance(formula, Test):
        return True
    if isinstance(formula, Every) and sum(not is_windowed(part) for part in formula.parts) > 1:
        return False
    return all(is_exact(part) for part in formula.parts)


def compiled(formula: Formula, planned: Plan, by: Sequence[str] = metrics.BASE) -> str:
    """Return an expression that is 1 where a formula trips and 0 where it does not, one value for each of `by`."""
    return _Compiler(planned, tuple(by), window_of(formula)).verdict(formula)


@dataclass(frozen=True, slots=True)
class _Compiler:
    planned: Plan
    by: tuple[str, ...]
    recent: int

    def verdict(self, of: Formula) -> str:
        if isinstance(of, Test):
            return self._rate(of) if of.op.windowed else f"({self._tripping(of)} > bool 0)"
        parts = [self.verdict(part) for part in of.parts]
        if len(parts) == 1:
            return parts[0]
        if isinstance(of, Every):
            joint = "\n* "
            return f"({joint.join(parts)})"
        joint = "\n+ "
        return f"(({joint.join(parts)}) > bool 0)"

    def _tripping(self, test: Test) -> str:
        """Return how many records of the window a test trips on."""
        records = self._counted(metrics.RECORDS.name, {})
        if test.op is Op.MISSING:
            missing = self._counted(metrics.MISSING.name, {"feature": test.feature})
            return f"({records}\n- {missing})" if test.opposite else missing
        return f"({records}\n- {self._safe(test)})"

    def _safe(self, test: Test) -> str:
        """Return how many records of the window are surely safe."""
        if test.op in {Op.ABOVE, Op.BELOW, Op.OUTSIDE}:
            return self._bounded(test)
        among = (test.op is Op.NOT_ONE_OF) is not test.opposite  # safe are the values themselves
        kind = sort(test.values[0])
        if kind is float:
            named = [self._exactly(test.feature, float(value)) for value in dict.fromkeys(test.values)]
            everything = self._bucket(test.feature, "+Inf")
        else:
            metric, label = (metrics.CATEGORY, "category") if kind is str else (metrics.TRUTH, "value")
            texts = [value if isinstance(value, str) else str(value).lower() for value in dict.fromkeys(test.values)]
            named = [self._counted(metric.name, {"feature": test.feature, label: value}) for value in texts]
            everything = self._counted(metric.name, {"feature": test.feature}, label)
        together = "\n+ ".join(named)
        return f"({together})" if among else f"({everything}\n- ({together}))"

    def _bounded(self, test: Test) -> str:
        low, high = float(test.values[0]), float(test.values[-1])
        if test.op is Op.ABOVE:
            within = self._bucket(test.feature, at_most(high).le)
        elif test.op is Op.BELOW:
            within = f"({self._bucket(test.feature, '+Inf')} - {self._bucket(test.feature, just_below(low).le)})"
        else:
            ends = self._bucket(test.feature, at_most(high).le), self._bucket(test.feature, just_below(low).le)
            within = f"({ends[0]} - {ends[1]})"
        return f"({self._bucket(test.feature, '+Inf')} - {within})" if test.opposite else within

    def _exactly(self, feature: str, value: float) -> str:
        return f"({self._bucket(feature, at_most(value).le)} - {self._bucket(feature, just_below(value).le)})"

    def _bucket(self, feature: str, le: str) -> str:
        return self._counted(metrics.FEATURE.buckets, {"feature": feature, "le": le})

    def _counted(self, name: str, labels: Mapping[str, str], *others: str) -> str:
        """Return what a counter has counted within the window, over all processes that were not restarted in it."""
        model = {"model": self.planned.manifest.model.name}
        window = duration(self.recent)
        series = selector(name, {**model, **labels}, window)
        started = selector(metrics.STARTED.name, model, window)
        counted = f"(max_over_time({series}) - min_over_time({series}))"
        ignored = ", ".join([*labels, *others])
        matching = f"ignoring ({ignored}) " if ignored else ""
        return f"sum by ({', '.join(self.by)}) ({counted} unless {matching}changes({started}) > 0)"

    def _rate(self, test: Test) -> str:
        """Return whether a test of a window trips; with too few records it holds still."""
        window = duration(test.window or RECENT)
        if test.op is Op.DISTANCE:
            measured, records = self._distance(test.feature, window)
        else:
            records = self._increase(metrics.RECORDS, {}, window)
            measured = f"{self._increase(_RATES[test.op], {'feature': test.feature}, window)} / {records}"
        sign = "<=" if test.opposite else ">"
        limit = number(float(test.values[0]))
        return f"((({measured}) {sign} bool {limit}) * ({records} >= bool {test.at_least}))"

    def _increase(self, metric: Metric, labels: Mapping[str, str], window: str, *more: str) -> str:
        name = metric.buckets if metric.type == "histogram" else metric.name
        series = selector(name, {"model": self.planned.manifest.model.name, **labels}, window)
        return f"sum by ({', '.join([*self.by, *more])}) (increase({series}))"

    def _distance(self, feature: str, window: str) -> tuple[str, str]:
        """Return the distance from the baseline, and how many values it is of."""
        counted = self.planned.counted(feature)
        numbers = counted.edges is not None
        now, then, label = (
            (metrics.FEATURE, metrics.BASELINE_FEATURE.buckets, "le")
            if numbers
            else (metrics.CATEGORY, metrics.BASELINE_CATEGORY.name, "category")
        )
        one, groups = {"feature": feature}, ", ".join(self.by)
        total = {"le": "+Inf"} if numbers else {}
        values = self._increase(now, one | total, window)
        shares = f"{self._increase(now, one, window, label)} / ignoring ({label}) group_left () {values}"
        trained = selector(then, {"model": self.planned.manifest.model.name} | one)
        expected = f"max by ({groups}, {label}) ({trained}) / {(counted.trained.n if counted.trained else 0)}"
        apart = f"abs(({shares}) - on ({groups}, {label}) ({expected}))"
        together = f"max by ({groups}) ({apart})" if numbers else f"sum by ({groups}) ({apart}) / 2"
        return together, values

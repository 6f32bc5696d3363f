"""The part of the baseline's measurements that runs in the interpreter of the peers, and is started by the others.

`python -m tests.benchmarks.baseline_peers alarms SET FAULT REPS` prints how many comparisons of the halves of a data
set evidently takes for drift: of any column, of the column that was changed, and of at least half of the columns, which
is its own rule for the whole. It is asked column by column, with the test that it chooses itself: a whole report of it
says the same and takes ten seconds.

`python -m tests.benchmarks.baseline_peers cost WHAT FILE` prints what one of `COSTS` takes.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from tests.benchmarks.baseline import frame_of, print_cost


def drifted(reference: Any, current: Any) -> bool:
    """Return what evidently says of one numeric column by its defaults; of nothing but NaN it says nothing."""
    tests = import_module("evidently.legacy.calculations.stattests")
    kind = import_module("evidently.legacy.core").ColumnType.Numerical
    infinite = [float("inf"), float("-inf")]
    reference, current = (each.replace(infinite, float("nan")).dropna() for each in (reference, current))
    test = tests.get_stattest(reference, current, kind, None)
    return bool(test(reference, current, kind, None).drifted)


def alarms(name: str, fault: str, reps: int) -> tuple[int, int, int]:
    """Count the comparisons with an alarm: on any column, on the changed one, on at least half of them."""
    from tests.contract.accuracy import Halves, Trial

    series = import_module("pandas").Series
    trial = Trial(Halves(name), 0, fault)
    found = [0, 0, 0]
    for seed in range(reps):
        reference = trial.source.reference(seed)
        current, changed = trial.current(seed, reference)
        told = {each for each in reference if drifted(series(reference[each]), series(current[each]))}
        for place, true in enumerate((bool(told), changed in told, len(told) >= len(reference) / 2)):
            found[place] += true
    return found[0], found[1], found[2]


def evidently(preset: str) -> Callable[[Path], Callable[[], None]]:
    """Return what prepares a report of evidently; a preset of drift compares the data with itself."""

    def prepare(path: Path) -> Callable[[], None]:
        report = import_module("evidently").Report([getattr(import_module("evidently.presets"), preset)()])
        frame = frame_of(path)
        reference = frame if preset == "DataDriftPreset" else None

        def work() -> None:
            report.run(frame, reference).json()

        return work

    return prepare


def whylogs(path: Path) -> Callable[[], int]:
    """Prepare a profile of whylogs."""
    log = import_module("whylogs").log
    frame = frame_of(path)
    return lambda: len(log(pandas=frame).view().serialize())


COSTS: Final[dict[str, Callable[[Path], Callable[[], int | None]]]] = {
    "evidently DataSummaryPreset": evidently("DataSummaryPreset"),
    "evidently DataDriftPreset": evidently("DataDriftPreset"),
    "whylogs": whylogs,
}


def main() -> None:
    """Do what the arguments say."""
    match sys.argv[1:]:
        case ["alarms", name, fault, reps]:
            print(*alarms(name, fault, int(reps)))
        case ["cost", what, path]:
            print_cost(COSTS[what], Path(path))
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    main()

"""What the tests of the contract share."""

from __future__ import annotations

from typing import Any

from gatekeeper.contract import baseline as lib
from gatekeeper.contract.baseline import Baseline, Comparison
from gatekeeper.contract.baseline.decision import Judged


def built(data: Any, **asked: Any) -> Baseline:
    """Build a baseline, through its document: what is compared with is what a file holds."""
    return lib.read(lib.write(lib.build(data, **asked)))


def judged(comparison: Comparison, name: str) -> Judged:
    return next(each for each in comparison.features if each.name == name)


def alarms(comparison: Comparison) -> dict[str, set[str]]:
    """Return what fired, by column."""
    return {each.name: {test.statistic for test in each.alarms} for each in comparison.features if each.alarms}

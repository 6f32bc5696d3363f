"""Every planted lie is told by its rule, and the candidates that the lies are planted in are silent."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from gatekeeper.model import Examined, Unable
from tests.interpretability import bases
from tests.interpretability.lies import LIES, caught, judged
from tests.interpretability.lies_served import alertmanager
from tests.interpretability.planted import CHECKS, Lie
from tests.interpretability.trying import said, told, tried

QUICK = {
    "a service that rounds down to a negative price",
    "a service that answers NaN",
    "a discount that makes twenty cheaper than nineteen",
    "a safe default that is another one",
    "-1 for an unknown category",
    "an output range that the model breaks",
    "a SHAP file of a retrained model with the digest copied over",
}
"""Lies for which model or service are run, and that are tried at every commit; the others are tried every night."""


def _cases() -> list[object]:
    slow = {lie.name for lie in LIES if lie.executed} - QUICK
    return [pytest.param(lie, id=lie.name, marks=[pytest.mark.slow] * (lie.name in slow)) for lie in LIES]


@pytest.mark.parametrize("lie", _cases())
def test_a_lie_is_told(lie: Lie, tmp_path: Path) -> None:
    outcome = judged(lie, tmp_path)
    assert caught(lie, outcome), (told(outcome), outcome)
    assert not any("Traceback" in text for text in said(outcome))


@pytest.mark.parametrize("base", [bases.line, bases.regional, bases.graded], ids=lambda base: base.__name__)
@pytest.mark.parametrize("check", CHECKS)
def test_the_truth_is_not(check: str, base: Callable[[], bases.Files], tmp_path: Path) -> None:
    outcome = tried(CHECKS[check], base(), tmp_path)
    assert isinstance(outcome, Examined), outcome
    assert outcome.findings == ()
    assert outcome.evidence


def test_an_alertmanager_that_tells_somebody_mutes_nothing(tmp_path: Path) -> None:
    outcome = tried(CHECKS["observability"], alertmanager(), tmp_path)
    assert isinstance(outcome, Examined)
    assert outcome.findings == ()


def test_what_is_not_executed_is_no_pass(tmp_path: Path) -> None:
    outcome = tried(CHECKS["interpretability-manifest"], bases.line(), tmp_path, executes=False)
    assert isinstance(outcome, Unable)
    assert outcome.findings == ()


def test_no_lie_is_counted_twice() -> None:
    assert len({lie.name for lie in LIES}) == len(LIES) >= 40
    assert {lie.name for lie in LIES if lie.executed} >= QUICK
    rules = {rule.code for check in CHECKS.values() for rule in check.about.rules if rule.severity.blocks}
    assert rules >= {lie.code for lie in LIES}

"""Each rule's own examples, run by the check itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from gatekeeper.candidate import Candidate
from gatekeeper.documentation import SECTIONS, sections
from gatekeeper.engine import findings_of
from gatekeeper.facts import FactStore
from gatekeeper.model import Examined, Example, Outcome, Rule
from gatekeeper.policy import load
from gatekeeper.profiles import PROFILES
from gatekeeper_checks.input_validation import InputValidation

RULES = InputValidation.about.rules


def judge(example: Example, folder: Path) -> Outcome:
    root, store = folder / "candidate", folder / "store"
    root.mkdir()
    store.mkdir()
    for name, content in example.files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    candidate = Candidate(
        root=root,
        declaration=load(root / "gatekeeper.yaml", root),
        profile=PROFILES["ci"],
        store=FactStore(store),
        unexamined=(),
    )
    return InputValidation().run(candidate)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_the_failing_example_fires_the_rule_and_no_other(rule: type[Rule], tmp_path: Path) -> None:
    outcome = judge(rule.failing, tmp_path)
    assert isinstance(outcome, Examined)
    assert {finding.code for finding in outcome.findings} == {rule.code}
    assert all(finding.message and finding.fix and finding.at.path for finding in outcome.findings)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_the_passing_example_is_silent_and_was_looked_at(rule: type[Rule], tmp_path: Path) -> None:
    outcome = judge(rule.passing, tmp_path)
    assert isinstance(outcome, Examined)
    assert outcome.evidence
    assert findings_of(outcome) == ()


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_each_rule_says_all_that_a_reader_asks(rule: type[Rule]) -> None:
    assert tuple(sections(rule)) == SECTIONS

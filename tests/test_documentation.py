"""A rule is a documented class: its docstring is its page, and its examples are its tests."""

import functools
import re
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gatekeeper.candidate import Candidate
from gatekeeper.discovery import propose, survey
from gatekeeper.documentation import SECTIONS, check_page, index, rule_page, sections, title, whole_page
from gatekeeper.engine import findings_of
from gatekeeper.facts import FactStore
from gatekeeper.model import Check, Examined, Example, Outcome, Rule
from gatekeeper.policy import Declaration, load
from gatekeeper.profiles import PROFILES, Profile
from gatekeeper.registry import assemble
from gatekeeper_checks import BUILTIN

ROOT = Path(__file__).parents[1]
RULES = [(check, rule) for check in BUILTIN for rule in check.about.rules]
CODES = [rule.code for _, rule in RULES]
HERE = [(check, rule) for check, rule in RULES if not rule.failing.needs]
"""Those whose example this interpreter can run; `tests/replay/test_golden_replay_torch.py` has the others."""


def judged(check: type[Check], example: Example) -> Outcome:
    """Return what the check makes of an example; many rules share one, and some ask a model in it."""
    return _judged(check, tuple(sorted(example.files.items())), tuple(sorted(example.links.items())), example.profile)


@functools.cache
def _judged(
    check: type[Check], files: tuple[tuple[str, Any], ...], links: tuple[tuple[str, str], ...], profile: str
) -> Outcome:
    with tempfile.TemporaryDirectory() as folder:
        return judge(check, Example(files=dict(files), links=dict(links)), Path(folder), PROFILES[profile])


def judge(check: type[Check], example: Example, folder: Path, profile: Profile) -> Outcome:
    """Return what the check makes of an example that is written to a folder."""
    root, store = folder / "candidate", folder / "store"
    root.mkdir()
    store.mkdir()
    for name, content in example.files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    for name, target in example.links.items():
        (root / name).symlink_to(target)
    policy = root / "gatekeeper.yaml"
    declaration = load(policy, root) if policy.exists() else Declaration(policy=propose(root, survey(root)))
    chain = assemble(BUILTIN, declaration, profile, ())
    link = next(link for link in chain.links if link.id == check.about.id)
    candidate = Candidate(
        root=root,
        declaration=declaration,
        profile=profile,
        store=FactStore(store),
        unexamined=chain.unexamined,
    )
    return link.make().run(candidate)


def codes(outcome: Outcome) -> Mapping[str, str]:
    return {finding.code: finding.severity.value for finding in findings_of(outcome)}


@pytest.mark.parametrize(("check", "rule"), HERE, ids=[rule.code for _, rule in HERE])
def test_the_failing_example_fires_the_rule(check: type[Check], rule: type[Rule]) -> None:
    outcome = judged(check, rule.failing)
    found = codes(outcome)
    assert isinstance(outcome, Examined)
    assert rule.code in found
    # An artifact of mixed versions is at odds with any lock, too; and where a guard does not guard, or a graph is kept,
    # a forward call has built one. What is declared wrongly of an output is broken by the model, too.
    beside = {"version-pinning/artifact-version", "no-grad/unguarded-call", "interpretability-manifest/out-of-range"}
    assert set(found) <= {rule.code, *beside}, "the example shows one thing"
    assert rule.severity.value in found[rule.code] or found[rule.code] == "critical"
    assert all(finding.message and finding.fix and finding.at.path for finding in findings_of(outcome))


@pytest.mark.parametrize(("check", "rule"), RULES, ids=CODES)
def test_the_passing_example_is_silent_and_something_was_looked_at(check: type[Check], rule: type[Rule]) -> None:
    outcome = judged(check, rule.passing)
    assert isinstance(outcome, Examined)
    assert outcome.evidence
    if check.about.id == "environment-parity" or rule.code.startswith("candidate-declaration/"):
        assert not outcome.findings
    assert rule.code not in codes(outcome)


def test_each_code_has_one_rule_and_belongs_to_its_check() -> None:
    assert len(set(CODES)) == len(CODES)
    assert all(rule.code.partition("/")[0] in {check.about.id, *check.about.families} for check, rule in RULES)


@pytest.mark.parametrize("rule", [rule for _, rule in RULES], ids=CODES)
def test_each_rule_has_all_sections(rule: type[Rule]) -> None:
    assert tuple(sections(rule)) == SECTIONS
    assert title(rule)
    page = rule_page(rule)
    assert page.startswith(f"# {rule.code}\n")
    assert all(f"## {heading}\n" in page for heading in (*SECTIONS, "Fails", "Passes"))


def test_each_check_has_a_page_that_names_its_rules() -> None:
    for check in BUILTIN:
        assert all(f"`{rule.code}`" in check_page(check) for rule in check.about.rules)


@pytest.mark.parametrize("check", BUILTIN, ids=[check.about.id for check in BUILTIN])
def test_each_generated_page_is_up_to_date(check: type[Check]) -> None:
    written = ROOT / "checks/docs" / f"{check.about.id}.md"
    assert written.read_bytes() == whole_page(check).encode(), "run: .ci/docs"


def test_the_index_of_the_pages_is_up_to_date() -> None:
    assert (ROOT / "checks/README.md").read_bytes() == index(BUILTIN).encode(), "run: .ci/docs"


def test_there_is_no_page_of_a_check_that_is_gone() -> None:
    assert {page.stem for page in (ROOT / "checks/docs").iterdir()} == {check.about.id for check in BUILTIN}


def test_each_link_of_the_index_leads_to_a_heading() -> None:
    links = re.findall(r"\]\(docs/([^)#]+)#([^)]+)\)", index(BUILTIN))
    assert len(links) == len(RULES)
    for page, anchor in links:
        headings = re.findall(r"^## (.+)$", (ROOT / "checks/docs" / page).read_text(), re.MULTILINE)
        assert anchor in {re.sub(r"[^\w -]", "", each.lower()).replace(" ", "-") for each in headings}


@pytest.mark.parametrize(("check", "rule"), RULES, ids=CODES)
def test_a_page_says_of_a_rule_what_explain_says(check: type[Check], rule: type[Rule]) -> None:
    page = whole_page(check)
    assert f"\n## {rule.code}\n" in page
    assert all(text in page for text in sections(rule).values())


def test_a_page_is_small_enough_to_be_rendered() -> None:
    assert all(len(whole_page(check).encode()) < 500_000 for check in BUILTIN)


def test_each_check_has_cases_that_pass_fail_and_can_not_be_decided() -> None:
    for check in BUILTIN:
        for kind in ("pass", "fail", "unable"):
            assert list((ROOT / "tests/checks" / check.about.id / kind).iterdir()), (check.about.id, kind)


ALWAYS_NOTES = {"observability/stricter", "artifact-integrity/degenerate-weights"}
"""What may be meant, and what no author of a release can mend."""


def test_strict_makes_errors_of_what_is_only_told_elsewhere(tmp_path: Path) -> None:
    notes = [(check, rule) for check, rule in HERE if rule.severity.value == "note" and rule.code not in ALWAYS_NOTES]
    assert notes
    for number, (check, rule) in enumerate(notes):
        (tmp_path / str(number)).mkdir()
        # What a release demands, of the checks that the example's profile has.
        strict = replace(PROFILES[rule.failing.profile], strict=True)
        assert codes(judge(check, rule.failing, tmp_path / str(number), strict))[rule.code] == "error"

"""Which checks make the chain: the profile requires, the policy tunes, the command line selects; nobody removes."""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import pytest

from gatekeeper import document
from gatekeeper.candidate import Candidate
from gatekeeper.errors import PolicyError, UsageError
from gatekeeper.model import About, Evidence, Examined, Needs
from gatekeeper.policy import Declaration, Policy
from gatekeeper.profiles import PROFILES
from gatekeeper.registry import Chain, assemble, declared_keys
from gatekeeper_checks import BUILTIN

HEAD = "schema: gatekeeper/candidate@1\nname: x\n"


@dataclass(frozen=True)
class Static:
    about: ClassVar[About] = About(id="static", title="static", rules=(), reads=("artifacts",))
    limit: float = 1.0
    names: tuple[str, ...] = ()

    def run(self, candidate: Candidate) -> Examined:
        return Examined(evidence=(Evidence(what=candidate.policy.name, measured={"limit": self.limit}),))


@dataclass(frozen=True)
class Executing(Static):
    about: ClassVar[About] = About(
        id="executing", title="executing", rules=(), reads=("golden",), needs=Needs.EXECUTION
    )


CHECKS = (Static, Executing)


def chain(text: str = "", profile: str = "ci", selected: tuple[str, ...] = ()) -> Chain:
    loaded = document.load((HEAD + text).encode(), "gatekeeper.yaml", Policy)
    declaration = Declaration(policy=loaded.value, path=Path("gatekeeper.yaml"), marks=loaded.marks)
    return assemble(CHECKS, declaration, PROFILES[profile], selected)


def told(text: str) -> list[str]:
    with pytest.raises(PolicyError) as caught:
        chain(text)
    return [f"{each.at} {each.what} | {each.fix}" for each in caught.value.problems]


@pytest.mark.parametrize(
    ("profile", "ids"), [("dev", ["static"]), ("ci", ["static", "executing"]), ("release", ["static", "executing"])]
)
def test_a_profile_requires_its_checks(profile: str, ids: list[str]) -> None:
    assert [link.id for link in chain(profile=profile).links] == ids


def test_the_command_line_selects_and_what_is_left_out_is_known() -> None:
    selected = chain(selected=("executing",))
    assert [link.id for link in selected.links] == ["executing"]
    assert selected.left_out == ("static",)


@pytest.mark.parametrize(
    ("selected", "profile", "message"),
    [
        ("statik", "ci", "--check: there is no check 'statik'"),
        ("executing", "dev", "--check: executing does not belong to profile dev"),
    ],
)
def test_a_selection_of_nothing_is_refused(selected: str, profile: str, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        chain(profile=profile, selected=(selected,))
    assert caught.value.what == message


def test_a_chain_without_checks_is_refused() -> None:
    declaration = Declaration(policy=Policy(schema="gatekeeper/candidate@1", name="x"))
    with pytest.raises(UsageError, match="no check is left"):
        assemble((), declaration, PROFILES["ci"], ())


def test_options_are_typed_and_reach_the_check() -> None:
    (static, _) = chain("checks: {static: {limit: 3, names: [a, b]}}\n").links
    assert static.make() == Static(limit=3.0, names=("a", "b"))


def test_limits_are_taken_for_every_check() -> None:
    (static, executing) = chain("checks: {static: {timeout: 1.5, memory: 64}}\n").links
    assert (static.timeout, static.memory) == (1.5, 64)
    assert (executing.timeout, executing.memory) == (None, None)


def test_every_wrong_option_is_told_where_it_stands() -> None:
    text = "checks:\n  static:\n    limt: 3\n    names: 2.10\n    timeout: 0\n  statik: {}\n"
    assert told(text) == [
        "gatekeeper.yaml:5:11 static has no option 'limt' | did you mean 'limit'?",
        "gatekeeper.yaml:6:12 static: names is 2.1: Expected `array`, got `float` | change the value, or quote it",
        "gatekeeper.yaml:7:14 static: timeout is 0, expected more than 0 | raise it",
        "gatekeeper.yaml:8:11 checks: there is no check 'statik' | did you mean 'static'?",
    ]


def test_what_is_declared_and_read_by_no_check_of_the_profile_is_known() -> None:
    text = (
        "artifacts: [a]\ngolden: golden\nmanifest: m.yaml\n"
        "code: {predictor: 'a:b'}\nenvironment: {target: cp311-linux_x86_64}\n"
    )
    assert chain(text, "ci").unexamined == ("environment.target", "code.predictor", "manifest")
    assert chain(text, "dev").unexamined == ("environment.target", "code.predictor", "manifest", "golden")


def test_every_key_that_declares_something_counts() -> None:
    """A key that is added to the policy must be examined or reported: it can't be silently ignored."""
    policy = document.load((HEAD + "golden: g.jsonl\ndeployment: [d.yaml]\n").encode(), "p", Policy).value
    assert set(declared_keys(policy)) == {"golden", "deployment"}


def test_the_built_in_checks_have_ids_titles_and_rules() -> None:
    assert len({check.about.id for check in BUILTIN}) == len(BUILTIN)
    for check in BUILTIN:
        assert check.about.title
        assert check.about.rules
        # Two execute the candidate; the others read.
        executes = check.about.id in {"interpretability-manifest", "golden-replay"}
        assert check.about.needs is (Needs.EXECUTION if executes else Needs.NOTHING)

"""A global is justified by the release's own list, or by the built-in one together with the lock."""

from __future__ import annotations

import pytest

from gatekeeper.artifact.facts import GlobalRef
from gatekeeper.artifact.known.unjustified import Lack, unjustified

PIPELINE = GlobalRef(module="sklearn.pipeline", name="Pipeline", offset=3)
SYSTEM = GlobalRef(module="posix", name="system", offset=9)
OWN = GlobalRef(module="acme.scaling", name="Scaler", offset=20)
LOSS = GlobalRef(module="sklearn.ensemble._gb_losses", name="LeastSquaresError", offset=30)
MAPPING = GlobalRef(module="collections", name="OrderedDict", offset=40)


def test_without_a_lock_the_built_in_list_decides() -> None:
    found = list(unjustified([PIPELINE, SYSTEM, OWN, MAPPING], None))

    assert [(each.ref, each.lack, each.executes) for each in found] == [
        (SYSTEM, Lack.UNKNOWN, "runs a command"),
        (OWN, Lack.UNKNOWN, None),
    ]


def test_what_the_release_approved_needs_nothing_else() -> None:
    approved = frozenset({("acme.scaling", "Scaler"), ("sklearn.pipeline", "Pipeline")})

    assert not list(unjustified([OWN, PIPELINE], {}, approved))


def test_the_standard_library_needs_no_lock() -> None:
    assert not list(unjustified([MAPPING], {}))


def test_a_known_class_whose_package_is_not_in_the_lock_is_not_justified() -> None:
    found = list(unjustified([PIPELINE], {"numpy": "1.26.4"}))

    assert [(each.lack, each.distribution, each.pinned) for each in found] == [(Lack.NOT_PINNED, "scikit-learn", None)]


def test_another_distribution_of_the_same_package_will_do() -> None:
    booster = GlobalRef(module="xgboost.core", name="Booster", offset=0)

    assert not list(unjustified([booster], {"xgboost-cpu": "3.0.5"}))


@pytest.mark.parametrize(
    ("version", "justified"),
    [
        ("0.24.2", True),  # older than any that was looked at
        ("1.0", True),
        ("1.3.2", True),
        ("1.4.0", True),  # between one that has it and one that lacks it
        ("1.4.2", False),
        ("1.9.1", False),
        ("not a version", False),
    ],
)
def test_a_version_that_is_seen_to_lack_the_name_does_not_justify_it(version: str, *, justified: bool) -> None:
    found = list(unjustified([LOSS], {"scikit-learn": version}))

    assert [each.lack for each in found] == ([] if justified else [Lack.OTHER_VERSION])
    assert all(each.versions == ("1.0.2", "1.3.2") and each.pinned == version for each in found)


def test_the_newest_version_that_was_looked_at_speaks_for_the_coming_ones() -> None:
    assert not list(unjustified([PIPELINE], {"scikit-learn": "1.10.0"}))

"""Conda's locks against inventories that list Python distributions alone: what can't be seen is not called missing."""

import io
from dataclasses import replace

import pytest

from gatekeeper.environment import Lock, read_lock
from gatekeeper.environment.comparison.compare import compare
from gatekeeper.environment.comparison.difference import Kind
from gatekeeper.environment.facts import Runtime, Source
from gatekeeper.environment.formats import Format
from gatekeeper.environment.target import parse_target

TARGET = parse_target("linux-64")
HASHED = f" --hash=sha256:{'a' * 64}"


def conda(*pins: str, format_: Format = Format.CONDA_LOCK) -> Lock:
    rows = tuple(replace(row, source=Source.CONDA) for row in read("\n".join(f"{pin}{HASHED}" for pin in pins)).rows)
    return Lock(rows=rows, format=format_)


def read(text: str) -> Lock:
    return read_lock(io.BytesIO(text.encode()))


def installed(*pins: str, format_: Format = Format.PROBE, python: str | None = None) -> Lock:
    """Return what conda installed, as an inventory says it."""
    lock = read("\n".join(pins))
    by_conda = tuple(replace(row, source=Source.CONDA) for row in lock.rows)
    runtime = None if python is None else Runtime(python=python)
    return replace(lock, rows=lock.rows if format_ is Format.PIP_FREEZE else by_conda, format=format_, runtime=runtime)


def found(training: Lock, production: Lock) -> tuple[list[tuple[Kind, str]], int]:
    comparison = compare(training, production, TARGET)
    return [(each.kind, each.name) for each in comparison.differences], comparison.same


@pytest.mark.parametrize("format_", [Format.PROBE, Format.PIP_INSPECT, Format.PIP_FREEZE])
def test_a_package_of_conda_that_is_no_distribution_can_not_be_told(format_: Format) -> None:
    lock, inventory = conda("numpy==1.26.4", "openssl==3.3.1"), installed("numpy==1.26.4", format_=format_)
    assert found(lock, inventory) == ([(Kind.UNSEEN, "openssl")], 1)
    assert found(inventory, lock) == ([(Kind.UNSEEN, "openssl")], 1)
    comparison = compare(lock, inventory, TARGET)
    assert (comparison.differing, len(comparison.undecided)) == ((), 1)
    assert comparison.undecided[0].production_value == f"not named by {format_.value}"


def test_a_distribution_that_conda_may_call_otherwise_can_not_be_told() -> None:
    lock, inventory = conda("pytorch==2.2.0"), installed("torch==2.2.0")
    assert found(lock, inventory) == ([(Kind.UNSEEN, "torch"), (Kind.UNSEEN, "pytorch")], 0)


@pytest.mark.parametrize(("by_conda", "name"), [("typing_extensions", "typing-extensions"), ("zope.x", "zope-x")])
def test_conda_spells_names_as_it_likes(by_conda: str, name: str) -> None:
    lock = conda(f"{name}==4.12")
    lock = replace(lock, rows=(replace(lock.rows[0], name=by_conda, written=by_conda),))
    assert found(lock, installed(f"{name}==4.12")) == ([], 1)
    assert found(lock, installed(f"{name}==4.13")) == ([(Kind.VERSION, by_conda)], 0)


def test_what_pip_installed_beside_conda_is_extra_for_certain() -> None:
    lock = conda("numpy==1.26.4")
    probe = installed("numpy==1.26.4")
    by_pip = replace(probe, rows=(*probe.rows, *read("evil==1\n").rows))
    assert found(lock, by_pip) == ([(Kind.EXTRA, "evil")], 1)
    assert found(by_pip, lock) == ([(Kind.MISSING, "evil")], 1)


def test_what_a_conda_lock_has_pip_install_is_missing_for_certain() -> None:
    lock = conda("numpy==1.26.4")
    with_pip = replace(lock, rows=(*lock.rows, *read(f"six==1.16.0{HASHED}").rows))
    assert found(with_pip, installed("numpy==1.26.4")) == ([(Kind.MISSING, "six")], 1)


def test_without_conda_on_the_other_side_nothing_is_hidden() -> None:
    lock = read(f"numpy==1.26.4{HASHED}")
    probe = replace(
        installed("numpy==1.26.4", "evil==1"), rows=(*read("numpy==1.26.4").rows, *installed("evil==1").rows)
    )
    assert found(lock, probe) == ([(Kind.EXTRA, "evil")], 1)


def test_an_sbom_that_lists_packages_of_conda_has_looked_for_all() -> None:
    lock = conda("numpy==1.26.4", "openssl==3.3.1")
    assert found(lock, installed("numpy==1.26.4", format_=Format.CYCLONEDX)) == ([(Kind.MISSING, "openssl")], 1)


def test_two_locks_and_two_inventories_hide_nothing() -> None:
    assert found(conda("a==1", "b==1"), conda("a==1")) == ([(Kind.MISSING, "b")], 1)
    assert found(installed("a==1", "b==1"), installed("a==1")) == ([(Kind.MISSING, "b")], 1)


@pytest.mark.parametrize(("python", "kinds"), [("3.11.9", []), ("3.11.7", [Kind.VERSION])])
def test_the_python_of_a_conda_lock_is_held_against_the_one_that_was_measured(python: str, kinds: list[Kind]) -> None:
    lock, probe = conda("python==3.11.9", "numpy==1.26.4"), installed("numpy==1.26.4", python=python)
    assert [each.kind for each in compare(lock, probe, TARGET).differences] == kinds
    assert [each.kind for each in compare(probe, lock, TARGET).differences] == kinds


def test_pip_freeze_names_the_folder_that_conda_built_a_package_in() -> None:
    lock = conda("numpy==1.26.4")
    assert found(lock, read("numpy @ file:///croot/numpy_1/work\n")) == (
        [(Kind.UNDECIDED, "numpy")],
        0,
    )
    assert found(lock, read("numpy @ git+https://example.com/numpy@main\n")) == ([(Kind.SOURCE, "numpy")], 0)


def test_a_version_is_seen_through_all_that() -> None:
    assert found(conda("numpy==1.26.4"), installed("numpy==1.26.3", format_=Format.PIP_FREEZE)) == (
        [(Kind.VERSION, "numpy")],
        0,
    )

"""Locks against what is installed: by which evidence they are compared, and what that evidence can tell."""

import io
from dataclasses import replace

import pytest

from gatekeeper.environment import Lock, read_lock
from gatekeeper.environment.comparison.compare import Comparison, compare
from gatekeeper.environment.comparison.difference import Kind, Relation
from gatekeeper.environment.comparison.ranking import Rank
from gatekeeper.environment.comparison.strength import strength
from gatekeeper.environment.comparison.tiers import suffices
from gatekeeper.environment.facts import Anomaly, Flaw, Row, Runtime, Source, Tier
from gatekeeper.environment.formats import Format
from gatekeeper.environment.target import parse_target

TARGET = parse_target("cp311-manylinux_2_28_x86_64")
A, B = (f" --hash=sha256:{letter * 64}" for letter in "ab")
ONE, OTHER = (f"sha256:{letter * 64}" for letter in "12")
LOCK = f"six==1.16.0{A}\nnumpy==1.26.4{B}\n"


def read(text: str) -> Lock:
    return read_lock(io.BytesIO(text.encode()))


def inventory(text: str, format_: Format = Format.PIP_FREEZE) -> Lock:
    """Return what a file in the form of `pip freeze` says, as if another tool had said it."""
    return replace(read(text), format=format_)


def recorded(lock: Lock, **records: str) -> Lock:
    """Return the lock or probe with the record digests of its packages."""
    return replace(
        lock,
        rows=tuple(replace(row, records=(records[row.name],) if row.name in records else ()) for row in lock.rows),
    )


def compared(training: Lock, production: Lock) -> Comparison:
    return compare(training, production, TARGET)


def kinds(comparison: Comparison) -> list[tuple[Kind, str]]:
    return [(each.kind, each.name) for each in comparison.differences]


def words(training: Lock, production: Lock) -> str:
    return strength(compared(training, production), training, production, first="A", second="B")


def test_two_locks_are_compared_on_hashes() -> None:
    assert compared(read(LOCK), read(LOCK)).tier is Tier.HASHES
    assert words(read(LOCK), read(LOCK)) == "compared on hashes"


def test_a_package_without_hashes_on_both_sides_makes_the_comparison_weaker() -> None:
    lock = read(f"six==1.16.0\nnumpy==1.26.4{B}\n")
    comparison = compared(lock, lock)
    assert (comparison.tier, comparison.weaker) == (Tier.VERSIONS, ("six",))
    assert words(lock, lock) == "compared on versions only: six can't be compared on hashes"


def test_a_full_commit_identifies_as_a_hash_does() -> None:
    lock = read(f"six @ git+https://example.com/six@{'a' * 40}\nnumpy==1.26.4{B}\n")
    assert compared(lock, lock).tier is Tier.HASHES


@pytest.mark.parametrize(
    "url",
    [
        f"git+https://example.com/six@{'a' * 40}/fork@main",
        f"git+https://example.com/six@main#subdirectory=@{'a' * 40}",
        f"git+https://example.com/six@{'a' * 40}b",
        f"git+https://{'a' * 40}@example.com/six",
    ],
)
def test_what_only_looks_like_the_commit_of_a_url_identifies_nothing(url: str) -> None:
    lock = read(f"six @ {url}\nnumpy==1.26.4{B}\n")
    assert compared(lock, lock).tier is Tier.VERSIONS


def test_pip_freeze_is_compared_on_versions() -> None:
    production = inventory("six==1.16\nNumPy==1.26.4\n")
    assert compared(read(LOCK), production).tier is Tier.VERSIONS
    assert kinds(compared(read(LOCK), production)) == []
    assert words(read(LOCK), production) == "compared on versions only: B (pip freeze) has no hashes"


def test_a_lock_without_records_is_what_keeps_a_probe_from_more() -> None:
    production = recorded(inventory("six==1.16.0\nnumpy==1.26.4\n", Format.PROBE), six=ONE, numpy=ONE)
    assert words(read(LOCK), production) == (
        "compared on versions only: A (a requirements file) has no record digests, B (a probe) has no hashes"
    )


def test_a_probe_and_a_lock_with_records_are_compared_on_them() -> None:
    training = recorded(read(LOCK), six=ONE, numpy=OTHER)
    probe = inventory("six==1.16.0\nnumpy==1.26.4\n", Format.PROBE)
    same = compared(training, recorded(probe, six=ONE, numpy=OTHER))
    assert (same.tier, kinds(same), same.same) == (Tier.RECORDS, [], 2)
    assert kinds(compared(training, recorded(probe, six=ONE, numpy=ONE))) == [(Kind.RECORDS, "numpy")]


def test_one_package_without_a_record_makes_the_comparison_weaker() -> None:
    training = recorded(read(LOCK), six=ONE, numpy=OTHER)
    probe = recorded(inventory("six==1.16.0\nnumpy==1.26.4\n", Format.PROBE), numpy=OTHER)
    comparison = compared(training, probe)
    assert (comparison.tier, comparison.weaker) == (Tier.VERSIONS, ("six",))
    assert words(training, probe) == "compared on versions only: six can't be compared on record digests"


def test_an_sbom_with_hashes_must_name_files_that_the_lock_allows() -> None:
    both = read(f"six==1.16.0{A}{B}\n")
    sbom = replace(read(f"six==1.16.0{A}\n"), format=Format.CYCLONEDX)
    other = replace(read("six==1.16.0 --hash=sha256:" + "c" * 64), format=Format.CYCLONEDX)
    assert kinds(compared(both, sbom)) == []
    (found,) = compared(both, other).differences
    assert (found.kind, found.relation) == (Kind.ARTIFACTS, Relation.DISJOINT)


def test_a_stronger_tier_suffices_a_weaker_does_not() -> None:
    assert suffices(Tier.HASHES, Tier.VERSIONS)
    assert suffices(Tier.RECORDS, Tier.RECORDS)
    assert not suffices(Tier.VERSIONS, Tier.RECORDS)
    assert not suffices(Tier.RECORDS, Tier.HASHES)


def test_a_local_version_is_seen_on_the_weakest_tier_too() -> None:
    (found,) = compared(read(f"torch==2.2.0{A}"), inventory("torch==2.2.0+cu121")).differences
    assert found.kind is Kind.BUILD


def test_what_only_one_side_has() -> None:
    comparison = compared(read(LOCK), inventory("six==1.16.0\nevil==1\n"))
    assert kinds(comparison) == [(Kind.MISSING, "numpy"), (Kind.EXTRA, "evil")]


def test_installers_are_told_apart_only_where_the_lock_pins_them() -> None:
    installed = inventory("six==1.16.0\nnumpy==1.26.4\npip==24.0\nsetuptools==65.5.0\nwheel==0.43.0\n")
    comparison = compared(read(LOCK), installed)
    assert (kinds(comparison), comparison.ignored) == ([], ("pip", "setuptools", "wheel"))
    pinned = read(f"{LOCK}setuptools==70.0.0{A}\n")
    assert kinds(compared(pinned, installed)) == [(Kind.VERSION, "setuptools")]
    assert kinds(compared(pinned, inventory("six==1.16.0\nnumpy==1.26.4\n"))) == [(Kind.MISSING, "setuptools")]


def test_an_unknown_version_is_undecided_and_never_the_same() -> None:
    sbom = inventory("six==1.16.0\nnumpy==1.26.4\n", Format.CYCLONEDX)
    unknown = replace(sbom, rows=tuple(replace(row, version=None, specifier="") for row in sbom.rows))
    comparison = compared(read(LOCK), unknown)
    assert kinds(comparison) == [(Kind.UNDECIDED, "numpy"), (Kind.UNDECIDED, "six")]
    assert comparison.differing == ()
    assert comparison.same == 0


def test_a_url_is_the_same_by_its_address_and_undecided_against_a_bare_version() -> None:
    lock = read("six @ https://example.com/six-1.16.0-py2.py3-none-any.whl\n")
    assert kinds(compared(lock, inventory("six @ https://example.com/six-1.16.0-py2.py3-none-any.whl\n"))) == []
    assert kinds(compared(lock, inventory("six==1.16.0\n"))) == [(Kind.SOURCE, "six")]
    assert kinds(compared(lock, inventory("six==1.16.0\n", Format.SPDX))) == [(Kind.UNDECIDED, "six")]


@pytest.mark.parametrize("source", [Source.PATH, Source.EDITABLE])
def test_what_comes_from_a_folder_is_not_the_same_by_its_version(source: Source) -> None:
    rows = tuple(replace(row, source=source, url="/srv/six") for row in read("six==1.16.0\n").rows)
    freeze = Lock(rows=rows, format=Format.PIP_FREEZE)
    (found,) = compared(freeze, freeze).differences
    assert (found.kind, found.training_value) == (Kind.UNDECIDED, "1.16.0 from /srv/six")
    assert kinds(compared(recorded(freeze, six=ONE), recorded(freeze, six=ONE))) == []


@pytest.mark.parametrize("flaw", list(Flaw))
def test_every_flaw_of_an_installed_environment_is_a_difference(flaw: Flaw) -> None:
    anomaly = Anomaly(flaw=flaw, name="numpy", path="numpy/core.py")
    probe = replace(inventory("six==1.16.0\nnumpy==1.26.4\n", Format.PROBE), anomalies=(anomaly,))
    (found,) = compared(read(LOCK), probe).differences
    assert (found.kind, found.rank, found.in_training) == (Kind.ANOMALY, Rank.SENSITIVE, False)
    assert [each.kind for each in compared(probe, probe).differences] == [Kind.ANOMALY, Kind.ANOMALY]


def gate(production: Runtime, training: Runtime | None = None, format_: Format = Format.PROBE) -> list[str]:
    one, other = (replace(inventory("six==1.16.0\n", format_), runtime=each) for each in (training, production))
    return [each.name for each in compared(one, other).differences if each.kind is Kind.GATE]


@pytest.mark.parametrize(
    ("runtime", "names"),
    [
        (Runtime(python="3.11.9", implementation="cpython", abi="cp311", platform="linux_x86_64"), []),
        (Runtime(python="3.11.9", libc="glibc 2.36", cuda="12.1", image="x@sha256:0"), []),
        (Runtime(python="3.12.4", abi="cp312"), ["python", "abi"]),
        (Runtime(implementation="pypy"), ["implementation"]),
        (Runtime(abi="cp311t"), ["abi"]),
        (Runtime(platform="linux_aarch64"), ["platform"]),
        (Runtime(platform="macosx_11_0_x86_64"), ["platform"]),
        (Runtime(libc="glibc 2.17"), ["libc"]),
        (Runtime(libc="musl 1.2"), ["libc"]),
        (Runtime(), []),
    ],
    ids=str,
)
def test_one_measured_side_is_held_against_the_target(runtime: Runtime, names: list[str]) -> None:
    assert gate(runtime) == names


def test_two_measured_sides_are_held_against_each_other() -> None:
    before = Runtime(python="3.11.7", cuda="12.1", system="debian 12")
    assert gate(before, before) == []
    assert gate(replace(before, python="3.11.9"), before) == ["python"]
    assert gate(replace(before, system="ubuntu 22.04"), before) == ["system"]


def test_that_a_probe_found_nothing_is_an_answer_that_another_tool_said_nothing_is_none() -> None:
    before, after = Runtime(python="3.11.7", cuda="12.1"), Runtime(python="3.11.7")
    assert gate(after, before) == ["cuda"]
    assert gate(after, before, Format.PIP_INSPECT) == []


def test_gate_facts_come_first_then_the_artifacts_packages_then_the_rest_by_rank() -> None:
    def row(name: str, *, direct: bool | None) -> Row:
        return Row(name=name, written=name, specifier="==1", version="1", extras=(), marker=None, hashes=(),
                   source=Source.INDEX, url=None, direct=direct)  # fmt: skip

    asked = {"pandas": True, "attrs": True, "zope": False, "rarely": None, "ours": False, "numpy": False}
    training = Lock(rows=tuple(row(name, direct=direct) for name, direct in asked.items()))
    production = inventory("".join(f"{name}==2\n" for name in asked), Format.PROBE)
    production = replace(production, runtime=Runtime(python="3.12.1"))
    found = compare(training, production, TARGET, referred=frozenset({"ours", "pandas"})).differences
    assert [(each.rank, each.name) for each in found] == [
        (Rank.GATE, "python"),
        (Rank.ARTIFACT, "pandas"),
        (Rank.ARTIFACT, "ours"),
        (Rank.SENSITIVE, "numpy"),
        (Rank.DIRECT, "attrs"),
        (Rank.PACKAGE, "rarely"),
        (Rank.TRANSITIVE, "zope"),
    ]

"""Each kind of difference between two locks, once found and once not."""

import io
from dataclasses import replace
from pathlib import Path

import pytest

from gatekeeper.environment import Lock, Option, read_lock
from gatekeeper.environment.comparison.compare import compare
from gatekeeper.environment.comparison.difference import Difference, Direction, Kind, Relation
from gatekeeper.environment.comparison.wording import Names, fix
from gatekeeper.environment.formats import Format
from gatekeeper.environment.target import parse_target

CORPUS = Path(__file__).parent / "corpus"
TARGET = parse_target("cp311-linux_x86_64")
A, B, C = (f" --hash=sha256:{letter * 64}" for letter in "abc")


def read(text: str) -> Lock:
    """Return the text as a lock, also where it could be what `pip freeze` prints."""
    return replace(read_lock(io.BytesIO(text.encode())), format=Format.REQUIREMENTS)


def differences(training: str, production: str) -> tuple[Difference, ...]:
    return compare(read(training), read(production), TARGET).differences


def kinds(training: str, production: str) -> list[Kind]:
    return [each.kind for each in differences(training, production)]


def test_the_locks_of_the_incident() -> None:
    found = differences((CORPUS / "training.txt").read_text(), (CORPUS / "production.txt").read_text())
    assert [
        (
            each.name,
            each.training and each.training.version,
            each.production and each.production.version,
            each.direction,
        )
        for each in found
    ] == [("scikit-learn", "1.4.2", "1.3.0", Direction.OLDER), ("pandas", "2.2.1", "2.1.4", Direction.OLDER)]
    assert [(each.training and each.training.line, each.production and each.production.line) for each in found] == [
        (94, 90),
        (55, 55),
    ]


@pytest.mark.parametrize("name", ["training.txt", "universal.txt", "large.txt"])
def test_a_lock_does_not_differ_from_itself(name: str) -> None:
    lock = read((CORPUS / name).read_text())
    assert compare(lock, lock, TARGET).differences == ()


@pytest.mark.parametrize(
    ("trained", "served", "direction"),
    [
        ("==1.4.2", "==1.3.0", Direction.OLDER),
        ("==1.9", "==1.10", Direction.NEWER),
        ("==1!1.0", "==2.0", Direction.OLDER),
        ("==1.0rc1", "==1.0", Direction.NEWER),
        ("==1.0", ">=1.0", None),
        (">=1.0", ">=1.1", None),
    ],
)
def test_another_version(trained: str, served: str, direction: Direction | None) -> None:
    (found,) = differences(f"torch{trained}{A}", f"torch{served}{B}")
    assert (found.kind, found.direction) == (Kind.VERSION, direction)


@pytest.mark.parametrize(
    ("trained", "served"), [("==2.2.0", "==2.2.0+cu121"), ("==2.2.0+cu121", "==2.2+cpu"), ("==2.2+cpu", "==2.2.0")]
)
def test_another_build_of_one_version(trained: str, served: str) -> None:
    (found,) = differences(f"torch{trained}{A}", f"torch{served}{B}")
    assert (found.kind, found.direction) == (Kind.BUILD, None)


@pytest.mark.parametrize(
    ("trained", "served"),
    [
        ("==1.4", "==1.4.0"),
        ("==1.0-1", "==1.0.post1"),
        ("===1.4", "==1.4"),
        ("==v1.0RC1", "==1.0rc1"),
        (">=1,<2", "<2, >=1"),
    ],
)
def test_another_spelling_of_a_version_is_no_difference(trained: str, served: str) -> None:
    assert kinds(f"torch{trained}{A}", f"Torch{served}{A.upper().replace('HASH=SHA', 'hash=sha')}") == []


def test_a_package_that_production_does_not_have() -> None:
    (found,) = differences("numpy==1.26.4\ndill==0.3.8", "numpy==1.26.4")
    assert (found.kind, found.name, found.production) == (Kind.MISSING, "dill", None)
    assert found.training is not None
    assert (found.training.version, found.training.line) == ("0.3.8", 2)


def test_a_package_that_only_production_has() -> None:
    (found,) = differences("numpy==1.26.4", "numpy==1.26.4\ndill==0.3.8")
    assert (found.kind, found.name, found.training) == (Kind.EXTRA, "dill", None)


@pytest.mark.parametrize("marker", ["sys_platform == 'win32'", "extra == 'dev'"])
def test_a_package_that_the_target_does_not_install_is_no_difference(marker: str) -> None:
    assert kinds("numpy==1.26.4", f"numpy==1.26.4\ndill==0.3.8 ; {marker}") == []


@pytest.mark.parametrize(
    ("trained", "served", "relation"),
    [
        (A + B, A, Relation.SUBSET),
        (A, A + B, Relation.SUPERSET),
        (A + B, B + C, Relation.OVERLAP),
        (A, B, Relation.DISJOINT),
        (A, f" --hash=sha512:{'a' * 128}", Relation.ALGORITHMS),
        (A, "", Relation.UNHASHED),
        ("", A, Relation.UNHASHED),
    ],
)
def test_the_same_version_from_other_files(trained: str, served: str, relation: Relation) -> None:
    (found,) = differences(f"numpy==1.26.4{trained}", f"numpy==1.26.4{served}")
    assert (found.kind, found.relation) == (Kind.ARTIFACTS, relation)


def test_the_order_of_hashes_is_no_difference() -> None:
    assert kinds(f"numpy==1.26.4{A}{B}", f"numpy==1.26.4{B}{A}") == []


@pytest.mark.parametrize(
    ("trained", "served"),
    [
        ("six==1.16.0", "six @ https://h/six.whl"),
        ("six @ https://h/six.whl", "six @ https://g/six.whl"),
        ("six @ git+https://h/six@abc", "six @ git+https://h/six@abf"),
        ("six @ git+https://h/six@abc", "-e git+https://h/six@abc#egg=six"),
    ],
)
def test_another_source(trained: str, served: str) -> None:
    assert kinds(trained, served) == [Kind.SOURCE]


def test_other_credentials_are_no_other_source() -> None:
    assert kinds("six @ https://ci:one@h/six.whl", "six @ https://h/six.whl") == []


def test_extras_are_no_difference_what_they_bring_is_locked_in_rows_of_its_own() -> None:
    assert kinds("uvicorn[standard]==0.30.0", "uvicorn==0.30.0") == []


def test_another_index() -> None:
    trained, served = (
        f"--index-url https://{host}/simple\nsix==1.16.0{A}" for host in ("a.example.com", "b.example.com")
    )
    (found,) = differences(trained, served)
    assert (found.kind, found.name) == (Kind.INDEX, "six")


@pytest.mark.parametrize(
    "option",
    ["--extra-index-url https://h/simple", "--find-links wheels", "--trusted-host h",
     "--pre", "--no-binary :all:", "--only-binary numpy", "--prefer-binary", "--no-index"],
)  # fmt: skip
def test_an_option_that_changes_what_is_installed(option: str) -> None:
    assert kinds("six==1.16.0", f"{option}\nsix==1.16.0") == [Kind.OPTIONS]


def test_the_difference_of_options_carries_both_sides() -> None:
    (found,) = differences("--extra-index-url https://a", "\n--extra-index-url https://b")
    assert found.name == "index"
    assert found.training_options == (Option(name="--extra-index-url", value="https://a", line=1),)
    assert found.production_options == (Option(name="--extra-index-url", value="https://b", line=2),)


def test_an_order_of_options_that_changes_what_is_installed() -> None:
    trained, served = "--no-binary :all:\n--only-binary numpy", "--only-binary numpy\n--no-binary :all:"
    assert kinds(trained, served) == [Kind.OPTIONS]


@pytest.mark.parametrize(
    ("trained", "served"),
    [
        ("", "--require-hashes"),
        ("", "--use-feature truststore"),
        ("--pre\n--find-links wheels", "--find-links wheels\n--pre"),
        ("-i https://ci:secret@h/simple/", "--index-url=https://h/simple"),
    ],
)
def test_an_option_that_changes_nothing_is_no_difference(trained: str, served: str) -> None:
    assert kinds(trained, served) == []


def test_what_a_saved_model_depends_on_comes_first_then_the_others_by_name_then_options() -> None:
    training = "attrs==1\npandas==1\nzlib-ng==1\nnumpy==1\nScikit.Learn==1\ntorch==1\n"
    found = differences(training, training.replace("==1", "==2") + "--pre\n")
    assert [each.name for each in found] == [
        "scikit-learn", "numpy", "pandas", "torch", "attrs", "zlib-ng", "pre-releases",
    ]  # fmt: skip


def test_of_several_rows_for_one_package_none_is_lost() -> None:
    found = differences(f"six==1.15.0{A}\nsix==1.16.0{B}\n", f"six==1.16.0{B}\n")
    assert [(each.kind, each.training and each.training.version) for each in found] == [(Kind.MISSING, "1.15.0")]


def test_rows_without_a_name_are_told_apart_by_their_path() -> None:
    found = differences("-e ./a\n-e ./b\n", "-e ./a\n")
    assert [(each.kind, each.name) for each in found] == [(Kind.MISSING, "./b")]


def test_what_was_not_installed_from_its_lock_is_installed_again_from_that_lock() -> None:
    """Whichever side it is: the other one says what is installed, and names no file."""
    lock, probe = read(f"six==1.16.0{A}"), read("six==1.16.0")
    one, other = (
        replace(each, rows=tuple(replace(row, records=(f"sha256:{letter * 64}",)) for row in each.rows))
        for each, letter in ((lock, "d"), (replace(probe, format=Format.PROBE), "e"))
    )
    names = Names(training="a.file", production="b.file")
    for training, production, named in ((one, other, "a.file"), (other, one, "b.file")):
        (found,) = compare(training, production, TARGET).differences
        assert found.kind is Kind.RECORDS
        assert fix(found, names) == (
            f"install six again by hash: pip install --force-reinstall --require-hashes -r {named}"
        )

"""The environment hash: what changes it, and what never does."""

import hashlib
import io
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from gatekeeper.environment import Lock, read_lock
from gatekeeper.environment.compare import compare
from gatekeeper.environment.identity import canonical_json, environment_hash
from gatekeeper.environment.target import parse_target

CORPUS = Path(__file__).parent / "corpus"
TARGET = parse_target("cp311-linux_x86_64")
APPLIES = "sys_platform == 'linux'"
APPLIES_NOT = "sys_platform == 'win32'"


def read(text: str) -> Lock:
    return read_lock(io.BytesIO(text.encode()))


def digest(text: str) -> str:
    return environment_hash(read(text), TARGET)


def test_the_canonical_json_of_a_lock() -> None:
    lock = read(
        f"--index-url https://ci:secret@h/simple/\n"
        f"--require-hashes\n"
        f"Torch == 2.2.0+CPU ; sys_platform != 'win32' --hash=sha256:{'B' * 64} --hash=sha256:{'a' * 64}\n"
        f"uvicorn[Standard]==1.4.0\n"
        f"numpy>=1.26,<2\n"
        f"six @ git+https://h/six@abc\n"
        f"colorama==0.4.6 ; sys_platform == 'win32'\n"
    )
    text = (
        '{"options":[["--index-url","https://h/simple"]],"packages":['
        '{"extras":[],"hashes":[],"name":"numpy","source":"index","specifier":"<2,>=1.26","url":null,"version":null},'
        '{"extras":[],"hashes":[],"name":"six","source":"vcs","specifier":"","url":"git+https://h/six@abc",'
        '"version":null},'
        '{"extras":[],"hashes":["sha256:' + "a" * 64 + '","sha256:' + "b" * 64 + '"],'
        '"name":"torch","source":"index","specifier":"","url":null,"version":"2.2+cpu"},'
        '{"extras":["standard"],"hashes":[],"name":"uvicorn","source":"index","specifier":"","url":null,'
        '"version":"1.4"}],'
        '"schema":"gatekeeper/environment@1","target":"cp311-linux_x86_64"}'
    )
    assert canonical_json(lock, TARGET).decode() == text
    assert environment_hash(lock, TARGET) == f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def test_a_lock_of_nothing_has_a_canonical_form_too() -> None:
    assert json.loads(canonical_json(read("# nothing\n"), TARGET)) == {
        "schema": "gatekeeper/environment@1",
        "target": "cp311-linux_x86_64",
        "packages": [],
        "options": [],
    }


def test_the_target_is_part_of_the_hash() -> None:
    lock = read("six==1.16.0\n")
    hashes = {environment_hash(lock, parse_target(each)) for each in ("cp311-linux_x86_64", "cp312-linux_x86_64")}
    assert len(hashes) == 2


@dataclass(frozen=True)
class Package:
    """One row of a lock before it is written down."""

    name: str
    version: str
    marker: str
    hashes: tuple[str, ...]


packages = st.builds(
    Package,
    name=st.sampled_from(["numpy", "scikit-learn", "ruamel-yaml", "zope-interface", "a"]),
    version=st.from_regex(r"[1-9]!?[0-9]?(\.[1-9]){1,3}(rc1|\.post2)?(\+cu[0-9])?", fullmatch=True).filter(
        lambda text: text[1] != "!" or text[2].isdigit()
    ),
    marker=st.sampled_from(["", APPLIES, APPLIES_NOT]),
    hashes=st.lists(st.binary(min_size=32, max_size=32).map(bytes.hex), max_size=3, unique=True).map(tuple),
)
environments = st.lists(packages, min_size=1, max_size=6, unique_by=lambda package: package.name)


def written(environment: list[Package]) -> str:
    """Return the lock as pip-compile lays it out."""
    rows = []
    for each in environment:
        marker = f" ; {each.marker}" if each.marker else ""
        rows.append(
            " \\\n    ".join([f"{each.name}=={each.version}{marker}", *(f"--hash=sha256:{h}" for h in each.hashes)])
        )
    return "\n".join(rows) + "\n"


@st.composite
def rewritten(draw: st.DrawFn, environment: list[Package]) -> str:
    """Return a lock that says the same and looks otherwise."""
    lines = []
    for each in draw(st.permutations(environment + draw(st.lists(st.sampled_from(environment), max_size=2)))):
        name = draw(
            st.sampled_from([each.name, each.name.upper(), each.name.replace("-", "_"), each.name.replace("-", ".-")])
        )
        equals = draw(st.sampled_from(["==", " == ", "=== "]))
        marker = f" {draw(st.sampled_from([';', '; ']))}{each.marker.replace(chr(39), chr(34))}" if each.marker else ""
        hashes = [f"--hash=sha256:{draw(st.sampled_from([h, h.upper()]))}" for h in draw(st.permutations(each.hashes))]
        joint = draw(st.sampled_from([" ", " \\\n  ", "\t\\\r\n\t"]))
        lines.append(joint.join([f"{name}{equals}{each.version}{marker}", *hashes]))
        lines.append(draw(st.sampled_from(["", "# via us", "    # зачем", "  "])))
    return draw(st.sampled_from(["\n", "\r\n"])).join(lines)


@given(environments, st.data())
@settings(deadline=None)
def test_order_comments_case_spelling_line_ends_and_repeated_rows_never_change_it(
    environment: list[Package], data: st.DataObject
) -> None:
    text = written(environment)
    other = data.draw(rewritten(environment))
    assert digest(other) == digest(text)
    assert compare(read(text), read(other), TARGET) == ()


def another_version(package: Package, _: st.DataObject) -> Package:
    return replace(package, version=f"{package.version}.1" if "+" in package.version else f"{package.version}+local")


def another_nibble(package: Package, data: st.DataObject) -> Package:
    assume(package.hashes)
    which = data.draw(st.integers(0, len(package.hashes) - 1))
    at = data.draw(st.integers(0, 63))
    old = package.hashes[which]
    new = f"{old[:at]}{(int(old[at], 16) + data.draw(st.integers(1, 15))) % 16:x}{old[at + 1 :]}"
    assume(new not in package.hashes)
    return replace(package, hashes=(*package.hashes[:which], new, *package.hashes[which + 1 :]))


def one_hash_less(package: Package, _: st.DataObject) -> Package:
    assume(package.hashes)
    return replace(package, hashes=package.hashes[1:])


def another_name(package: Package, _: st.DataObject) -> Package:
    return replace(package, name=f"{package.name}-nightly")


def marker_off(package: Package, _: st.DataObject) -> Package:
    return replace(package, marker=APPLIES_NOT)


@pytest.mark.parametrize("edit", [another_version, another_nibble, one_hash_less, another_name, marker_off])
def test_any_edit_of_a_row_that_applies_changes_it(edit: Callable[[Package, st.DataObject], Package]) -> None:
    @given(environments, st.data())
    @settings(max_examples=40, deadline=None)
    def law(environment: list[Package], data: st.DataObject) -> None:
        at = data.draw(st.integers(0, len(environment) - 1))
        assume(environment[at].marker != APPLIES_NOT)
        edited = [*environment[:at], edit(environment[at], data), *environment[at + 1 :]]
        assert digest(written(edited)) != digest(written(environment))
        assert compare(read(written(environment)), read(written(edited)), TARGET) != ()

    law()


@given(environments, st.data())
@settings(deadline=None)
def test_an_edit_of_a_row_that_does_not_apply_changes_nothing(environment: list[Package], data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(environment) - 1))
    off = [*environment[:at], replace(environment[at], marker=APPLIES_NOT), *environment[at + 1 :]]
    edited = [*off[:at], another_version(off[at], data), *off[at + 1 :]]
    assert digest(written(edited)) == digest(written(off))


@given(
    environments,
    st.sampled_from(["--pre", "--index-url https://h/simple", "--extra-index-url https://h", "--find-links x",
                     "--trusted-host h", "--no-binary numpy", "--only-binary :all:", "--prefer-binary", "--no-index"]),
)  # fmt: skip
@settings(deadline=None)
def test_any_option_that_changes_what_is_installed_changes_it(environment: list[Package], option: str) -> None:
    text = written(environment)
    assert digest(f"{option}\n{text}") != digest(text)


@given(environments, st.data())
@settings(deadline=None)
def test_two_locks_have_one_hash_exactly_when_no_difference_is_found(
    environment: list[Package], data: st.DataObject
) -> None:
    other = written(data.draw(st.one_of(st.permutations(environment), environments)))
    same = compare(read(written(environment)), read(other), TARGET) == ()
    assert same is (digest(written(environment)) == digest(other))


def test_a_real_lock_that_is_shuffled_keeps_its_hash() -> None:
    text = (CORPUS / "universal.txt").read_text()
    lock = read(text)
    shuffled = Lock(rows=lock.rows[::-1], options=lock.options)
    assert environment_hash(shuffled, TARGET) == environment_hash(lock, TARGET)
    assert environment_hash(read(text.replace("\n", "\r\n")), TARGET) == environment_hash(lock, TARGET)


def test_one_graph_compiled_by_two_tools_has_one_hash() -> None:
    """What pip-compile wrote for Python 3.11 is what uv wrote for all Pythons, seen from Python 3.11."""
    compiled, universal = (read((CORPUS / name).read_text()) for name in ("training.txt", "universal.txt"))
    assert environment_hash(compiled, TARGET) == environment_hash(universal, TARGET)

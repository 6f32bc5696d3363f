"""The environment hash: what changes it, and what never does."""

import hashlib
import io
import json
import shutil
import subprocess
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from pip._internal.models.index import PyPI

from gatekeeper.environment import Lock, read_lock
from gatekeeper.environment.canonical import Json, canonical_json
from gatekeeper.environment.comparison.compare import compare
from gatekeeper.environment.digests import digests, lock_json, runtime_json
from gatekeeper.environment.facts import Anomaly, Flaw, Runtime
from gatekeeper.environment.formats import Format
from gatekeeper.environment.identity import environment_hash, environment_json
from gatekeeper.environment.projection import project
from gatekeeper.environment.selection import Selection
from gatekeeper.environment.target import parse_target
from gatekeeper.errors import Unreadable

CORPUS = Path(__file__).parent / "corpus"
TARGET = parse_target("cp311-linux_x86_64")
APPLIES = "sys_platform == 'linux'"
APPLIES_NOT = "sys_platform == 'win32'"


def read(text: str) -> Lock:
    """Return the text as a lock, also where it could be what `pip freeze` prints."""
    return replace(read_lock(io.BytesIO(text.encode())), format=Format.REQUIREMENTS)


def digest(text: str) -> str:
    return environment_hash(read(text), TARGET)


def test_the_canonical_json_of_a_lock() -> None:
    lock = read(
        f"--extra-index-url https://ci:secret@H.example.com/simple/\n"
        f"--require-hashes\n"
        f"Torch == 2.2.0+CPU ; sys_platform != 'win32' --hash=sha256:{'B' * 64} --hash=sha256:{'a' * 64}\n"
        f"numpy>=1.26,<2\n"
        f"colorama==0.4.6 ; sys_platform == 'win32'\n"
    )
    text = (
        '{\n "options": [\n  [\n   "--extra-index-url",\n   "https://h.example.com/simple"\n  ]\n ],\n'
        ' "packages": [\n'
        '  {\n   "build": null,\n   "hashes": [],\n   "index": null,\n   "name": "numpy",\n   "source": "index",\n'
        '   "specifier": "<2,>=1.26",\n   "unhashed": [],\n   "url": null,\n   "version": null\n  },\n'
        '  {\n   "build": null,\n   "hashes": [\n    "sha256:' + "a" * 64 + '",\n    "sha256:' + "b" * 64 + '"\n   ],\n'
        '   "index": null,\n   "name": "torch",\n   "source": "index",\n   "specifier": "",\n   "unhashed": [],\n'
        '   "url": null,\n   "version": "2.2+cpu"\n  }\n ],\n'
        ' "schema": "gatekeeper/environment@1",\n "target": "cp311-linux_x86_64"\n}\n'
    )
    assert environment_json(lock, TARGET).decode() == text
    assert environment_hash(lock, TARGET) == f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def test_a_lock_of_nothing_has_a_canonical_form_too() -> None:
    assert json.loads(environment_json(read("# nothing\n"), TARGET)) == {
        "schema": "gatekeeper/environment@1",
        "target": "cp311-linux_x86_64",
        "packages": [],
        "options": [],
    }


def test_the_canonical_form_is_what_json_and_jq_print() -> None:
    data = environment_json(read((CORPUS / "training.txt").read_text()), TARGET)
    printed = json.dumps(json.loads(data), sort_keys=True, indent=1, ensure_ascii=False)
    assert data.decode() == f"{printed}\n"
    jq = shutil.which("jq")
    if jq is not None:
        done = subprocess.run([jq, "-S", "--indent", "1", "."], input=data, capture_output=True, check=True)
        assert done.stdout == data


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(codec="utf-8")),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(codec="ascii")), inner),
)


@given(st.dictionaries(st.text(st.characters(codec="ascii")), values))
@settings(deadline=None)
def test_any_document_is_written_as_json_writes_it(document: dict[str, Json]) -> None:
    printed = json.dumps(composed(document), sort_keys=True, indent=1, separators=(",", ": "), ensure_ascii=False)
    assert canonical_json(document).decode() == f"{printed}\n"


def composed(value: object) -> object:
    match value:
        case str():
            return unicodedata.normalize("NFC", value)
        case list():
            return [composed(each) for each in value]
        case dict():
            return {key: composed(each) for key, each in value.items()}
        case _:
            return value


def test_the_default_index_is_nothing_and_an_only_index_belongs_to_the_rows() -> None:
    row = f"six==1.16.0 --hash=sha256:{'a' * 64}\n"
    default = PyPI.simple_url
    assert digest(f"--index-url {default}\n{row}") == digest(row)
    private = f"--index-url https://private.example.com/simple\n{row}"
    document = json.loads(environment_json(read(private), TARGET))
    assert document["options"] == []
    assert [each["index"] for each in document["packages"]] == ["https://private.example.com/simple"]
    assert len({digest(text) for text in (row, private, f"--extra-index-url {default}\n{private}")}) == 3


def test_a_file_without_a_hash_shows() -> None:
    lock = read(f"six==1.16.0 --hash=sha256:{'a' * 64}\n")
    (row,) = lock.rows
    other = replace(lock, rows=(replace(row, unhashed=("six-1.16.0-py2.py3-none-any.whl",)),))
    assert environment_hash(other, TARGET) != environment_hash(lock, TARGET)
    assert len(compare(lock, other, TARGET).differences) == 1


def test_the_lock_digest_knows_markers_that_the_target_decides_alike() -> None:
    one, other = (read(f"six==1.16.0 ; {marker}\n") for marker in (APPLIES, "os_name == 'posix'"))
    assert environment_hash(one, TARGET) == environment_hash(other, TARGET)
    assert lock_json(one) != lock_json(other)
    assert lock_json(one) == lock_json(read(f"# again\nSIX == 1.16.0 ; {APPLIES}\n"))


def test_the_runtime_digest_is_of_what_was_measured() -> None:
    lock = read("six==1.16.0\n")
    assert digests(lock, project(lock, TARGET), TARGET).runtime is None
    probe = replace(lock, format=Format.PROBE, runtime=Runtime(python="3.11.9"))
    records = replace(probe, rows=tuple(replace(row, records=(f"sha256:{'a' * 64}",)) for row in probe.rows))
    flawed = replace(probe, anomalies=(Anomaly(flaw=Flaw.MODIFIED, name="six", path="six.py"),))
    newer = replace(probe, runtime=Runtime(python="3.11.10"))
    found = {digests(each, project(each, TARGET), TARGET).runtime for each in (probe, records, flawed, newer)}
    assert len(found) == 4
    assert None not in found
    assert json.loads(runtime_json(records, Runtime(python="3.11.9")))["distributions"] == [
        {"name": "six", "version": "1.16.0", "records": [f"sha256:{'a' * 64}"]}
    ]


def test_half_a_surrogate_pair_is_refused() -> None:
    (row,) = read("six==1.16.0\n").rows
    with pytest.raises(Unreadable, match=r"U\+D800"):
        environment_hash(Lock(rows=(replace(row, build="\ud800"),)), TARGET)


def test_a_name_in_two_forms_of_unicode_is_one() -> None:
    (row,) = read("six==1.16.0\n").rows
    composed, decomposed = (Lock(rows=(replace(row, url=url),)) for url in ("./é", "./e\u0301"))
    assert environment_hash(composed, TARGET) == environment_hash(decomposed, TARGET)


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
    assert compare(read(text), read(other), TARGET).differences == ()


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
        assert compare(read(written(environment)), read(written(edited)), TARGET).differences != ()

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
    comparison = compare(read(written(environment)), read(other), TARGET)
    assert (comparison.differences == ()) is (digest(written(environment)) == digest(other))


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


ALL = ("plot", "serve")
CHOSEN = Selection(extras=ALL, groups=("dev", "lint"))


@pytest.mark.parametrize("target", ["cp312-linux_x86_64", "cp3.11.9-win_amd64", "cp312-macosx_11_0_arm64"])
@pytest.mark.parametrize(
    ("one", "other", "selection", "baked_in"),
    [
        ("uv/uv.lock", "uv/default.txt", Selection(), True),
        ("uv/uv.lock", "uv/pylock.default.toml", Selection(), True),
        ("uv/uv.lock", "uv/chosen.txt", CHOSEN, True),
        ("uv/uv.lock", "uv/pylock.chosen.toml", CHOSEN, True),
        ("poetry/poetry.lock", "poetry/default.txt", Selection(), True),
        ("pdm/pylock.toml", "pdm/default.txt", Selection(), True),
        ("conflicts/uv.lock", "conflicts/pylock.cpu.toml", Selection(extras=("cpu",)), True),
        ("virtual/uv.lock", "virtual/default.txt", Selection(), True),
        ("workspace/uv.lock", "workspace/pylock.default.toml", Selection(), True),
        ("poetry/poetry.lock", "pdm/pylock.toml", Selection(extras=ALL), False),
    ],
)
def test_one_graph_has_one_hash_in_every_format(
    one: str, other: str, selection: Selection, baked_in: bool, target: str
) -> None:
    """An export has its selection baked in and is projected without one."""
    first, second = exported(one), exported(other)
    chosen = Selection() if baked_in else selection
    assert environment_hash(first, parse_target(target), selection) == environment_hash(
        second, parse_target(target), chosen
    )


def exported(path: str) -> Lock:
    content = (CORPUS.parent / "corpus_projects" / path).read_bytes()
    return read_lock(io.BytesIO(content.replace(b"https://default.example.com/simple", PyPI.simple_url.encode())))

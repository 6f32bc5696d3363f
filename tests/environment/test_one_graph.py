"""One graph in the lock of a tool and in all its exports: what a target installs is the same, whichever is read.

The exports bake a selection in, so that they are projected without one; the lock is projected with it.
"""

import io
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.pylock import Pylock
from packaging.tags import Tag, compatible_tags, cpython_tags
from pip._internal.models.index import PyPI

from gatekeeper.environment import Lock, Row, read_lock
from gatekeeper.environment.projection import project
from gatekeeper.environment.selection import NOTHING_SELECTED, Extras, Groups, Selection
from gatekeeper.environment.target import Target, parse_target
from gatekeeper.errors import UsageError

CORPUS = Path(__file__).parent / "corpus_projects"
TARGETS = ["cp3.10.4-linux_x86_64", "cp312-linux_x86_64", "cp3.11.9-win_amd64", "cp312-macosx_11_0_arm64"]
SERVE_AND_PLOT = ("plot", "serve")
DEFAULT = Selection()
PRODUCTION = Selection(groups="none")
CHOSEN = Selection(extras=SERVE_AND_PLOT, groups=("dev", "lint"))


def read(path: str) -> Lock:
    content = (CORPUS / path).read_bytes().replace(b"https://default.example.com/simple", PyPI.simple_url.encode())
    return read_lock(io.BytesIO(content))


def installed(path: str, target: str, selection: Selection = NOTHING_SELECTED) -> list[tuple[object, ...]]:
    """Return what is compared of each row; the version of what comes from no index is in its URL."""
    rows = project(read(path), parse_target(target), selection)
    return sorted(map(identity, rows), key=str)


def identity(row: Row) -> tuple[object, ...]:
    return row.name, row.version if row.url is None else None, row.index, row.url, row.hashes


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize(
    ("lock", "export", "selection"),
    [
        ("uv/uv.lock", "uv/default.txt", DEFAULT),
        ("uv/uv.lock", "uv/pylock.default.toml", DEFAULT),
        ("uv/uv.lock", "uv/production.txt", PRODUCTION),
        ("uv/uv.lock", "uv/pylock.production.toml", PRODUCTION),
        ("uv/uv.lock", "uv/chosen.txt", CHOSEN),
        ("uv/uv.lock", "uv/pylock.chosen.toml", CHOSEN),
        ("poetry/poetry.lock", "poetry/default.txt", DEFAULT),
        ("poetry/poetry.lock", "poetry/chosen.txt", Selection(extras=SERVE_AND_PLOT, groups=("main", "dev", "lint"))),
        ("pdm/pylock.toml", "pdm/default.txt", DEFAULT),
        ("pdm/pylock.toml", "pdm/chosen.txt", Selection(extras=SERVE_AND_PLOT, groups=("default", "dev", "lint"))),
        ("conflicts/uv.lock", "conflicts/default.txt", DEFAULT),
        ("conflicts/uv.lock", "conflicts/pylock.default.toml", DEFAULT),
        ("conflicts/uv.lock", "conflicts/cpu.txt", Selection(extras=("cpu",))),
        ("conflicts/uv.lock", "conflicts/pylock.cpu.toml", Selection(extras=("cpu",))),
        ("conflicts/uv.lock", "conflicts/cu.txt", Selection(extras=("cu",), groups="none")),
        ("conflicts/uv.lock", "conflicts/pylock.cu.toml", Selection(extras=("cu",), groups="none")),
        ("conflicts/uv.lock", "conflicts/all.txt", Selection(extras=("all",))),
        ("conflicts/uv.lock", "conflicts/pylock.all.toml", Selection(extras=("all",))),
        ("conflicts/uv.lock", "conflicts/old.txt", Selection(groups=("old",))),
        ("conflicts/uv.lock", "conflicts/pylock.old.toml", Selection(groups=("old",))),
        ("virtual/uv.lock", "virtual/default.txt", DEFAULT),
        ("virtual/uv.lock", "virtual/pylock.default.toml", DEFAULT),
        ("virtual/uv.lock", "virtual/production.txt", PRODUCTION),
        ("virtual/uv.lock", "virtual/pylock.production.toml", PRODUCTION),
        ("virtual/uv.lock", "virtual/cpu.txt", Selection(extras=("cpu",))),
        ("virtual/uv.lock", "virtual/pylock.cpu.toml", Selection(extras=("cpu",))),
        ("workspace/uv.lock", "workspace/pylock.default.toml", DEFAULT),
        ("workspace/uv.lock", "workspace/pylock.production.toml", PRODUCTION),
    ],
)
def test_a_lock_and_its_export_install_the_same(lock: str, export: str, selection: Selection, target: str) -> None:
    assert installed(lock, target, selection) == installed(export, target)


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("lock", ["poetry/poetry.lock", "pdm/pylock.toml"])
@pytest.mark.parametrize("extras", [(), SERVE_AND_PLOT])
def test_the_locks_of_different_tools_install_the_same(lock: str, extras: tuple[str, ...], target: str) -> None:
    by_uv = installed("uv/uv.lock", target, Selection(extras=extras, groups="none"))
    assert installed(lock, target, Selection(extras=extras)) == by_uv


@pytest.mark.parametrize("lock", ["poetry/poetry.lock", "pdm/pylock.toml"])
def test_a_lock_of_one_platform_installs_there_what_the_universal_ones_do(lock: str) -> None:
    compiled = installed("uv/pip-compile.txt", "cp311-linux_x86_64")
    assert installed(lock, "cp3.11.7-linux_x86_64") == compiled


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize(
    ("lock", "extras", "groups"),
    [
        ("uv/pylock.chosen.toml", (), None),
        ("pdm/pylock.toml", (), None),
        ("pdm/pylock.toml", ("plot",), None),
        ("pdm/pylock.toml", SERVE_AND_PLOT, ("default", "lint")),
        ("pdm/pylock.toml", (), ()),
    ],
)
def test_a_pylock_installs_what_packaging_selects(
    lock: str, extras: tuple[str, ...], groups: tuple[str, ...] | None, target: str
) -> None:
    asked = parse_target(target)
    python = asked.full_python or f"{asked.python}.1"
    chosen = Pylock.from_dict(tomllib.loads((CORPUS / lock).read_text())).select(
        environment=asked.marker_environment(python),  # type: ignore[arg-type]
        tags=list(any_tags(asked)),
        extras=extras,
        dependency_groups=groups,
    )
    selected = sorted((package.name, str(package.version)) for package, _ in chosen)
    selection = Selection(extras=extras, groups="default" if groups is None else groups or "none")
    rows = project(read(lock), asked, selection)
    assert sorted((row.name, row.version) for row in rows) == selected


def any_tags(target: Target) -> Iterator[Tag]:
    """Yield tags under which a pure wheel or one for the platform is found; all packages of the corpus have such."""
    version = tuple(map(int, str(target.python).split(".")))
    yield from cpython_tags(version, platforms=[target.platform])
    yield from compatible_tags(version, platforms=[target.platform])


@pytest.mark.parametrize(
    ("extras", "groups", "together"),
    [
        (("cpu", "cu"), "none", "extra cpu of proj and extra cu of proj"),
        ("all", "none", "extra cpu of proj and extra cu of proj"),
        (("cu",), "default", "extra cu of proj and group dev of proj"),
        ((), ("dev", "old"), "group dev of proj and group old of proj"),
    ],
)
def test_what_a_lock_declares_in_conflict_is_not_chosen_together(extras: Extras, groups: Groups, together: str) -> None:
    with pytest.raises(UsageError) as caught:
        installed("conflicts/uv.lock", "cp312-linux_x86_64", Selection(extras=extras, groups=groups))
    assert f"{together} to be in conflict" in caught.value.what


def test_a_version_that_markers_tell_apart_is_the_one_of_the_target() -> None:
    versions = {
        target: [
            row.version for row in project(read("virtual/uv.lock"), parse_target(target)) if row.name == "iniconfig"
        ]
        for target in ("cp311-linux_x86_64", "cp312-linux_x86_64")
    }
    assert versions == {"cp311-linux_x86_64": ["2.0.0"], "cp312-linux_x86_64": ["2.1.0"]}

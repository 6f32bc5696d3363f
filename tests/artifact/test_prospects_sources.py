"""Modules are found where an interpreter would find them, and names where its import system would: nothing is run."""

from __future__ import annotations

import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from gatekeeper.artifact.prospects.resolve import Found, NoModule, NoName, Unknown, look_up
from gatekeeper.artifact.prospects.sources import Make, Sources
from gatekeeper.errors import Unreadable

TRAP = "raise SystemExit('a test has executed the source that it reads')\n"


def write(folder: Path, files: Mapping[str, str]) -> Path:
    for path, content in files.items():
        home = folder / path
        home.parent.mkdir(parents=True, exist_ok=True)
        home.write_text(content)
    return folder


def environment(root: Path, files: Mapping[str, str]) -> Path:
    """Return the interpreter of a virtual environment in which these files are installed."""
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    write(root / f"lib/python{version}/site-packages", {"README.txt": "", **files})
    settings = f"home = {Path(sys.base_prefix) / 'bin'}\nversion = {version}.0\ninclude-system-site-packages = false\n"
    write(root, {"pyvenv.cfg": settings, "bin/python": ""})
    return root / "bin/python"


def wheel(folder: Path, name: str, version: str, files: Mapping[str, str]) -> None:
    folder.mkdir(exist_ok=True)
    record = "".join(f"{path},,\n" for path in files)
    with zipfile.ZipFile(folder / f"{name}-{version}-py3-none-any.whl", "w") as archive:
        for path, content in {**files, f"{name}-{version}.dist-info/RECORD": record}.items():
            archive.writestr(path, content)


def test_a_module_is_found_with_the_distribution_that_installed_it(tmp_path: Path) -> None:
    files = {"pkg/__init__.py": TRAP, "pkg/inner.py": TRAP, "my_pkg-1.2.dist-info/RECORD": "pkg/inner.py,sha256=x,3\n"}
    sources = Sources.of_interpreter(environment(tmp_path, files))

    module = sources.module("pkg.inner")

    assert module is not None
    assert (module.path, module.make, str(sources.distribution(module))) == ("pkg/inner.py", Make.PYTHON, "my-pkg 1.2")


def test_a_package_comes_before_an_extension_module_and_that_before_a_source_file(tmp_path: Path) -> None:
    files = {"a/__init__.py": "", "a.py": "", "b.cpython-311-x86_64-linux-gnu.so": "", "b.py": "", "c/data.txt": ""}
    sources = Sources.of_interpreter(environment(tmp_path, files))

    makes = {name: found.make for name in "abc" if (found := sources.module(name))}

    assert makes == {"a": Make.PYTHON, "b": Make.EXTENSION, "c": Make.NAMESPACE}


def test_the_standard_library_of_the_interpreter_is_found_too(tmp_path: Path) -> None:
    sources = Sources.of_interpreter(environment(tmp_path, {}))

    assert isinstance(look_up(sources, "collections", "OrderedDict"), Found)
    assert look_up(sources, "builtins", "getattr") == Unknown(why="the text of builtins does not say it")


def test_the_folders_that_pth_lines_name_are_looked_in(tmp_path: Path) -> None:
    elsewhere = write(tmp_path / "elsewhere", {"extra.py": "x = 1\n"})
    sources = Sources.of_interpreter(environment(tmp_path / "venv", {"more.pth": f"# a comment\n{elsewhere}\n"}))

    assert isinstance(look_up(sources, "extra", "x"), Found)
    assert look_up(sources, "missing", "x") == NoModule(module="missing")


def test_a_pth_line_that_runs_code_may_bring_any_module(tmp_path: Path) -> None:
    sources = Sources.of_interpreter(environment(tmp_path, {"editable.pth": "import __editable___finder\n"}))

    assert isinstance(look_up(sources, "missing", "x"), Unknown)


def test_the_line_of_setuptools_brings_no_module(tmp_path: Path) -> None:
    line = "import os; var = 'SETUPTOOLS_USE_DISTUTILS'; enabled = os.environ.get(var)\n"
    sources = Sources.of_interpreter(environment(tmp_path, {"distutils-precedence.pth": line}))

    assert look_up(sources, "missing", "x") == NoModule(module="missing")


@pytest.mark.parametrize("what", ["nothing", "no packages"])
def test_what_is_no_interpreter_is_refused(tmp_path: Path, what: str) -> None:
    if what == "no packages":
        write(tmp_path, {"pyvenv.cfg": f"home = {tmp_path}\nversion = 3.11\n", "bin/python": ""})

    with pytest.raises(Unreadable) as refusal:
        Sources.of_interpreter(tmp_path / "bin/python")

    assert "name the interpreter that production runs" in refusal.value.fix


def test_wheels_are_read_as_they_would_be_installed(tmp_path: Path) -> None:
    wheel(tmp_path / "w", "pkg", "1.0", {"pkg/__init__.py": TRAP + "x = 1\n", "pkg-1.0.data/purelib/top.py": "y = 1\n"})
    sources = Sources.of_wheels(tmp_path / "w", {"Pkg": "1.0"})

    found = look_up(sources, "pkg", "x")

    assert isinstance(found, Found)
    assert (found.source.path, found.line, str(sources.distribution(found.source))) == ("pkg/__init__.py", 2, "pkg 1.0")
    assert isinstance(look_up(sources, "top", "y"), Found)
    assert look_up(sources, "missing", "x") == NoModule(module="missing")


def test_only_the_wanted_versions_of_wheels_count(tmp_path: Path) -> None:
    for version in ("1.0", "2.0"):
        wheel(tmp_path / "w", "pkg", version, {"pkg.py": f"v{version[0]} = 1\n"})

    sources = Sources.of_wheels(tmp_path / "w", {"pkg": "2"})

    assert isinstance(look_up(sources, "pkg", "v2"), Found)
    assert isinstance(look_up(sources, "pkg", "v1"), NoName)
    with pytest.raises(Unreadable, match=r"wheels of pkg 1\.0 and 2\.0, expected one version"):
        Sources.of_wheels(tmp_path / "w")


def test_where_a_wanted_wheel_is_absent_a_missing_module_may_be_in_it(tmp_path: Path) -> None:
    wheel(tmp_path / "w", "pkg", "1.0", {"pkg.py": ""})

    for wanted in ({"pkg": "1.0", "other": "1.0"}, None):
        assert isinstance(look_up(Sources.of_wheels(tmp_path / "w", wanted), "other", "x"), Unknown)


def test_a_file_that_is_no_wheel_is_refused(tmp_path: Path) -> None:
    write(tmp_path, {"pkg-1.0-py3-none-any.whl": "no zip"})

    with pytest.raises(Unreadable, match=r"pkg-1\.0-py3-none-any\.whl of the production environment can't be read"):
        Sources.of_wheels(tmp_path)


PACKAGE = {
    "pkg/__init__.py": TRAP + "from .moved import Moved as Renamed\nfrom ._star import *\nimport pkg.deep\n",
    "pkg/moved.py": "from pkg.final import Moved\n",
    "pkg/final.py": "\n\nclass Moved:\n    class Inner:\n        def make(self): ...\n",
    "pkg/_star.py": "__all__ = ['listed', '_odd']\nlisted = hidden = _odd = 1\n",
    "pkg/deep/__init__.py": "",
    "pkg/choices.py": (
        "from typing import TYPE_CHECKING\n"
        "try:\n    from fast import speed\nexcept ImportError:\n    speed = None\n"
        "if TYPE_CHECKING:\n    from x import OnlyForTypes\n"
        "for each in range(3):\n    looped = each\n"
        "(one, [two, *rest]) = 1, [2, 3]\n"
    ),
    "pkg/lazy.py": "def __getattr__(name): ...\n",
    "pkg/generated.py": "for each in 'ab':\n    globals()[each] = each\n",
    "pkg/circle.py": "from pkg.other_half import *\n",
    "pkg/other_half.py": "from pkg.circle import *\n",
    "pkg/newer.py": "this is the syntax of a Python to come\n",
    "six.py": "import sys\nsys.modules['six.moves'] = 1\n",
}


@pytest.fixture
def package(tmp_path: Path) -> Sources:
    return Sources.of_interpreter(environment(tmp_path, PACKAGE))


@pytest.mark.parametrize(
    ("module", "name", "place"),
    [
        ("pkg", "Renamed", "pkg/final.py:3"),
        ("pkg.moved", "Moved", "pkg/final.py:3"),
        ("pkg.final", "Moved.Inner", "pkg/final.py:4"),
        ("pkg.final", "Moved.Inner.make", "pkg/final.py:5"),
        ("pkg", "listed", "pkg/_star.py:2"),
        ("pkg", "_odd", "pkg/_star.py:2"),
        ("pkg.choices", "speed", "pkg/choices.py:3"),
        ("pkg.choices", "looped", "pkg/choices.py:9"),
        ("pkg.choices", "rest", "pkg/choices.py:10"),
    ],
)
def test_a_name_is_followed_to_its_definition(package: Sources, module: str, name: str, place: str) -> None:
    found = look_up(package, module, name)

    assert isinstance(found, Found)
    assert f"{found.source.path}:{found.line}" == place


@pytest.mark.parametrize(
    ("module", "name"),
    [("pkg", "hidden"), ("pkg.moved", "Other"), ("pkg.final", "Moved.Outer"), ("pkg.choices", "OnlyForTypes")],
)
def test_a_name_that_no_statement_binds_is_missing(package: Sources, module: str, name: str) -> None:
    assert isinstance(look_up(package, module, name), NoName)


@pytest.mark.parametrize(("module", "missing"), [("pkg.gone", "pkg.gone"), ("gone.inner.most", "gone")])
def test_the_first_part_of_a_module_that_is_not_there_is_told(package: Sources, module: str, missing: str) -> None:
    assert look_up(package, module, "x") == NoModule(module=missing)


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("pkg.lazy", "anything"),
        ("pkg.generated", "a"),
        ("pkg.circle", "anything"),
        ("pkg.newer", "x"),
        ("pkg", "deep"),
        ("six.moves", "range"),
        ("os.path", "join"),
    ],
)
def test_what_the_source_does_not_decide_is_not_called_missing(package: Sources, module: str, name: str) -> None:
    assert isinstance(look_up(package, module, name), Unknown | Found)


READABLE = b"__pyx_capi__\0cline_in_traceback\0Kept\0__pyx_unpickle_Kept\0"
PACKED = b"__pyx_capi__\0zlib\0__pyx_unpickle_Kept\0"


@pytest.mark.parametrize(
    ("content", "name", "missing"),
    [
        (READABLE, "Kept", False),
        (READABLE, "Gone", True),
        (PACKED, "Gone", False),
        (PACKED, "__pyx_unpickle_Kept", False),
        (PACKED, "__pyx_unpickle_Gone", True),
        (b"a module written in C", "Gone", False),
    ],
)
def test_a_compiled_module_lacks_a_name_only_where_its_bytes_say_so(
    tmp_path: Path, content: bytes, name: str, missing: bool
) -> None:
    python = environment(tmp_path, {"fast.so": ""})
    next(tmp_path.rglob("fast.so")).write_bytes(content)

    answer = look_up(Sources.of_interpreter(python), "fast", name)

    assert isinstance(answer, NoName if missing else Unknown)

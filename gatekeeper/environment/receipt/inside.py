"""Finds the process that runs the tests, and measures it: a `sitecustomize`, put in front of PYTHONPATH by `record`.

It lies in a private folder beside `probe_script.py` and `report.txt`, which names the JUnit report. A Python process
that opens the report for writing says so in `wrote-<pid>` and writes `probe-<pid>.json` when it exits; one in which
pytest runs a test says so in `ran-<pid>`. What a test starts is part of that test, and says nothing. A `sitecustomize`
that would have been found without this one runs as ever. The standard library alone, CPython 3.8 to 3.14.
"""

# Every Python process of the suite runs this: it imports what Python has imported anyway, and no pathlib.
# ruff: noqa: PTH100, PTH105, PTH110, PTH118, PTH119, PTH120, PTH123

from __future__ import annotations

import atexit
import importlib.machinery
import importlib.util
import json
import os
import sys
from types import ModuleType
from typing import Any

HERE = os.path.dirname(os.path.abspath(__file__))
TEST = "PYTEST_CURRENT_TEST"
"""pytest sets it before each test, in the process that runs it; see its `_update_current_test_var`."""


def without_this(paths: list[str]) -> list[str]:
    """Return the paths but for the private folder."""
    return [each for each in paths if os.path.abspath(each) != HERE]


def run_the_other() -> None:
    """Run the `sitecustomize` that this one stands in front of, if there is one; it takes this one's name."""
    spec = importlib.machinery.PathFinder.find_spec("sitecustomize", sys.path)
    if spec is not None and spec.loader is not None:
        module = importlib.util.module_from_spec(spec)
        sys.modules["sitecustomize"] = module
        spec.loader.exec_module(module)


def watch() -> None:
    """Ask Python to tell what this process does; audit hooks (PEP 578) see each file that it opens."""
    with open(os.path.join(HERE, "report.txt"), encoding="utf-8", errors="surrogateescape") as file:
        report = file.read()

    def told(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "os.putenv":
            if arguments[0] in (TEST, TEST.encode()):
                note("ran")
        elif (event == "open" and writes(*arguments[1:3]) and is_same(arguments[0], report)) or (
            event == "os.rename" and is_same(arguments[1], report)
        ):
            prepare()

    sys.addaudithook(told)


def writes(mode: str | None, flags: int) -> bool:
    """Return whether a file is opened for writing; `os.open` has flags alone."""
    return bool(set(mode) & set("wax+")) if mode else bool(flags & (os.O_WRONLY | os.O_RDWR))


def is_same(path: object, report: str) -> bool:
    """Return whether a path is that of the report; what it is named comes first, since every file is asked about."""
    if hasattr(path, "__fspath__"):
        path = path.__fspath__()
    if not isinstance(path, (str, bytes)):
        return False
    text = os.fsdecode(path)
    try:
        return os.path.basename(text) == os.path.basename(report) and os.path.realpath(text) == report
    except OSError:  # the folder that it is relative to is gone
        return False


def note(what: str) -> bool:
    """Write once what this process did, and in which environment; return whether this was the first time."""
    path = os.path.join(HERE, f"{what}-{os.getpid()}")
    if os.path.exists(path):
        return False
    with open(path, "w", encoding="utf-8", errors="backslashreplace") as file:
        file.write(json.dumps([sys.prefix, sys.version]))
    return True


def prepare() -> None:
    """Load the probe now, and run it at the very end: what it imports can no longer be imported then."""
    if not note("wrote"):
        return
    spec = importlib.util.spec_from_file_location("gatekeeper_probe", os.path.join(HERE, "probe_script.py"))
    assert spec
    assert spec.loader
    probe = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(probe)
    atexit.register(measure, probe, os.getpid())


def measure(probe: ModuleType, process: int) -> None:
    """Write what this process has installed; a fork of it does not."""
    if os.getpid() != process:
        return
    if getattr(sys.modules.get("sitecustomize"), "__file__", None) == __file__:
        del sys.modules["sitecustomize"]
    paths = without_this(os.environ.get("PYTHONPATH", "").split(os.pathsep))
    os.environ["PYTHONPATH"] = os.pathsep.join(paths)
    text = json.dumps(probe.probe(deep=False))
    part = os.path.join(HERE, f"part-{process}")
    with open(part, "w", encoding="utf-8", errors="replace") as file:
        file.write(text)
    os.replace(part, os.path.join(HERE, f"probe-{process}.json"))


sys.path[:] = without_this(sys.path)
if TEST not in os.environ:
    watch()
run_the_other()

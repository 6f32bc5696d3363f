"""Measures the Python process that it runs in: a `sitecustomize` of its own, put in front of PYTHONPATH by `record`.

It lies in a private folder beside `probe_script.py`. The outermost Python process of a command measures itself when it
exits and writes `probe-<pid>.json` there; the processes that it starts do nothing, but for the one that it becomes by
exec, as `poetry run` does. A `sitecustomize` that would have been found without this one runs as ever. The standard
library alone, CPython 3.8 to 3.14.
"""

# Every Python process of the suite runs this: it imports what Python has imported anyway, and no pathlib.
# ruff: noqa: PTH100, PTH105, PTH110, PTH118, PTH120, PTH123

from __future__ import annotations

import atexit
import importlib.machinery
import importlib.util
import json
import os
import sys
from types import ModuleType

HERE = os.path.dirname(os.path.abspath(__file__))
MARK = "GATEKEEPER_RECEIPT_FOLDER"
PROCESS = os.getpid()
STARTED = os.path.join(HERE, f"started-{PROCESS}")


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


def prepare() -> None:
    """Load the probe now, and run it at the very end: what it imports can no longer be imported then."""
    spec = importlib.util.spec_from_file_location("gatekeeper_probe", os.path.join(HERE, "probe_script.py"))
    assert spec
    assert spec.loader
    probe = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(probe)
    with open(STARTED, "w", encoding="utf-8"):
        pass
    atexit.register(measure, probe)


def measure(probe: ModuleType) -> None:
    """Write what this process has installed; a fork of it does not."""
    if os.getpid() != PROCESS:
        return
    if getattr(sys.modules.get("sitecustomize"), "__file__", None) == __file__:
        del sys.modules["sitecustomize"]
    paths = without_this(os.environ.get("PYTHONPATH", "").split(os.pathsep))
    os.environ["PYTHONPATH"] = os.pathsep.join(paths)
    text = json.dumps(probe.probe(deep=False))
    part = os.path.join(HERE, f"part-{PROCESS}")
    with open(part, "w", encoding="utf-8", errors="replace") as file:
        file.write(text)
    os.replace(part, os.path.join(HERE, f"probe-{PROCESS}.json"))


sys.path[:] = without_this(sys.path)
# Who has the mark was started by a measured process; who has its id too is that process after an exec.
if os.environ.get(MARK) != HERE or os.path.exists(STARTED):
    os.environ[MARK] = HERE
    prepare()
run_the_other()

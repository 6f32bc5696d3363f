"""Reading executes nothing that a file asks for, and imports nothing that it names."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

import gatekeeper

READ_ALL = """
import builtins, importlib, json, sys
sys.path.insert(0, sys.argv[1])
events = []
HOSTILE = ("pickle.", "os.system", "os.exec", "os.posix_spawn", "os.fork", "os.spawn", "subprocess.", "marshal.",
           "ctypes.", "socket.", "code.", "webbrowser.", "shutil.", "ftplib.", "urllib.")
armed = False

def note(event, arguments):
    if armed and (event.startswith(HOSTILE) or event in ("exec", "compile", "import")):
        events.append(f"{event} {arguments!r:.200}")

# What readers load when a file needs it: their own modules, decompressors, the codecs of text.
OWN = ("gatekeeper", "bz2", "lzma", "lz4", "encodings")
import_module, import_statement = importlib.import_module, builtins.__import__

def trap(name):
    def called(*arguments, **keywords):
        events.append(f"{name} {arguments!r:.200}")
        raise AssertionError(name)
    return called

def watched(real):
    def imported(name, *arguments, **keywords):
        if name.partition(".")[0] not in OWN:
            trap("import")(name)
        return real(name, *arguments, **keywords)
    return imported

sys.addaudithook(note)
importlib.import_module = lambda *arguments: guarded(*arguments)
guarded = import_module

from gatekeeper.artifact import examine
from gatekeeper.errors import Unreadable

def read_all():
    read = refused = 0
    for path in sys.argv[2:]:
        with open(path, "rb") as stream:
            try:
                if examine(stream).incomplete is None:
                    read += 1
                else:
                    refused += 1
            except Unreadable:
                refused += 1
    return read, refused

def planted():
    PLANTED

first = read_all()
packages = sorted({name.partition(".")[0] for name in sys.modules})
import pickle, subprocess, os
pickle.load = pickle.loads = pickle.Unpickler = pickle._Unpickler.find_class = trap("pickle")
os.system = os.popen = subprocess.Popen = trap("command")
builtins.__import__, guarded = watched(import_statement), watched(import_module)
evaluate, execute = builtins.eval, builtins.exec
builtins.eval, builtins.exec = trap("eval"), trap("exec")
armed = True
second = read_all()
try:
    planted()
except Exception as error:
    events.append(f"{type(error).__name__} {error}")
armed = False
builtins.__import__, builtins.eval, builtins.exec = import_statement, evaluate, execute
print(json.dumps({"first": first, "second": second, "events": events, "packages": packages}))
"""


def read_in_child(files: list[Path], planted: str = "pass") -> dict[str, list[object]]:
    """Read the files in a child that is watched, then again with every way to execute anything trapped.

    `planted` is a statement that is executed at the end of that; by default one that does nothing.
    """
    package = Path(gatekeeper.__file__).parents[1]
    command = [sys.executable, "-I", "-c", READ_ALL.replace("PLANTED", planted), str(package), *map(str, files)]
    child = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "this must never be printed" not in child.stdout + child.stderr
    told: dict[str, list[object]] = json.loads(child.stdout)
    return told


def test_the_whole_corpus_is_read_without_executing_or_importing_what_it_names(corpus_files: list[Path]) -> None:
    told = read_in_child(corpus_files)

    assert told["events"] == []
    read, refused = told["first"]
    assert isinstance(read, int)
    assert isinstance(refused, int)
    assert read > 50
    assert refused > 50
    assert read + refused == len(corpus_files)
    assert told["second"] == told["first"]
    assert not {"numpy", "scipy", "sklearn", "pandas", "joblib", "torch", "pickle"} & set(told["packages"])


@pytest.mark.parametrize(
    "planted",
    [
        "pickle.loads(b'N.')",
        "pickle.Unpickler(None)",
        "pickle._Unpickler.find_class('a', 'b')",
        "import timeit",
        "importlib.import_module('timeit')",
        "eval('1')",
        "exec('1')",
        "os.system('true')",
        "subprocess.Popen(['true'])",
    ],
)
def test_each_trap_closes_when_it_is_stepped_on(corpus: Path, planted: str) -> None:
    events = read_in_child([corpus / "sklearn-1.9.1" / "logistic.proto4.pkl"], planted)["events"]

    # The trap's own note, and the error that it raised.
    assert len(events) == 2
    assert str(events[1]).startswith("AssertionError")

"""Reading executes nothing that a file asks for, and imports nothing that it names."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import gatekeeper

READ_ALL = """
import json, sys
sys.path.insert(0, sys.argv[1])
events = []
def note(event, arguments):
    if event in ("pickle.find_class", "os.system", "os.exec", "os.posix_spawn", "subprocess.Popen"):
        events.append(event)
sys.addaudithook(note)

from gatekeeper.artifact import read_artifact
from gatekeeper.errors import Unreadable

read = refused = 0
for path in sys.argv[2:]:
    with open(path, "rb") as stream:
        try:
            read_artifact(stream)
            read += 1
        except Unreadable:
            refused += 1
packages = sorted({name.partition(".")[0] for name in sys.modules})
print(json.dumps({"read": read, "refused": refused, "events": events, "packages": packages}))
"""


def test_the_whole_corpus_is_read_without_executing_or_importing_what_it_names(corpus_files: list[Path]) -> None:
    package = Path(gatekeeper.__file__).parents[1]

    child = subprocess.run(
        [sys.executable, "-I", "-c", READ_ALL, str(package), *map(str, corpus_files)],
        capture_output=True,
        text=True,
        check=True,
    )

    assert "this must never be printed" not in child.stdout + child.stderr
    told = json.loads(child.stdout)
    assert told["events"] == []
    assert told["read"] > 50
    assert told["read"] + told["refused"] == len(corpus_files)
    assert not {"numpy", "scipy", "sklearn", "pandas", "joblib", "torch", "pickle"} & set(told["packages"])

"""The first lines in the candidate's interpreter: say which Python this is, take the other sources, and serve.

Given with `-c`, so it is small. It is written so that any Python that knows `-I` can say that it is too old.
"""

# Any Python that knows `-I` must be able to read this: no annotations. To run what is sent is what it is for.
# ruff: noqa: ANN001, ANN201, ANN202, ARG002, S102
# mypy: ignore-errors

import importlib.util
import json
import os
import struct
import sys

PACKAGE = "gatekeeper.replay.inside"
_HEAD = struct.Struct(">IQ")


class Sources:
    """Imports the modules that the gate sent, from memory."""

    def __init__(self, modules) -> None:
        self.modules = modules

    def find_spec(self, name, path=None, target=None):
        """Return the spec of a module that was sent."""
        if name not in self.modules:
            return None
        return importlib.util.spec_from_loader(name, self, is_package=name == PACKAGE)

    def create_module(self, spec) -> None:
        """Leave it to the import system."""

    def exec_module(self, module) -> None:
        """Run the module's source."""
        code = compile(self.modules[module.__name__], "<" + module.__name__ + ">", "exec")
        exec(code, module.__dict__)


def _take(source, size):
    taken = b""
    while len(taken) < size:
        block = os.read(source, size - len(taken))
        if not block:
            sys.exit(0)
        taken += block
    return taken


def _main() -> None:
    requests, answers, evidence = (int(each) for each in sys.argv[1:])
    sys.argv[1:] = []
    sys.dont_write_bytecode = True
    hello = {"id": 0, "ok": {"python": list(sys.version_info[:3]), "implementation": sys.implementation.name}}
    head = json.dumps(hello).encode()
    os.write(answers, _HEAD.pack(len(head), 0) + head)
    head_size, body_size = _HEAD.unpack(_take(requests, _HEAD.size))
    sent = json.loads(_take(requests, head_size + body_size).decode("utf-8"))
    sys.meta_path.insert(0, Sources(sent["modules"]))
    serving = importlib.import_module(PACKAGE + ".serving")
    serving.serve(requests, answers, evidence)


if __name__ == "__main__":
    _main()

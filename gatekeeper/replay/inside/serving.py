"""The worker's loop: one request, one answer, until the gate closes the pipe."""

from __future__ import annotations

import os
import sys
from typing import Any, Callable, Dict, List, Optional, Tuple

from gatekeeper.replay.inside import frames
from gatekeeper.replay.inside.calls import Fault, attempt
from gatekeeper.replay.inside.evidence import Recorder
from gatekeeper.replay.inside.sandbox import Sandbox

Answer = Tuple[Dict[str, Any], List[Tuple[str, Any]]]
"""What is said, and the arrays beside it, each with its name."""


class Worker:
    """What the worker holds between requests."""

    def __init__(self, evidence: int) -> None:
        self._evidence = evidence
        self._recorder: Optional[Recorder] = None
        self._model: Any = None
        self._handler: Any = None
        self.operations: Dict[str, Callable[[Dict[str, Any], memoryview], Answer]] = {
            "confine": self.confine,
            "survey": self.survey,
            "load": self.load,
            "predict": self.predict,
            "open_handler": self.open_handler,
            "handle": self.handle,
        }

    def confine(self, request: Dict[str, Any], body: memoryview) -> Answer:
        """Put on the sandbox."""
        sandbox = Sandbox(request, self._evidence)
        self._recorder = sandbox.put_on()
        return {"layers": sandbox.report(), "protections": sandbox.protections()}, []

    def survey(self, request: Dict[str, Any], body: memoryview) -> Answer:
        """Let the environment's own start-up run, and say what is installed."""
        import site

        site.main()
        sys.dont_write_bytecode = True
        os.chdir(request["root"])
        from importlib import metadata

        versions: Dict[str, Optional[str]] = {}
        for name in request["distributions"]:
            try:
                versions[name] = str(metadata.version(name))
            except metadata.PackageNotFoundError:
                versions[name] = None
        if self._recorder is not None:
            self._recorder.begin()
        return {"versions": versions, "executable": sys.executable, "prefix": sys.prefix}, []

    def load(self, request: Dict[str, Any], body: memoryview) -> Answer:
        """Load a model and describe it."""
        from gatekeeper.replay.inside import loading

        if request["code"]:
            _see(request["root"])
        self._model, answer, arrays = loading.load(request["path"])
        return answer, arrays

    def predict(self, request: Dict[str, Any], body: memoryview) -> Answer:
        """Ask the model."""
        from gatekeeper.replay.inside import predicting

        return predicting.predict(self._model, request, frames.columns(request, body))

    def open_handler(self, request: Dict[str, Any], body: memoryview) -> Answer:
        """Call the factory of the production handler."""
        from gatekeeper.replay.inside import handling

        _see(request["root"])
        self._handler = handling.opened(request["name"])
        return {}, []

    def handle(self, request: Dict[str, Any], body: memoryview) -> Answer:
        """Give records to the production handler, one by one."""
        from gatekeeper.replay.inside import handling

        return {"outcomes": handling.outcomes(self._handler, request["records"])}, []


def _see(root: str) -> None:
    """Let the candidate's own code be imported."""
    if root not in sys.path:
        sys.path.insert(0, root)


def serve(requests: int, answers: int, evidence: int) -> None:
    """Answer requests until there are no more."""
    worker = Worker(evidence)
    while True:
        head, body = frames.read(requests)
        outcome = attempt(worker.operations[head["op"]], head, body)
        if isinstance(outcome, Fault):
            said: Dict[str, Any] = {"id": head["id"], "error": outcome.document()}
            arrays: List[Any] = []
        else:
            said, named = outcome
            sent = [(name, frames.little(array)) for name, array in named]
            shapes = [[name, array.dtype.str, list(array.shape)] for name, array in sent]
            arrays = [frames.raw(array) for _, array in sent]
            said = {"id": head["id"], "ok": said, "arrays": shapes}
        attempt(_flush)
        frames.write(answers, said, arrays)


def _flush() -> None:
    sys.stdout.flush()
    sys.stderr.flush()

"""The worker's loop: one request, one answer, until the gate closes the pipe."""

# What is imported late is what an interpreter may lack, or what must not run before the sandbox is on.
# ruff: noqa: PLC0415

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from gatekeeper.replay.inside import frames
from gatekeeper.replay.inside.calls import Fault, attempt
from gatekeeper.replay.inside.evidence import Recorder
from gatekeeper.replay.inside.sandbox import Sandbox

if TYPE_CHECKING:
    Answer = tuple[dict[str, Any], list[tuple[str, Any]]]
    """What is said, and the arrays beside it, each with its name."""


class Worker:
    """What the worker holds between requests."""

    def __init__(self, evidence: int) -> None:
        self._evidence = evidence
        self._recorder: Recorder | None = None
        self._model: Any = None
        self._handler: Any = None
        self._predictor: Any = None
        self.program: list[str] = []
        self.operations: dict[str, Callable[[dict[str, Any]], Answer]] = {
            "confine": self.confine,
            "survey": self.survey,
            "load": self.load,
            "predict": self.predict,
            "open_handler": self.open_handler,
            "open_predictor": self.open_predictor,
            "open_artifact": self.open_artifact,
            "replay": self.replay,
            "handle": self.handle,
            "schema": self.schema,
            "stress": self.stress,
            "become": self.become,
        }

    def confine(self, request: dict[str, Any]) -> Answer:
        """Put on the sandbox."""
        sandbox = Sandbox(request, self._evidence)
        self._recorder = sandbox.put_on()
        return {"layers": sandbox.report(), "protections": sandbox.protections()}, []

    def survey(self, request: dict[str, Any]) -> Answer:
        """Let the environment's own start-up run, and say what is installed."""
        import site

        if self._recorder is not None:
            self._recorder.begin()
        site.main()
        os.chdir(request["root"])
        from importlib import metadata

        versions: dict[str, str | None] = {}
        for name in request["distributions"]:
            try:
                versions[name] = str(metadata.version(name))
            except metadata.PackageNotFoundError:
                versions[name] = None
        return {"versions": versions, "executable": sys.executable, "prefix": sys.prefix}, []

    def load(self, request: dict[str, Any]) -> Answer:
        """Load a model and describe it."""
        from gatekeeper.replay.inside import loading

        if request["code"]:
            _see(request["root"])
        self._model, answer, arrays = loading.load(request["path"], ghosts=bool(request.get("ghosts")))
        return answer, arrays

    def predict(self, request: dict[str, Any]) -> Answer:
        """Ask the model."""
        from gatekeeper.replay.inside import predicting

        return predicting.predict(self._model, request, frames.columns(request, request["body"]))

    def open_handler(self, request: dict[str, Any]) -> Answer:
        """Call the factory of the production handler."""
        from gatekeeper.replay.inside import adapters, handling

        _see(request["root"])
        self._handler = handling.opened(request["name"])
        self._predictor = adapters.Handler(self._handler)
        return {}, []

    def open_predictor(self, request: dict[str, Any]) -> Answer:
        """Call the factory of the production handler, and say what computes."""
        from gatekeeper.replay.inside import replaying

        self.open_handler(request)
        return replaying.described(self._predictor, request["device"]), []

    def open_artifact(self, request: dict[str, Any]) -> Answer:
        """Open an artifact by its content, and say what it is and what computes."""
        from gatekeeper.replay.inside import adapters, replaying

        _see(request["root"])
        self._predictor = adapters.opened(request["path"], request["factory"], request["device"])
        self._handler = self._predictor.asked
        return replaying.described(self._predictor, request["device"]), []

    def replay(self, request: dict[str, Any]) -> Answer:
        """Give records to the predictor, and watch it."""
        from gatekeeper.replay.inside import replaying

        return replaying.replay(self._predictor, request, replaying.records(request, request["body"]))

    def schema(self, request: dict[str, Any]) -> Answer:
        """Work out the JSON Schema of an input model."""
        from gatekeeper.replay.inside import handling
        from gatekeeper.replay.inside.values import tagged

        _see(request["root"])
        return {"schema": tagged(handling.schema(request["name"]))}, []

    def handle(self, request: dict[str, Any]) -> Answer:
        """Give records to the production handler, one by one."""
        from gatekeeper.replay.inside import handling

        return {"outcomes": handling.outcomes(self._handler, request["records"])}, []

    def become(self, request: dict[str, Any]) -> Answer:
        """Find the program that this process becomes when the answer is sent."""
        from gatekeeper.replay.inside import programs

        self.program = programs.found(request["command"], request["root"])
        return {}, []

    def stress(self, request: dict[str, Any]) -> Answer:
        """Give the predictor many records, and watch memory."""
        from gatekeeper.replay.inside import replaying, stressing

        return stressing.stress(self._handler, replaying.records(request, request["body"]), request), []


def _see(root: str) -> None:
    """Let the candidate's own code be imported."""
    if root not in sys.path:
        sys.path.insert(0, root)


def serve(requests: int, answers: int, evidence: int) -> None:
    """Answer requests until there are no more."""
    worker = Worker(evidence)
    while True:
        head, body = frames.read(requests)
        head["body"] = body
        outcome = attempt(worker.operations[head["op"]], head)
        if isinstance(outcome, Fault):
            said: dict[str, Any] = {"id": head["id"], "error": outcome.document()}
            arrays: list[Any] = []
        else:
            said, named = outcome
            sent = [(name, frames.little(array)) for name, array in named]
            shapes = [[name, array.dtype.str, list(array.shape)] for name, array in sent]
            arrays = [frames.raw(array) for _, array in sent]
            said = {"id": head["id"], "ok": said, "arrays": shapes}
        attempt(_flush)
        frames.write(answers, said, arrays)
        if worker.program:
            from gatekeeper.replay.inside import programs

            programs.become(worker.program, requests, answers)


def _flush() -> None:
    sys.stdout.flush()
    sys.stderr.flush()

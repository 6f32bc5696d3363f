"""The worker as the gate sees it: started, shut in, and asked. Every way to go wrong is a `Refused`.

with start("/srv/venv/bin/python", "/srv/candidate", require={Protection.NET, Protection.FS}) as worker:
    if isinstance(worker, Refused): ...
    loaded = worker.load("/srv/candidate/model.joblib")
    answer = worker.predict({"area": np.array([50.0]), "region": ["north"]})
"""

from __future__ import annotations

import contextlib
import json
import os
import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from gatekeeper.replay import answers, refusals, sources
from gatekeeper.replay.outcomes import Facts, HandledAll, Layer, Loaded, Opened, Predicted, Protection, Refused
from gatekeeper.replay.process import Process, Trouble

T = TypeVar("T")

_OLDEST = (3, 8)
_HEAD = struct.Struct(">IQ")
_FILE = 256 << 20
_FILES, _THREADS = 1024, 4096
_HANDED_ON = ("PATH", "LANG", "LANGUAGE", "TZ", "LD_LIBRARY_PATH", "PYTHONHASHSEED")
_HANDED_ON_GROUPS = ("LC_", "OMP_", "OPENBLAS_", "MKL_", "NUMEXPR_", "ATEN_", "ONEDNN_", "CUDA_", "CUBLAS_", "NVIDIA_")


@dataclass(frozen=True, slots=True)
class _Answer(Generic[T]):
    said: T
    arrays: Mapping[str, Any]
    attempts: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What a worker may use, and what must hold before it runs anything of the candidate.

    Attributes:
        memory: bytes of address space; None for no limit (a GPU's driver reserves far more than it uses).
        timeout: seconds for each request, where the request names no others.
        cpu: seconds of processor time for all requests together.
        require: what the sandbox must keep out.
        gpu: whether the devices of graphics cards can be used.
        skip: layers that are not put on; for tests, and for finding out which one a library can't stand.
    """

    memory: int | None = None
    timeout: float = 60.0
    cpu: float = 3600.0
    require: frozenset[Protection] = frozenset()
    gpu: bool = False
    skip: frozenset[str] = frozenset()


class Worker:
    """A process of the candidate's interpreter that is shut in. `facts` says what is known of it."""

    def __init__(self, process: Process, python: str, root: Path, bounds: Bounds) -> None:
        self._process, self._python, self._root, self._bounds = process, python, root, bounds
        self._number = 0
        self._dead: Refused | None = None
        self.facts = Facts(python="", implementation="", versions={}, layers=(), protections=frozenset())

    def load(
        self, path: str | os.PathLike[str], *, code: bool = False, timeout: float | None = None
    ) -> Loaded | Refused:
        """Load a model and say what it is.

        Args:
            path: Of the artifact: a pickle, or what joblib writes.
            code: Whether the candidate's own modules can be imported while it loads.
            timeout: In seconds.
        """
        given = {"path": str(Path(path).absolute()), "code": code, "root": str(self._root)}
        answer = self._ask("load", "loading the model", given, answers.Loaded, timeout=timeout)
        if isinstance(answer, Refused):
            return answer
        try:
            return answer.said.fact(answer.arrays, answer.attempts)
        except answers.IMPOSSIBLE as error:
            return self._broken("loading the model", error)

    def predict(
        self,
        columns: Mapping[str, Any],
        method: str = "predict",
        *,
        frame: bool | None = None,
        timeout: float | None = None,
    ) -> Predicted | Refused:
        """Ask the model that was loaded last.

        Args:
            columns: For each input its values, all of one length: an array of numbers, or a list of numbers, texts and
                None.
            method: Which method is called.
            frame: Whether it is given a pandas frame; None for what it was fitted with.
            timeout: In seconds, for all rows.

        Raises:
            ValueError: the columns differ in length.
        """
        from gatekeeper.replay.arrays import packed  # noqa: PLC0415 - numpy is loaded when there are numbers

        heads, buffers = packed(columns)
        given = {"method": method, "frame": frame, "columns": heads}
        doing = f"{method} of the model"
        answer = self._ask("predict", doing, given, answers.Predicted, body=buffers, timeout=timeout)
        if isinstance(answer, Refused):
            return answer
        try:
            return answer.said.fact(heads[0][2] if heads else 0, answer.arrays, answer.attempts)
        except answers.IMPOSSIBLE as error:
            return self._broken(doing, error)

    def open_handler(self, name: str, *, timeout: float | None = None) -> Opened | Refused:
        """Make the production handler: `pkg.mod:factory`, found in the candidate's root, called without arguments."""
        given = {"name": name, "root": str(self._root)}
        answer = self._ask("open_handler", f"the handler {name}", given, answers.Nothing, timeout=timeout)
        return answer if isinstance(answer, Refused) else Opened(attempts=answer.attempts)

    def handle(self, records: Sequence[Mapping[str, Any]], *, timeout: float | None = None) -> HandledAll | Refused:
        """Give records to the production handler, one after the other."""
        given = {"records": [dict(each) for each in records]}
        answer = self._ask("handle", "the handler", given, answers.Handled, timeout=timeout)
        if isinstance(answer, Refused):
            return answer
        try:
            return answer.said.fact(len(records), answer.attempts)
        except answers.IMPOSSIBLE as error:
            return self._broken("the handler", error)

    def _begin(self, distributions: Sequence[str]) -> Refused | None:
        """Learn which Python it is, shut it in, and look around; returns why that can't be."""
        greeted = self._greet()
        if isinstance(greeted, Refused):
            return greeted
        confined = self._ask("confine", "the sandbox", self._wanted(), answers.Confined)
        if isinstance(confined, Refused):
            return confined
        layers = tuple(Layer(name=each.name, applied=each.applied, detail=each.detail) for each in confined.said.layers)
        held = frozenset(confined.said.protections)
        if not held >= self._bounds.require:
            return refusals.unprotected(self._bounds.require - held, layers)
        given = {"root": str(self._root), "distributions": list(distributions)}
        surveyed = self._ask("survey", f"the start of {self._python}", given, answers.Surveyed)
        if isinstance(surveyed, Refused):
            return surveyed
        self.facts = Facts(
            python=".".join(map(str, greeted.python)),
            implementation=greeted.implementation,
            versions=surveyed.said.versions,
            layers=layers,
            protections=held,
            attempts=surveyed.attempts,
        )
        return None

    def _greet(self) -> answers.Hello | Refused:
        try:
            reply = self._process.exchange([], self._bounds.timeout)
        except Trouble as trouble:
            return refusals.not_python(self._python, trouble, self._process.printed.text())
        try:
            hello = answers.decoded(answers.decoded(_raw(reply.head), answers.Envelope).ok, answers.Hello)
        except answers.IMPOSSIBLE as error:
            return refusals.not_python(self._python, Trouble(str(error)), self._process.printed.text())
        if hello.python[:2] < _OLDEST:
            return refusals.too_old(self._python, ".".join(map(str, hello.python)))
        program = sources.modules()
        self._unsent = [_HEAD.pack(len(program), 0), program]
        return hello

    def _wanted(self) -> dict[str, Any]:
        bounds = self._bounds
        return {
            "folder": self._process.folder,
            "parent": os.getpid(),
            "memory": None if bounds.gpu else bounds.memory,
            "cpu": int(bounds.cpu) + 1,
            "disk": _FILE,
            "files": _FILES,
            "threads": _THREADS,
            "gpu": bounds.gpu,
            "skip": sorted(bounds.skip),
        }

    def _ask(
        self,
        operation: str,
        doing: str,
        given: Mapping[str, Any],
        kind: type[T],
        *,
        body: Sequence[bytes] = (),
        timeout: float | None = None,
    ) -> _Answer[T] | Refused:
        """Send one request and return its answer, of the kind that is expected."""
        if self._dead is not None:
            return self._dead
        self._number += 1
        head = json.dumps({"id": self._number, "op": operation, **given}).encode()
        request = [*self._unsent, _HEAD.pack(len(head), sum(map(len, body))), head, *body]
        self._unsent = []
        known = len(self._process.attempts)
        limit = self._bounds.timeout if timeout is None else timeout
        try:
            reply = self._process.exchange(request, limit)
        except Trouble as trouble:
            tried = self._process.attempts.since(known)
            self._dead = refusals.troubled(doing, trouble, limit, tried, self._process.printed.text())
            return self._dead
        return self._read(reply.head, reply.body, doing, kind, known)

    def _read(self, head: bytes, body: memoryview, doing: str, kind: type[T], known: int) -> _Answer[T] | Refused:
        tried = self._process.attempts.since(known)
        try:
            envelope = answers.decoded(_raw(head), answers.Envelope)
            if envelope.id != self._number:
                raise ValueError(f"an answer to request {envelope.id}, expected one to {self._number}")
            if envelope.error is not None:
                fault = envelope.error.fact()
                return refusals.faulted(doing, fault, self._python, tried, self._process.printed.text())
            return _Answer(answers.decoded(envelope.ok, kind), _arrays(envelope, body), tried)
        except answers.IMPOSSIBLE as error:
            return self._broken(doing, error)

    def _broken(self, doing: str, error: Exception) -> Refused:
        """End a worker whose answer is none: what else it says can't be believed either."""
        self._process.end()
        tried, printed = self._process.attempts.since(0), self._process.printed.text()
        self._dead = refusals.nonsense(doing, str(error), tried, printed)
        return self._dead

    _unsent: Sequence[bytes] = ()


def _arrays(envelope: answers.Envelope, body: memoryview) -> Mapping[str, Any]:
    if not envelope.arrays and not body:
        return {}
    from gatekeeper.replay.arrays import unpacked  # noqa: PLC0415 - numpy is loaded when there are numbers

    return unpacked(envelope.arrays, body)


def _raw(head: bytes) -> Any:
    return head


@contextlib.contextmanager
def start(
    python: str,
    root: str | os.PathLike[str],
    *,
    bounds: Bounds | None = None,
    distributions: Sequence[str] = (),
    environment: Mapping[str, str] | None = None,
) -> Iterator[Worker | Refused]:
    """Start an interpreter, shut it in, and hand it out; it is killed when the block is left.

    The thread that starts it must outlive it: the kernel ends the worker with that thread.

    Args:
        python: The interpreter: a path, or a name on PATH.
        root: The candidate's folder: the worker's working directory, and where the handler is imported from.
        bounds: What it may use, and what must hold.
        distributions: Whose versions are asked for.
        environment: Variables beside those that are handed on.
    """
    bounds = bounds or Bounds()
    variables = {name: value for name, value in os.environ.items() if _is_handed_on(name)}
    try:
        process = Process(python, {**variables, **(environment or {})})
    except (OSError, ValueError) as error:
        yield refusals.no_interpreter(python, error)
        return
    try:
        worker = Worker(process, python, Path(root).absolute(), bounds)
        refused = worker._begin(distributions)
        yield worker if refused is None else refused
    finally:
        process.close()


def _is_handed_on(name: str) -> bool:
    return name in _HANDED_ON or name.startswith(_HANDED_ON_GROUPS)

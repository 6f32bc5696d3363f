"""Records answered by the predictor: timed, watched, and told as named values that lose nothing."""

from __future__ import annotations

import hashlib
import sys
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from gatekeeper.replay.inside import runtime
from gatekeeper.replay.inside.adapters import Predictor
from gatekeeper.replay.inside.calls import Fault, Unfit, attempt, module, named
from gatekeeper.replay.inside.forms import Budget, Formed, formed
from gatekeeper.replay.inside.watching import Watch

if TYPE_CHECKING:
    Answer = tuple[dict[str, Any], list[tuple[str, Any]]]


def records(request: dict[str, Any], body: memoryview) -> list[dict[str, Any]]:
    """Return the records of a request; those of their values that are arrays are writable copies.

    Raises:
        Missing: they hold arrays, and numpy is not installed.
    """
    found = []
    at = 0
    for described in request["records"]:
        record = {}
        for name, dtype, shape, value in described:
            if dtype is None:
                record[name] = value
                continue
            numpy = module("numpy", "the records hold arrays")
            count = 1
            for each in shape:
                count *= each
            size = count * int(dtype[2:])
            # A copy: it is aligned, and may be written to, as production's own; without a shape it is a number.
            record[name] = numpy.frombuffer(body[at : at + size], dtype=dtype).reshape(shape).copy()[()]
            at += size
        found.append(record)
    return found


def described(predictor: Predictor, device: str) -> dict[str, Any]:
    """Return what is said of a predictor that is open."""
    return {
        "format": predictor.format,
        "batches": predictor.batches,
        "inputs": predictor.inputs,
        "outputs": predictor.outputs,
        "runtime": runtime.facts(device),
    }


def replay(predictor: Predictor | None, request: dict[str, Any], given: list[dict[str, Any]]) -> Answer:
    """Return an answer for each record, in the order of the records, and what happened besides.

    Raises:
        Unfit: no predictor is open, or it can't be given all records at once and was to be.
    """
    if predictor is None:
        raise Unfit("no predictor has been opened")
    if request["batch"] and not predictor.batches:
        raise Unfit("this predictor takes one record at a time, and can't be given all at once")
    order = list(range(len(given))) if request["order"] is None else list(request["order"])
    before = [digested(each) for each in given]
    watch = Watch(request["root"])
    seed(request["seed"])
    is_first = predictor.known is None
    watch.begin([predictor.model, *(each() for each in predictor.known or [])])
    if is_first:
        watch.weights.look()
    try:
        replaying = _Batch if request["batch"] else _Single
        answers = replaying(predictor, watch, is_first=is_first).run([given[at] for at in order])
    finally:
        watch.end()
    predictor.known = watch.weights.known()
    said, arrays = _told(answers, order)
    watched = watch.said()
    watched["returned_grad"] = sorted({name for each in answers for name in each.with_grad})[:1000]
    watched["mutated_inputs"] = [at for at, each in enumerate(given) if digested(each) != before[at]]
    return {**said, "watched": watched}, arrays


def seed(number: int) -> None:
    """Seed what is loaded and draws at random; a module that only has the name of one is left."""
    import random  # noqa: PLC0415 - what is loaded late can't be replaced by what a model's file left behind

    random.seed(number)
    if "numpy" in sys.modules:
        attempt(lambda: sys.modules["numpy"].random.seed(number % (1 << 32)))
    if "torch" in sys.modules:
        attempt(lambda: sys.modules["torch"].manual_seed(number))


class _Outcome:
    """One record's."""

    def __init__(self) -> None:
        self.status: Any = None
        self.fault: Fault | None = None
        self.formed: Formed | None = None
        self.with_grad: list[str] = []
        self.seconds = 0.0

    def take(self, given: Any, budget: Budget) -> None:
        """Take what was returned, or the fault."""
        found = given if isinstance(given, Fault) else attempt(_formed, given, budget)
        if isinstance(found, Fault):
            self.fault = found
            return
        self.status, self.formed = found
        self.with_grad = self.formed.with_grad


class _Single:
    """Asks for one record after the other."""

    def __init__(self, predictor: Predictor, watch: Watch, *, is_first: bool) -> None:
        self._predictor, self._watch, self._is_first = predictor, watch, is_first
        self._budget = Budget()

    def run(self, given: Sequence[dict[str, Any]]) -> list[_Outcome]:
        """Return the outcomes in the order of what is given."""
        found = []
        for position, record in enumerate(given):
            self._watch.next_record()
            outcome = _Outcome()
            returned, outcome.seconds = self._timed(self._predictor.one, record)
            outcome.take(returned, self._budget)
            found.append(outcome)
            if position == 0 and self._is_first:
                self._watch.weights.look(new=True)  # the first record may have loaded the model
        return found

    def _timed(self, function: Any, given: Any) -> tuple[Any, float]:
        start = time.perf_counter()
        returned = attempt(function, given)
        attempt(_synchronize)
        return returned, max(0.0, time.perf_counter() - start)


class _Batch(_Single):
    """Asks for all at once."""

    def run(self, given: Sequence[dict[str, Any]]) -> list[_Outcome]:
        """Return the outcomes in the order of what is given; a fault is that of each."""
        self._watch.next_record()
        returned, seconds = self._timed(self._predictor.many, list(given))
        found = []
        for position in range(len(given)):
            outcome = _Outcome()
            outcome.seconds = seconds / len(given)
            outcome.take(returned if isinstance(returned, Fault) else returned[position], self._budget)
            found.append(outcome)
        return found


def _synchronize() -> None:
    """Wait for what a graphics card still computes: a call that returned may not have ended."""
    torch = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_initialized():
        torch.cuda.synchronize()


def _formed(given: Any, budget: Budget) -> tuple[Any, Formed]:
    status = None
    if isinstance(given, tuple) and len(given) == 2 and type(given[0]) is int and 100 <= given[0] <= 599:
        status, given = given
    return status, formed(given, budget)


def _told(answers: Sequence[_Outcome], order: list[int]) -> Answer:
    """Return the answers in the order of the records, and their arrays, each named by its number."""
    said: list[Any] = [None] * len(answers)
    arrays: list[tuple[str, Any]] = []
    for at, answer in zip(order, answers):  # noqa: B905 - zip knows strict since 3.10
        outputs = None
        if answer.formed is not None:
            outputs = []
            for form in answer.formed.forms:
                told = form._asdict()
                if not isinstance(form.values, list):
                    told["values"], told["array"] = None, str(len(arrays))
                    arrays.append((told["array"], form.values))
                outputs.append(told)
        said[at] = {
            "status": answer.status,
            "fault": None if answer.fault is None else answer.fault.document(),
            "seconds": answer.seconds,
            "outputs": outputs,
        }
    return {"answers": said}, arrays


def digested(record: dict[str, Any]) -> str:
    """Return a digest of a record: of names, types, shapes and values, whatever has been put into it."""
    digest = hashlib.blake2b(digest_size=16)
    _digest(digest, record, 0)
    return digest.hexdigest()


def _digest(digest: Any, value: Any, depth: int) -> None:
    kind = type(value)
    digest.update(f"{named(kind)} {depth} ".encode("utf-8", "replace"))
    if depth > 40:
        return
    if kind is dict:
        digest.update(str(len(value)).encode())
        for name, each in list(value.items()):
            _digest(digest, name, depth + 1)
            _digest(digest, each, depth + 1)
    elif kind in (list, tuple):
        digest.update(str(len(value)).encode())
        for each in value:
            _digest(digest, each, depth + 1)
    elif kind in (str, int, float, bool, type(None)):
        digest.update(repr(value).encode("utf-8", "backslashreplace"))
    elif kind.__module__ == "numpy" and kind.__name__ == "ndarray" and value.dtype.kind in "biuf":
        digest.update(f"{value.dtype} {value.shape}".encode())
        digest.update(value.tobytes())
    else:
        digest.update(str(id(value)).encode())

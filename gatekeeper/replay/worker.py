"""The worker as the gate sees it: started, shut in, and asked. Every way to go wrong is a `Refused`.

bounds = Bounds(memory=4 << 30, require=frozenset({Protection.NET, Protection.FS}))
with start("/srv/venv/bin/python", "/srv/candidate", bounds=bounds) as worker:
    if isinstance(worker, Refused): ...
    loaded = worker.load("/srv/candidate/model.joblib")
    answer = worker.predict({"area": np.array([50.0]), "region": ["north"]})
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from gatekeeper.replay import answers, refusals, stressing
from gatekeeper.replay.dialogue import Dialogue
from gatekeeper.replay.observed import Predictor, Replayed, Stressed
from gatekeeper.replay.outcomes import Facts, HandledAll, Loaded, Opened, Predicted, Refused
from gatekeeper.replay.process import Process
from gatekeeper.replay.starting import Bounds, begin

__all__ = ["Bounds", "Worker", "handed_on", "start"]

_HANDED_ON = ("PATH", "LANG", "LANGUAGE", "TZ", "LD_LIBRARY_PATH", "PYTHONHASHSEED")
_HANDED_ON_GROUPS = ("LC_", "OMP_", "OPENBLAS_", "MKL_", "NUMEXPR_", "ATEN_", "ONEDNN_", "CUDA_", "CUBLAS_", "NVIDIA_")


class Worker:
    """A process of the candidate's interpreter that is shut in. `facts` says what is known of it."""

    def __init__(self, dialogue: Dialogue, facts: Facts, root: Path) -> None:
        self.facts = facts
        self._dialogue, self._root = dialogue, root

    @property
    def gone(self) -> bool:
        """Whether it was ended by what it was asked: every further request is refused."""
        return self._dialogue.is_over

    def load(
        self, path: str | os.PathLike[str], *, code: bool = False, ghosts: bool = False, timeout: float | None = None
    ) -> Loaded | Refused:
        """Load a model and say what it is.

        Args:
            path: Of the artifact: a pickle, or what joblib writes.
            code: Whether the candidate's own modules can be imported from its root, now and later.
            ghosts: Whether its objects are only looked at, without their classes (`inside/ghosts.py`): for an
                interpreter that can't load it. Nothing can be asked of them.
            timeout: In seconds.
        """
        doing = "looking at the model" if ghosts else "loading the model"
        given = {"path": str(Path(path).absolute()), "code": code, "ghosts": ghosts, "root": str(self._root)}
        answer = self._dialogue.ask("load", doing, given, answers.Loaded, timeout=timeout)
        if isinstance(answer, Refused):
            return answer
        try:
            return answer.said.fact(answer.arrays, answer.attempts)
        except answers.IMPOSSIBLE as error:
            return self._dialogue.broken(doing, error)

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
            ValueError: the columns differ in length, or there is no row.
        """
        from gatekeeper.replay.arrays import packed  # noqa: PLC0415 - numpy is loaded when there are numbers

        heads, buffers = packed(columns)
        doing = f"{method} of the model"
        given = {"method": method, "frame": frame, "columns": heads}
        answer = self._dialogue.ask("predict", doing, given, answers.Predicted, body=buffers, timeout=timeout)
        if isinstance(answer, Refused):
            return answer
        try:
            return answer.said.fact(heads[0][2], answer.arrays, answer.attempts)
        except answers.IMPOSSIBLE as error:
            return self._dialogue.broken(doing, error)

    def open_handler(self, name: str, *, timeout: float | None = None) -> Opened | Refused:
        """Make the production handler.

        Args:
            name: "pkg.mod:factory": imported from the candidate's root, and called without arguments.
            timeout: In seconds.
        """
        given = {"name": name, "root": str(self._root)}
        answer = self._dialogue.ask("open_handler", f"the handler {name}", given, answers.Nothing, timeout=timeout)
        return answer if isinstance(answer, Refused) else Opened(attempts=answer.attempts)

    def open_predictor(self, name: str, *, device: str = "cpu", timeout: float | None = None) -> Predictor | Refused:
        """Make the production handler, as `open_handler` does, and say what computes.

        Args:
            name: "pkg.mod:factory": imported from the candidate's root, and called without arguments.
            device: Which device is described; where the handler computes is its own affair, and `replay` sees it.
            timeout: In seconds.
        """
        given = {"name": name, "root": str(self._root), "device": device}
        return self._opened("open_predictor", f"the handler {name}", given, timeout)

    def open_artifact(
        self,
        path: str | os.PathLike[str],
        *,
        factory: str | None = None,
        device: str = "cpu",
        timeout: float | None = None,
    ) -> Predictor | Refused:
        """Open an artifact by what its file holds, whatever its name: it is the predictor from now on.

        Args:
            path: Of a pickle, or of what joblib, skops, ONNX, TorchScript, torch.export or safetensors writes.
            factory: "pkg.mod:factory", called with the tensors of safetensors by name; it returns a callable.
            device: Where it computes: "cpu", "cuda", "cuda:1". One that is not there is refused.
            timeout: In seconds.
        """
        given = {"path": str(Path(path).absolute()), "root": str(self._root), "factory": factory, "device": device}
        return self._opened("open_artifact", "the artifact", given, timeout)

    def _opened(self, operation: str, doing: str, given: dict[str, Any], timeout: float | None) -> Predictor | Refused:
        from gatekeeper.replay import replaying  # noqa: PLC0415 - numpy is loaded when there are numbers

        answer = self._dialogue.ask(operation, doing, given, replaying.Predictor, timeout=timeout)
        if isinstance(answer, Refused):
            return answer
        try:
            return answer.said.fact(answer.attempts)
        except answers.IMPOSSIBLE as error:
            return self._dialogue.broken(doing, error)

    def replay(
        self,
        records: Sequence[Mapping[str, Any]],
        *,
        batch: bool = False,
        order: Sequence[int] | None = None,
        seed: int = 0,
        timeout: float | None = None,
    ) -> Replayed | Refused:
        """Give records to the predictor that was opened last, and watch it; a fault is that record's answer.

        Args:
            records: At least one; JSON values, numbers of numpy's, and arrays.
            batch: Whether all are given at once, which a predictor that does not batch refuses.
            order: In which they are given, as positions; the answers are in the order of the records.
            seed: Of what draws at random.
            timeout: In seconds, for all records.

        Raises:
            ValueError: there is no record, a value is neither JSON's nor an array, or the order is no permutation.
        """
        from gatekeeper.replay import replaying  # noqa: PLC0415 - numpy is loaded when there are numbers

        if not records:
            raise ValueError("no records to replay, expected at least one")
        heads, buffers = replaying.sent(records)
        given: dict[str, Any] = {"records": heads, "batch": batch, "seed": seed, "root": str(self._root)}
        given["order"] = replaying.order_of(order, len(records))
        answer = self._dialogue.ask("replay", "the predictor", given, replaying.Replayed, body=buffers, timeout=timeout)
        if isinstance(answer, Refused):
            return answer
        try:
            return answer.said.fact(len(records), answer.arrays, answer.attempts)
        except answers.IMPOSSIBLE as error:
            return self._dialogue.broken("the predictor", error)

    def schema(self, name: str, *, timeout: float | None = None) -> Mapping[str, Any] | Refused:
        """Return the JSON Schema of the input model `pkg.mod:Class`, found in the candidate's root."""
        doing = f"the JSON Schema of {name}"
        given = {"name": name, "root": str(self._root)}
        answer = self._dialogue.ask("schema", doing, given, answers.Schemed, timeout=timeout)
        if isinstance(answer, Refused):
            return answer
        try:
            return answer.said.fact()
        except answers.IMPOSSIBLE as error:
            return self._dialogue.broken(doing, error)

    def handle(self, records: Sequence[Mapping[str, Any]], *, timeout: float | None = None) -> HandledAll | Refused:
        """Give records to the production handler, one after the other; what it raises for one is that one's outcome.

        Args:
            records: As JSON has them; NaN and infinity are given as such.
            timeout: In seconds, for all records.
        """
        given = {"records": [dict(each) for each in records]}
        answer = self._dialogue.ask("handle", "the handler", given, answers.Handled, timeout=timeout)
        if isinstance(answer, Refused):
            return answer
        try:
            return answer.said.fact(len(records), answer.attempts)
        except answers.IMPOSSIBLE as error:
            return self._dialogue.broken("the handler", error)

    def stress(
        self,
        records: Sequence[Mapping[str, Any]],
        *,
        requests: int = 200,
        fresh: bool = True,
        timeout: float | None = None,
    ) -> Stressed | Refused:
        """Give the predictor that is open many records, one after the other, and say what becomes of memory.

        Args:
            records: At least one; JSON values, numbers of numpy's, and arrays. The first ten are cycled.
            requests: How many there are after the warm-up; as many again are made of new records.
            fresh: Whether they are.
            timeout: In seconds, for all of it.

        Raises:
            ValueError: there is no record, a value is neither JSON's nor an array, or there are fewer than 20 requests:
                too few to tell growth from none.
        """
        if not records or requests < 20:
            raise ValueError(f"{len(records)} records and {requests} requests, expected at least 1 and 20")
        from gatekeeper.replay import replaying  # noqa: PLC0415 - numpy is loaded when there are numbers

        heads, buffers = replaying.sent(records)
        given = {"records": heads, "root": str(self._root), "requests": requests, "fresh": fresh}
        doing = "the stress phase"
        answer = self._dialogue.ask("stress", doing, given, stressing.Stressed, body=buffers, timeout=timeout)
        if isinstance(answer, Refused):
            return answer
        try:
            return answer.said.fact(answer.attempts)
        except answers.IMPOSSIBLE as error:
            return self._dialogue.broken(doing, error)


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
    folder = Path(root).absolute()
    try:
        process = Process(python, {**handed_on(), **(environment or {})}, bounds.memory)
    except (OSError, ValueError) as error:
        yield refusals.no_interpreter(python, error)
        return
    with contextlib.closing(process):
        dialogue = Dialogue(process, python, bounds.timeout)
        facts = begin(dialogue, python, folder, bounds, distributions)
        yield facts if isinstance(facts, Refused) else Worker(dialogue, facts, folder)


def handed_on() -> dict[str, str]:
    """Return those of the gate's variables that a process of the candidate's needs; no other is handed on."""
    return {
        name: value for name, value in os.environ.items() if name in _HANDED_ON or name.startswith(_HANDED_ON_GROUPS)
    }

"""One measurement: golden records asked of a candidate's predictor on one device, in several ways, and then the stress.

Two workers run side by side. The first answers the records one by one, again in another order, all at once where the
predictor takes that, and then many requests. The second is a fresh process that answers them one by one: what is
repeatable must be so in a process that has seen nothing. Nothing is judged here.
"""

from __future__ import annotations

import random
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeAlias

from gatekeeper.replay.observed import Predictor, Replayed, Stressed, Value
from gatekeeper.replay.outcomes import Facts, Refused
from gatekeeper.replay.starting import Bounds
from gatekeeper.replay.worker import Worker, start

Records: TypeAlias = Sequence[Mapping[str, Any]]


_PATIENCE = 5


class Way(StrEnum):
    """In which way the records were asked a second time."""

    AGAIN = "asked again"
    PERMUTED = "in another order"
    BATCH = "all at once"
    FRESH = "in a fresh process"


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What is asked, and how.

    Attributes:
        python: the interpreter.
        root: the candidate's folder.
        handler: "package.module:factory" of the production handler; None where the bare artifact is asked.
        artifact: the model's file, where there is no handler.
        factory: of a file that holds tensors alone.
        distributions: whose versions are asked for.
        bounds: what each process may use.
        environment: variables of the processes.
        device: "cpu" or "cuda".
        seed: of all random numbers, before the records are asked.
        repeat: how often they are asked once more.
        stress: the requests of the stress; 0 for none.
    """

    python: str
    root: Path
    handler: str | None = None
    artifact: Path | None = None
    factory: str | None = None
    distributions: tuple[str, ...] = ()
    bounds: Bounds = field(default_factory=Bounds)
    environment: Mapping[str, str] = field(default_factory=dict)
    device: str = "cpu"
    seed: int = 0
    repeat: int = 1
    stress: int = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What one device answered.

    Attributes:
        facts: the worker's; None where it did not start.
        predictor: None where it did not open.
        refused: why there are no answers; None where there are.
        single: the answers, one by one.
        others: the other answers, or why there are none, each with the way in which they were asked.
        stressed: None where it was not asked for.
        seconds: how long each step took: start, open, single, ..., stress.
    """

    device: str
    facts: Facts | None = None
    predictor: Predictor | None = None
    refused: Refused | None = None
    single: Replayed | None = None
    others: tuple[tuple[Way, Replayed | Refused], ...] = ()
    stressed: Stressed | Refused | None = None
    seconds: Mapping[str, float] = field(default_factory=dict)


def measure(subject: Subject, records: Records) -> Measured:
    """Ask the records in every way.

    Args:
        subject: what is asked, and how.
        records: at least one; JSON values, or numpy arrays.
    """
    records = [asked(each) for each in records]
    # The thread that starts a worker must outlive it: the fresh process is started, asked and closed in one of its own.
    with ThreadPoolExecutor(max_workers=1) as pool:
        fresh = pool.submit(_fresh, subject, records)
        measured = _First(subject, records).run()
        found = fresh.result()
    if measured.single is None:
        return measured
    return replace(measured, others=(*measured.others, (Way.FRESH, found)))


def asked(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return a record as a worker is given it: of a golden tensor its array."""
    return {name: _array(each) if isinstance(each, Value) else each for name, each in record.items()}


def _array(value: Value) -> Any:
    """Return a tensor's numbers in their shape; what has no array is a nested list."""
    if isinstance(value.values, tuple):
        return value.values[0] if not value.shape else list(value.values)
    return value.values.reshape(value.shape)


def opened(worker: Worker, subject: Subject) -> Predictor | Refused:
    """Make the predictor: the production handler, else the bare artifact.

    Raises:
        ValueError: the subject has neither.
    """
    if subject.handler is not None:
        return worker.open_predictor(subject.handler, device=subject.device)
    if subject.artifact is None:
        raise ValueError("neither a handler nor an artifact is to be asked")
    return worker.open_artifact(subject.artifact, factory=subject.factory, device=subject.device)


def _fresh(subject: Subject, records: Records) -> Replayed | Refused:
    with start(subject.python, subject.root, bounds=subject.bounds, environment=subject.environment) as worker:
        if isinstance(worker, Refused):
            return worker
        predictor = opened(worker, subject)
        return predictor if isinstance(predictor, Refused) else worker.replay(records, seed=subject.seed)


class _First:
    """The worker that answers in every way."""

    def __init__(self, subject: Subject, records: Records) -> None:
        self._subject, self._records = subject, records
        self._seconds: dict[str, float] = {}
        self._others: list[tuple[Way, Replayed | Refused]] = []
        self._clock = time.monotonic()

    def run(self) -> Measured:
        subject = self._subject
        with start(
            subject.python,
            subject.root,
            bounds=subject.bounds,
            distributions=subject.distributions,
            environment=subject.environment,
        ) as worker:
            self._took("start")
            if isinstance(worker, Refused):
                return Measured(device=subject.device, refused=worker, seconds=self._seconds)
            return self._asked(worker)

    def _asked(self, worker: Worker) -> Measured:
        subject, device = self._subject, self._subject.device
        predictor = opened(worker, subject)
        self._took("open")
        if isinstance(predictor, Refused):
            return Measured(device=device, facts=worker.facts, refused=predictor, seconds=self._seconds)
        single = worker.replay(self._records, seed=subject.seed)
        self._took("single")
        if isinstance(single, Refused):
            return Measured(
                device=device, facts=worker.facts, predictor=predictor, refused=single, seconds=self._seconds
            )
        self._in_other_ways(worker, predictor, single)
        stressed = self._stressed(worker)
        return Measured(
            device=device,
            facts=worker.facts,
            predictor=predictor,
            single=single,
            others=tuple(self._others),
            stressed=stressed,
            seconds=self._seconds,
        )

    def _in_other_ways(self, worker: Worker, predictor: Predictor, single: Replayed) -> None:
        order = list(range(len(self._records)))
        # A number that anybody can draw again; it guards nothing.
        random.Random(self._subject.seed).shuffle(order)  # noqa: S311
        for _ in range(self._subject.repeat):
            self._way(worker, Way.AGAIN)
        self._way(worker, Way.PERMUTED, order=order)
        if predictor.batches and not worker.gone:
            self._at_once(worker, single)

    def _way(self, worker: Worker, way: Way, **how: Any) -> None:
        """Ask once more, unless the worker is gone."""
        if not worker.gone:
            self._others.append((way, worker.replay(self._records, seed=self._subject.seed, **how)))
            self._took(str(way))

    def _at_once(self, worker: Worker, single: Replayed) -> None:
        """Ask all at once; but for those that raise alone: one of them would make all others raise."""
        places = [place for place, answer in enumerate(single.answers) if answer.fault is None]
        if len(places) < 2:
            return
        found = worker.replay([self._records[place] for place in places], seed=self._subject.seed, batch=True)
        if isinstance(found, Replayed):
            together = dict(zip(places, found.answers, strict=True))
            answers = tuple(together.get(place, answer) for place, answer in enumerate(single.answers))
            found = replace(found, answers=answers)
        self._others.append((Way.BATCH, found))
        self._took(str(Way.BATCH))

    def _stressed(self, worker: Worker) -> Stressed | Refused | None:
        if not self._subject.stress or worker.gone:
            return None
        # Several phases, each of as many requests and more, in place of one answer to the records.
        patience = _PATIENCE * self._subject.bounds.timeout
        found = worker.stress(self._records, requests=self._subject.stress, timeout=patience)
        self._took("stress")
        return found

    def _took(self, step: str) -> None:
        now = time.monotonic()
        self._seconds[step] = self._seconds.get(step, 0.0) + now - self._clock
        self._clock = now

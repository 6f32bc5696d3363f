"""One measurement of a predictor that is not Python: a program, or a server on this machine.

It is asked one by one, again, in another order, and a program in a fresh process. What is watched inside a Python
process is not known of it, and no stress is made: nobody here could say what is kept, or who keeps it.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from gatekeeper.replay.foreign.exec import Program, start_program
from gatekeeper.replay.foreign.http import Endpoint
from gatekeeper.replay.foreign.naming import Command
from gatekeeper.replay.measuring import Measured, Records, Subject, Way
from gatekeeper.replay.observed import Predictor, Replayed
from gatekeeper.replay.outcomes import Refused

Ask = Callable[[Records], "Replayed | Refused"]


def measure(subject: Subject, named: Command | Endpoint, records: Records) -> Measured:
    """Ask the records in every way that such a predictor can be asked."""
    if isinstance(named, Endpoint):
        return _asked(subject, Measured(device=subject.device), "server", named.replay, records)
    with start_program(named.words, subject.root, subject.bounds, environment=subject.environment) as program:
        if isinstance(program, Refused):
            return Measured(device=subject.device, refused=program)
        facts = Measured(device=subject.device, facts=program.facts)
        measured = _asked(subject, facts, "program", _asker(program), records)
    if measured.single is None:
        return measured
    return replace(measured, others=(*measured.others, (Way.FRESH, _fresh(subject, named, records))))


def _asker(program: Program) -> Ask:
    return program.replay


def _fresh(subject: Subject, named: Command, records: Records) -> Replayed | Refused:
    with start_program(named.words, subject.root, subject.bounds, environment=subject.environment) as program:
        return program if isinstance(program, Refused) else program.replay(records)


def _asked(subject: Subject, begun: Measured, kind: str, ask: Ask, records: Records) -> Measured:
    started = time.monotonic()
    single = ask(records)
    seconds = {"single": time.monotonic() - started}
    if isinstance(single, Refused):
        return replace(begun, refused=single, seconds=seconds)
    others = tuple(_in_other_ways(subject, ask, records))
    predictor = Predictor(format=kind)
    return replace(begun, predictor=predictor, single=single, others=others, seconds=seconds)


def _in_other_ways(subject: Subject, ask: Ask, records: Records) -> Iterator[tuple[Way, Replayed | Refused]]:
    for _ in range(subject.repeat):
        found = ask(records)
        yield Way.AGAIN, found
        if isinstance(found, Refused) and found.fatal:
            return
    order = list(range(len(records)))
    random.Random(subject.seed).shuffle(order)  # noqa: S311 - a number that anybody can draw again; it guards nothing
    yield Way.PERMUTED, _back(ask(_taken(records, order)), order)


def _taken(records: Sequence[Mapping[str, Any]], order: Sequence[int]) -> list[Mapping[str, Any]]:
    return [records[place] for place in order]


def _back(found: Replayed | Refused, order: Sequence[int]) -> Replayed | Refused:
    """Return answers to records that were asked in another order, in the order of the records."""
    if isinstance(found, Refused):
        return found
    answers = dict(zip(order, found.answers, strict=True))
    return replace(found, answers=tuple(answers[place] for place in range(len(order))))

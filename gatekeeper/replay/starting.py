"""The first questions to a worker: which Python it is, what its sandbox keeps out, and what is installed."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from gatekeeper.replay import answers, refusals, sources
from gatekeeper.replay.dialogue import Dialogue
from gatekeeper.replay.exchange import Trouble
from gatekeeper.replay.outcomes import Facts, Layer, Protection, Refused
from gatekeeper.replay.process import MAX_THREADS

_OLDEST = (3, 8)
_FILE = 256 << 20
_FILES = 1024
_OTHERS = 4096
"""Processes and threads that a user may have beside the worker: where it has no namespace, they count."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What a worker may use, and what must hold before it runs anything of the candidate.

    Attributes:
        memory: bytes of address space, and with `gpu`, whose driver reserves far more than it uses, of memory held;
            None for no limit.
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


def begin(dialogue: Dialogue, python: str, root: Path, bounds: Bounds, distributions: Sequence[str]) -> Facts | Refused:
    """Learn which Python it is, shut it in, and look around; returns what is known then, or why that can't be."""
    facts = shut_in(dialogue, python, root, bounds)
    if isinstance(facts, Refused):
        return facts
    given = {"root": str(root), "distributions": list(distributions)}
    surveyed = dialogue.ask("survey", f"the start of {python}", given, answers.Surveyed)
    if isinstance(surveyed, Refused):
        return surveyed
    return replace(facts, versions=surveyed.said.versions, attempts=surveyed.attempts)


def shut_in(dialogue: Dialogue, python: str, root: Path, bounds: Bounds, *, programs: bool = False) -> Facts | Refused:
    """Learn which Python it is and put the sandbox on; returns what is known then, or why that can't be.

    Args:
        dialogue: With an interpreter that has just been started.
        python: Its name.
        root: The candidate's folder.
        bounds: What it may use, and what must hold.
        programs: Whether programs may be started in it.
    """
    greeted = _greeted(dialogue, python)
    if isinstance(greeted, Refused):
        return greeted
    wanted = {**_wanted(bounds, root, dialogue.folder), "programs": programs}
    confined = dialogue.ask("confine", "the sandbox", wanted, answers.Confined)
    if isinstance(confined, Refused):
        return confined
    layers = tuple(Layer(name=each.name, applied=each.applied, detail=each.detail) for each in confined.said.layers)
    held = frozenset(confined.said.protections)
    dialogue.shut_in = held >= set(Protection)
    if not held >= bounds.require:
        return refusals.unprotected(bounds.require - held, layers)
    return Facts(
        python=".".join(map(str, greeted.python)),
        implementation=greeted.implementation,
        versions={},
        layers=layers,
        protections=held,
    )


def _greeted(dialogue: Dialogue, python: str) -> answers.Hello | Refused:
    heard = dialogue.hear()
    if isinstance(heard, Trouble):
        return refusals.not_python(python, heard, dialogue.printed)
    try:
        hello = answers.decoded(answers.decoded(heard, answers.Envelope).ok, answers.Hello)
    except answers.IMPOSSIBLE as error:
        return refusals.not_python(python, Trouble(str(error)), dialogue.printed)
    if hello.python[:2] < _OLDEST:
        return refusals.too_old(python, ".".join(map(str, hello.python)))
    dialogue.tell(sources.modules())
    return hello


def _wanted(bounds: Bounds, root: Path, folder: str) -> dict[str, Any]:
    return {
        "root": str(root),
        "folder": folder,
        "parent": os.getpid(),
        "memory": None if bounds.gpu else bounds.memory,
        "cpu": int(bounds.cpu) + 1,
        "disk": _FILE,
        "files": _FILES,
        "threads": MAX_THREADS + _OTHERS,
        "gpu": bounds.gpu,
        "skip": sorted(bounds.skip),
    }

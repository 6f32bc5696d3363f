"""The whole examination: the gate, the configuration, the machine, the tools."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from gatekeeper.candidate import Candidate
from gatekeeper.cli.candidates import interpreter_of, workspace
from gatekeeper.cli.doctor.configuration import Configuration, look
from gatekeeper.cli.doctor.gate import gate_rows, plugin_rows, tool_rows
from gatekeeper.cli.doctor.machine import Machine, machine_rows
from gatekeeper.cli.doctor.remembering import cache_row
from gatekeeper.errors import PolicyError
from gatekeeper.facts import FactStore
from gatekeeper.profiles import Profile
from gatekeeper.report.doctor import Diagnosis, Row


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is looked at: `candidate`, `python` and `config` as the command line has them, None where it has not."""

    candidate: Path | None
    python: Path | None
    config: Path | None
    profile: Profile
    timeout: float
    today: date


def diagnose(question: Question) -> tuple[Diagnosis, PolicyError | None]:
    """Return what was found, and what is wrong with the policy, if anything is.

    Raises:
        UsageError: there is no such folder, or no such interpreter.
    """
    named = interpreter_of(question.python)
    # Absolute: `hook` is the file of that name here, as it was looked at, and not what PATH has under it.
    question = replace(question, python=None if named is None else named.absolute())
    found = look(question.candidate, question.config, question.profile, question.today)
    rows = tuple(_rows(question, found))
    diagnosis = Diagnosis(
        rows=rows,
        profile=question.profile.name,
        candidate="" if found.root is None else str(found.root.resolve()),
        refused=found.error is not None,
    )
    return diagnosis, found.error


def _rows(question: Question, found: Configuration) -> Iterator[Row]:
    yield from gate_rows(question.timeout)
    yield from found.rows
    yield from plugin_rows(found.declaration.policy.plugins if found.declaration else ())
    with workspace() as folder:
        store, empty = folder / "facts", folder / "empty"
        store.mkdir()
        empty.mkdir()
        machine = Machine(
            candidate=_candidate(question, found, store),
            python=question.python,
            executes=question.profile.executes,
            folder=empty,
            timeout=question.timeout,
        )
        yield from machine_rows(machine)
    yield cache_row(question.profile)
    yield from tool_rows(question.timeout)


def _candidate(question: Question, found: Configuration, store: Path) -> Candidate | None:
    if found.root is None or found.declaration is None:
        return None
    return Candidate(
        root=found.root,
        declaration=found.declaration,
        profile=question.profile,
        store=FactStore(store),
        python=question.python,
        today=question.today,
    )

"""A program that speaks JSON lines: `{"id": "r001", "inputs": {...}}` in, `{"id": "r001", "outputs": {...}}` out.

It is asked one record at a time. Beside its outputs it may give a "status", as HTTP has it; and where it can't answer a
record it says so: `{"id": "r001", "error": "why"}`. What it writes on standard error is kept, as far as its end.

    bounds = Bounds(require=frozenset({Protection.NET, Protection.FS}))
    with start_program(["./serve", "--jsonl"], "/srv/candidate", bounds) as program:
        if isinstance(program, Refused): ...
        replayed = program.replay([{"area": 50.0, "region": "north"}])
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from gatekeeper import strict_json
from gatekeeper.replay import answers, refusals
from gatekeeper.replay.dialogue import Dialogue
from gatekeeper.replay.exchange import Ended, Nonsense, Trouble
from gatekeeper.replay.flattening import Unflattenable, Unsayable, flattened, sayable
from gatekeeper.replay.foreign.group import Group
from gatekeeper.replay.foreign.lines import Lines, shown
from gatekeeper.replay.observed import Answer, Replayed, Watched
from gatekeeper.replay.outcomes import Facts, Fault, Protection, Reason, Refused
from gatekeeper.replay.starting import Bounds, shut_in
from gatekeeper.replay.worker import handed_on

_SPEAK = "let it write one JSON object a line for each that it reads, and all else on standard error"
_MEMBERS = frozenset({"id", "outputs", "status", "error"})
_MAX_TEXT = 2000


class Program:
    """A program that is shut in and can be asked. `facts` says which layers hold; of Python it knows nothing."""

    def __init__(self, process: Group, name: str, facts: Facts, timeout: float) -> None:
        self.facts = facts
        self._process, self._name, self._timeout = process, name, timeout
        self._lines = Lines(process)
        self._over: Refused | None = None

    @property
    def gone(self) -> bool:
        """Whether it was ended by what it was asked: every further request is refused."""
        return self._over is not None

    @property
    def printed(self) -> str:
        """The end of what it wrote on standard error."""
        return self._process.printed.text()

    def replay(
        self, records: Sequence[Mapping[str, Any]], *, ids: Sequence[str] = (), timeout: float | None = None
    ) -> Replayed | Refused:
        """Ask for one record after the other. The first answer's time holds the program's own start.

        Args:
            records: Values by name: JSON's, arrays, or `Value`.
            ids: What they are called; "r001", "r002", ... where they are not given.
            timeout: In seconds, for all records.
        """
        limit = self._timeout if timeout is None else timeout
        until = time.monotonic() + limit
        found = []
        for position, record in enumerate(records):
            name = ids[position] if ids else f"r{position + 1:03d}"
            answer = self._over or self._ask(name, record, until, limit)
            if isinstance(answer, Refused):
                return answer
            found.append(answer)
        return Replayed(answers=tuple(found), watched=Watched())

    def _ask(self, name: str, record: Mapping[str, Any], until: float, limit: float) -> Answer | Refused:
        try:
            request = json.dumps({"id": name, "inputs": sayable(record)}, allow_nan=False, separators=(",", ":"))
        except Unsayable as error:
            return Answer(outputs=None, fault=Fault(kind="unfit", type="Unsayable", message=str(error)))
        begun = time.monotonic()
        try:
            line = self._lines.ask(request.encode(), until)
            seconds = time.monotonic() - begun
            return _answer(name, line, seconds)
        except Trouble as trouble:
            return self._troubled(name, trouble, limit)

    def _troubled(self, name: str, trouble: Trouble, limit: float) -> Refused:
        self._process.end()
        printed = self.printed
        meanwhile = refusals.Meanwhile(attempts=(), printed=printed, blocked=False)
        if isinstance(trouble, Nonsense):
            what = f"the program {self._name}, asked for the record {name}, {trouble}"
            self._over = Refused(reason=Reason.NONSENSE, what=what, fix=_SPEAK, printed=printed, fatal=True)
            return self._over
        over = refusals.troubled(f"the program {self._name}, asked for the record {name},", trouble, limit, meanwhile)
        if isinstance(trouble, Ended):
            last = f"; the last that it said: {shown(printed.splitlines()[-1].encode(), 200)}" if printed else ""
            over = replace(over, what=over.what + last, fix="run it by hand with one record and mend it there")
        self._over = over
        return over


def _answer(name: str, line: bytes, seconds: float) -> Answer:
    """Return what a line says of a record.

    A line that is JSON, and says what no record may be answered with, is that record's fault: the next is still asked.

    Raises:
        Nonsense: it is no JSON, or answers another record: nothing after it can be told apart.
    """
    try:
        said = strict_json.loads(line.decode())
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise Nonsense(f"wrote {shown(line)}, which is no JSON") from error
    except (ValueError, RecursionError) as error:
        why = "it is nested too deeply" if isinstance(error, RecursionError) else str(error)
        return _unfit(f"its answer can't be read: {why}", seconds)
    if not isinstance(said, dict) or "id" not in said:
        raise Nonsense(f'wrote {shown(line)}, expected an object with an "id"')
    if said["id"] != name or not isinstance(said["id"], str):
        raise Nonsense(f"answered {shown(str(said['id']).encode('utf-8', 'replace'))}, which was not asked for")
    try:
        return _outcome(said, seconds)
    except Unflattenable as error:
        return _unfit(f"its answer can't be used: {error}", seconds)


def _outcome(said: dict[str, Any], seconds: float) -> Answer:
    others = sorted(said.keys() - _MEMBERS)
    if others or ("outputs" in said) == ("error" in said):
        wrong = f"it has {others[0][:80]!r}" if others else 'it has both or neither of "outputs" and "error"'
        raise Unflattenable(f'{wrong}; expected "id", and "outputs" with or without "status", or "error"')
    status = said.get("status")
    if status is not None and (type(status) is not int or not 100 <= status <= 599):
        raise Unflattenable(f'its "status" is {str(status)[:40]!r}, expected a number from 100 to 599')
    if "error" in said:
        if not isinstance(said["error"], str):
            raise Unflattenable('its "error" is no text')
        message = said["error"].encode("utf-8", "replace").decode()[:_MAX_TEXT]
        fault = Fault(kind="raised", type="error", message=message, status=status)
        return Answer(outputs=None, status=status, fault=fault, seconds=seconds)
    return Answer(outputs=flattened(said["outputs"]), status=status, seconds=seconds)


def _unfit(message: str, seconds: float) -> Answer:
    fault = Fault(kind="unfit", type="Unfit", message=message[:_MAX_TEXT])
    return Answer(outputs=None, fault=fault, seconds=seconds)


@contextlib.contextmanager
def start_program(
    command: Sequence[str],
    root: str | os.PathLike[str],
    bounds: Bounds | None = None,
    *,
    environment: Mapping[str, str] | None = None,
) -> Iterator[Program | Refused]:
    """Start a program, shut it in, and hand it out; it is killed with all that it started when the block is left.

    An interpreter of the gate's own shuts itself in, and then becomes the program. The thread that starts it must
    outlive it: the kernel ends the program with that thread.

    Args:
        command: The program, by a path (from the root, or absolute) or by a name on PATH, and its arguments.
        root: The candidate's folder, and the program's working directory.
        bounds: What it may use, all that it starts together, and what must hold: net and fs; not processes.
        environment: Variables beside those that are handed on.
    """
    bounds = bounds or Bounds()
    name = shown(command[0].encode("utf-8", "replace"))[1:-1]
    if Protection.PROCESSES in bounds.require:
        what = f"the program {name} can't be kept from starting processes, and the sandbox is required to"
        yield Refused(reason=Reason.UNPROTECTED, what=what, fix="require net and fs alone for a program", fatal=True)
        return
    try:
        process = Group(sys.executable, {**handed_on(), **(environment or {})}, bounds.memory)
    except (OSError, ValueError) as error:
        yield refusals.no_interpreter(sys.executable, error)
        return
    with contextlib.closing(process):
        dialogue = Dialogue(process, sys.executable, bounds.timeout)
        yield _begun(dialogue, process, command, Path(root).absolute(), bounds, name)


def _begun(
    dialogue: Dialogue, process: Group, command: Sequence[str], root: Path, bounds: Bounds, name: str
) -> Program | Refused:
    facts = shut_in(dialogue, sys.executable, root, bounds, programs=True)
    if isinstance(facts, Refused):
        return facts
    given = {"command": list(command), "root": str(root)}
    found = dialogue.ask("become", f"the program {name}", given, answers.Nothing)
    if isinstance(found, Refused):
        fix = "name a program that is there and can be executed; one in the candidate's folder begins with ./"
        return found if found.fatal else replace(found, reason=Reason.NO_INTERPRETER, fix=fix, fatal=True)
    return Program(process, name, replace(facts, python="", implementation=""), bounds.timeout)

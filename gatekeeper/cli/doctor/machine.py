"""The candidate's interpreter and the machine: does it start, is it production's, is it shut in, is there a GPU.

Nothing of the candidate is executed: its interpreter is started, shut in as a run would, and asked what is installed.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import msgspec

from gatekeeper.candidate import Candidate
from gatekeeper.cli.doctor.asking import Said, ask
from gatekeeper.environment.target import Target
from gatekeeper.errors import UsageError
from gatekeeper.inquiry import Inquiry
from gatekeeper.policy_replay import Replay
from gatekeeper.replay.dialogue import Dialogue
from gatekeeper.replay.foreign.http import Endpoint
from gatekeeper.replay.foreign.naming import Command, parse_predictor
from gatekeeper.replay.outcomes import Facts, Protection, Refused
from gatekeeper.replay.process import Process
from gatekeeper.replay.starting import Bounds, shut_in
from gatekeeper.replay.worker import handed_on, start
from gatekeeper.report.doctor import Row, Status
from gatekeeper_checks._artifacts import examined
from gatekeeper_checks._interpreter import differing
from gatekeeper_checks._locks import TargetLock, lock_path, read_target_lock, target_of
from gatekeeper_checks.golden_replay.trial import expected_versions, has_graphics_card

_SILENT = "not known: the interpreter does not answer"
_MARK = "gatekeeper-torch:"
TORCH = f"""\
import json
said = {{}}
try:
    import torch
    said = {{"version": torch.__version__, "cuda": torch.version.cuda or ""}}
    said["count"] = torch.cuda.device_count()
    said["sum"] = float(torch.ones(2, device="cuda").sum())
    said["name"] = torch.cuda.get_device_name(0)
except Exception as error:
    said["error"] = type(error).__name__ + ": " + str(error).split("\\n")[0][:300]
print("\\n{_MARK}" + json.dumps(said))
"""
"""Sent to the candidate's interpreter: only a sum that is made on the card shows that the card can be used."""


class Torch(msgspec.Struct, frozen=True, kw_only=True):
    """What torch says in the candidate's interpreter; `error` is empty where it has reckoned on a card."""

    version: str = ""
    cuda: str = ""
    count: int = 0
    sum: float = 0.0
    name: str = ""
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """What is asked of the machine.

    Attributes:
        candidate: None where there is none.
        python: what `--python` names; None for the gate's own interpreter.
        executes: whether a run would execute the candidate.
        folder: an empty folder, for an interpreter that is asked where there is no candidate.
        timeout: seconds that an interpreter may take for one answer.
    """

    candidate: Candidate | None
    python: Path | None
    executes: bool
    folder: Path
    timeout: float

    @property
    def interpreter(self) -> str:
        """The interpreter that is asked."""
        return str(self.python or sys.executable)

    @property
    def needed(self) -> bool:
        """Whether an interpreter is needed: a run would execute the candidate in it, or somebody asks for it."""
        return self.python is not None or (self.candidate is not None and self.executes)

    @property
    def replay(self) -> Replay:
        """What the policy says of execution."""
        return Replay() if self.candidate is None else self.candidate.policy.replay

    @property
    def wants_gpu(self) -> bool:
        """Whether a run would ask for answers on a graphics card."""
        return self.candidate is not None and self.executes and "cuda" in self.replay.devices


def machine_rows(machine: Machine) -> Iterator[Row]:
    """Yield what is to be said of the interpreter, its environment, the sandbox and the graphics card."""
    inquiry = Inquiry()
    lock = _lock(machine, inquiry)
    facts = _facts(machine, lock)
    yield _interpreter(machine, facts)
    yield _environment(machine, facts, lock, inquiry)
    yield _sandbox(machine, facts)
    yield from _graphics(machine, facts)


def _lock(machine: Machine, inquiry: Inquiry) -> TargetLock | None:
    if machine.candidate is None:
        return None
    path = lock_path(machine.candidate.policy.environment.production)
    if path is None:
        return None
    return read_target_lock(machine.candidate, inquiry, "environment.production", path, target_of(machine.candidate))


def _facts(machine: Machine, lock: TargetLock | None) -> Facts | Refused:
    """Start the interpreter as a run would, shut it in, and ask what is installed."""
    names = sorted({row.name for row in lock.rows if row.version}) if lock else []
    bounds = Bounds(memory=machine.replay.memory << 20, timeout=machine.timeout, gpu=_asks_card(machine))
    root = machine.candidate.root if machine.candidate else machine.folder
    with start(machine.interpreter, root, bounds=bounds, distributions=names) as worker:
        return worker if isinstance(worker, Refused) else worker.facts


def _asks_card(machine: Machine) -> bool:
    return machine.wants_gpu and has_graphics_card()


def _interpreter(machine: Machine, facts: Facts | Refused) -> Row:
    part = "interpreter"
    why = "given by --python" if machine.python else "the gate's own, for no --python was given"
    if isinstance(facts, Refused):
        return Row(part=part, status=Status.BROKEN, said=f"{facts.what}; {why}", fix=facts.fix, needed=machine.needed)
    said = f"{machine.interpreter}: {facts.implementation} {facts.python}, {why}; it starts"
    if not machine.needed:
        return Row(part=part, status=Status.NOT_ASKED, said=f"{said}; nothing would be executed in it", needed=False)
    target = _named_target(machine.candidate)
    wanted = (target.full_python or target.python) if target else None
    if wanted and not f"{facts.python}.".startswith(f"{wanted}."):
        what = f"{said}, and production's target is {target}"
        return Row(part=part, status=Status.BROKEN, said=what, fix="give production's interpreter: --python PATH")
    details = tuple(f"its start-up files tried to {each}" for each in facts.attempts)
    return Row(part=part, status=Status.OK, said=said, details=details)


def _named_target(candidate: Candidate | None) -> Target | None:
    """Return production's target, where the policy says it."""
    return None if candidate is None or candidate.policy.environment.target is None else target_of(candidate)


def _environment(machine: Machine, facts: Facts | Refused, lock: TargetLock | None, inquiry: Inquiry) -> Row:
    """Say whether what computes an answer has the versions of production's lock, and how much of the rest has."""
    part, needed = "its environment", machine.needed and machine.candidate is not None
    if inquiry.obstacles:
        first = inquiry.obstacles[0]
        return Row(part=part, status=Status.BROKEN, said=first.what, fix=first.fix, needed=needed)
    if lock is None or machine.candidate is None:
        said = "no lock of production to compare it with"
        return Row(part=part, status=Status.NOT_ASKED, said=said, needed=False)
    if isinstance(facts, Refused):
        return Row(part=part, status=Status.BROKEN, said=_SILENT, fix=facts.fix, needed=needed)
    pinned = {row.name: row.version for row in lock.rows if row.version}
    others = differing(facts, pinned)
    said = f"{len(pinned) - len(others)} of {len(pinned)} distributions of {lock.path} are installed as it pins them"
    grave = differing(facts, _computing(machine.candidate))
    if grave:
        return Row(
            part=part,
            status=Status.BROKEN,
            said=f"{said}; {len(grave)} that compute an answer are not",
            fix="give the interpreter of an environment with production's lock: --python PATH",
            needed=needed,
            details=(*grave, *(each for each in others if each not in grave)),
        )
    status = Status.OK if needed else Status.NOT_ASKED
    return Row(
        part=part, status=status, said=f"{said}, all that computes an answer", needed=needed, details=tuple(others)
    )


def _computing(candidate: Candidate) -> dict[str, str]:
    """Return what production's lock pins of all that computes an answer: what golden-replay compares."""
    inquiry = Inquiry()
    artifacts = {}
    for index, path in enumerate(candidate.policy.artifacts):
        fact = inquiry.attempt(partial(examined, candidate, path, f"artifacts[{index}]"))
        if fact is not None:
            artifacts[path] = fact
    return expected_versions(candidate, artifacts, inquiry)


def _sandbox(machine: Machine, facts: Facts | Refused) -> Row:
    part, needed = "sandbox", machine.needed
    if isinstance(facts, Refused):
        return Row(part=part, status=Status.BROKEN, said=_SILENT, fix=facts.fix, needed=needed)
    predictor = machine.candidate.policy.code.predictor if machine.candidate else None
    try:
        named = parse_predictor(predictor) if predictor else None
    except UsageError as error:
        return Row(part=part, status=Status.BROKEN, said=error.what, fix=error.fix, needed=needed)
    if isinstance(named, Endpoint):
        return _server(machine)
    if isinstance(named, Command):
        facts = _around_programs(machine)
    if isinstance(facts, Refused):
        return Row(part=part, status=Status.BROKEN, said=facts.what, fix=facts.fix, needed=needed)
    required = frozenset(map(Protection, machine.replay.require_sandbox))
    held = ", ".join(sorted(facts.protections)) or "nothing"
    layers = (
        f"layers: {', '.join(each.name for each in facts.layers if each.applied) or 'none'}",
        *(f"not here: {each.name}: {each.detail}" for each in facts.layers if not each.applied),
    )
    missing, absent = required - facts.protections, frozenset(Protection) - facts.protections
    said = f"keeps out {held}"
    if missing:
        fix = "run the gate where the kernel allows these layers, or require less"
        what = f"{said}, and the policy requires {', '.join(sorted(required))}"
        return Row(part=part, status=Status.MISSING, said=what, fix=fix, needed=needed, details=layers)
    if absent:
        what = f"{said}, and not {', '.join(sorted(absent))}, which the policy does not require"
        fix = "on a shared machine require it: replay: {require_sandbox: [net, fs, processes]}"
        return Row(part=part, status=Status.NOT_ASKED, said=what, fix=fix, needed=False, details=layers)
    return Row(part=part, status=Status.OK, said=said, needed=needed, details=layers)


def _server(machine: Machine) -> Row:
    said = "the predictor is a server that runs already: nobody here shuts it in"
    if machine.replay.require_sandbox and machine.needed:
        fix = "name a factory or a program as the predictor, or require no sandbox"
        return Row(part="sandbox", status=Status.MISSING, said=f"{said}, and the policy requires it", fix=fix)
    return Row(part="sandbox", status=Status.NOT_ASKED, said=said, needed=False)


def _around_programs(machine: Machine) -> Facts | Refused:
    """Return which layers hold around a program that is no Python: some can't, for it starts others."""
    assert machine.candidate is not None
    bounds = Bounds(memory=machine.replay.memory << 20, timeout=machine.timeout)
    with contextlib.closing(Process(sys.executable, handed_on(), bounds.memory)) as process:
        dialogue = Dialogue(process, sys.executable, bounds.timeout)
        return shut_in(dialogue, sys.executable, machine.candidate.root.absolute(), bounds, programs=True)


def _graphics(machine: Machine, facts: Facts | Refused) -> Iterator[Row]:
    """Yield the driver of a graphics card, and whether the candidate's torch can reckon on one."""
    card = _driver() if has_graphics_card() else None
    yield card_row(card, machine.replay, wanted=machine.wants_gpu)
    if card is not None and machine.wants_gpu:
        if isinstance(facts, Refused):
            yield Row(part="torch and cuda", status=Status.BROKEN, said=_SILENT, fix=facts.fix)
        else:
            yield torch_row(ask([machine.interpreter, "-I", "-c", TORCH], max(machine.timeout, 60)))


def _driver() -> str:
    """Return what the kernel says of the driver and its cards."""
    told = []
    for path in (Path("/proc/driver/nvidia/version"), *sorted(Path("/proc/driver/nvidia/gpus").glob("*/information"))):
        with contextlib.suppress(OSError):
            told.append(path.read_text("utf-8", "replace").partition("\n")[0].replace("\t", " ").strip())
    return "; ".join(told) or "/dev/nvidiactl, and nothing more is told of it"


def card_row(card: str | None, replay: Replay, *, wanted: bool) -> Row:
    """Return what is to be said of a graphics card.

    Args:
        card: what the kernel says of its driver; None where there is none.
        replay: what the policy says of it.
        wanted: whether a run would ask for answers on one.
    """
    part = "graphics card"
    if not wanted:
        why = "the policy asks for no answer on one" if "cuda" not in replay.devices else "nothing would be executed"
        return Row(part=part, status=Status.NOT_ASKED, said=f"{card or 'none here'}; {why}", needed=False)
    if card is not None:
        return Row(part=part, status=Status.OK, said=f"{card}; `replay.gpu` is {replay.gpu}")
    if replay.gpu == "required":
        said = "none here: the kernel has no driver of one, and `replay.gpu` is required"
        return Row(part=part, status=Status.MISSING, said=said, fix="run the gate on a machine with one")
    said = f"none here; `replay.gpu` is {replay.gpu}, so that answers on cuda are not asked for"
    return Row(part=part, status=Status.NOT_ASKED, said=said, needed=False)


def torch_row(said: Said) -> Row:
    """Return what is to be said of torch in the candidate's interpreter, where there is a graphics card."""
    part = "torch and cuda"
    fix = "install the CUDA build of torch that production's lock pins, and a driver that it can use"
    line = next((each for each in reversed(said.text.splitlines()) if each.startswith(_MARK)), None)
    if line is None:
        what = f"the interpreter {said.trouble or 'said nothing of torch'}{f': {said.last}' if said.last else ''}"
        return Row(part=part, status=Status.BROKEN, said=what, fix=fix)
    try:
        torch = msgspec.json.decode(line.removeprefix(_MARK), type=Torch)
    except msgspec.DecodeError as error:
        return Row(part=part, status=Status.BROKEN, said=f"the interpreter said nonsense of torch: {error}", fix=fix)
    if not torch.version:
        return Row(part=part, status=Status.MISSING, said=f"no torch that can be imported: {torch.error}", fix=fix)
    build = f"torch {torch.version}, built for {f'CUDA {torch.cuda}' if torch.cuda else 'no CUDA'}"
    if torch.error or torch.sum != 2.0:
        what = f"{build}: a card is there and can't be used: {torch.error or f'1 + 1 is {torch.sum} on it'}"
        return Row(part=part, status=Status.BROKEN, said=what, fix=fix)
    return Row(part=part, status=Status.OK, said=f"{build}, has reckoned on {torch.name} (1 of {torch.count})")

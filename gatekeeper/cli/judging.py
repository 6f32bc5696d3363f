"""One run of the chain, from a folder to a report: what `run` and `signoff` have in common."""

from __future__ import annotations

import contextlib
import os
import platform
import socket
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gatekeeper import __version__, engine, waivers
from gatekeeper.cache.place import Place
from gatekeeper.candidate import Candidate
from gatekeeper.cli.candidates import declaration_of, workspace
from gatekeeper.errors import Interrupted
from gatekeeper.facts import FactStore
from gatekeeper.model import Check, Examined, Result, Verdict, Waiver
from gatekeeper.orphans import adopted_and_killed
from gatekeeper.profiles import Profile
from gatekeeper.registry import Chain, Link, assemble
from gatekeeper.report import Report, Subject
from gatekeeper.report.subject import base_of, describe

if TYPE_CHECKING:
    from gatekeeper.cache.memory import Memory


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What a run is asked to do.

    Attributes:
        root: the candidate's folder.
        config: the policy, if it is not in that folder.
        profile: what is required.
        checks: the built-in checks.
        selected: ids from the command line; empty for all that the profile requires.
        python: production's interpreter; None for the gate's own.
        jobs: checks that run side by side; None for the cores.
        no_waivers: whether no waiver holds.
        cache: where answers of earlier runs lie; None where each check is to run.
    """

    root: Path
    profile: Profile
    checks: Sequence[type[Check]]
    config: Path | None = None
    selected: tuple[str, ...] = ()
    python: Path | None = None
    jobs: int | None = None
    no_waivers: bool = False
    cache: Place | None = None


@dataclass(frozen=True, slots=True)
class Watcher:
    """Who is told how a run goes on: the chain when it is known, each check when it begins, each result.

    `examined` gets what the built-in checks shared, when all of them are done and before any plug-in runs.
    """

    assembled: Callable[[Chain], None] = lambda _: None
    started: Callable[[Link], None] = lambda _: None
    finished: Callable[[Result], None] = lambda _: None
    examined: Callable[[FactStore], None] = lambda _: None


class Stopped(Interrupted):
    """The run was stopped. `report` is INCOMPLETE: it has what was found until then, and no verdict."""

    def __init__(self, error: Interrupted, report: Report) -> None:
        super().__init__(error.what, fix=error.fix)
        self.report = report


@dataclass(slots=True)
class _Judging:
    """A run that is under way."""

    order: Order
    watcher: Watcher
    subject: Candidate
    chain: Chain
    waivers: tuple[Waiver, ...]
    started: datetime
    clock: float
    memory: Memory | None
    results: list[Result] = field(default_factory=list)
    described: Subject | None = None

    def go(self) -> Report:
        """Run the built-in checks, then the others: a plug-in has the gate's rights and could forge what they share."""
        self._run([link for link in self.chain.links if link.provider.builtin])
        if self.memory is not None:
            self.memory.save()
        self.described = describe(self.subject)
        self.watcher.examined(self.subject.store)
        self._run([link for link in self.chain.links if not link.provider.builtin])
        return self.report()

    def _run(self, links: Sequence[Link]) -> None:
        jobs = self.order.jobs or _cores()
        told = self.watcher.started
        stream = engine.run(links, self.subject, jobs=jobs, started=told, memory=self.memory)
        with contextlib.closing(stream):
            for result in stream:
                self.results.append(result)
                self.watcher.finished(result)

    def report(self, interrupted: str = "") -> Report:
        """Return the report of what is known by now."""
        place = {link.id: index for index, link in enumerate(self.chain.links)}
        ordered = sorted(self.results, key=lambda result: place[result.id])
        described = self.described or _named(self.subject)
        judged, uses = waivers.apply(
            () if self.order.no_waivers else self.waivers,
            ordered,
            # One that can't be read counts as one: a waiver for another artifact is none for it.
            artifacts={each.path: each.sha256 or "" for each in described.files if _is_artifact(each.role)},
            today=self.subject.today,
            strict=self.order.profile.strict,
            answered=self._answered(),
        )
        return Report(
            verdict=engine.verdict(judged),
            profile=self.order.profile,
            subject=described,
            results=judged,
            left_out=self.chain.left_out,
            unexamined=self.chain.unexamined,
            waivers=uses,
            waivers_ignored=self.order.no_waivers and bool(self.waivers),
            interrupted=interrupted,
            rules={rule.code: rule for check in self.order.checks for rule in check.about.rules},
            run=_circumstances(self.order.root, self.started, time.monotonic() - self.clock),
        )

    def _answered(self) -> frozenset[str]:
        """Return the codes of the checks that came to their end: only of those is it known that no finding has one."""
        done = {result.id for result in self.results if isinstance(result.outcome, Examined)}
        return frozenset(code for link in self.chain.links if link.id in done for code in link.codes)


def judge(order: Order, watcher: Watcher = Watcher()) -> Report:
    """Run the chain on a candidate and return the report.

    Raises:
        PolicyError: the policy or the waivers are wrong.
        Stopped: a signal came; use this within `stopped_by_signals`.
    """
    started, clock = datetime.now(UTC), time.monotonic()
    with adopted_and_killed(), workspace() as folder:
        declaration = declaration_of(order.root, order.config)
        chain = assemble(order.checks, declaration, order.profile, order.selected)
        written = _waivers(order, declaration.policy.waivers, chain)
        subject = Candidate(
            root=order.root,
            declaration=declaration,
            profile=order.profile,
            store=FactStore(folder),
            python=order.python,
            executor=order.python or Path(sys.executable),
            unexamined=chain.unexamined,
        )
        watcher.assembled(chain)
        judging = _Judging(order, watcher, subject, chain, written, started, clock, _memory(order, subject))
        try:
            return judging.go()
        except Interrupted as error:
            done = {result.id for result in judging.results}
            missing = [link.id for link in chain.links if link.id not in done]
            why = f"{error.what.partition(';')[0]} before {', '.join(missing) or 'the report'} came to an end"
            raise Stopped(error, judging.report(why)) from error


def unfinished(root: Path, profile: Profile) -> Report:
    """Return what stands in the files of the reports while a run goes on, and if it never comes to its end."""
    return Report(
        verdict=Verdict.UNDECIDED,
        profile=profile,
        subject=Subject(name=root.resolve().name, version=None, policy=None, files=(), base=base_of(root)),
        results=(),
        interrupted="the run did not come to its end",
        run=_circumstances(root, datetime.now(UTC), 0.0),
    )


def _waivers(order: Order, path: str | None, chain: Chain) -> tuple[Waiver, ...]:
    if waivers.lies_unnamed(order.root, path):
        name = waivers.FILE_NAME
        click.echo(f"gatekeeper: {name} lies there and the policy does not name it: it waives nothing", err=True)
        click.echo(f"  fix: if it is meant, add to the policy: waivers: {name}; else delete it", err=True)
    return () if path is None else waivers.read(order.root / path, path, chain.codes)


def _memory(order: Order, subject: Candidate) -> Memory | None:
    """Return what is known of earlier runs, if that is asked for."""
    if order.cache is None:
        return None
    from gatekeeper.cache.memory import remembered

    return remembered(order.cache, subject, [check.__module__ for check in order.checks])


def _is_artifact(role: str) -> bool:
    return role.startswith("artifacts[")


def _named(subject: Candidate) -> Subject:
    """Return the candidate as it is named before its files were read."""
    policy = subject.policy
    base = base_of(subject.root)
    return Subject(name=policy.name, version=policy.version, policy=None, files=(), base=base)


def _cores() -> int:
    """Return the cores that this process may use, where the system says; a container may have fewer than the host."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _circumstances(root: Path, started: datetime, seconds: float) -> dict[str, str | int | float | bool]:
    return {
        "started": started.isoformat(timespec="seconds"),
        "total_seconds": round(seconds, 3),
        "folder": str(root.resolve()),
        "host": socket.gethostname(),
        "platform": platform.platform(),
        "python": platform.python_version(),
        "gatekeeper": __version__,
    }

"""`gatekeeper run`: the composition root. It names the built-in checks and the report formats; nothing else does."""

from __future__ import annotations

import contextlib
import os
import platform
import socket
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import click

from gatekeeper import __version__, engine
from gatekeeper.candidate import Candidate
from gatekeeper.cli.candidates import declaration_of, folder_of, interpreter_of, workspace
from gatekeeper.cli.delivery import deliver, destinations
from gatekeeper.cli.stopping import stopped_by_signals
from gatekeeper.errors import UsageError
from gatekeeper.facts import FactStore
from gatekeeper.model import Result
from gatekeeper.orphans import adopted_and_killed
from gatekeeper.profiles import DEFAULT_PROFILE, PROFILES
from gatekeeper.registry import Chain, Link, assemble
from gatekeeper.report import Report
from gatekeeper.report.subject import describe
from gatekeeper.words import did_you_mean
from gatekeeper_checks import BUILTIN


@click.command()
@click.argument("candidate", required=False, type=click.Path(path_type=Path), metavar="[CANDIDATE]")
@click.option("--check", "checks", multiple=True, metavar="ID", help="Run only this check (repeatable).")
@click.option("--report", "reports", multiple=True, metavar="FORMAT[=PATH]", help="text or json; repeatable.")
@click.option(
    "--python",
    type=click.Path(path_type=Path),
    help="Production's interpreter, where the candidate is executed.  [default: the gate's own]",
)
@click.option("--jobs", type=click.IntRange(min=1), help="Checks that run side by side.  [default: the cores]")
@click.option("--config", type=click.Path(path_type=Path), help="The policy, if it is not CANDIDATE/gatekeeper.yaml.")
@click.option(
    "--profile", default=DEFAULT_PROFILE, show_default=True, metavar="|".join(PROFILES), help="What is required."
)
def run(
    *,
    candidate: Path | None,
    checks: tuple[str, ...],
    reports: tuple[str, ...],
    python: Path | None,
    jobs: int | None,
    config: Path | None,
    profile: str,
) -> int:
    """Judge the release candidate in the folder CANDIDATE (default: the current one).

    Exit codes: 0 pass, 1 fail, 2 usage or configuration, 3 could not decide.
    """
    root = folder_of(candidate, config)
    wanted = destinations(reports)
    if profile not in PROFILES:
        raise UsageError(f"--profile: there is no profile {profile!r}", fix=did_you_mean(profile, PROFILES))
    with stopped_by_signals("there is no verdict and no report"), adopted_and_killed(), workspace() as folder:
        declaration = declaration_of(root, config)
        chain = assemble(BUILTIN, declaration, PROFILES[profile], checks)
        subject = Candidate(
            root=root,
            declaration=declaration,
            profile=PROFILES[profile],
            store=FactStore(folder),
            python=interpreter_of(python),
            executor=python or Path(sys.executable),
            unexamined=chain.unexamined,
        )
        report = _judge(subject, chain, jobs or _cores())
        deliver(report, wanted)
    return report.verdict.value


def _cores() -> int:
    """Return the cores that this process may use, where the system says; a container may have fewer than the host."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _judge(subject: Candidate, chain: Chain, jobs: int) -> Report:
    started, clock = datetime.now(UTC), time.monotonic()
    # In this order: a plug-in has the gate's rights and could forge what the built-in checks share while they run.
    results = _results([link for link in chain.links if link.provider.builtin], subject, jobs)
    described = describe(subject)
    results += _results([link for link in chain.links if not link.provider.builtin], subject, jobs)
    return Report(
        verdict=engine.verdict(results),
        profile=subject.profile,
        subject=described,
        results=results,
        left_out=chain.left_out,
        unexamined=chain.unexamined,
        run={
            "started": started.isoformat(timespec="seconds"),
            "total_seconds": round(time.monotonic() - clock, 3),
            "folder": str(subject.root.resolve()),
            "host": socket.gethostname(),
            "platform": platform.platform(),
            "python": platform.python_version(),
            "gatekeeper": __version__,
        },
    )


def _results(links: Sequence[Link], subject: Candidate, jobs: int) -> tuple[Result, ...]:
    """Run the links and return their results in the same order."""
    order = {link.id: index for index, link in enumerate(links)}
    with contextlib.closing(engine.run(links, subject, jobs=jobs)) as stream:
        return tuple(sorted(stream, key=lambda result: order[result.id]))

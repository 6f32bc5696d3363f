"""`gatekeeper run`: judge a candidate. It names the built-in checks."""

from __future__ import annotations

from pathlib import Path

import click

from gatekeeper.cli.caching import place_of
from gatekeeper.cli.candidates import folder_of, interpreter_of
from gatekeeper.cli.delivery import deliver, deliver_files, deliver_stopped, destinations, expect_spared
from gatekeeper.cli.files import NamedPath
from gatekeeper.cli.judging import Order, Stopped, judge, unfinished
from gatekeeper.cli.progress import watching
from gatekeeper.cli.stopping import stopped_by_signals
from gatekeeper.errors import UsageError
from gatekeeper.profiles import DEFAULT_PROFILE, PROFILES
from gatekeeper.report import FORMATS
from gatekeeper.words import did_you_mean
from gatekeeper_checks import BUILTIN


@click.command()
@click.argument("candidate", required=False, type=click.Path(path_type=Path), metavar="[CANDIDATE]")
@click.option("--check", "checks", multiple=True, metavar="ID", help="Run only this check (repeatable).")
@click.option(
    "--report", "reports", multiple=True, metavar="FORMAT[=PATH]", help=f"Repeatable. FORMAT: {', '.join(FORMATS)}."
)
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
@click.option("--no-waivers", is_flag=True, help="Judge as if there were no waiver.")
@click.option(
    "--cache",
    type=NamedPath(),
    metavar="DIR",
    help="Keep what passed here.  [default: yours; none in CI]",
)
@click.option("--no-cache", is_flag=True, help="Run each check, whatever has passed before.")
def run(  # noqa: PLR0913 - one argument an option
    *,
    candidate: Path | None,
    checks: tuple[str, ...],
    reports: tuple[str, ...],
    python: Path | None,
    jobs: int | None,
    config: Path | None,
    profile: str,
    no_waivers: bool,
    cache: Path | None,
    no_cache: bool,
) -> int:
    """Judge the release candidate in the folder CANDIDATE (default: the current one).

    Exit codes: 0 pass, 1 fail, 2 usage or configuration, 3 could not decide.
    """
    root = folder_of(candidate, config)
    wanted = destinations(reports)
    expect_spared(wanted, root, config)
    with stopped_by_signals("there is no verdict"):
        # What an earlier run has left must not be taken for the answer of this one, however this one ends.
        deliver_files(unfinished(root, PROFILES.get(profile, PROFILES[DEFAULT_PROFILE])), wanted)
        if profile not in PROFILES:
            raise UsageError(f"--profile: there is no profile {profile!r}", fix=did_you_mean(profile, PROFILES))
        order = Order(
            root=root,
            config=config,
            profile=PROFILES[profile],
            checks=BUILTIN,
            selected=checks,
            python=interpreter_of(python),
            jobs=jobs,
            no_waivers=no_waivers,
            cache=place_of(cache, root, PROFILES[profile], wanted, none=no_cache),
        )
        try:
            with watching(wanted) as watcher:
                report = judge(order, watcher)
        except Stopped as stopped:
            deliver_stopped(stopped.report, wanted)
            raise
        deliver(report, wanted)
    return report.verdict.value

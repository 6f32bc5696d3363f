"""`gatekeeper doctor`: is everything here that a run needs, and where not, what to do."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

import click

from gatekeeper.profiles import DEFAULT_PROFILE, PROFILES


@click.command()
@click.argument("candidate", required=False, type=click.Path(path_type=Path), metavar="[CANDIDATE]")
@click.option("--python", type=click.Path(path_type=Path), help="Production's interpreter.  [default: the gate's own]")
@click.option("--config", type=click.Path(path_type=Path), help="The policy, if it is not CANDIDATE/gatekeeper.yaml.")
@click.option(
    "--profile", default=DEFAULT_PROFILE, show_default=True, metavar="|".join(PROFILES), help="What is required."
)
@click.option("--timeout", type=click.FloatRange(min=1), default=30, show_default=True, help="Seconds for one answer.")
@click.option("--json", "as_json", is_flag=True, help="Say it as JSON.")
def doctor(
    *, candidate: Path | None, python: Path | None, config: Path | None, profile: str, timeout: float, as_json: bool
) -> int:
    """Say whether the gate, this machine and the interpreter have what a run on CANDIDATE needs.

    Without CANDIDATE it is the current folder, if that has a gatekeeper.yaml; else the gate and the machine alone are
    looked at. Nothing of the candidate is executed.

    Exit codes: 0 all is there, 2 usage or a broken policy, 3 something that is needed is missing or broken.
    """
    from gatekeeper.cli.doctor.diagnosing import Question, diagnose
    from gatekeeper.errors import UsageError
    from gatekeeper.report.doctor import render_json, render_text
    from gatekeeper.words import did_you_mean

    if profile not in PROFILES:
        raise UsageError(f"--profile: there is no profile {profile!r}", fix=did_you_mean(profile, PROFILES))
    question = Question(
        candidate=candidate,
        python=python,
        config=config,
        profile=PROFILES[profile],
        timeout=timeout,
        today=datetime.now(UTC).date(),
    )
    diagnosis, error = diagnose(question)
    encoding = "utf-8" if as_json else sys.stdout.encoding
    text = render_json(diagnosis) if as_json else render_text(diagnosis, ascii_only=not _shows_symbols(encoding))
    sys.stdout.buffer.write(text.encode(encoding, "backslashreplace"))
    sys.stdout.flush()
    if error is not None:
        raise error
    return diagnosis.exit_code


def _shows_symbols(encoding: str) -> bool:
    try:
        "✓✗·".encode(encoding)
    except UnicodeEncodeError:
        return False
    return True

"""`gatekeeper golden replay`: the golden records asked again, told at length: figures, coverage, latency, memory."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import click
import msgspec

from gatekeeper import __version__
from gatekeeper.candidate import Candidate
from gatekeeper.cli.baseline.sources import picture_format
from gatekeeper.cli.candidates import opened
from gatekeeper.cli.files import write_whole
from gatekeeper.engine import verdict
from gatekeeper.errors import UsageError
from gatekeeper.inquiry import Inquiry
from gatekeeper.model import Examined, Finding, Obstacle, Provider, Result, Unable, Verdict
from gatekeeper.profiles import PROFILES
from gatekeeper.replay.golden.judging import judge as held
from gatekeeper.replay.measuring import Measured
from gatekeeper.replay.observed import Stressed
from gatekeeper.replay.stress_record import dumped, recorded
from gatekeeper.report.printable import one_line
from gatekeeper_checks._interpreter import production_hash
from gatekeeper_checks.golden_replay import GoldenReplay
from gatekeeper_checks.golden_replay.answers import figures, tolerated
from gatekeeper_checks.golden_replay.behaviour import held as held_by
from gatekeeper_checks.golden_replay.judge import drawn, judged_trials, name_of
from gatekeeper_checks.golden_replay.subject import Subject, gather


@click.command()
@click.argument("candidate", required=False, type=click.Path(path_type=Path), metavar="[CANDIDATE]")
@click.option("--python", type=click.Path(path_type=Path), help="Production's interpreter.  [default: the gate's own]")
@click.option("--device", type=click.Choice(["cpu", "cuda", "all"]), help="Where.  [default: replay.devices]")
@click.option("--repeat", type=click.IntRange(min=1), help="Ask that often once more.  [default: replay.repeat]")
@click.option("--stress", type=click.IntRange(min=20), help="Requests of the stress.  [default: replay.stress]")
@click.option("--plot", type=click.Path(path_type=Path), metavar="FILE.svg|png", help="Draw deviation and memory.")
@click.option("--record-stress", type=click.Path(path_type=Path), metavar="FILE", help="Write what the stress showed.")
def replay(
    *,
    candidate: Path | None,
    python: Path | None,
    device: str | None,
    repeat: int | None,
    stress: int | None,
    plot: Path | None,
    record_stress: Path | None,
) -> int:
    """Ask the golden records of the CANDIDATE (default: the current folder) again, and say how far it is off.

    Exit codes: 0 all is as it was, 1 it is not, 3 it can't be told.
    """
    if plot is not None:
        picture_format(plot)
    with opened(candidate, python, PROFILES["ci"]) as given:
        subject_candidate = _with(given, device, repeat, stress)
        inquiry = Inquiry()
        subject = gather(subject_candidate, inquiry)
        trials = [] if subject is None else judged_trials(subject, inquiry)
        outcome = inquiry.conclude()
        if subject is not None:
            for trial in trials:
                for line in _lines(subject, trial):
                    click.echo(one_line(line))
            _draw(plot, subject, trials)
            _record(record_stress, subject, trials)
    for line in _judged(outcome):
        click.echo(one_line(line))
    return _verdict(outcome).value


def _with(given: Candidate, device: str | None, repeat: int | None, stress: int | None) -> Candidate:
    """Return the candidate with what the command line says instead of the policy."""
    changed: dict[str, Any] = {}
    if device is not None:
        changed["devices"] = ("cpu", "cuda") if device == "all" else (device,)
        changed["gpu"] = "if-available" if device == "all" else "required" if device == "cuda" else "never"
    changed |= {name: value for name, value in (("repeat", repeat), ("stress", stress)) if value is not None}
    policy = msgspec.structs.replace(given.policy, replay=msgspec.structs.replace(given.policy.replay, **changed))
    return replace(given, declaration=replace(given.declaration, policy=policy))


def _lines(subject: Subject, trial: Measured) -> Iterator[str]:
    """Yield what one device answered, at length."""
    if trial.single is None:
        return
    golden = tolerated(subject.golden, subject.candidate.policy.replay.outputs)
    judged = held(golden, trial.single.answers, device=name_of(trial))
    yield f"{name_of(trial)}: {judged.records} golden records"
    if trial.predictor is not None:
        runtime = ", ".join(f"{name} {value}" for name, value in trial.predictor.runtime.items())
        yield f"  predictor  {trial.predictor.format}{f': {runtime}' if runtime else ''}"
    for output in judged.outputs:
        where = f"worst {output.worst_record}: " if output.worst else ""
        yield f"  {output.name}  {output.above} of {output.records} above; {where}{figures(output)}"
        if output.needed:
            yield f"    all would pass with a relative tolerance of {output.needed:.2g}"
    yield f"  latency    {_latency(trial)}"
    yield f"  steps      {', '.join(f'{name} {seconds:.2f} s' for name, seconds in trial.seconds.items())}"
    if isinstance(trial.stressed, Stressed):
        yield from _memory(trial.stressed)


def _latency(trial: Measured) -> str:
    assert trial.single is not None
    times = sorted(each.seconds * 1000 for each in trial.single.answers)
    far = times[min(len(times) - 1, round(0.99 * (len(times) - 1)))]
    first = trial.single.answers[0].seconds * 1000
    return f"median {statistics.median(times):.2f} ms, 99 % {far:.2f} ms, the first {first:.2f} ms"


def _memory(stressed: Stressed) -> Iterator[str]:
    yield f"  memory     {stressed.verdict} over {stressed.requests} requests: {stressed.why}"
    slopes = ", ".join(f"{name} {slope:+.3g}" for name, slope in stressed.slopes.items())
    yield f"    a request: {slopes}; {stressed.seconds:.2f} s, median {stressed.latency[0] * 1000:.2f} ms"
    for device, peak in stressed.peak.items():
        torn = stressed.fragmentation.get(device, 0)
        yield f"    {device}: peak {peak / 2**20:,.1f} MiB, reserved and not allocated {torn / 2**20:,.1f} MiB"
    for holder in stressed.holders:
        yield f"    {held_by(holder)}"


def _judged(outcome: Examined | Unable) -> Iterator[str]:
    for finding in outcome.findings:
        yield f"{finding.severity.value}  {finding.code}  {finding.at}: {finding.message}"
        yield f"  fix: {finding.fix}"
    for obstacle in outcome.obstacles if isinstance(outcome, Unable) else ():
        yield _obstacle(obstacle)
    found = sum(_blocks(each) for each in outcome.findings)
    word = _verdict(outcome).name
    yield f"{word}: {found} finding{'' if found == 1 else 's'}."


def _blocks(finding: Finding) -> bool:
    return finding.severity.blocks


def _obstacle(obstacle: Obstacle) -> str:
    where = f"{obstacle.at}: " if obstacle.at else ""
    return f"could not look  {where}{obstacle.what}; fix: {obstacle.fix}"


def _verdict(outcome: Examined | Unable) -> Verdict:
    about = GoldenReplay.about
    provider = Provider(distribution="model-gatekeeper", version="", builtin=True)
    return verdict([Result(id=about.id, title=about.title, provider=provider, outcome=outcome, seconds=0.0)])


def _draw(path: Path | None, subject: Subject, trials: list[Measured]) -> None:
    if path is None:
        return
    answered = [each for each in trials if each.single is not None]
    if not answered:
        raise UsageError("--plot: nothing was answered, so there is nothing to draw", fix="see the report")
    from gatekeeper.report.replay.plot import Deviation, draw

    trial = answered[0]
    assert trial.single is not None
    golden = tolerated(subject.golden, subject.candidate.policy.replay.outputs)
    judged = held(golden, trial.single.answers, device=name_of(trial))
    deviations = [Deviation(record=each.record, ratio=each.ratio) for each in drawn(subject, trial, judged).deviations]
    stressed = trial.stressed if isinstance(trial.stressed, Stressed) else None
    title = f"{subject.candidate.policy.name} on {name_of(trial)}"
    format_: Literal["svg", "png"] = "svg" if picture_format(path) == "svg" else "png"
    write_whole(path, draw(deviations, stressed, format=format_, title=title))


def _record(path: Path | None, subject: Subject, trials: list[Measured]) -> None:
    if path is None:
        return
    trial = next((each for each in trials if isinstance(each.stressed, Stressed)), None)
    if trial is None or trial.facts is None or not isinstance(trial.stressed, Stressed):
        raise UsageError("--record-stress: no stress was made", fix="see what the report says could not be looked at")
    candidate = subject.candidate
    record = recorded(
        trial.stressed,
        recorder=__version__,
        recorded=candidate.today.isoformat(),
        python=trial.facts.python,
        versions={name: version for name, version in trial.facts.versions.items() if version},
        environment=production_hash(candidate),
        artifacts={name: f"sha256:{fact.sha256}" for name, fact in subject.artifacts.items()},
        predictor=candidate.policy.code.predictor or "artifact",
        device=name_of(trial),
    )
    write_whole(path, dumped(record))

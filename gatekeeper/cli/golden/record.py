"""`gatekeeper golden record`: requests are picked, asked, and written down with their answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
import msgspec

from gatekeeper import __version__
from gatekeeper.candidate import Candidate
from gatekeeper.cli.candidates import opened
from gatekeeper.cli.golden.devices import adds_a_device, as_answered, must_be_of, with_device
from gatekeeper.cli.golden.inputs import read_rows
from gatekeeper.contract.manifest.document import load
from gatekeeper.contract.manifest.facts import Kind, Manifest
from gatekeeper.errors import Unreadable, UsageError
from gatekeeper.inquiry import Inquiry
from gatekeeper.model import Obstacle
from gatekeeper.profiles import PROFILES
from gatekeeper.replay.golden import document
from gatekeeper.replay.golden.coverage import coverage, sentences
from gatekeeper.replay.golden.describing import inputs_of, outputs_of, recorded
from gatekeeper.replay.golden.difference import Difference, difference, lines, previous
from gatekeeper.replay.golden.facts import Environment, Golden, Header, OutputSpec
from gatekeeper.replay.golden.repeating import Sameness, noisier, repeatability
from gatekeeper.replay.golden.selection import Chosen, choose
from gatekeeper.replay.measuring import Measured
from gatekeeper.replay.outcomes import Refused
from gatekeeper.report.printable import one_line
from gatekeeper_checks._artifacts import examined
from gatekeeper_checks._interpreter import production_hash
from gatekeeper_checks.golden_replay.behaviour import placed
from gatekeeper_checks.golden_replay.trial import asked_of, expected_versions, has_graphics_card, measured

_SHOWN = 5


@click.command()
@click.argument("candidate", required=False, type=click.Path(path_type=Path), metavar="[CANDIDATE]")
@click.option("--inputs", type=click.Path(path_type=Path), help="Requests: a table, or a golden set.")
@click.option(
    "--n", "count", default=100, show_default=True, type=click.IntRange(min=1), help="Records that are picked."
)
@click.option(
    "--column",
    "columns",
    multiple=True,
    metavar="NAME",
    help="An input's column; repeatable.  [default: the manifest's inputs]",
)
@click.option("--python", type=click.Path(path_type=Path), help="Production's interpreter.  [default: the gate's own]")
@click.option("--device", type=click.Choice(["cpu", "cuda"]), default="cpu", show_default=True)
@click.option("--reason", metavar="TEXT", help="Why golden records that are there are recorded anew.")
@click.option("--seed", default=0, show_default=True, type=click.IntRange(min=0), help="Of the rows that are drawn.")
@click.option("--allow-nonfinite", is_flag=True, help="Record NaN and infinity in outputs, where they stand.")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), help="The folder.  [default: what `golden` names, else golden]"
)
def record(  # noqa: PLR0913 - one for each option
    *,
    candidate: Path | None,
    inputs: Path | None,
    count: int,
    columns: tuple[str, ...],
    python: Path | None,
    device: str,
    reason: str | None,
    seed: int,
    allow_nonfinite: bool,
    output: Path | None,
) -> int:
    """Pick requests for the CANDIDATE (default: the current folder), ask its predictor, and write golden records.

    Where there are golden records of the processor, `--device cuda` asks those, and writes what is answered otherwise
    there beside it, under the card's name; no other value changes.

    Picked are the ends and quantiles of each number, each category, missing values, zero, sentinels and rare
    combinations; a missing value and an unknown category are made up for each input, and marked so.
    """
    with opened(candidate, python, PROFILES["ci"]) as subject:
        folder = _folder(subject, output)
        before = _before(folder, reason)
        if before is not None and adds_a_device(before, device):
            return _beside(subject, before, folder, device, str(reason), is_given=inputs is not None)
        if inputs is None:
            what = "--inputs: not given, and there are no golden records whose requests could be asked"
            raise UsageError(what, fix="name a table of requests, or a golden set: --inputs rows.csv")
        manifest = _manifest(subject)
        chosen = choose(read_rows(inputs, manifest, columns), count, seed=seed, vocabularies=_vocabularies(manifest))
        found, environment = _asked(subject, device, [each.record for each in chosen])
        golden = _golden(subject, found, chosen, environment, seed=seed)
    _must_be_sound(golden, chosen, allow_nonfinite=allow_nonfinite)
    if before is not None:
        golden = _in_place_of(before, golden, folder, str(reason))
    written = document.write(golden, folder)
    _tell(golden, written, chosen, count)
    return 0


def _folder(subject: Candidate, output: Path | None) -> Path:
    folder = output or subject.root / (subject.policy.golden or "golden")
    if folder.is_file() or folder.suffix:
        what = f"golden records are written to a folder, and {folder} is a file"
        raise UsageError(what, fix="give -o golden, and write golden: golden in the policy")
    return folder


def _before(folder: Path, reason: str | None) -> Golden | None:
    """Return the golden set that is there.

    Raises:
        UsageError: there is one, and no reason for another.
    """
    if not (folder / document.RECORDS).exists():
        return None
    if not (reason or "").strip():
        what = f"{folder} holds golden records: they say what was approved"
        raise UsageError(what, fix='say why they are recorded anew: --reason "trained on the data of May"')
    return document.read(folder)


def _beside(subject: Candidate, before: Golden, folder: Path, device: str, reason: str, *, is_given: bool) -> int:
    """Ask the golden records on another device, and write what it answers otherwise beside what is there."""
    if is_given:
        click.echo("the requests are those of the golden records that are there: --inputs is not read")
    must_be_of(before, subject.policy.code.predictor or "artifact", _artifacts(subject))
    found, _ = _asked(subject, device, [each.inputs for each in before.records])
    assert found.single is not None
    assert found.predictor is not None
    assert before.header is not None
    _noisy(before.header.outputs, found)
    golden = with_device(before, found.single.answers, device=_device(found), runtime=found.predictor.runtime)
    for line in lines(difference(before, as_answered(golden, _device(found)))):
        click.echo(one_line(f"{_device(found)}: {line}"))
    golden = _replacing(golden, difference(before, golden.records), folder, reason)
    written = document.write(golden, folder)
    own = sum(_device(found) in each.devices for each in golden.records)
    records = len(golden.records)
    click.echo(one_line(f"wrote {written}: {own} of {records} records are answered otherwise on {_device(found)}"))
    return 0


def _manifest(subject: Candidate) -> Manifest | None:
    path = subject.policy.manifest
    return None if path is None else load((subject.root / path).read_bytes(), path)


def _vocabularies(manifest: Manifest | None) -> Mapping[str, Sequence[str]]:
    if manifest is None:
        return {}
    inputs = manifest.requested.items()
    return {name: tuple(each.vocabulary or ()) for name, each in inputs if each.of is Kind.CATEGORY}


def _asked(subject: Candidate, device: str, requests: Sequence[Mapping[str, Any]]) -> tuple[Measured, Environment]:
    """Ask the predictor.

    Raises:
        Unreadable: it does not answer, or not on the device, or a lock or an artifact can't be read.
        UsageError: the device is not there.
    """
    inquiry, paths = Inquiry(), subject.policy.artifacts
    facts = {path: examined(subject, path, f"artifacts[{place}]") for place, path in enumerate(paths)}
    expected = expected_versions(subject, facts, inquiry)
    if device != "cpu" and not has_graphics_card():
        raise UsageError(f"--device {device}: this machine has no graphics card", fix="record on a machine with one")
    asked = asked_of(subject, device, expected)
    for each in (*inquiry.obstacles, asked):
        if isinstance(each, Obstacle):
            raise Unreadable(each.what, fix=each.fix)
    assert not isinstance(asked, Obstacle)
    found = measured(subject, replace(asked, stress=0), requests)
    if found.refused is not None or found.facts is None:
        assert found.refused is not None
        raise Unreadable(found.refused.what, fix=found.refused.fix)
    for finding in placed(found, subject.at("code.predictor")):
        raise Unreadable(finding.message, fix=finding.fix)
    versions = {name: version for name, version in found.facts.versions.items() if version}
    return found, Environment(lock=production_hash(subject), python=found.facts.python, versions=versions)


def _golden(
    subject: Candidate, found: Measured, chosen: Sequence[Chosen], environment: Environment, *, seed: int
) -> Golden:
    assert found.single is not None
    assert found.predictor is not None
    records = recorded([(each.record, each.why) for each in chosen], found.single.answers)
    records = tuple(replace(each, outside=pick.made_up) for each, pick in zip(records, chosen, strict=True))
    header = Header(
        predictor=subject.policy.code.predictor or "artifact",
        artifacts=_artifacts(subject),
        environment=environment,
        devices={_device(found): dict(found.predictor.runtime)},
        seed=seed,
        recorder=__version__,
        recorded=datetime.now(UTC).date().isoformat(),
        inputs=inputs_of(records),
        outputs=_noisy(outputs_of(records), found),
        selection=(f"{len(chosen)} records, {sum(each.made_up for each in chosen)} of them made up, seed {seed}",),
    )
    return Golden(header=header, records=records)


def _artifacts(subject: Candidate) -> dict[str, str]:
    return {
        path: f"sha256:{subject.digest(path, key=f'artifacts[{place}]').sha256}"
        for place, path in enumerate(subject.policy.artifacts)
    }


def _device(found: Measured) -> str:
    assert found.predictor is not None
    name = found.predictor.runtime.get("device name", "")
    return f"{found.device}:{name}" if name and found.device != "cpu" else found.device


def _noisy(outputs: Mapping[str, OutputSpec], found: Measured) -> dict[str, OutputSpec]:
    """Return the outputs with the noise that was measured between all ways of asking.

    Raises:
        Unreadable: an answer is not repeatable: it can't be golden.
    """
    assert found.single is not None
    noisy = dict(outputs)
    for way, other in found.others:
        if isinstance(other, Refused):
            raise Unreadable(f"{way}: {other.what}", fix=other.fix)
        again = repeatability(found.single.answers, other.answers, outputs)
        if again.sameness is Sameness.BEYOND:
            what = f"{way}, {again.differing} of {len(other.answers)} requests are answered differently"
            told = "; ".join(again.departures[:_SHOWN]) or ", ".join(each.name for each in again.outputs if each.above)
            fix = "seed what is random, and keep no state between requests: nothing was written"
            raise Unreadable(f"{what}: {told}", fix=fix)
        noisy = {name: noisier(spec, again.noise.get(name, (0.0, 0.0))) for name, spec in noisy.items()}
    return noisy


def _must_be_sound(golden: Golden, chosen: Sequence[Chosen], *, allow_nonfinite: bool) -> None:
    """Refuse what must not become golden.

    Raises:
        Unreadable: a real request raises, or an output is not finite.
    """
    failing = [each for each, pick in zip(golden.records, chosen, strict=True) if each.fault and not pick.made_up]
    if failing:
        named = ", ".join(f"{each.id}: {each.fault}" for each in failing[:_SHOWN])
        what = f"{len(failing)} of {len(golden.records)} requests raise: {named}"
        raise Unreadable(what, fix="mend the handler, or take these requests out of the inputs: nothing was written")
    assert golden.header is not None
    strange = [name for name, spec in golden.header.outputs.items() if spec.nonfinite]
    if strange and not allow_nonfinite:
        what = f"NaN or infinity is answered as {', '.join(strange)}"
        raise Unreadable(what, fix="mend the model; or, where that is meant: --allow-nonfinite")


def _in_place_of(before: Golden, golden: Golden, folder: Path, reason: str) -> Golden:
    """Return the golden set with a word on the one that it replaces, and print what changes."""
    found = difference(before, golden.records)
    for line in lines(found):
        click.echo(one_line(line))
    return _replacing(golden, found, folder, reason)


def _replacing(golden: Golden, found: Difference, folder: Path, reason: str) -> Golden:
    kept = document.kept_as(folder)
    assert kept is not None
    assert golden.header is not None
    was = previous(found, file=kept[0], sha256=kept[1], reason=reason)
    return Golden(header=msgspec.structs.replace(golden.header, reason=reason, previous=was), records=golden.records)


def _tell(golden: Golden, written: Path, chosen: Sequence[Chosen], count: int) -> None:
    made_up = sum(each.made_up for each in chosen)
    fewer = f" ({count} were asked for, and there are no more)" if len(chosen) < count else ""
    refused = sum(each.outputs is None for each in golden.records)
    click.echo(one_line(f"wrote {written}: {len(chosen)} records{fewer}, {made_up} made up, {refused} refused"))
    assert golden.header is not None
    for name, spec in golden.header.outputs.items():
        scale = "" if spec.scale is None else f", scale {spec.scale:.6g}"
        noise = "" if spec.noise_relative is None else f", noise {spec.noise_relative:.2g} of the value"
        click.echo(one_line(f"  {name}: {spec.dtype}{scale}{noise}"))
    for line in sentences(coverage(golden)):
        click.echo(one_line(f"  {line}"))

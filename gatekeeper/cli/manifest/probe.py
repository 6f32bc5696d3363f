"""`gatekeeper manifest probe`: one record, asked of model and service, and held against the manifest."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import click

from gatekeeper.cli.manifest.asked import answering, model_of, service_of, working
from gatekeeper.cli.manifest.sources import source
from gatekeeper.contract.baseline.facts import Baseline
from gatekeeper.contract.manifest.domain import Due, record_due, wrong
from gatekeeper.contract.manifest.facts import Manifest
from gatekeeper.contract.probing.space import Record
from gatekeeper.errors import UsageError
from gatekeeper.report.printable import one_line
from gatekeeper_checks.interpretability_manifest.asking import Model, Reply, Service, shown

_DUE = {
    Due.ACCEPT: "is of the domain: it must be answered",
    Due.DEFAULT: "is of the domain, with safe defaults for what is missing or unknown: it must be answered",
    Due.REJECT: "is not of the domain: it must be refused",
    Due.EITHER: "has a whole number written as a float: it may be answered or refused",
}


@click.command()
@click.argument("candidate", type=click.Path(path_type=Path))
@click.option("--record", required=True, metavar="JSON", help="The record; NaN and Infinity as Python writes them.")
@click.option("--python", type=click.Path(path_type=Path), help="Production's interpreter.  [default: the gate's own]")
def probe(*, candidate: Path, record: str, python: Path | None) -> int:
    """Ask the CANDIDATE's model and service for one record, in the sandbox, and judge the answers by the manifest.

    Exit codes: 0 the answers keep to the manifest, 1 one does not, 3 there is none.
    """
    asked = _record(record)
    found = source(candidate)
    manifest, baseline = found.manifest(), found.baseline()
    due = record_due(manifest.requested, asked)
    click.echo(f"record   {one_line(record)} {_DUE[due]}")
    bad = 0
    if due is not Due.REJECT or found.policy.code.predictor is None:
        with working(found, python) as worker, answering():
            for line, broken in _of_model(model_of(found, worker, manifest), manifest, baseline, asked):
                click.echo(one_line(line))
                bad += broken and found.policy.code.predictor is None
    if found.policy.code.predictor is not None:
        with working(found, python) as worker, answering():
            service = service_of(found, worker, manifest)
            assert service is not None
            line, broken = _of_service(service, manifest, baseline, asked, due)
            click.echo(one_line(line))
            bad += broken
    return 1 if bad else 0


def _record(text: str) -> Record:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UsageError(
            f"--record: no JSON: {str(error)[:100]}", fix="""write: --record '{"NAME": VALUE}'"""
        ) from error
    if not isinstance(found, dict):
        raise UsageError(f"--record: got {text[:60]!r}, expected an object", fix="""write: '{"NAME": VALUE}'""")
    return found


def _mean(manifest: Manifest, baseline: Baseline | None) -> float | None:
    predictions = baseline.predictions if baseline else None
    return predictions.mean if predictions and len(manifest.outputs) == 1 else None


def _of_model(
    model: Model, manifest: Manifest, baseline: Baseline | None, record: Record
) -> Iterator[tuple[str, bool]]:
    for name, output in manifest.outputs.items():
        (answer,) = model.ask([record], output)
        how = answer.failed or wrong(output, answer.value, _mean(manifest, baseline))
        said = answer.failed or shown(answer.value)
        told = f" ({how})" if how and not answer.failed else ""
        yield f"model    {name}: {said}{told}", bool(how)


def _of_service(
    service: Service, manifest: Manifest, baseline: Baseline | None, record: Record, due: Due
) -> tuple[str, bool]:
    (reply,) = service.ask([record])
    if reply.outputs is None:
        refused = reply.refused or f"raised {reply.raised}"
        return f"service  {refused}", due in {Due.ACCEPT, Due.DEFAULT} and bool(reply.raised)
    broken = _broken(reply, manifest, baseline)
    if due is Due.REJECT:
        broken.append("it must be refused")
    answers = ", ".join(f"{name}: {shown(value)}" for name, value in reply.outputs.items())
    told = f" ({'; '.join(broken)})" if broken else ""
    return f"service  {answers}{told}", bool(broken)


def _broken(reply: Reply, manifest: Manifest, baseline: Baseline | None) -> list[str]:
    found = []
    for name, output in manifest.outputs.items():
        if name not in (reply.outputs or {}):
            found.append(f"the answer has no {name!r}")
        elif how := wrong(output, (reply.outputs or {})[name], _mean(manifest, baseline)):
            found.append(f"{name}: {how}")
    return found

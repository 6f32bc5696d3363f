"""`gatekeeper init`: a first gatekeeper.yaml, from what is in the folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click
import msgspec
import yaml

from gatekeeper import policy
from gatekeeper.cli.files import write_whole
from gatekeeper.discovery import propose, survey
from gatekeeper.errors import UsageError
from gatekeeper.policy import Policy
from gatekeeper.report.printable import one_line

SCHEMA_FILE = "gatekeeper.schema.json"


@click.command()
@click.argument("candidate", required=False, default=".", type=click.Path(path_type=Path))
@click.option("--force", is_flag=True, help="Replace a gatekeeper.yaml that is there.")
def init(*, candidate: Path, force: bool) -> None:
    """Write gatekeeper.yaml for the folder CANDIDATE, and the JSON Schema that editors check it with."""
    if not candidate.is_dir():
        raise UsageError(f"{candidate}: no such folder", fix="give the folder of a release candidate")
    target = candidate / policy.FILE_NAME
    for each in (target, candidate / SCHEMA_FILE):
        if each.is_symlink():
            raise UsageError(f"{each} is a symbolic link; init writes no file elsewhere", fix="remove the link")
    if target.exists() and not force:
        raise UsageError(f"{target} is there already", fix="edit it, or replace it with --force")
    proposed = propose(candidate, survey(candidate))
    text = "\n".join(_lines(proposed)) + "\n"
    schema = msgspec.json.format(msgspec.json.encode(policy.json_schema()), indent=2) + b"\n"
    write_whole(candidate / SCHEMA_FILE, schema)
    write_whole(target, text.encode())
    click.echo(one_line(f"wrote {target} and {SCHEMA_FILE}; complete what is marked, then: gatekeeper run {candidate}"))


def _lines(proposed: Policy) -> Iterator[str]:
    """Yield the lines of the file; what the folder does not show is a comment that says what belongs there."""
    environment = proposed.environment
    yield f"# yaml-language-server: $schema=./{SCHEMA_FILE}"
    yield f"schema: {policy.SCHEMA}"
    yield f"name: {_scalar(proposed.name)}"
    yield '# version: "1.0.0"'
    if proposed.artifacts:
        yield "artifacts:"
        yield from (f"  - {_scalar(path)}" for path in proposed.artifacts)
    else:
        yield "# artifacts: [model.joblib]   # no model file was found"
    record = proposed.artifact.record
    yield "artifact:" if record else "# artifact:"
    yield _entry("record", record, "record.json", "who vouches for the model: gatekeeper artifact record writes it")
    named = any((environment.training, environment.production, environment.dockerfile))
    yield "environment:" if named else "# environment:"
    yield _entry(
        "training", environment.training, "training.lock", "the lock of the environment that trained the model"
    )
    yield _entry("production", environment.production, "production.lock", "the lock of the environment that serves it")
    yield _entry("target", environment.target, "cp311-linux_x86_64", "what production runs on")
    if environment.dockerfile:
        yield _entry("dockerfile", environment.dockerfile, "", "")
    if proposed.code.paths:
        yield "code:"
        yield f"  paths: [{', '.join(map(_scalar, proposed.code.paths))}]   # the code that serves the model"
    else:
        yield "# code:"
        yield "#   paths: [serving]   # the code that serves the model"
    yield '#   predictor: "serving.app:handler"   # a function without arguments that returns what answers one request'
    yield _top("manifest", proposed.manifest, "manifest.yaml", "what may go in and come out: gatekeeper manifest draft")
    yield _top("baseline", proposed.baseline, "baseline.json", "the training data: gatekeeper baseline build DATA")
    yield _top("golden", proposed.golden, "golden", "requests with their answers")
    watched = "the alerts and dashboards that are deployed"
    if proposed.deployment:
        yield f"deployment: [{', '.join(map(_scalar, proposed.deployment))}]   # {watched}"
    else:
        yield f"# deployment: [monitoring/rules.yaml]   # {watched}"


def _entry(key: str, value: str | None, example: str, meaning: str) -> str:
    return f"  {key}: {_scalar(value)}" if value else f"  # {key}: {example}   # {meaning}"


def _top(key: str, value: str | None, example: str, meaning: str) -> str:
    return f"{key}: {_scalar(value)}" if value else f"# {key}: {example}   # {meaning}"


def _scalar(value: str) -> str:
    """Return the value as YAML writes it: quoted where it would be read as something else."""
    # What is not printable is escaped: among it are characters that YAML 1.1 takes for line ends (U+0085, U+2028).
    text = yaml.safe_dump(value, default_flow_style=True, width=10_000, allow_unicode=value.isprintable())
    return text.removesuffix("\n...\n").strip()

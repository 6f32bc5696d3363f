"""`gatekeeper init`: a first gatekeeper.yaml from what is in the folder, and what runs the gate on it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click
import msgspec
import yaml

from gatekeeper import policy
from gatekeeper.cli.scaffold import Plan, plan
from gatekeeper.discovery import propose, survey
from gatekeeper.errors import UsageError
from gatekeeper.policy import Policy
from gatekeeper.report.printable import one_line, printable

SCHEMA_FILE = "gatekeeper.schema.json"


@click.command()
@click.argument("candidate", required=False, default=".", type=click.Path(path_type=Path))
@click.option("--force", is_flag=True, help="Replace what is there; with --github and the like never gatekeeper.yaml.")
@click.option("--github", is_flag=True, help="Also a workflow for GitHub Actions, at the repository's root.")
@click.option("--pre-commit", is_flag=True, help="Also the hooks for pre-commit.")
@click.option("--gitlab", is_flag=True, help="Also a job for GitLab.")
@click.option("--gate", metavar="OWNER/REPOSITORY@COMMIT", help="The gatekeeper that those use; else it is filled in.")
def init(*, candidate: Path, force: bool, github: bool, pre_commit: bool, gitlab: bool, gate: str | None) -> None:
    """Write gatekeeper.yaml for the folder CANDIDATE, and the JSON Schema that editors check it with.

    With --github, --pre-commit or --gitlab, a gatekeeper.yaml that is there is kept. Everything is written, or nothing.
    """
    if not candidate.is_dir():
        raise UsageError(f"{candidate}: no such folder", fix="give the folder of a release candidate")
    wanted = {"github": github, "pre-commit": pre_commit, "gitlab": gitlab}
    kinds = [kind for kind, is_wanted in wanted.items() if is_wanted]
    if gate is not None and not kinds:
        raise UsageError("--gate is for files that use one", fix="say which: --github, --pre-commit, --gitlab")
    target = candidate / policy.FILE_NAME
    is_kept = bool(kinds) and target.exists()
    proposed = policy.load(target, candidate).policy if is_kept else propose(candidate, survey(candidate))
    own = Plan(root=candidate, files={} if is_kept else _policy_files(candidate, proposed))
    more = plan(candidate, proposed, kinds, gate)
    own.expect_no_link()
    more.expect_no_link()
    if not force:
        if target.exists() and not is_kept:
            raise UsageError(f"{target} is there already", fix="edit it, or replace it with --force")
        _expect_new(more)
    Plan(root=candidate, files={**own.files, **more.files}).write()
    _tell(candidate, own, more, gate)


def _expect_new(wanted: Plan) -> None:
    """Raise where one of the files is there, which may hold anything else too, and print what to add to it.

    Raises:
        UsageError: one of them is there.
    """
    there = [path for path in wanted.files if path.exists()]
    for path in there:
        click.echo(printable(f"# to be added to {path}:\n{wanted.files[path]}"))
    if there:
        what = f"{', '.join(map(str, there))} {'is' if len(there) == 1 else 'are'} there already; nothing was written"
        raise UsageError(what, fix="add what is printed, or replace it with --force")


def _policy_files(candidate: Path, proposed: Policy) -> dict[Path, str]:
    schema = msgspec.json.format(msgspec.json.encode(policy.json_schema()), indent=2).decode()
    return {
        candidate / SCHEMA_FILE: f"{schema}\n",
        candidate / policy.FILE_NAME: "\n".join(_lines(proposed)) + "\n",
    }


def _tell(candidate: Path, own: Plan, more: Plan, gate: str | None) -> None:
    if own.files:
        wrote = f"wrote {candidate / policy.FILE_NAME} and {SCHEMA_FILE}"
        click.echo(one_line(f"{wrote}; complete what is marked, then: gatekeeper run {candidate}"))
    for path in more.files:
        click.echo(one_line(f"wrote {path}"))
    if more.files and gate is None:
        click.echo(
            "fill in which gatekeeper they use: its repository and its full commit stand where OWNER and 0000 do"
        )


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

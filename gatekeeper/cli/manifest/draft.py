"""`gatekeeper manifest draft`: a manifest to begin with, from what a candidate's files say."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import click

from gatekeeper.artifact import Artifact, examine
from gatekeeper.cli.files import write_whole
from gatekeeper.cli.manifest.sources import Source, source
from gatekeeper.contract.manifest.document import load
from gatekeeper.contract.manifest.drafting import Declared, Known
from gatekeeper.contract.manifest.drafting import draft as drafted
from gatekeeper.errors import Unreadable, UsageError
from gatekeeper.inference.validation import validate_paths
from gatekeeper.inference.validation.facts import Field, Type
from gatekeeper.reading import open_regular


@click.command()
@click.argument("candidate", type=click.Path(path_type=Path))
@click.option("-o", "--output", type=click.Path(path_type=Path), help="The file to write.  [default: standard output]")
def draft(*, candidate: Path, output: Path | None) -> int:
    """Write a manifest for the CANDIDATE's model, from its file, its baseline and the input model of its code.

    What only people can decide is marked open: the check `interpretability-manifest` fails until it is decided.
    Nothing of the candidate is executed. An existing file is not overwritten.
    """
    if output is not None and output.exists():
        raise UsageError(f"{output} is there already", fix="give another name, or delete it first")
    found = source(candidate)
    text = drafted(_known(found))
    manifest = load(text.encode(), "the draft")
    if output is None:
        click.echo(text, nl=False)
        return 0
    write_whole(output, text.encode())
    click.echo(f"wrote {output}: {len(manifest.inputs)} inputs, {len(manifest.open)} questions open")
    for key, question in manifest.open.items():
        click.echo(f"  {key}: {question}")
    click.echo(
        "next: decide them, delete their lines, have it reviewed, and add to gatekeeper.yaml: manifest: " + output.name
    )
    return 0


def _known(found: Source) -> Known:
    policy = found.policy
    if not policy.artifacts:
        raise UsageError(f"{found.root}: no model file is declared or found", fix="add: artifacts: [FILE]")
    path = policy.artifacts[0]
    artifact = _artifact(found.root / path, path)
    files = {
        "artifact": path,
        "baseline": policy.baseline,
        "golden": _golden(found),
        "lock": policy.environment.training,
    }
    return Known(
        name=policy.name,
        version=policy.version or "1",
        digests={name: found.digest(file) for name, file in files.items() if file is not None},
        features=_vocabulary(artifact, "feature_names_in_"),
        classes=_vocabulary(artifact, "classes_"),
        baseline=found.baseline(),
        fields=_fields(found),
        today=datetime.now(UTC).date(),
    )


def _artifact(path: Path, name: str) -> Artifact:
    try:
        with open_regular(path) as stream:
            return examine(stream)
    except Unreadable as error:
        raise Unreadable(f"{name}: {error.what}", fix=error.fix) from error


def _golden(found: Source) -> str | None:
    path = found.policy.golden
    return f"{path.rstrip('/')}/records.jsonl" if path and (found.root / path).is_dir() else path


def _vocabulary(artifact: Artifact, attribute: str) -> tuple[str, ...]:
    """Return the longest list of names under an attribute: a pipeline has several."""
    lists = [each.values for each in artifact.vocabularies if each.attribute == attribute]
    return max(lists, key=len, default=())


_KINDS: Final = {Type.NUMBER: "number", Type.INTEGER: "integer", Type.BOOLEAN: "boolean", Type.TEXT: "text"}


def _fields(found: Source) -> Mapping[str, Declared]:
    """Return what the input models of the endpoints that ask a model say of the inputs; the code is read, not run."""
    code = found.policy.code
    if not code.paths:
        return {}
    factories = () if code.factory is None else (code.factory,)
    paths = [Path(each) for each in code.paths]
    validation = validate_paths(paths, root=found.root, entries=code.entries, factories=factories)
    used = {each.model for endpoint in validation.endpoints if endpoint.asks for each in endpoint.inputs}
    models = [model for model in validation.models if model.name in used]
    return {field.name: _declared(field) for model in models for field in model.fields}


def _declared(field: Field) -> Declared:
    words = tuple(word for word in field.vocabulary or () if isinstance(word, str))
    kind = "category" if words else next((_KINDS[each] for each in field.types if each in _KINDS), None)
    return Declared(
        kind=kind, low=field.low, high=field.high, vocabulary=words, optional=field.nullable or not field.required
    )

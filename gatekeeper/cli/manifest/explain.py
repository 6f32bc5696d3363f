"""`gatekeeper manifest explain`: an explanation of the model on rows of data, which the gate can work out again."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Sequence
from pathlib import Path

import click

from gatekeeper import __version__
from gatekeeper.cli.files import write_whole
from gatekeeper.cli.manifest.asked import answering, model_of, working
from gatekeeper.cli.manifest.sources import content, rows_of, source
from gatekeeper.contract.explanations.facts import MOST_BACKGROUND, SCHEMA, Cell, Explanation, Row, write
from gatekeeper.contract.explanations.facts import Source as Data
from gatekeeper.contract.explanations.methods import MOST_EXACT, fidelity, importances, shapley, surrogate
from gatekeeper.contract.manifest.facts import Kind, Manifest, Output
from gatekeeper.contract.probing.search import number
from gatekeeper.contract.probing.space import Record
from gatekeeper.errors import UsageError
from gatekeeper_checks.interpretability_manifest.asking import Model

_DEPTH = 4
_BACKGROUND = 40


@click.command()
@click.argument("candidate", type=click.Path(path_type=Path))
@click.option("--method", type=click.Choice(["shap", "permutation", "surrogate"]), required=True)
@click.option("--data", type=click.Path(path_type=Path), required=True, metavar="FILE", help="CSV or JSON lines.")
@click.option("--target", metavar="COL", help="What each row should give; for `permutation`.")
@click.option("--output", "output_name", metavar="NAME", help="The output to explain, if there are several.")
@click.option("--rows", type=click.IntRange(5, 5000), default=200, show_default=True, help="Rows drawn from the data.")
@click.option("--seed", type=int, default=0, show_default=True)
@click.option("--python", type=click.Path(path_type=Path), help="Production's interpreter.  [default: the gate's own]")
@click.option("-o", "output", type=click.Path(path_type=Path), required=True, help="The file to write.")
def explain(  # noqa: PLR0913 - one for each option
    *,
    candidate: Path,
    method: str,
    data: Path,
    target: str | None,
    output_name: str | None,
    rows: int,
    seed: int,
    python: Path | None,
    output: Path,
) -> int:
    """Explain the CANDIDATE's model on rows of DATA, and write what the check works out again.

    shap: exact Shapley values against a background of 40 rows, up to 10 inputs. permutation: how much the squared error
    grows when an input is shuffled. surrogate: a tree of four questions, and how well it says what the model says.
    """
    found = source(candidate)
    manifest = found.manifest()
    name = _output(manifest, output_name)
    if method == "permutation" and target is None:
        raise UsageError("permutation importance needs what each row should give", fix="name its column: --target COL")
    raw = content(data, str(data))
    table = rows_of(raw, data.name, manifest.inputs, {target: Kind.NUMBER} if target else {})
    drawn = random.Random(seed).sample(table, min(rows + _BACKGROUND, len(table)))  # noqa: S311 - a sample, no secret
    if len(drawn) < 2:
        raise UsageError(f"{data} has {len(drawn)} rows", fix="give the data that the model was trained on")
    document = Explanation(
        schema=SCHEMA,
        method=method,  # type: ignore[arg-type]  # one of the choices
        artifact=manifest.model.artifact,
        generator=f"gatekeeper {__version__}",
        output=name,
        source=Data(name=data.name, sha256=f"sha256:{hashlib.sha256(raw).hexdigest()}", seed=seed),
        features=tuple(manifest.inputs),
        rows=(),
    )
    with working(found, python) as worker, answering():
        model = model_of(found, worker, manifest)
        made = _explained(document, model, manifest.outputs[name], drawn, rows, target)
    write_whole(output, write(made))
    click.echo(f"wrote {output}: {method} of {name} on {len(made.rows)} rows; {_told(made)}")
    click.echo(f"sha256:{hashlib.sha256(output.read_bytes()).hexdigest()}")
    return 0


def _output(manifest: Manifest, name: str | None) -> str:
    numbers = [each for each, output in manifest.outputs.items() if output.type == "number"]
    if name is None and len(numbers) == 1:
        return numbers[0]
    if name not in numbers:
        raise UsageError(f"--output: {name!r} is no output that is a number", fix=f"one of: {', '.join(numbers)}")
    return name


def _explained(
    document: Explanation,
    model: Model,
    output: Output,
    drawn: Sequence[dict[str, Cell]],
    rows: int,
    target: str | None,
) -> Explanation:
    from msgspec.structs import replace

    names = document.features
    table: list[Row] = [tuple(row[name] for name in names) for row in drawn]
    kept, rest = table[:rows], table[rows:] or table[:_BACKGROUND]

    def predict(asked: Sequence[Row]) -> list[float]:
        records: list[Record] = [dict(zip(names, row, strict=True)) for row in asked]
        return [number(answer) for answer in model.ask(records, output)]

    made = replace(document, rows=tuple(kept))
    if document.method == "shap":
        if len(names) > MOST_EXACT:
            raise UsageError(
                f"exact Shapley values of {len(names)} inputs ask for {2 ** len(names):,} sets; at most {MOST_EXACT}",
                fix="use --method permutation, or the shap package's TreeExplainer in this format",
            )
        background = rest[:MOST_BACKGROUND]
        base, values = shapley(predict, kept, background)
        return replace(made, base=base, values=tuple(map(tuple, values)), background=tuple(background))
    if document.method == "permutation":
        assert target is not None
        wanted = tuple(float(row[target] or 0.0) for row in drawn[:rows])
        found = importances(predict, kept, wanted, repeats=made.repeats, seed=document.source.seed)
        return replace(made, target=wanted, importances=tuple(found))
    answers = predict(kept)
    tree = surrogate(names, kept, answers, depth=_DEPTH)
    return replace(made, tree=tree, fidelity=fidelity(tree, names, kept, answers))


def _told(made: Explanation) -> str:
    """Return the gist of an explanation, in a line."""
    if made.method == "surrogate":
        return f"fidelity {made.fidelity:.3f}"
    if made.method == "permutation":
        weights = dict(zip(made.features, made.importances, strict=True))
    else:
        columns = zip(*made.values, strict=True)
        weights = {
            name: sum(map(abs, column)) / len(made.rows) for name, column in zip(made.features, columns, strict=True)
        }
    ranked = sorted(weights.items(), key=lambda each: -each[1])
    return ", ".join(f"{name} {weight:.4g}" for name, weight in ranked[:5])

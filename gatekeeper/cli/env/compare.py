"""`gatekeeper env compare`: what differs between two environments, the gravest first."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from gatekeeper.cli.env.evidence import STDIN, chosen_target, opened, placed, projected_on, read, tell
from gatekeeper.cli.env.options import Onto, projected
from gatekeeper.environment.comparison.compare import Projected, compare_projected
from gatekeeper.environment.digests import digests
from gatekeeper.environment.distributions import distributions_of
from gatekeeper.environment.facts import Tier
from gatekeeper.environment.pins import loose_pins
from gatekeeper.environment.target import Target
from gatekeeper.errors import BrokenPin, UsageError
from gatekeeper.report.comparison import ComparisonReport, Side, render_json, render_text
from gatekeeper.report.printable import one_line


@click.command()
@click.argument("a")
@click.argument("b")
@projected
@click.option(
    "--artifact",
    "artifacts",
    multiple=True,
    type=click.Path(path_type=Path),
    help="A model file (repeatable): packages that it refers to come first. It is read, never loaded.",
)
@click.option(
    "--require",
    type=click.Choice([tier.value for tier in Tier]),
    help="The weakest evidence to accept; with less it is exit 3.",
)
@click.option("--format", "format_", type=click.Choice(["text", "json"]), default="text", show_default=True)
def compare(
    *,
    a: str,
    b: str,
    onto: Onto,
    artifacts: tuple[Path, ...],
    require: str | None,
    format_: str,
) -> int:
    """Say what differs between A, where the model was trained, and B, where it is served.

    Each is a lock or an inventory, in any format. They are compared on the strongest evidence that both have: hashes
    of files, digests of what was installed, or versions; the last line says which.

    Exit codes: 0 the same, 1 they differ or a lock breaks the pinning rules, 2 usage, 3 it can't be decided.
    """
    if a == b == STDIN:
        what = "standard input is named twice, and can be read only once"
        raise UsageError(what, fix="write one of the two to a file, and name that")
    try:
        locks = [read(a), read(b)]
    except BrokenPin as error:
        return _refused(error)
    chosen = chosen_target(onto.target, [a, b], locks)
    tell(f"target {chosen.target} ({chosen.by})")
    first, second = (
        projected_on(lock, path, chosen.target, onto.selection) for lock, path in zip(locks, (a, b), strict=True)
    )
    report = ComparisonReport(
        a=_side(first, a, chosen.target),
        b=_side(second, b, chosen.target),
        comparison=compare_projected(first, second, chosen.target, _referred(artifacts)),
        required=None if require is None else Tier(require),
    )
    text = render_text(report) if format_ == "text" else render_json(report)
    sys.stdout.buffer.write(text.encode("utf-8", "backslashreplace"))
    sys.stdout.flush()
    return report.verdict.value


def _refused(error: BrokenPin) -> int:
    click.echo(one_line(f"{error.at}: {error.what}"), err=True)
    click.echo(one_line(f"  fix: {error.fix}"), err=True)
    click.echo("DIFFERENT: a line that can't be a pin pins nothing (exit code 1).", err=True)
    return error.exit_code


def _side(side: Projected, path: str, target: Target) -> Side:
    loose = () if side.lock.format.is_inventory else loose_pins(side.rows)
    return Side(path=path, lock=side.lock, digests=digests(side.lock, side.rows, target), loose=loose)


def _referred(artifacts: tuple[Path, ...]) -> frozenset[str]:
    """Return the packages that loading the artifacts would import from."""
    if not artifacts:
        return frozenset()  # what reads models costs more to import than a comparison takes
    from gatekeeper.artifact import Artifact, read_artifact

    def read_whole(path: Path) -> Artifact:
        return placed(str(path), lambda: opened(path, read_artifact))

    return distributions_of(each.module for path in artifacts for each in read_whole(path).globals)

"""`gatekeeper env hash`: the environment hash of a lock, and what it is the hash of."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence

import click

from gatekeeper.cli.env.evidence import Chosen, chosen_target, projected_on, read, tell
from gatekeeper.cli.env.options import Onto, projected
from gatekeeper.environment.canonical import sha256_of
from gatekeeper.environment.comparison.compare import Projected
from gatekeeper.environment.comparison.left_open import left_open
from gatekeeper.environment.comparison.tiers import offered, strongest
from gatekeeper.environment.comparison.wording import place
from gatekeeper.environment.digests import digests
from gatekeeper.environment.identity import projected_json
from gatekeeper.environment.pins import LoosePin, loose_pins
from gatekeeper.environment.selection import Selection
from gatekeeper.errors import UsageError

SCHEMA = "gatekeeper/environment-hash@1"

_SHOWN = 5


@click.command("hash")
@click.argument("file")
@projected
@click.option("--explain", is_flag=True, help="Print the canonical JSON itself; its sha256 is the hash.")
@click.option(
    "--format",
    "format_",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="json: all three digests.",
)
def hash_(*, file: str, onto: Onto, explain: bool, format_: str) -> None:
    """Print the environment hash of FILE, a lock or an inventory; `-` is standard input.

    Two locks with one hash install the same files on the target, whatever their formats. The target is --target, else
    that of the gatekeeper.yaml above FILE, else what FILE measured, else the running interpreter; standard error says
    which. A lock that leaves something open has a hash too, and a warning.

    `gatekeeper env hash --explain FILE | sha256sum` gives the hash, and two such outputs can be compared by diff.
    """
    if explain and format_ == "json":
        raise UsageError("--explain prints the canonical JSON, --format json the digests", fix="give one of the two")
    lock = read(file)
    chosen, selection = chosen_target(onto.target, [file], [lock]), onto.selection
    side = projected_on(lock, file, chosen.target, selection)
    loose = () if lock.format.is_inventory else loose_pins(side.rows)
    tell(f"target {chosen.target} ({chosen.by})")
    nothing = () if side.rows else (f"{file} installs nothing on {chosen.target}",)
    for warning in (*lock.warnings, *nothing, *_warnings(file, loose)):
        tell(f"warning: {warning}")
    if explain:
        sys.stdout.buffer.write(projected_json(lock, side.rows, chosen.target))
        sys.stdout.flush()
        return
    if format_ == "text":
        click.echo(sha256_of(projected_json(lock, side.rows, chosen.target)))
    else:
        click.echo(_json(file, side, chosen, selection))


def _warnings(file: str, loose: Sequence[LoosePin]) -> Iterator[str]:
    for each in loose[:_SHOWN]:
        yield f"{place(file, each.row)} {left_open(each)}"
    if len(loose) > _SHOWN:
        yield f"{len(loose) - _SHOWN} more rows leave something open"
    if loose:
        yield "the hash covers what the lock says; it does not say one file for each package"


def _json(file: str, side: Projected, chosen: Chosen, selection: Selection) -> str:
    found = digests(side.lock, side.rows, chosen.target)
    document = {
        "schema": SCHEMA,
        "path": file,
        "format": side.lock.format.value,
        "target": str(chosen.target),
        "selection": {"extras": selection.extras, "groups": selection.groups},
        "tier": strongest(offered(side.lock, side.rows)).value,
        "digests": {"target": found.target, "lock": found.lock, "runtime": found.runtime},
        "packages": len(side.rows),
        "hashes": sum(len(row.hashes) for row in side.rows),
    }
    return json.dumps(document, indent=2)

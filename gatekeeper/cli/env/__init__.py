"""`gatekeeper env`: what a lock installs, what differs between two environments, what an interpreter really has."""

from __future__ import annotations

import click

from gatekeeper.cli import LazyGroup, Table

_COMMANDS: Table = {
    "hash": ("gatekeeper.cli.env.hash", "hash_", "Print the environment hash of a lock."),
    "compare": ("gatekeeper.cli.env.compare", "compare", "Say what differs between two environments."),
    "probe": ("gatekeeper.cli.env.probe", "probe", "Print what an interpreter has installed, as JSON."),
    "lock": ("gatekeeper.cli.env.lock", "lock", "Compile a lock with hashes and record digests."),
}


@click.group(cls=LazyGroup, table=_COMMANDS)
def env() -> None:
    """Hash, compare, measure and lock environments.

    A lock is read in any format: requirements with hashes, uv.lock, poetry.lock, pylock.toml, conda-lock, pixi.lock.
    So is what says what is installed: a probe, pip inspect, pip freeze, a CycloneDX or an SPDX SBOM.
    """

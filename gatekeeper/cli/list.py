"""`gatekeeper list`: the checks that there are."""

from __future__ import annotations

import click

from gatekeeper.model import Needs
from gatekeeper.profiles import PROFILES
from gatekeeper_checks import BUILTIN


@click.command("list")
@click.option("--plugins", is_flag=True, help="List the installed plug-ins too; none of them is imported.")
def list_checks(*, plugins: bool) -> None:
    """List the built-in checks: id, profiles, title, number of rules."""
    for check in BUILTIN:
        about = check.about
        profiles = ", ".join(profile.name for profile in PROFILES.values() if profile.requires(about.needs))
        click.echo(f"{about.id:<22} {profiles:<18} {_needs(about.needs):<10} {about.title}")
        for rule in about.rules:
            click.echo(f"  {rule.code}")
    if plugins:
        _list_plugins()
    click.echo("More: gatekeeper explain ID-OR-CODE")


def _needs(needs: Needs) -> str:
    return "static" if needs is Needs.NOTHING else "+".join(need.name.lower() for need in needs if need.name)


def _list_plugins() -> None:
    from gatekeeper.plugins import installed

    for name, points in sorted(installed().items()):
        owners = ", ".join(f"{point.dist.name} {point.dist.version}" for point in points if point.dist)
        click.echo(f"{name:<22} plug-in of {owners}; runs where the policy's `plugins` names it")

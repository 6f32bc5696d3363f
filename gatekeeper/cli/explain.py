"""`gatekeeper explain`: what a check asks, what a code means, and how to mend it; offline."""

from __future__ import annotations

import click

from gatekeeper.documentation import check_page, rule_page
from gatekeeper.errors import UsageError
from gatekeeper.report.own_codes import PAGES
from gatekeeper_checks import BUILTIN


@click.command()
@click.argument("subject", metavar="ID-OR-CODE")
def explain(*, subject: str) -> None:
    """Explain a check (version-pinning) or a code (version-pinning/unhashed)."""
    for check in BUILTIN:
        if subject == check.about.id:
            click.echo(check_page(check), nl=False)
            return
        for rule in check.about.rules:
            if subject == rule.code:
                click.echo(rule_page(rule), nl=False)
                return
    if subject in PAGES:
        click.echo(PAGES[subject], nl=False)
        return
    from gatekeeper.words import did_you_mean

    ids = [check.about.id for check in BUILTIN]
    codes = [rule.code for check in BUILTIN for rule in check.about.rules]
    fix = did_you_mean(subject, [*ids, *codes, *PAGES] if "/" in subject else ids)
    raise UsageError(f"there is no check and no code {subject!r}", fix=fix)

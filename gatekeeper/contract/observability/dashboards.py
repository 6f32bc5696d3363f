"""The generated dashboard and what became of it: the panels that people look at, and that they show something."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from gatekeeper.contract.observability.facts import Dashboard, Deployed, Difference, Kind, Panel
from gatekeeper.contract.observability.rules import Expression
from gatekeeper.contract.observability.trees import metrics

_OURS: Final = re.compile(r"gatekeeper[_:][a-zA-Z0-9_:]*")
_CONFIDENCE: Final = "gatekeeper_confidence_bucket"


def of_dashboard(dashboard: Dashboard, expected: Deployed, found: Deployed) -> Iterator[Difference]:
    """Yield what is different about a dashboard: its panels may be on any other."""
    if not found.dashboards:
        yield Difference(
            kind=Kind.DASHBOARD_MISSING,
            of=dashboard.title,
            what="no dashboard is deployed",
            got="nothing",
            expected=dashboard.uid,
        )
        return
    shown = {Expression(expr) for each in found.dashboards for panel in each.panels for expr in panel.exprs}
    for panel in dashboard.panels:
        yield from _of_panel(panel, shown, found)
    yield from _unknown(expected, found)


def _of_panel(panel: Panel, shown: set[Expression], found: Deployed) -> Iterator[Difference]:
    missing = [expr for expr in panel.exprs if Expression(expr) not in shown]
    if not missing:
        return
    names = {name for expr in panel.exprs for name in _metrics(expr)}
    at = next((each.at for each in found.dashboards for one in each.panels if one.title == panel.title), None)
    if len(missing) == len(panel.exprs):
        kind = Kind.CONFIDENCE_MISSING if _CONFIDENCE in names else Kind.PANEL_MISSING
        what = "no panel shows it"
    else:
        kind, what = Kind.PANEL_CHANGED, "a panel shows only part of it"
    yield Difference(kind=kind, of=panel.title, what=what, got="nothing", expected=missing[0], at=at)


def _unknown(expected: Deployed, found: Deployed) -> Iterator[Difference]:
    """Yield the panels that ask for a metric of ours that there is not: they stay empty, and nobody wonders."""
    known = {rule.name for rule in expected.rules if not rule.alert}
    for rule in expected.rules:
        known.update(_metrics(rule.expr))
    for dashboard in expected.dashboards:
        known.update(name for panel in dashboard.panels for expr in panel.exprs for name in _metrics(expr))
    for dashboard in found.dashboards:
        for panel in dashboard.panels:
            for expr in panel.exprs:
                for name in sorted(set(_metrics(expr)) - known):
                    yield Difference(
                        kind=Kind.UNKNOWN_METRIC,
                        of=panel.title,
                        what=f"a panel asks for {name}, which no guard exposes and no rule records",
                        got=name,
                        expected="a metric of the guard",
                        at=dashboard.at,
                    )


def _metrics(expr: str) -> list[str]:
    """Return the metrics of ours that an expression asks for."""
    tree = Expression(expr).tree
    names = metrics(tree) if tree is not None else _OURS.findall(expr)
    return [name for name in names if _OURS.fullmatch(name)]

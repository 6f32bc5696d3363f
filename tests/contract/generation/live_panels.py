"""What the generated dashboard and alerts show of a day: every expression asked of a real Prometheus."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from gatekeeper.contract.generation import dashboard, prometheus_rules
from gatekeeper.contract.manifest.facts import seconds
from gatekeeper.contract.observability.trees import metrics, parse
from tests.contract.generation.live_prometheus import Labels, Programs, Samples, Server, backfill, record, running
from tests.contract.generation.simulated_service import START, Day, contract, write_scrapes

EVALUATED: Final = 30
"""Seconds between two evaluations of the rules."""
_SHARED: Final = ("gatekeeper:records:increase", "gatekeeper_guard_info")
"""What many alerts ask for beside what they are about."""

Span = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One expression of a panel and what came back: `legend` is Grafana's template."""

    expr: str
    legend: str
    series: dict[Labels, Samples]

    @property
    def samples(self) -> int:
        """How many samples there are."""
        return sum(map(len, self.series.values()))

    @property
    def numbers(self) -> list[float]:
        """The values that are numbers."""
        return [value for samples in self.series.values() for _, value in samples if not math.isnan(value)]

    def name(self, labels: Labels) -> str:
        """Return what Grafana calls a series."""
        told = self.legend
        for label, value in labels:
            told = told.replace(f"{{{{{label}}}}}", value)
        return told


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """One panel: as it is in the dashboard, and its data."""

    title: str
    type: str
    unit: str
    limit: float | None
    shown: Sequence[Shown]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fired:
    """One alert rule, and when it fired: each series of its own by itself, and all of them together."""

    name: str
    expr: str
    hold: int
    labels: Mapping[str, str]
    by_series: Mapping[Labels, Sequence[Span]]

    @property
    def title(self) -> str:
        """Its name without what all share, and what it is about."""
        of = [self.labels[each] for each in ("feature", "output", "switch") if each in self.labels]
        return " ".join([self.name.removeprefix("Gatekeeper"), *of])

    @property
    def spans(self) -> list[Span]:
        """When any of its series fired."""
        joined: list[Span] = []
        for begin, end in sorted(span for spans in self.by_series.values() for span in spans):
            if joined and begin <= joined[-1][1]:
                joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
            else:
                joined.append((begin, end))
        return joined


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What a day looks like: panels in the dashboard's order, and every alert rule."""

    day: Day
    title: str
    requests: int
    panels: Sequence[Panel]
    alerts: Sequence[Fired]


def evidence(of: Day, programs: Programs, folder: Path, step: int = 60) -> Evidence:
    """Run a day, and ask a Prometheus that scraped it for all that people would see; `step` is the panels'."""
    (folder / "data").mkdir(parents=True, exist_ok=True)
    scrapes = folder / "scrapes.txt"
    with scrapes.open("w", encoding="utf-8") as file:
        requests = write_scrapes(of, file)
    manifest, baseline = contract()
    rules = yaml.safe_load(prometheus_rules(manifest, baseline))
    backfill(programs, folder, scrapes)
    record(programs, folder, rules, (START, of.end), EVALUATED)
    shown = dashboard(manifest, baseline)
    with running(programs.prometheus, folder) as server:
        return Evidence(
            day=of,
            title=shown["title"],
            requests=requests,
            panels=[_panel(server, of, each, step) for each in shown["panels"] if each["type"] != "row"],
            alerts=[
                _fired(server, of, rule) for group in rules["groups"] for rule in group["rules"] if "alert" in rule
            ],
        )


def _panel(server: Server, of: Day, panel: Mapping[str, Any], step: int) -> Panel:
    defaults = panel["fieldConfig"]["defaults"]
    steps = defaults.get("thresholds", {"steps": [{"value": None}]})["steps"]
    return Panel(
        title=panel["title"],
        type=panel["type"],
        unit=defaults.get("unit", ""),
        limit=steps[-1]["value"],
        shown=[
            Shown(
                expr=target["expr"],
                legend=target["legendFormat"],
                series=server.range(filled_in(target["expr"], of.scrape, step), START, of.end, step),
            )
            for target in panel["targets"]
        ],
    )


def filled_in(expr: str, scrape: int, step: int) -> str:
    """Return an expression with Grafana's variables as it fills them in: four scrapes, or a step and one."""
    told = expr.replace("$__rate_interval", f"{max(step + scrape, 4 * scrape)}s")
    assert "$" not in told, f"a variable that nobody fills in: {told}"
    return told


def _fired(server: Server, of: Day, rule: Mapping[str, Any]) -> Fired:
    hold = 0 if rule["for"] == "0m" else seconds(rule["for"])
    series = server.range(rule["expr"], START, of.end, EVALUATED)
    spans = {labels: list(firing([at for at, _ in samples], hold)) for labels, samples in series.items()}
    return Fired(
        name=rule["alert"],
        expr=rule["expr"],
        hold=hold,
        labels=rule["labels"],
        by_series={labels: found for labels, found in spans.items() if found},
    )


def firing(active: Sequence[float], hold: int) -> Iterator[Span]:
    """Yield from when to when an alert fires: once it was active at all evaluations of `hold` seconds."""
    stretches: list[Span] = []
    for at in map(int, active):
        if stretches and at <= stretches[-1][1]:
            stretches[-1] = (stretches[-1][0], at + EVALUATED)
        else:
            stretches.append((at, at + EVALUATED))
    for begin, end in stretches:
        if end - EVALUATED >= begin + hold:
            yield begin + hold, end


def is_about(alert: Fired, panel: Panel) -> bool:
    """Return whether an alert is about what a panel shows: it asks for one of its metrics, of the same column."""
    ours = {name for each in panel.shown for name in metrics(parse(each.expr))} - set(_SHARED)
    theirs = set(metrics(parse(alert.expr))) - set(_SHARED)
    columns = {part for label in ("feature", "output") if (part := alert.labels.get(label))}
    named = [column for column in columns if f'="{column}"' in panel.shown[0].expr]
    is_of_one = any(f'{label}="' in panel.shown[0].expr for label in ("feature", "output"))
    return bool(ours & theirs) and (not is_of_one or not columns or bool(named))

"""What is deployed: alert rules, recording rules, routes, silences and dashboards, each with its place in its file."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Place:
    """A file and a line in it, if there is one that is known."""

    path: str
    line: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A group of rules: how often it is evaluated, and how many alerts it may have at most (0: as many as there are).

    Attributes:
        interval: seconds; None where Prometheus' own is used.
    """

    name: str
    interval: float | None
    limit: int
    at: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule; `alert` says whether it is one, else it records.

    Attributes:
        expr: the expression as it is written.
        hold: the seconds of `for`.
        notes: the comments above and in it.
    """

    name: str
    alert: bool
    expr: str
    group: Group
    at: Place
    hold: float = 0.0
    labels: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)
    notes: str = ""


@dataclass(frozen=True, slots=True)
class Matcher:
    """A condition on a label; `sign` is one of = != =~ !~."""

    label: str
    sign: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One route of Alertmanager and those below it.

    Attributes:
        receiver: its own or that of the route above.
        mutes: the intervals in which it is mute, or outside which it is.
        goes_on: whether the next route is asked too.
    """

    matchers: tuple[Matcher, ...]
    receiver: str
    mutes: tuple[str, ...]
    goes_on: bool
    routes: tuple[Route, ...]
    at: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Inhibition:
    """Which alerts are not told while others fire."""

    source: tuple[Matcher, ...]
    target: tuple[Matcher, ...]
    equal: tuple[str, ...]
    at: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Routing:
    """One configuration of Alertmanager; `silent` are the receivers that tell nobody."""

    route: Route
    silent: frozenset[str]
    inhibitions: tuple[Inhibition, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """One silence, from and until when (ISO 8601), and what whoever set it says."""

    matchers: tuple[Matcher, ...]
    starts: str
    ends: str
    expired: bool
    comment: str
    by: str
    at: Place


@dataclass(frozen=True, slots=True)
class Panel:
    """One panel: its title and the expressions that it shows."""

    title: str
    exprs: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dashboard:
    """One dashboard of Grafana."""

    uid: str
    title: str
    panels: tuple[Panel, ...]
    at: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployed:
    """Everything that was found in the files.

    Attributes:
        unreached: what stands in comments, by file: rules that were commented out.
    """

    rules: tuple[Rule, ...] = ()
    routings: tuple[Routing, ...] = ()
    silences: tuple[Silence, ...] = ()
    dashboards: tuple[Dashboard, ...] = ()
    comments: Mapping[str, tuple[tuple[int, str], ...]] = field(default_factory=dict)

    def joined(self, other: Deployed) -> Deployed:
        """Return both together."""
        return Deployed(
            rules=self.rules + other.rules,
            routings=self.routings + other.routings,
            silences=self.silences + other.silences,
            dashboards=self.dashboards + other.dashboards,
            comments={**self.comments, **other.comments},
        )


class Kind(enum.StrEnum):
    """In which way what is deployed differs."""

    ALERT_DELETED = "alert-deleted"
    EXPRESSION_CHANGED = "expression-changed"
    THRESHOLD_LOOSENED = "threshold-loosened"
    HOLD_LONGER = "hold-longer"
    MUTED = "muted"
    NO_ACTION = "no-action"
    SEVERITY_LOWERED = "severity-lowered"
    LABEL_CHANGED = "label-changed"
    ROUTED_NOWHERE = "routed-nowhere"
    MUTED_AT_TIMES = "muted-at-times"
    INHIBITED = "inhibited"
    SILENCED = "silenced"
    RECORDING_MISSING = "recording-missing"
    RECORDING_CHANGED = "recording-changed"
    EVALUATED_LATE = "evaluated-late"
    LIMITED = "limited"
    DASHBOARD_MISSING = "dashboard-missing"
    PANEL_MISSING = "panel-missing"
    CONFIDENCE_MISSING = "confidence-missing"
    PANEL_CHANGED = "panel-changed"
    UNKNOWN_METRIC = "unknown-metric"
    STRICTER = "stricter"
    """It fires earlier or more often, which is for the team to choose."""

    @property
    def harmless(self) -> bool:
        """Whether it needs nobody's consent."""
        return self is Kind.STRICTER


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One difference between what is deployed and what was generated.

    Attributes:
        of: the alert with its labels, the recorded series, or the panel.
        what: what is different, in a sentence.
        at: where that is deployed; None where it is nowhere.
        by: how far a threshold was moved, or by how many seconds a hold was made longer.
    """

    kind: Kind
    of: str
    what: str
    got: str
    expected: str
    at: Place | None = None
    by: float | None = None

"""The tests of the rules, for `promtool test rules`: each alert fires on its fault, and none on the training's traffic.

What fires is read from `ALERTS`, so that what people are told may be worded freely.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Final

from gatekeeper.contract.generation.alerts import Alert, alerts
from gatekeeper.contract.generation.plan import Plan
from gatekeeper.contract.generation.promql import quoted, selector, window_of
from gatekeeper.contract.generation.traffic import Key, Line, Traffic
from gatekeeper.contract.generation.yaml_text import Block, Node, dump
from gatekeeper.contract.manifest.conditions import tests
from gatekeeper.contract.manifest.facts import seconds

_HEAD: Final = """The tests of the rules of {model}, generated with them: promtool test rules FILE
Each alert fires on its fault; traffic like the training data fires none."""
_LONGEST_STEP: Final = 60
"""Seconds between two samples, where no window is shorter than five of them."""


def rule_tests(planned: Plan, rules_file: str) -> str:
    """Return the file; `rules_file` is the name of the rules beside it."""
    writer = _Writer(planned)
    by_name: dict[str, list[Alert]] = {}
    for alert in alerts(planned):
        by_name.setdefault(alert.name, []).append(alert)
    document: dict[str, Node] = {
        "rule_files": [rules_file],
        "evaluation_interval": f"{writer.step}s",
        "tests": [writer.silent(), *(writer.fires(name, same) for name, same in by_name.items())],
    }
    name = "".join(each for each in planned.manifest.model.name if each.isprintable())
    return dump(document, _HEAD.format(model=name))


class _Writer:
    def __init__(self, planned: Plan) -> None:
        self.planned = planned
        monitoring, confidence = planned.manifest.monitoring, planned.manifest.confidence
        windows = [seconds(monitoring.window), *(window_of(switch.formula) for switch in planned.switches)]
        windows += [seconds(confidence.window)] if confidence is not None else []
        self.step = max(1, min(_LONGEST_STEP, *(window // 5 for window in windows)))
        self.window = max(windows)
        self.traffic = Traffic(planned, self.step, max([monitoring.at_least, *(t.at_least for t in planned.windows)]))

    def silent(self) -> Node:
        """Return the test that the training's own traffic fires nothing, not even for a while."""
        end = self.window + max(seconds(self.planned.manifest.monitoring.hold), 3600) + 600
        expr = "ALERTS"
        if tripping := [each.name for each in self.planned.switches if self.traffic.trips(each.formula)]:
            # They trip on records that the model was trained on, which is for others to judge.
            expr = f"ALERTS{{switch!~{quoted('|'.join(tripping))}}}"
        return {
            "name": "traffic like the training data",
            "interval": f"{self.step}s",
            "input_series": self._series(self.traffic.like_training(), end),
            "promql_expr_test": [
                {"expr": Block(expr), "eval_time": f"{time}s", "exp_samples": []} for time in (end // 2, end)
            ],
        }

    def fires(self, name: str, same: Sequence[Alert]) -> Node:
        """Return the test that alerts of one name fire, each on its fault: traffic as ever, but for what is wrong."""
        longest = max(seconds(alert.window) + _seconds(alert.hold) for alert in same)
        end = longest + 20 * self.step
        changed: dict[Key, Line | None] = dict(self.traffic.like_training())
        for alert in same:
            changed |= self.traffic.fault(alert)
        needed = {key: line for key, line in changed.items() if line is not None and self._is_needed(same, key)}
        return {
            "name": name,
            "interval": f"{self.step}s",
            "input_series": self._series(needed, end),
            "promql_expr_test": [
                {
                    "expr": Block(f"count({selector('ALERTS', _asked(alert))}) > bool 0"),
                    "eval_time": f"{end}s",
                    "exp_samples": [{"labels": "{}", "value": 1}],
                }
                for alert in same
            ],
        }

    def _is_needed(self, same: Sequence[Alert], key: Key) -> bool:
        """Return whether alerts can depend on a series: one of their own inputs or outputs, or of none."""
        of = {value for label, value in key[1] if label in {"feature", "output"}}
        names = {value for alert in same for value in alert.labels.values()}
        switches = [each for each in self.planned.switches if each.name in names]
        names |= {test.feature for switch in switches for test in tests(switch.formula)}
        return not of or bool(of & names)

    def _series(self, traffic: Mapping[Key, Line], end: int) -> list[Node]:
        steps = math.ceil(end / self.step) + 1
        return [
            {
                "series": Block(selector(name, dict(labels))),
                "values": f"{_plain(line.start)}+{_plain(line.step)}x{steps}",
            }
            for (name, labels), line in traffic.items()
        ]


def _asked(alert: Alert) -> dict[str, str]:
    return {"alertname": alert.name, "alertstate": "firing", **alert.labels}


def _plain(value: float) -> str:
    return str(int(value)) if float(value).is_integer() else repr(value)


def _seconds(hold: str) -> int:
    return 0 if hold == "0m" else seconds(hold)

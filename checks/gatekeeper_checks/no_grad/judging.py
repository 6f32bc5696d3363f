"""From what was seen in serving code to findings, and which of them a comment suppresses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gatekeeper.inference.facts import Analysis, Kind, Observation, Suppression
from gatekeeper.inference.facts import Step as Seen
from gatekeeper.model import Finding, Rule, Step
from gatekeeper_checks._serving_code import Suppressing, covers, location
from gatekeeper_checks.no_grad import call_rules, guard_rules, memory_rules, suppression_rules, training_rules
from gatekeeper_checks.no_grad.wording import words

RULES: Mapping[Kind, type[Rule]] = {
    Kind.UNGUARDED_CALL: call_rules.UnguardedCall,
    Kind.PARTIAL_GUARD: call_rules.PartialGuard,
    Kind.GUARD_LOST_IN_THREAD: call_rules.GuardLostInThread,
    Kind.PROCESS_WIDE_SWITCH: call_rules.ProcessWideSwitch,
    Kind.GUARD_ENTERED_AT_STARTUP: call_rules.GuardEnteredAtStartup,
    Kind.GUARD_ON_ASYNC: guard_rules.GuardOnAsync,
    Kind.GUARD_ON_CLASS: guard_rules.GuardOnClass,
    Kind.GUARD_NOT_ENTERED: guard_rules.GuardNotEntered,
    Kind.GUARD_NOT_CALLED: guard_rules.GuardNotCalled,
    Kind.AWAIT_IN_GUARD: guard_rules.AwaitInGuard,
    Kind.YIELD_IN_GUARD: guard_rules.YieldInGuard,
    Kind.GRAD_ENABLED_INSIDE: guard_rules.GradEnabledInside,
    Kind.GRAPH_RETAINED: memory_rules.GraphRetained,
    Kind.CPU_WITHOUT_DETACH: memory_rules.CpuWithoutDetach,
    Kind.DEVICE_RETAINED: memory_rules.DeviceRetained,
    Kind.ACCUMULATED: memory_rules.Accumulated,
    Kind.CACHED: memory_rules.Cached,
    Kind.VIEW_RETAINED: memory_rules.ViewRetained,
    Kind.LOGGED: memory_rules.Logged,
    Kind.HOOK_RETAINS: memory_rules.HookRetains,
    Kind.BACKWARD: training_rules.Backward,
    Kind.OPTIMIZER: training_rules.Optimizer,
    Kind.TRAIN_MODE: training_rules.TrainMode,
    Kind.TRAINER: training_rules.Trainer,
    Kind.LOAD_WITHOUT_WEIGHTS_ONLY: training_rules.LoadWithoutWeightsOnly,
    Kind.LOAD_OF_ANYTHING: training_rules.LoadOfAnything,
}

OTHERS = ("input-validation/",)
"""What the codes of other checks begin with: a comment that suppresses those is judged by them."""

CODES = frozenset(rule.code for rule in RULES.values())
"""The codes that a comment may suppress."""


SUPPRESSING = Suppressing(
    codes=CODES,
    without_reason=suppression_rules.SuppressionWithoutReason,
    unused=suppression_rules.UnusedSuppression,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A finding.

    Attributes:
        observation: what was seen; None for a finding about a suppression.
        suppressed: the comment that suppresses it, with its reason.
    """

    finding: Finding
    observation: Observation | None = None
    suppressed: Suppression | None = None


def judge_analysis(analysis: Analysis) -> tuple[Judged, ...]:
    """Return every finding in the order of paths, lines, columns and codes; the suppressed ones too."""
    used: set[tuple[Suppression, str]] = set()
    judged = [_judge(seen, analysis.suppressions, used) for seen in analysis.observations]
    for each in analysis.suppressions:
        codes = [code for code in each.codes if not code.startswith(OTHERS)]
        judged += [Judged(finding=finding) for finding in SUPPRESSING.wrong(each, codes, used)]
    return tuple(sorted(judged, key=_order))


def _judge(seen: Observation, suppressions: tuple[Suppression, ...], used: set[tuple[Suppression, str]]) -> Judged:
    rule = RULES[seen.kind]
    message, fix = words(seen)
    finding = rule.finding(message, fix=fix, at=location(seen.at), trace=_trace(seen))
    for each in suppressions:
        if rule.code in each.codes and covers(each, seen.at):
            used.add((each, rule.code))
            if each.reason:
                return Judged(finding=finding, observation=seen, suppressed=each)
    return Judged(finding=finding, observation=seen)


def _trace(seen: Observation) -> tuple[Step, ...]:
    """Return the way to what was seen, the place itself at its end."""
    if not seen.trace:
        return ()
    return (*map(_step, seen.trace), Step(at=location(seen.at), function=seen.function, what=seen.subject))


def _step(step: Seen) -> Step:
    return Step(at=location(step.at), function=step.function, what=step.what)


def _order(judged: Judged) -> tuple[str, str, int, int, str]:
    at = judged.finding.at
    return at.path, at.key or "", at.line or 0, at.column or 0, judged.finding.code

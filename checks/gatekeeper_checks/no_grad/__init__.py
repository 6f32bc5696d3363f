"""Check `no-grad`: does serving code build graphs, keep tensors, train, or load what may execute something?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from gatekeeper.model import About, Examined, Unable
from gatekeeper_checks.no_grad import call_rules, guard_rules, memory_rules, suppression_rules, training_rules

if TYPE_CHECKING:
    from gatekeeper.candidate import Candidate


@dataclass(frozen=True)
class NoGrad:
    """Serving code is read, never imported, and walked from each entry point of its framework on.

    Every forward call that a request reaches must run with gradients off, along every way: guarded in its own function,
    by every caller in the same thread, by the library that is called, or by frozen weights. Nothing with a graph, and
    nothing on the device without bound, may outlive the request. No request may train.

    A finding is suppressed by `# noqa: CODE -- reason` on its statement, and by nothing else; each such comment stands
    in the report. `gatekeeper lint` says the same of any file or folder, with a code frame.
    """

    about: ClassVar[About] = About(
        id="no-grad",
        title="A request builds no graph, keeps no tensor and trains no model",
        rules=(
            call_rules.NoCode,
            call_rules.UnguardedCall,
            call_rules.PartialGuard,
            call_rules.GuardLostInThread,
            call_rules.ProcessWideSwitch,
            call_rules.GuardEnteredAtStartup,
            guard_rules.GuardOnAsync,
            guard_rules.GuardOnClass,
            guard_rules.GuardNotEntered,
            guard_rules.GuardNotCalled,
            guard_rules.AwaitInGuard,
            guard_rules.YieldInGuard,
            guard_rules.GradEnabledInside,
            suppression_rules.SuppressionWithoutReason,
            suppression_rules.UnusedSuppression,
            memory_rules.GraphRetained,
            memory_rules.CpuWithoutDetach,
            memory_rules.DeviceRetained,
            memory_rules.Accumulated,
            memory_rules.Cached,
            memory_rules.ViewRetained,
            memory_rules.Logged,
            memory_rules.HookRetains,
            training_rules.Backward,
            training_rules.Optimizer,
            training_rules.TrainMode,
            training_rules.Trainer,
            training_rules.LoadWithoutWeightsOnly,
            training_rules.LoadOfAnything,
        ),
        reads=("code.paths", "code.predictor", "code.entries", "environment.production", "environment.target"),
        families=("retained-tensor", "training-in-serving", "unsafe-load"),
    )

    def run(self, candidate: Candidate) -> Examined | Unable:
        """Walk the declared code."""
        if candidate.policy.code.paths:
            from gatekeeper_checks.no_grad.judge import judge
        else:
            from gatekeeper_checks.no_grad.undeclared import judge
        return judge(candidate)

"""The causes of incident 4092-X, and the rules that each of them would have broken. A table; nothing here decides."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Rest:
    """What a box rests on: rules of one check, and what that check must have measured to be believed.

    Attributes:
        codes: the rules, whole.
        measured: names of measured values; at least one must be there, and none may say that nothing was measured.
        of: the evidence that may hold them, with `*` for any text.
        told: further measured values of the same evidence, for the reader.
        needed: whether the box needs it. What is not needed opens no box, and fails it all the same.
    """

    check: str
    codes: tuple[str, ...]
    measured: tuple[str, ...]
    of: str = "*"
    told: tuple[str, ...] = ()
    needed: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """One cause: its name in an address, what must not be so, and what happened in the incident."""

    id: str
    title: str
    happened: str
    rests: tuple[Rest, ...]


def _codes(family: str, names: str) -> tuple[str, ...]:
    return tuple(f"{family}/{name}" for name in names.split())


_PARITY: Final = Rest(
    check="environment-parity",
    codes=_codes(
        "environment-parity",
        "not-declared empty-lock version-differs missing-in-production extra-in-production files-differ files-grew "
        "source-differs options-differ runtime-differs not-as-installed weak-evidence hash-differs",
    ),
    measured=("same",),
    told=("differences",),
)
_SAVED_BY: Final = Rest(
    check="version-pinning",
    codes=_codes("version-pinning", "no-lock empty-lock artifact-version mixed-versions package-absent"),
    measured=("carries",),
)
_ANSWERS: Final = Rest(
    check="golden-replay",
    codes=_codes("golden-replay", "not-declared unbound of-another-model predictor-fails raises"),
    measured=("records",),
    of="answers on *",
    told=("predictor", "refused"),
)
_MEMORY: Final = Rest(
    check="golden-replay",
    codes=_codes("golden-replay", "not-declared predictor-fails leak cycle"),
    measured=("memory",),
    told=("requests", "kept by"),
)
_GRADIENTS: Final = Rest(
    check="no-grad",
    codes=(
        *_codes("no-grad", "no-code unguarded-call partial-guard grad-enabled-inside suppression-without-reason"),
        *_codes("retained-tensor", "graph cpu-without-detach on-device accumulated cached view logged hook"),
    ),
    measured=("entry points",),
    told=("forward calls", "with gradients wanted", "unguarded"),
)
_INPUT: Final = "that ask a model"
_SERVICE: Final = "*, service"

CAUSES: Final = (
    Cause(
        id="versions",
        title="Training and production run the same versions",
        happened="The model was pickled with scikit-learn 1.4.2, pandas 2.2.1 and torch 2.2.0, and served with "
        "1.3.0, 2.1.4 and 2.1.2.",
        rests=(_PARITY, _SAVED_BY),
    ),
    Cause(
        id="attribute-error",
        title="The pipeline answers where production calls it",
        happened="Loading gave a warning at most; the first request raised AttributeError inside the pipeline.",
        rests=(
            _SAVED_BY,
            _ANSWERS,
            Rest(
                check="interpretability-manifest",
                codes=_codes("interpretability-manifest", "model-fails handler-not-declared"),
                measured=("shown",),
                of=_SERVICE,
            ),
            Rest(
                check="artifact-integrity",
                codes=_codes("artifact-integrity", "missing-name missing-attribute missing-part"),
                measured=("states", "names"),
                told=("will fail",),
                needed=False,
            ),
        ),
    ),
    Cause(
        id="nan",
        title="What is missing is refused, and becomes no NaN",
        happened="Integers with a gap became NaN, NaN became -1, and -1 was priced like any other number.",
        rests=(
            Rest(
                check="input-validation",
                codes=_codes(
                    "input-validation",
                    "no-code raw-input no-model not-strict extra-allowed not-finite unjudged field-missing "
                    "field-unknown other-type other-default sentinel-default silent-repair",
                ),
                measured=(_INPUT,),
                told=("models", "declared inputs"),
            ),
            Rest(
                check="interpretability-manifest",
                codes=_codes("interpretability-manifest", "not-declared not-valid not-enforced default-outside"),
                measured=("shown",),
                of=_SERVICE,
            ),
        ),
    ),
    Cause(
        id="unknown-region",
        title="A region that the model has never seen is not priced",
        happened="The encoder turned an unknown region into -1, and the model answered to that.",
        rests=(
            Rest(
                check="interpretability-manifest",
                codes=_codes(
                    "interpretability-manifest",
                    "not-declared not-valid unknown-becomes-number other-vocabulary no-domain not-enforced",
                ),
                measured=("shown",),
                of=_SERVICE,
            ),
            Rest(
                check="input-validation",
                codes=_codes("input-validation", "no-code raw-input no-model open-vocabulary other-vocabulary"),
                measured=(_INPUT,),
                told=("models",),
            ),
        ),
    ),
    Cause(
        id="price",
        title="No price leaves its declared range",
        happened="Customers were offered a price of -0.01.",
        rests=(
            Rest(
                check="interpretability-manifest",
                codes=_codes(
                    "interpretability-manifest",
                    "not-declared not-valid unbounded vacuous out-of-range handler-not-declared other-answers",
                ),
                measured=("shown",),
                of=_SERVICE,
            ),
            Rest(
                check="golden-replay",
                codes=_codes("golden-replay", "not-declared deviates other-outputs too-few-records no-tolerance"),
                measured=("records",),
                of="answers on *",
            ),
        ),
    ),
    Cause(
        id="fallback",
        title="A failure is told, and becomes no answer",
        happened="Whatever was raised became a price of -0.01 with status 200.",
        rests=(
            Rest(
                check="input-validation",
                codes=_codes("input-validation", "no-code exception-swallowed suppression-without-reason"),
                measured=(_INPUT,),
                told=("entry points",),
            ),
        ),
    ),
    Cause(
        id="health",
        title="The health check asks the model",
        happened="The health endpoint asked nobody: 200 OK for 72 hours.",
        rests=(),
    ),
    Cause(
        id="gradients",
        title="A request builds no graph and keeps no tensor",
        happened="A list for debugging kept 1,000 outputs, each with all intermediate results of its forward pass.",
        rests=(
            _GRADIENTS,
            Rest(
                check="golden-replay",
                codes=_codes("golden-replay", "not-declared predictor-fails keeps-graphs grad-enabled leak"),
                measured=("memory",),
                told=("requests",),
            ),
        ),
    ),
    Cause(
        id="guards",
        title="Every guard against gradients has an effect",
        happened="One guard decorated a coroutine, where it does nothing; another did not hold in the pool's threads.",
        rests=(
            Rest(
                check="no-grad",
                codes=_codes(
                    "no-grad",
                    "no-code guard-lost-in-thread process-wide-switch guard-entered-at-startup guard-on-async "
                    "guard-on-class guard-not-entered guard-not-called await-in-guard yield-in-guard",
                ),
                measured=("entry points",),
                told=("forward calls",),
            ),
        ),
    ),
    Cause(
        id="memory",
        title="Memory comes back after a request",
        happened="Every request was kept in a list for debugging, for ever.",
        rests=(_MEMORY,),
    ),
    Cause(
        id="training",
        title="A request trains nothing",
        happened="A request trained the model that answered the next one.",
        rests=(
            Rest(
                check="no-grad",
                codes=("no-grad/no-code", *_codes("training-in-serving", "backward optimizer train-mode trainer")),
                measured=("entry points",),
            ),
            Rest(
                check="golden-replay",
                codes=_codes(
                    "golden-replay", "not-declared predictor-fails weights-changed training-mode order-matters"
                ),
                measured=("records",),
                of="answers on *",
                told=("asked again", "in another order"),
            ),
        ),
    ),
    Cause(
        id="alerts",
        title="The alerts are on, and wake somebody",
        happened="The drift alert fired. Its annotation said ACTION: NONE.",
        rests=(
            Rest(
                check="observability",
                codes=_codes(
                    "observability",
                    "not-declared alert-deleted alert-loosened alert-muted recording-differs dashboard-differs",
                ),
                measured=("alerts generated",),
                told=("differences",),
            ),
            Rest(
                check="baseline",
                codes=_codes("baseline", "not-declared does-not-add-up alarm-noisy alarm-dead"),
                measured=("faults told",),
                told=("blocks silent",),
            ),
        ),
    ),
    Cause(
        id="manifest",
        title="The manifest is of this model, and is no form",
        happened="It had no highest price and no confidence, and the explanation was that of the model before.",
        rests=(
            Rest(
                check="interpretability-manifest",
                codes=_codes(
                    "interpretability-manifest",
                    "not-declared not-valid open-mark placeholder not-reviewed of-another-model unbounded "
                    "no-confidence no-kill-switch switch-dead no-explanation explanation-of-another-model "
                    "explanation-wrong",
                ),
                measured=("outputs",),
                told=("inputs",),
            ),
        ),
    ),
    Cause(
        id="season",
        title="The training data covers the whole year",
        happened="It covered the holiday quarter alone; in May the service was asked by bots.",
        rests=(
            Rest(
                check="baseline",
                codes=_codes(
                    "baseline",
                    "not-declared does-not-add-up of-another-model too-few-rows stale no-time season-missing",
                ),
                measured=("months",),
                told=("rows", "start", "end"),
            ),
        ),
    ),
)

"""The rules of `interpretability-manifest` about what may come out of it."""

from __future__ import annotations

from typing import ClassVar

from gatekeeper.model import Example, Rule, Severity
from gatekeeper_checks import _manifest_samples as samples

PASSING = Example(files=samples.files(), notes=samples.NOTES)


class Unbounded(Rule):
    """An output has no bounds.

    What it checks:
        That each number that the service gives has a smallest and a largest value: `min`, and `max` or
        `max_ratio_to_mean`.

    Why it matters:
        The price of -0.01 was possible because no file said that it is not.

    What it can't see:
        Whether the bounds are right; see `vacuous` and `out-of-range`.

    How to fix:
        Write the bounds outside which a person must look.
    """

    code: ClassVar[str] = "interpretability-manifest/unbounded"
    passing: ClassVar[Example] = PASSING
    failing: ClassVar[Example] = Example(files=samples.files(outputs={"price": {"unit": "EUR"}}), notes=samples.NOTES)


class Vacuous(Rule):
    """The bounds of an output exclude nothing.

    What it checks:
        That the declared range is at most 20 times as wide as that of 98 % of the model's predictions on the training
        data.

    Why it matters:
        A price of 0 to 1,000,000 is a declaration that everybody can sign and nobody can use.

    What it can't see:
        Outputs whose predictions are not in the baseline: build it with `--predictions COL`.

    How to fix:
        Tighten the bounds. An answer outside is served by the fallback, and a person looks.
    """

    code: ClassVar[str] = "interpretability-manifest/vacuous"
    passing: ClassVar[Example] = PASSING
    failing: ClassVar[Example] = Example(files=samples.files(outputs=samples.output(max=100000.0)), notes=samples.NOTES)


class TooNarrow(Rule):
    """The bounds of an output exclude what the model gave in training.

    What it checks:
        That at most 1 in 1,000 predictions on the training data, and no output of a golden record, lies outside the
        declared range.

    Why it matters:
        The guard would refuse the answers that were approved.

    What it can't see:
        Predictions that are not in the baseline.

    How to fix:
        Widen the bounds, or find out why the model gives such answers.
    """

    code: ClassVar[str] = "interpretability-manifest/too-narrow"
    passing: ClassVar[Example] = PASSING
    failing: ClassVar[Example] = Example(files=samples.files(outputs=samples.output(min=5.0)), notes=samples.NOTES)


class OtherClasses(Rule):
    """The classes are not those of the model.

    What it checks:
        That `classes` are those that the model was fitted with, in its order.

    Why it matters:
        Probabilities come by place: in another order, each is that of another class.

    What it can't see:
        A model without `classes_`.

    How to fix:
        Copy them from the model.
    """

    code: ClassVar[str] = "interpretability-manifest/other-classes"
    passing: ClassVar[Example] = PASSING
    failing: ClassVar[Example] = Example(
        files=samples.files(
            samples.WITHOUT_GOLDEN,
            outputs={"price": {"type": "class", "classes": ["cheap", "dear"]}},
            breaker={**samples.BREAKER, "fallback": {"price": "cheap"}},
        ),
        notes=samples.NOTES,
    )


class OutOfRange(Rule):
    """The model or the service gives an answer outside the declared range.

    What it checks:
        For linear, tree, forest and boosted models and plain networks a sound bound is worked out of the fitted
        numbers; where it lies in the range, that is a proof. Else, and for the production handler always, records are
        asked: corners, golden ones, coordinate ascent, and what no domain holds (missing, NaN, infinite, unknown, of
        another type). The smallest record that breaks the range is printed. Where the handler holds back what its model
        gives, the output is GUARDED.

    Why it matters:
        The price of -0.01 was in the service all along; nobody had asked for it.

    What it can't see:
        A state that the service gets into after many requests; records that the search does not come by, where there is
        no proof.

    How to fix:
        Bound the output in the handler: `gatekeeper manifest generate --guard`. See it again: `gatekeeper manifest
        probe CANDIDATE --record JSON`.
    """

    code: ClassVar[str] = "interpretability-manifest/out-of-range"
    severity: ClassVar[Severity] = Severity.CRITICAL
    passing: ClassVar[Example] = PASSING
    failing: ClassVar[Example] = Example(files=samples.files(outputs=samples.output(max=40.0)), notes=samples.NOTES)


class NotMonotone(Rule):
    """An output does not follow an input as declared.

    What it checks:
        That the output never falls (or never rises) when the named input rises and all others stay:
        proved of the
        fitted numbers, or searched for a pair of records that shows the contrary; the
        service is asked too.

    Why it matters:
        A price that falls when the cost rises is found by customers first.

    What it can't see:
        Pairs that the search does not come by, where there is no proof.

    How to fix:
        Fit with monotonic constraints (`monotonic_cst`), or delete the declaration.
    """

    code: ClassVar[str] = "interpretability-manifest/not-monotone"
    passing: ClassVar[Example] = PASSING
    failing: ClassVar[Example] = Example(
        files=samples.files(outputs=samples.output(monotone={"units": "decreasing"})), notes=samples.NOTES
    )


class ModelFails(Rule):
    """The model or the service fails on records of its own domain.

    What it checks:
        That neither raises, hangs, dies, prints a traceback in place of an answer, or gives another number of outputs,
        on any record of the declared domain that was asked.

    Why it matters:
        What is raised inside is turned into an answer outside: -0.01, with 200 OK.

    What it can't see:
        Failures that depend on load or time. A model or service that tries the network is undecided: the sandbox has
        none.

    How to fix:
        Look at the error; the record is printed.
    """

    code: ClassVar[str] = "interpretability-manifest/model-fails"
    severity: ClassVar[Severity] = Severity.CRITICAL
    passing: ClassVar[Example] = PASSING
    failing: ClassVar[Example] = Example(
        files=samples.files(samples.HANDLED, **{"serving.py": samples.RAISING}), notes=samples.NOTES
    )


class OtherAnswers(Rule):
    """The answers to the golden records are other ones.

    What it checks:
        That model and handler answer each golden record as it was recorded, to 1 in 10,000.

    Why it matters:
        The manifest was reviewed with the recorded answers.

    What it can't see:
        How far answers to other records have moved.

    How to fix:
        Find out what changed: the model, its libraries, or the code around it. Record the answers again if that is
        meant.
    """

    code: ClassVar[str] = "interpretability-manifest/other-answers"
    passing: ClassVar[Example] = PASSING
    failing: ClassVar[Example] = Example(
        files=samples.files(**{"golden.jsonl": '{"inputs": {"units": 3}, "outputs": {"price": 7.5}}\n'}),
        notes=samples.NOTES,
    )


class HandlerNotDeclared(Rule):
    """Nobody says what production calls.

    What it checks:
        That where `code.paths` is declared, `code.predictor` names the factory of the production handler, so that the
        answers of the service are probed and not those of the bare model.

    Why it matters:
        In the incident the model was sound in every range; it was the code around it that priced at -0.01.

    What it can't see:
        Whether production really calls it.

    How to fix:
        Add `code: {predictor: "package.module:factory"}`: a function without arguments that returns what takes a
        request (a dict) and returns the outputs, or (status, outputs).
    """

    code: ClassVar[str] = "interpretability-manifest/handler-not-declared"
    passing: ClassVar[Example] = PASSING
    failing: ClassVar[Example] = Example(
        files=samples.files(samples.POLICY + "code: {paths: [serving.py]}\n", **{"serving.py": samples.SERVING}),
        notes=samples.NOTES,
    )

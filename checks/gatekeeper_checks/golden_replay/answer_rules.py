"""The rules of `golden-replay` on what is answered."""

from __future__ import annotations

from typing import ClassVar

from gatekeeper.model import Example, Rule, Severity
from gatekeeper_checks.golden_replay import samples


class PredictorFails(Rule):
    """The predictor can't be used, or it took its process with it.

    What it checks:
        That the production handler can be imported and made, and that it answers: without a crash, a signal, memory or
        threads beyond what it may have, or a request that never ends.

    Why it matters:
        A service that dies on its first request passes every test of the bare model.

    What it can't see:
        What happens beside other processes, or with a network.

    How to fix:
        The message names what happened and where. Where more memory or time is right: `replay: {memory: MIB, timeout:
        SECONDS}`.
    """

    code: ClassVar[str] = "golden-replay/predictor-fails"
    severity: ClassVar[Severity] = Severity.CRITICAL
    passing: ClassVar[Example] = samples.PASSING
    failing: ClassVar[Example] = Example(files=samples.files(serve=samples.DYING))


class Raises(Rule):
    """A golden record raises.

    What it checks:
        That no record raises which was answered when it was recorded, and that one which was refused still is.

    Why it matters:
        The pipeline of incident 4092-X loaded under scikit-learn 1.3.0, and raised AttributeError at every request.

    What it can't see:
        An exception that the handler catches; its answer deviates then.

    How to fix:
        The message names record and exception. Most often production's versions are not the training's: see
        `environment-parity` and `version-pinning`.
    """

    code: ClassVar[str] = "golden-replay/raises"
    severity: ClassVar[Severity] = Severity.CRITICAL
    passing: ClassVar[Example] = samples.PASSING
    failing: ClassVar[Example] = Example(files=samples.files(serve=samples.RAISING))


class Deviates(Rule):
    """An answer is not what it was.

    What it checks:
        That each number is at most 0.01 % away from its golden value, or within a floor of 0.000001 times the root mean
        square of the output (`replay.outputs` says otherwise, output by output). Integers, texts and truth values are
        equal. NaN is equal to a recorded NaN in the same place, and to nothing else; infinity keeps its sign.

    Why it matters:
        On the night of the incident the price was -0.01, with status 200.

    What it can't see:
        A change that is smaller, or that touches no golden record: see the coverage in the report.

    How to fix:
        Find out what differs: the versions, the artifact, the features. If the new answer is meant: `gatekeeper golden
        record . --inputs FILE --reason "..."`, which shows the difference.
    """

    code: ClassVar[str] = "golden-replay/deviates"
    severity: ClassVar[Severity] = Severity.CRITICAL
    passing: ClassVar[Example] = samples.PASSING
    failing: ClassVar[Example] = Example(files=samples.files(serve=samples.DEVIATING))


class OtherOutputs(Rule):
    """The answer has another form.

    What it checks:
        That the outputs have the recorded names, types and shapes, none more and none less, and the same HTTP status.

    Why it matters:
        A client that reads `price` gets nothing from `Price`; an integer that became a float was the first thing that
        went wrong in the incident.

    What it can't see:
        Fields that only appear in answers to requests which no golden record makes.

    How to fix:
        Give the answer its old form, or record the new one with a reason, after its readers have changed.
    """

    code: ClassVar[str] = "golden-replay/other-outputs"
    severity: ClassVar[Severity] = Severity.CRITICAL
    passing: ClassVar[Example] = samples.PASSING
    failing: ClassVar[Example] = Example(files=samples.files(serve=samples.RENAMING))


class NotRepeatable(Rule):
    """The same request is answered differently.

    What it checks:
        That the same records, asked again in the same process and in a fresh one, are answered within the tolerance.
        What differs in its last places alone is told, and is none: a forest of two threads sums in the order in which
        they end.

    Why it matters:
        An answer that depends on chance can't be explained to the customer who asked twice.

    What it can't see:
        What depends on the machine, the day, or other requests at the same time.

    How to fix:
        Seed what is random when the handler is made; switch off dropout with `model.eval()`; take sampling out of the
        request.
    """

    code: ClassVar[str] = "golden-replay/not-repeatable"
    passing: ClassVar[Example] = samples.PASSING
    failing: ClassVar[Example] = Example(files=samples.files(serve=samples.RANDOM))


class OrderMatters(Rule):
    """An answer depends on the other requests.

    What it checks:
        That the records are answered the same in another order, and, where the predictor takes a batch, one by one as
        all at once.

    Why it matters:
        Batch normalisation in training mode, a cache with too short a key, a row that is filled from the row before:
        each gives a customer another customer's answer.

    What it can't see:
        Requests in parallel.

    How to fix:
        Keep no state between requests; put the model into evaluation mode; key caches by all inputs.
    """

    code: ClassVar[str] = "golden-replay/order-matters"
    passing: ClassVar[Example] = samples.PASSING
    failing: ClassVar[Example] = Example(files=samples.files(serve=samples.REMEMBERING))

"""The guard: one Python module that runs beside the model and needs nothing but pydantic and prometheus_client."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import Final

from gatekeeper.contract.generation import metrics
from gatekeeper.contract.generation.edges import Counted
from gatekeeper.contract.generation.input_model import limits, request_class
from gatekeeper.contract.generation.literals import comment, docstring, number, scalar, sequence, text
from gatekeeper.contract.generation.modules import Imports, merged, module
from gatekeeper.contract.generation.parts_source import parts
from gatekeeper.contract.generation.plan import Plan
from gatekeeper.contract.generation.switches import expression
from gatekeeper.contract.manifest.conditions import Op, Test
from gatekeeper.contract.manifest.facts import Kind, seconds
from gatekeeper.contract.manifest.wording import condition_sentence

_IMPORTS: Final[Imports] = {
    "collections.abc": {"Callable", "Mapping", "Sequence"},
    "typing": {"Final"},
    "time": {""},
    "prometheus_client": {"REGISTRY"},
    "pydantic": {"ValidationError"},
}
_RATES: Final = {Op.MISSING_RATE: "missing", Op.OUTSIDE_RATE: "outside", Op.UNSEEN_RATE: "unseen"}

_VALIDATION: Final = '''
def _raw(record: object) -> Record:
    """Return what a request has, as it came. An instance of `Request` has been through pydantic already."""
    if isinstance(record, MAPPINGS):
        return record
    return record.model_dump(by_alias=True) if isinstance(record, Request) else {}


def _validate(record: object) -> tuple[dict[str, Scalar], tuple[str, ...]]:
    """Return a record with its safe defaults, and the inputs that those stand for."""
    try:
        request = Request.model_validate(record if isinstance(record, dict) else _plain(record))
    except ValidationError as error:
        # Neither the values nor what pydantic says of them: they are the customer's.
        told = error.errors(include_url=False, include_context=False, include_input=False)
        raise InvalidRecord(tuple(f"{_place(each['loc'])}: {each['type']}" for each in told[:20])) from None
    return request.filled(), request.defaulted()


def _plain(record: object) -> object:
    """Return another mapping as the dictionary that pydantic asks for."""
    return dict(record) if isinstance(record, Mapping) else record


def _place(loc: tuple[int | str, ...]) -> str:
    """Return the input that an error is about; the name of one that nobody declared is the customer's, too."""
    return str(loc[0]) if loc and loc[0] in INPUTS else "record"
'''

_GUARD: Final = '''
class Guard(ContractGuard):
    """{told}

    guard = Guard(predict, probe=[(record, {{"{output}": value}}), ...])
    answer = guard(record)

    Args:
        predict: the team's own: it takes a record, safe defaults filled in, and returns output to value.
        probe: the golden records; the breaker is closed by them, and never by a customer.
        registry: where the metrics are registered; None: nowhere.
        clock: seconds that never go back.
        tolerance: how far the value of a golden record may be off, relative and absolute.

    Raises:
        ValueError: the fallback breaks the contract itself, there is no golden record, or one is not valid.
    """

    def __init__(
        self,
        predict: Predict,
        *,
        probe: Sequence[Golden] = (),
        registry: CollectorRegistry | None = REGISTRY,
        clock: Callable[[], float] = time.monotonic,
        tolerance: float = 1e-4,
    ) -> None:
        super().__init__(_contract(), predict, probe, registry=registry, clock=clock, tolerance=tolerance)
'''


def guard(planned: Plan) -> str:
    """Return the module's source."""
    model = planned.manifest.model
    request = request_class(planned.manifest, f"What {model.name} {model.version} is asked.")
    common = parts()
    sections = [
        "\n".join(_constants(planned)),
        request.source,
        *(section for part in common for section in (comment(f"--- {part.title}"), part.source)),
        comment(f"--- What was approved of {model.name} {model.version}.") + "\n" + "\n".join(_tables(planned)),
        _VALIDATION,
        *_switches(planned),
        "\n".join(["# fmt: off", *_contract(planned), "# fmt: on"]),
        _GUARD.format(
            told=docstring(f"The guard of {model.name} {model.version}."), output=next(iter(planned.manifest.outputs))
        ),
    ]
    return module(_head(planned), merged(_IMPORTS, request.imports, *(part.imports for part in common)), sections)


def _head(planned: Plan) -> str:
    model = planned.manifest.model
    budget = ", ".join(f"{count:,} for {what}" for what, count in planned.budget)
    return "\n".join(
        [
            docstring(f"The guard of {model.name} {model.version}: it enforces what its manifest declares."),
            "",
            f"Generated from the manifest {planned.digest};",
            "do not edit it, generate it again. It needs pydantic and prometheus_client.",
            "",
            f"It exposes {planned.series:,} series a process: {budget}.",
            "",
        ]
    )


def _constants(planned: Plan) -> Iterator[str]:
    model = planned.manifest.model
    yield f"MODEL: Final = {text(model.name)}"
    yield f"VERSION: Final = {text(model.version)}"
    yield f"MANIFEST: Final = {text(planned.digest)}"
    yield f"ARTIFACT: Final = {text(model.artifact)}"
    yield f"BASELINE: Final = {text(planned.baseline_sha256)}"


def _tables(planned: Plan) -> Iterator[str]:
    yield "# fmt: off"
    yield f"INPUTS: Final = {sequence((text(each.name) for each in planned.inputs), 0)}"
    yield f"VIOLATIONS: Final = {sequence(map(text, metrics.VIOLATIONS), 0)}"
    yield from _categories(planned)
    yield "METRICS: Final[Mapping[str, Described]] = {"
    for key, metric in metrics.TABLE.items():
        name = metric.name.removesuffix("_total")
        labels = f", labels={sequence(map(text, metric.labels), 0)}" if metric.labels else ""
        yield f"    {text(key)}: Described("
        yield f"        name={text(name)}, type={text(metric.type)}{labels},"
        yield f"        help={text(metric.help)},"
        yield "    ),"
    yield "}"
    numbers = [*planned.inputs, *planned.outputs, *([planned.confidence] if planned.confidence else [])]
    yield "# What values are compared with, and the label of the bucket."
    yield "EDGES: Final[Mapping[str, tuple[Sequence[float], Sequence[str]]]] = {"
    for place, each in enumerate(numbers):
        if each.edges is not None:
            yield f"    {text(_edge_key(planned, each, place))}: ("
            yield f"        {sequence((number(edge.at) for edge in each.edges), 8)},"
            yield f"        {sequence((text(edge.le) for edge in each.edges), 8)},"
            yield "    ),"
    yield "}"
    yield from _trained(planned)
    yield "# fmt: on"


def _categories(planned: Plan) -> Iterator[str]:
    """Yield the vocabularies, and which of their categories are counted one by one."""
    yield "VOCABULARIES: Final[Mapping[str, Sequence[str]]] = {"
    for name, each in planned.manifest.requested.items():
        if each.vocabulary:
            yield f"    {text(name)}: {sequence(map(text, each.vocabulary), 4)},"
    yield "}"
    yield "CATEGORIES: Final[Mapping[str, Sequence[str]]] = {"
    for prefix, counted in (("", planned.inputs), ("output ", planned.outputs)):
        for one in counted:
            if one.categories is not None:
                yield f"    {text(f'{prefix}{one.name}')}: {sequence(map(text, one.categories), 4)},"
    yield "}"


def _edge_key(planned: Plan, each: Counted, place: int) -> str:
    """Return the key of edges: an output may be called like an input."""
    if place < len(planned.inputs):
        return f"input {each.name}"
    return f"output {each.name}" if place < len(planned.inputs) + len(planned.outputs) else "confidence"


def _trained(planned: Plan) -> Iterator[str]:
    """Yield the counts of the training data."""
    yield "TRAINED_NUMBERS: Final[Mapping[str, Mapping[str, tuple[Sequence[tuple[str, int]], float]]]] = {"
    for key, counted in (("baseline_feature", planned.inputs), ("baseline_output", planned.outputs)):
        yield f"    {text(key)}: {{"
        for each in counted:
            if each.edges is not None and each.reference is not None and each.trained is not None:
                pairs = [*each.reference.items(), ("+Inf", each.trained.n)]
                total = (each.trained.mean or 0.0) * each.trained.n
                yield f"        {text(each.name)}: ("
                yield f"            {sequence((f'({text(le)}, {count})' for le, count in pairs), 12)},"
                yield f"            {number(total) if math.isfinite(total) else 0},"
                yield "        ),"
        yield "    },"
    yield "}"
    yield "TRAINED_COUNTS: Final[Mapping[str, Mapping[tuple[str, ...], int]]] = {"
    for key, counted, truths in (
        ("baseline_feature_category", planned.inputs, False),
        ("baseline_feature_truth", planned.inputs, True),
        ("baseline_output_class", planned.outputs, False),
    ):
        yield f"    {text(key)}: {{"
        for each in counted:
            if each.edges is None and each.reference is not None and each.truths is truths:
                for label, count in each.reference.items():
                    yield f"        ({text(each.name)}, {text(label)}): {count},"
        yield "    },"
    yield "}"


def _switches(planned: Plan) -> Iterator[str]:
    """Yield one function for each kill-switch."""
    places = {test: place for place, test in enumerate(planned.windows)}
    for place, switch in enumerate(planned.switches, start=1):
        told = docstring(f"Trip `{switch.name}` unless {condition_sentence(switch.formula)}.")
        yield "\n".join(
            [
                f"def _switch_{place}(record: Record, windows: Sequence[bool]) -> bool:",
                *_wrapped(told),
                f"    return {expression(switch.formula, places)}",
            ]
        )


def _wrapped(told: str) -> Iterator[str]:
    """Yield a docstring of one line, or a short one and a comment."""
    if len(told) <= 110:
        yield f'    """{told}"""'
        return
    yield '    """Trip unless what the comment says is the case."""'
    yield comment(told, 4)


def _contract(planned: Plan) -> Iterator[str]:
    """Yield the function that builds the contract of one guard."""
    manifest = planned.manifest
    yield "def _contract() -> Contract:"
    yield '    """Return what was approved, with counters of its own."""'
    yield "    records = Records()"
    yield "    features = ("
    yield from (f"        {_feature(planned, each)}," for each in planned.inputs)
    yield "    )"
    if planned.windows:
        yield "    by_name = {feature.name: feature for feature in features}"
    yield "    return Contract("
    yield '        base={"model": MODEL, "version": VERSION},'
    yield "        info=(MANIFEST, ARTIFACT, BASELINE),"
    yield "        metrics=METRICS,"
    yield "        raw=_raw,"
    yield "        validate=_validate,"
    yield "        records=records,"
    yield "        features=features,"
    yield "        outputs=("
    yield from (f"            {_output(planned, each)}," for each in planned.outputs)
    yield "        ),"
    yield "        windows=("
    yield from (f"            {_window(planned, test)}," for test in planned.windows)
    yield "        ),"
    yield "        switches=("
    for place, switch in enumerate(planned.switches, start=1):
        yield f"            Switch(name={text(switch.name)}, action={text(switch.action)}, trips=_switch_{place}),"
    yield "        ),"
    if manifest.breaker is not None:
        breaker = manifest.breaker
        fallback = ", ".join(f"{text(name)}: {scalar(value)}" for name, value in breaker.fallback.items())
        yield "        opening=Opening("
        yield f"            open_after={breaker.open_after}, of_last={breaker.of_last},"
        yield f"            cooldown={seconds(breaker.cooldown)},"
        yield f"            fallback={{{fallback}}},"
        yield "        ),"
    if manifest.confidence is not None:
        confidence = manifest.confidence
        yield "        confidence=Confidence("
        yield f"            {text(confidence.field)}, limit={number(confidence.limit)},"
        yield f'            larger_is_worse={confidence.larger_is_worse}, histogram=Histogram(*EDGES["confidence"]),'
        yield "        ),"
    yield "        trained=Trained(histograms=TRAINED_NUMBERS, counts=TRAINED_COUNTS),"
    yield "    )"


def _feature(planned: Plan, counted: Counted) -> str:
    each = planned.manifest.inputs[counted.name]
    arguments = [text(counted.name), text(each.kind)]
    low, high = limits(each)
    arguments += [f"low={number(low)}"] if low is not None else []
    arguments += [f"high={number(high)}"] if high is not None else []
    if each.of is Kind.CATEGORY and each.vocabulary:
        arguments.append(f"vocabulary=frozenset(VOCABULARIES[{text(counted.name)}])")
    if counted.edges is not None:
        arguments.append(f"histogram=Histogram(*EDGES[{text(f'input {counted.name}')}])")
    if counted.categories is not None:
        arguments.append(f"categories=CATEGORIES[{text(counted.name)}]")
    return sequence(arguments, 8, opening="Feature(", closing=")")


def _output(planned: Plan, counted: Counted) -> str:
    each = planned.manifest.outputs[counted.name]
    arguments = [text(counted.name)]
    if each.type == "class":
        arguments.append(f"classes=CATEGORIES[{text(f'output {counted.name}')}]")
    else:
        arguments += [f"low={number(each.min)}"] if each.min is not None else []
        arguments += [f"high={number(each.max)}"] if each.max is not None else []
        if each.max_ratio_to_mean is not None:
            arguments.append(f"highest_ratio={number(each.max_ratio_to_mean * planned.means[counted.name])}")
        arguments.append(f"histogram=Histogram(*EDGES[{text(f'output {counted.name}')}])")
    arguments.append("violations=VIOLATIONS")
    return sequence(arguments, 12, opening="Output(", closing=")")


def _window(planned: Plan, test: Test) -> str:
    feature = f"by_name[{text(test.feature)}]"
    arguments: Iterable[str]
    if test.op is not Op.DISTANCE:
        arguments = (f"rate(records, {feature}, {text(_RATES[test.op])})", "share")
    else:
        arguments = _distance(planned.counted(test.feature), feature)
    opposite = ", opposite=True" if test.opposite else ""
    limits_of = f"seconds={test.window}, limit={scalar(test.values[0])}, at_least={test.at_least}{opposite}"
    return sequence([*arguments, limits_of], 12, opening="Window(", closing=")")


def _distance(counted: Counted, feature: str) -> tuple[str, str]:
    name = text(counted.name)
    if counted.edges is not None:
        trained = f'TRAINED_NUMBERS["baseline_feature"][{name}][0]'
        labels = f"EDGES[{text(f'input {counted.name}')}][1]"
        return f"cells_of({feature})", f"kolmogorov_smirnov({labels}, {trained})"
    counts = sequence((str(count) for count in (counted.reference or {}).values()), 12)
    return f"categories_of({feature})", f"total_variation({counts})"

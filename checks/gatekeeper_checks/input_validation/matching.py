"""From the models that check input to findings: each by itself, and what carries the declared inputs against those."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from msgspec.structs import replace

from gatekeeper.inference.facts import Place
from gatekeeper.inference.validation.comparison import Difference, Expected, Mismatch, compare, soundness
from gatekeeper.inference.validation.facts import Input, InputModel
from gatekeeper.model import Finding, Location, Rule, Severity
from gatekeeper_checks.input_validation import match_rules, model_rules

_RULES: Mapping[Difference, type[Rule]] = {
    Difference.FIELD_MISSING: match_rules.FieldMissing,
    Difference.FIELD_UNKNOWN: match_rules.FieldUnknown,
    Difference.OTHER_TYPE: match_rules.OtherType,
    Difference.BOOLEAN_TAKEN: match_rules.OtherType,
    Difference.WIDER: match_rules.OtherRange,
    Difference.NARROWER: match_rules.OtherRange,
    Difference.OPEN_VOCABULARY: match_rules.OpenVocabulary,
    Difference.WORDS_MORE: match_rules.OtherVocabulary,
    Difference.WORDS_LESS: match_rules.OtherVocabulary,
    Difference.NOT_FINITE: model_rules.NotFinite,
    Difference.NOT_STRICT: model_rules.NotStrict,
    Difference.EXTRA_ALLOWED: model_rules.ExtraAllowed,
    Difference.MISSING_REFUSED: match_rules.OtherDefault,
    Difference.MISSING_TAKEN: match_rules.OtherDefault,
    Difference.UNKNOWN_REFUSED: match_rules.OtherDefault,
    Difference.OTHER_DEFAULT: match_rules.OtherDefault,
    Difference.UNJUDGED: model_rules.Unjudged,
}
_CONFIG = 'model_config = ConfigDict(strict=True, extra="forbid", frozen=True, allow_inf_nan=False)'
_FIXES: Mapping[Difference, str] = {
    Difference.FIELD_MISSING: "add the field, or declare the input as derived",
    Difference.FIELD_UNKNOWN: "declare the input in the manifest, or take the field out",
    Difference.OTHER_TYPE: "annotate it as the manifest declares it",
    Difference.BOOLEAN_TAKEN: "take bool out of its type",
    Difference.WIDER: "write the declared bounds",
    Difference.NARROWER: "write the declared bounds, or correct the manifest",
    Difference.OPEN_VOCABULARY: "write a Literal of the declared words",
    Difference.WORDS_MORE: "take these words out, or declare them",
    Difference.WORDS_LESS: "add these words",
    Difference.MISSING_REFUSED: "write: `TYPE | None = None`; a None takes the safe default",
    Difference.MISSING_TAKEN: "delete the default and `| None`",
    Difference.UNKNOWN_REFUSED: "write `unknown: reject` in the manifest, or map unknown words to the default",
    Difference.OTHER_DEFAULT: "write the declared default, or None",
    Difference.UNJUDGED: "write what can be read: constants, and validators of mode `after`",
}


def of_models(
    models: Sequence[InputModel], inputs: Sequence[Input], expected: Mapping[str, Expected] | None
) -> Iterator[tuple[Finding, Place]]:
    """Yield the findings about models that check the input of endpoints, each with its place."""
    by_name = {each.name: each for each in models}
    lenient = {name for each in inputs if each.strict is not True for name in _closure(each.model, by_name)}
    for model in models:
        for each in soundness(model, expected):
            if each.kind is not Difference.NOT_STRICT or model.name in lenient:
                yield from _finding(model, each)
    for name in dict.fromkeys(each.model for each in inputs):
        if expected is not None and name in by_name:
            carrier = _carrier([by_name[each] for each in _closure(name, by_name)], expected)
            sound = set(soundness(carrier, expected))
            for each in compare(carrier, expected):
                if each not in sound:
                    yield from _finding(carrier, each)


def _closure(name: str, models: Mapping[str, InputModel]) -> list[str]:
    """Return a model and all that are nested in it."""
    found: dict[str, None] = {}
    waiting = [name]
    while waiting:
        each = waiting.pop(0)
        if each in models and each not in found:
            found[each] = None
            waiting += [nested for field in models[each].fields for nested in field.models]
    return list(found)


def _carrier(models: list[InputModel], expected: Mapping[str, Expected]) -> InputModel:
    """Return what has the declared inputs as its fields: of several nested models all fields of those that have any."""
    carriers = [
        each for each in models if any(field.name in expected or field.attribute in expected for field in each.fields)
    ]
    top = (carriers or models)[0]
    if not carriers:
        return top
    fields = tuple(field for each in carriers for field in each.fields if not field.models)
    return replace(top, fields=fields, loosened=tuple(item for each in carriers for item in each.loosened))


def _finding(model: InputModel, each: Mismatch) -> Iterator[tuple[Finding, Place]]:
    at = each.at or model.at
    if at is None:
        return
    rule = _RULES[each.kind]
    what = (
        f"`{model.name}.{each.field}`"
        if each.field and each.kind is not Difference.FIELD_MISSING
        else f"`{model.name}`"
    )
    missing = f" has no `{each.field}`" if each.kind is Difference.FIELD_MISSING else ""
    finding = rule.finding(
        f"{what}{missing}: got {each.got}, expected {each.expected}",
        fix=_FIXES.get(each.kind, _CONFIG),
        at=Location(path=at.path, line=at.line, column=at.column, key=None if at.cell is None else f"cell {at.cell}"),
        severity=Severity.NOTE if each.kind is Difference.UNJUDGED and each.promised else None,
    )
    yield finding, at

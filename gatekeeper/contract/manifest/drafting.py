"""A manifest to begin with: what the files say is filled in, and what only people can decide is marked open."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Final

from gatekeeper.contract.baseline.facts import Baseline, Feature
from gatekeeper.contract.baseline.facts import Kind as Counted
from gatekeeper.contract.baseline.shares import quantile
from gatekeeper.contract.manifest.facts import SCHEMA

_KINDS: Final[Mapping[Counted, str]] = {
    Counted.REAL: "number",
    Counted.INTEGER: "integer",
    Counted.CATEGORY: "category",
    Counted.BOOLEAN: "boolean",
    Counted.TEXT: "text",
    Counted.DATETIME: "text",
}
_OPEN: Final = "OPEN"
_PLAIN: Final = re.compile(r"(?!(?:true|false|yes|no|on|off|null|y|n)$)[a-zA-Z][a-zA-Z_-]*|[a-z]+/[a-z]+@1")
_PLAIN_KEY: Final = re.compile(r"(?!(?:true|false|yes|no|on|off|null|y|n)$)(?:on$|[a-zA-Z_][a-zA-Z0-9_.-]*)")
_REVIEWED_FOR: Final = timedelta(days=180)
_HEAD: Final = """\
# What production may feed this model and get from it: drafted by `gatekeeper manifest draft` from the files.
# Decide what stands under `open`, correct the values, delete its lines; then let somebody else review it.
# `gatekeeper explain interpretability-manifest` says what is checked.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """What an input model of the serving code says of one input; None where it says nothing.

    `optional` is whether it takes a request without it.
    """

    kind: str | None = None
    low: float | None = None
    high: float | None = None
    vocabulary: tuple[str, ...] = ()
    optional: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What the candidate's files say.

    Attributes:
        name, version: of the candidate.
        digests: `artifact`, `baseline`, `golden` and `lock` to the sha256 of the file.
        features: what the model says it was fitted on, in its order; empty where it does not say.
        classes: what it says it gives; empty for numbers.
        baseline: the distribution of the training data.
        fields: what an input model of the serving code says, by input.
        today: the day of the draft.
    """

    name: str
    version: str
    digests: Mapping[str, str]
    features: Sequence[str] = ()
    classes: Sequence[str] = ()
    baseline: Baseline | None = None
    fields: Mapping[str, Declared] = field(default_factory=dict)
    today: date


def draft(known: Known) -> str:
    """Return the text of a manifest: well formed, and not passed by the gate before what is open is decided."""
    questions: dict[str, str] = {}
    document: dict[str, Any] = {
        "schema": SCHEMA,
        "model": {"name": known.name, "version": known.version, **known.digests},
        "owner": _owner(questions),
        "review": _review(known, questions),
        "outputs": _outputs(known, questions),
        "inputs": _inputs(known, questions),
    }
    document["kill_switches"] = _switches(document["inputs"], questions)
    document["breaker"] = _breaker(known, document["outputs"], questions)
    questions["confidence"] = (
        "which number does the service give beside each answer, and how low may it be? "
        "confidence: {metric: domain-distance, field: NAME, limit: NUMBER}"
    )
    questions["explanations"] = "gatekeeper manifest explain CANDIDATE --method shap --data FILE -o shap.json"
    document["open"] = questions
    return _HEAD + "".join(_written(document, 0))


def _owner(questions: dict[str, str]) -> dict[str, str]:
    questions["owner.team"] = "which team answers for the model?"
    questions["owner.oncall"] = "how is who is on call reached at three in the morning?"
    questions["owner.runbook"] = "which page says what they do then?"
    return {"team": _OPEN, "oncall": _OPEN, "runbook": _OPEN}


def _review(known: Known, questions: dict[str, str]) -> dict[str, str]:
    questions["review.author"] = "who wrote this?"
    questions["review.by"] = "who else has read it?"
    expires = (known.today + _REVIEWED_FOR).isoformat()
    return {"author": _OPEN, "by": _OPEN, "day": known.today.isoformat(), "expires": expires}


def _outputs(known: Known, questions: dict[str, str]) -> dict[str, Any]:
    target = known.baseline.target if known.baseline else None
    name = target.name if target is not None and target.name.isidentifier() else "prediction"
    if known.classes:
        return {name: {"type": "class", "classes": list(known.classes)}}
    seen = (known.baseline.predictions if known.baseline else None) or target
    output: dict[str, Any] = {"type": "number"}
    if seen is not None and seen.unit:
        output["unit"] = seen.unit
    if seen is not None and seen.min is not None and seen.max is not None:
        output |= {"min": seen.min, "max": seen.max}
        questions[f"outputs.{name}.min"] = (
            f"the lowest in training was {seen.min:g}; what is the lowest that may be given?"
        )
        questions[f"outputs.{name}.max"] = f"the highest in training was {seen.max:g}; what is the highest?"
    else:
        questions[f"outputs.{name}"] = "what are the lowest and the highest value that may be given? add min and max"
    return {name: output}


def _inputs(known: Known, questions: dict[str, str]) -> dict[str, Any]:
    features = {feature.name: feature for feature in known.baseline.features} if known.baseline else {}
    names = list(known.features) or list(features) or list(known.fields)
    if not names:
        questions["inputs"] = "the model does not say what it was fitted on: name its inputs, in its order"
        names = ["input_1"]
    return {name: _input(name, features.get(name), known.fields.get(name), questions, known) for name in names}


def _input(
    name: str, feature: Feature | None, said: Declared | None, questions: dict[str, str], known: Known
) -> dict[str, Any]:
    kind = _KINDS[feature.kind] if feature else (said.kind if said else None) or "number"
    found: dict[str, Any] = {"kind": kind}
    if feature is None and said is None:
        derived = known.baseline is not None
        questions[f"inputs.{name}"] = (
            "the training data has no such column: is it worked out by the service (derived: true)?"
            if derived
            else "nothing is known of it: which kind, which range, which categories?"
        )
        found["derived"] = derived
    if feature is not None and feature.unit:
        found["unit"] = feature.unit
    if kind in {"number", "integer"}:
        found |= _range(name, kind, feature, said, questions)
    if kind == "category":
        words = list(said.vocabulary) if said and said.vocabulary else []
        words = words or sorted(feature.categories.values if feature and feature.categories else ())
        policy = feature.categories.unknown if feature and feature.categories else None
        found |= {"vocabulary": words, "unknown": "reject" if policy is None or policy == "other" else str(policy)}
        if policy is None:
            questions[f"inputs.{name}.unknown"] = "is another category refused, or does a default stand for it?"
    found["missing"] = "reject"
    if feature is not None and feature.missing + feature.nan:
        share = (feature.missing + feature.nan) / feature.rows
        questions[f"inputs.{name}.missing"] = (
            f"{share:.1%} had no value in training: is such a request refused, or does a default stand for it?"
        )
    if said is not None and said.optional:
        questions[f"inputs.{name}.missing"] = (
            "the input model takes a request without it: write `missing: default` and what stands for it then"
        )
    if found.get("unknown") == "default":
        found["default"] = _default(feature, found)
    return found


def _range(
    name: str, kind: str, feature: Feature | None, said: Declared | None, questions: dict[str, str]
) -> dict[str, Any]:
    low = said.low if said and said.low is not None else feature.min if feature else None
    high = said.high if said and said.high is not None else feature.max if feature else None
    if low is None or high is None:
        questions[f"inputs.{name}.min"] = "what are the smallest and the largest value? add min and max"
        return {}
    if not (said and said.low is not None and said.high is not None):
        questions[f"inputs.{name}.min"] = f"training had {low:g} to {high:g}; what may a request have?"
    whole = kind == "integer"
    return {"min": math.ceil(low) if whole else low, "max": math.floor(high) if whole else high}


def _default(feature: Feature | None, found: Mapping[str, Any]) -> Any:
    if found.get("vocabulary"):
        return found["vocabulary"][0]
    return quantile(feature, 0.5) if feature else None


def _switches(inputs: Mapping[str, Any], questions: dict[str, str]) -> dict[str, Any]:
    asked = [name for name, each in inputs.items() if not each.get("derived")]
    measured = [name for name in asked if inputs[name]["kind"] in {"number", "integer", "category"}]
    questions["kill_switches"] = "are these the conditions under which the model must not be asked?"

    def rates(op: str, value: float, window: str, names: Sequence[str]) -> dict[str, Any]:
        return {"any": [{"feature": name, "op": op, "value": value, "window": window} for name in names]}

    found: dict[str, Any] = {"inputs-lost": {"when": rates("missing-rate", 0.05, "5m", asked), "action": "safe-mode"}}
    if measured:
        found["inputs-outside"] = {"when": rates("outside-rate", 0.05, "5m", measured), "action": "safe-mode"}
        found["inputs-drifted"] = {"when": rates("distance", 0.3, "1h", measured), "action": "alert"}
    return found


def _breaker(known: Known, outputs: Mapping[str, Any], questions: dict[str, str]) -> dict[str, Any]:
    ((name, output),) = outputs.items()
    seen = (known.baseline.predictions or known.baseline.target) if known.baseline else None
    fallback = output["classes"][0] if output["type"] == "class" else quantile(seen, 0.5) if seen else 0.0
    questions[f"breaker.fallback.{name}"] = "which answer is safe while the model is not asked?"
    return {"open_after": 5, "of_last": 100, "cooldown": "1m", "fallback": {name: fallback}, "page_after": "2m"}


def _written(value: Mapping[str, Any], depth: int) -> Iterator[str]:
    """Yield the lines of a mapping as YAML: what is short in one line, the rest as blocks."""
    indent = "  " * depth
    for key, each in value.items():
        if isinstance(each, Mapping) and each and not _is_short(each):
            yield f"{indent}{_key(key)}:\n"
            yield from _written(each, depth + 1)
        elif isinstance(each, list) and any(isinstance(member, Mapping) for member in each):
            yield f"{indent}{_key(key)}:\n"
            yield from (f"{indent}  - {_flow(member)}\n" for member in each)
        else:
            yield f"{indent}{_key(key)}: {_flow(each)}\n"
        if depth == 0:
            yield "" if key == "schema" else "\n"


def _is_short(value: Mapping[str, Any]) -> bool:
    return len(_flow(value)) <= 100 and not any(isinstance(each, Mapping | list) for each in value.values())


def _flow(value: Any) -> str:
    """Return a value in one line, as YAML reads it. JSON is YAML, but for floats without a point before the `e`."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_key(key)}: {_flow(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_flow(each) for each in value) + "]"
    if isinstance(value, float):
        text = repr(value)
        return text.replace("e", ".0e", 1) if "e" in text and "." not in text else text
    return value if isinstance(value, str) and _PLAIN.fullmatch(value) else json.dumps(value, ensure_ascii=False)


def _key(key: str) -> str:
    return key if _PLAIN_KEY.fullmatch(key) else json.dumps(key)

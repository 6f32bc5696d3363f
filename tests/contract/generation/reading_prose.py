"""A condition read back from its sentence: if a parser of forty lines can do it, so can a person."""

from __future__ import annotations

import json
import re
from typing import Any

from gatekeeper.contract.manifest.conditions import Every, Formula, Op, Some, Test

_NUMBER = r"(-?[\d.]+)"
_SENTENCES = (
    (r"has a value", Op.MISSING, False),
    (r"has no value", Op.MISSING, True),
    (rf"is a number and at most {_NUMBER}", Op.ABOVE, False),
    (rf"is a number and above {_NUMBER}", Op.ABOVE, True),
    (rf"is a number and at least {_NUMBER}", Op.BELOW, False),
    (rf"is a number and below {_NUMBER}", Op.BELOW, True),
    (rf"is a number from {_NUMBER} to {_NUMBER}", Op.OUTSIDE, False),
    (rf"is a number below {_NUMBER} or above {_NUMBER}", Op.OUTSIDE, True),
    (r"is a (?:number|text|truth value) and none of (.*)", Op.ONE_OF, False),
    (r"is one of the (?:numbers|texts|truth values) (.*)", Op.NOT_ONE_OF, False),
)
_WINDOWS = {
    "the share of records without a value of `(.*)`": Op.MISSING_RATE,
    "the share of records whose `(.*)` is outside its domain or of another type": Op.OUTSIDE_RATE,
    "the share of records whose `(.*)` is of no known category": Op.UNSEEN_RATE,
    "the distance of `(.*)` from its baseline": Op.DISTANCE,
}
_UNITS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400}


def read(sentence: str) -> Formula:
    """Return the formula that trips unless what the sentence says is the case."""
    for head, joint, kind in (
        ("at least one of these holds: ", "or", Every),
        ("all of these hold: ", "and", Some),
    ):
        if sentence.startswith(head):
            return kind(parts=tuple(read(part) for part in _parts(sentence.removeprefix(head), joint)))
    return _window(sentence) if sentence.startswith("within ") else _test(sentence)


def _parts(text: str, joint: str) -> list[str]:
    """Return what stands in the outermost parentheses; those in quotes are text."""
    parts, start, depth, place = [], 0, 0, 0
    while place < len(text):
        if text[place] == '"':
            _, place = json.JSONDecoder().raw_decode(text, place)
            continue
        if text[place] == "(":
            depth += 1
            start = place + 1 if depth == 1 else start
        elif text[place] == ")":
            depth -= 1
            if depth == 0:
                parts.append(text[start:place])
                assert text[place + 1 :] == "" or text[place + 1 :].startswith(f" {joint} (")
        place += 1
    return parts


def _test(sentence: str) -> Test:
    match = re.fullmatch(r"`(\w+)` (.*)", sentence, re.DOTALL)
    assert match, sentence
    for pattern, op, opposite in _SENTENCES:
        if found := re.fullmatch(pattern, match[2], re.DOTALL):
            values: tuple[Any, ...] = tuple(json.loads(f"[{', '.join(found.groups())}]"))
            return Test(feature=match[1], op=op, values=values, opposite=opposite)
    raise AssertionError(sentence)


def _window(sentence: str) -> Test:
    pattern = rf"within (\d+) (\w+?)s? (.*) is (above|at most) {_NUMBER}, or there are fewer than (\d+) records"
    match = re.fullmatch(pattern, sentence)
    assert match, sentence
    for measured, op in _WINDOWS.items():
        if found := re.fullmatch(measured, match[3]):
            return Test(
                feature=found[1],
                op=op,
                values=(json.loads(match[5]),),
                opposite=match[4] == "above",
                window=int(match[1]) * _UNITS[match[2]],
                at_least=int(match[6]),
            )
    raise AssertionError(sentence)

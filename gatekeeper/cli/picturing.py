"""The pictures of a sign-off, drawn from the candidate's own files: golden answers in their range, and the baseline.

What the run measured is drawn by `gatekeeper.cli.signing.replayed`.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Sequence
from pathlib import Path

from gatekeeper.contract.baseline import Baseline, read
from gatekeeper.contract.baseline.arithmetic import checked
from gatekeeper.contract.manifest import document as manifest_document
from gatekeeper.contract.manifest.facts import Output
from gatekeeper.errors import PolicyError, Unreadable
from gatekeeper.policy import Declaration
from gatekeeper.reading import open_regular
from gatekeeper.replay.golden import document as golden_document
from gatekeeper.replay.golden.facts import Record
from gatekeeper.replay.golden.values import elements
from gatekeeper.report import FileDigest
from gatekeeper.report.page.answers import Answers, told
from gatekeeper.report.page.answers import draw as draw_answers
from gatekeeper.report.page.svg import MAX_BYTES, inline
from gatekeeper.report.signoff import Picture

_MOST_OUTPUTS = 6
"""Outputs of which the answers are drawn; those first that the manifest declares."""

_NUMBERS = ("float", "int", "uint", "bfloat")

_LARGEST = 64 << 20
"""Bytes of a baseline that is read to be drawn: ten times what one of a thousand columns has."""


def pictures(root: Path, declaration: Declaration, files: Sequence[FileDigest] = ()) -> tuple[Picture, ...]:
    """Return the pictures of a candidate; one that can't be drawn has no `svg`, and `alt` says why and what to do.

    Args:
        root: the candidate's folder.
        declaration: its policy.
        files: its files as they were judged. One that is another by now is not drawn.
    """
    policy = declaration.policy
    judged = {each.role: each.sha256 for each in files}
    found: list[Picture] = []
    if policy.golden is not None:
        found += _answers(root, policy.golden, policy.manifest)
    if policy.baseline is not None:
        found.append(_baseline(root / policy.baseline, policy.baseline, judged.get("baseline")))
    return tuple(found)


def _answers(root: Path, golden: str, manifest: str | None) -> list[Picture]:
    """Return the golden answers as a picture; none where no answer is a number."""
    title = "The golden records: what was answered, and what may be"
    try:
        records = golden_document.read(root / golden).records
        declared = {} if manifest is None else manifest_document.load(_bytes(root / manifest), manifest).outputs
    except (Unreadable, PolicyError) as error:
        return [missing(title, f"{golden} or {manifest} can't be read: {error}")]
    outputs = [_output(name, values, declared.get(name)) for name, values in _numbers(records).items()]
    outputs.sort(key=lambda each: each.name not in declared)
    shown = outputs[:_MOST_OUTPUTS]
    more = f"; and {len(outputs) - len(shown)} more outputs" if len(outputs) > len(shown) else ""
    alt = f"{'; '.join(map(told, shown))}{more}."
    return [Picture(title=title, alt=alt, svg=draw_answers(shown))] if shown else []


def _numbers(records: Sequence[Record]) -> dict[str, list[float]]:
    """Return each output that is one number, with its values in the order of the records."""
    found: dict[str, list[float]] = {}
    for record in records:
        for name, value in (record.outputs or {}).items():
            if value.shape == () and value.dtype.startswith(_NUMBERS):
                found.setdefault(name, []).extend(map(_number, elements(value)))
    return found


def _number(value: float) -> float:
    """Return a number as a float; an integer that is too large for one is infinite."""
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def _output(name: str, values: Sequence[float], declared: Output | None) -> Answers:
    if declared is None:
        return Answers(name=name, unit="", low=None, high=None, values=tuple(values))
    return Answers(name=name, unit=declared.unit or "", low=declared.min, high=declared.max, values=tuple(values))


def _baseline(file: Path, name: str, judged: str | None) -> Picture:
    title = "The training data, column by column"
    try:
        data = _bytes(file)
        if judged not in {None, hashlib.sha256(data).hexdigest()}:
            return missing(title, f"{name} is not the file that was judged: it changed after the run")
        baseline = checked(read(data))
    except Unreadable as error:
        return missing(title, f"{name} {error.what}; {error.fix}")
    from gatekeeper.report.baseline.plot import draw

    by_hand = f"gatekeeper baseline show {name} --plot baseline.svg"
    return drawn(title, _told(baseline), lambda: draw(baseline, format="svg"), by_hand)


def drawn(title: str, alt: str, draw: Callable[[], bytes], by_hand: str) -> Picture:
    """Return a picture that fits into a page; without matplotlib, or where it is too large, one that says so.

    Args:
        title: its name.
        alt: what it shows.
        draw: what draws it.
        by_hand: the command that draws it into a file of its own.
    """
    try:
        svg = draw().decode()
    except ModuleNotFoundError as error:
        if error.name is None or not error.name.startswith("matplotlib"):
            raise
        return missing(title, "matplotlib draws it, and is not installed: pip install 'model-gatekeeper[plot]'")
    if inline(svg, prefix="picture", title=title, alt=alt) is None:
        return missing(title, f"it has more than {MAX_BYTES:,} bytes; see it in a file of its own: {by_hand}")
    return Picture(title=title, alt=alt, svg=svg)


def _bytes(file: Path) -> bytes:
    with open_regular(file) as stream:
        return stream.read(_LARGEST + 1)


def missing(title: str, why: str) -> Picture:
    """Return a picture that can't be drawn, and why."""
    return Picture(title=title, alt=f"Not drawn: {why}.", svg="")


def _told(baseline: Baseline) -> str:
    """Return in one sentence what the picture shows."""
    time = f" from {baseline.time.start} to {baseline.time.end}" if baseline.time is not None else ""
    names = ", ".join(each.name for each in baseline.columns[:12])
    more = f" and {len(baseline.columns) - 12} more" if len(baseline.columns) > 12 else ""
    return f"The distribution of {baseline.data.rows:,} rows{time}: a histogram of each of {names}{more}."

"""The pictures of a sign-off, drawn from the candidate's own files.

What the checks measured on a run is in their evidence as numbers; a picture of golden records and memory would need a
second replay, which takes as long as all other checks together and might show another outcome than the one that was
judged. So the baseline is drawn, and the page names the command that draws the others.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

from gatekeeper.contract.baseline import Baseline, read
from gatekeeper.contract.baseline.arithmetic import checked
from gatekeeper.errors import Unreadable
from gatekeeper.policy import Declaration
from gatekeeper.reading import open_regular
from gatekeeper.report import FileDigest
from gatekeeper.report.page.svg import MAX_BYTES, inline
from gatekeeper.report.signoff import Picture

_LARGEST = 64 << 20
"""Bytes of a baseline that is read to be drawn: ten times what one of a thousand columns has."""


def pictures(root: Path, declaration: Declaration, files: Sequence[FileDigest] = ()) -> tuple[Picture, ...]:
    """Return the pictures of a candidate; one that can't be drawn has no `svg`, and `alt` says why and what to do.

    Args:
        root: the candidate's folder.
        declaration: its policy.
        files: its files as they were judged. One that is another by now is not drawn.
    """
    path = declaration.policy.baseline
    if path is None:
        return ()
    judged = next((each.sha256 for each in files if each.role == "baseline"), None)
    return (_baseline(root / path, path, judged),)


def _baseline(file: Path, name: str, judged: str | None) -> Picture:
    title = "The training data, column by column"
    try:
        with open_regular(file) as stream:
            data = stream.read(_LARGEST + 1)
        if judged not in {None, hashlib.sha256(data).hexdigest()}:
            return _missing(title, f"{name} is not the file that was judged: it changed after the run")
        baseline = checked(read(data))
    except Unreadable as error:
        return _missing(title, f"{name} {error.what}; {error.fix}")
    by_hand = f"gatekeeper baseline show {name} --plot baseline.svg"
    from gatekeeper.report.baseline.plot import draw

    try:
        svg = draw(baseline, format="svg").decode()
    except ModuleNotFoundError as error:
        if error.name is None or not error.name.startswith("matplotlib"):
            raise
        return _missing(title, "matplotlib draws it, and is not installed: pip install 'model-gatekeeper[plot]'")
    alt = _told(baseline)
    if inline(svg, prefix="picture", title=title, alt=alt) is None:
        return _missing(title, f"it has more than {MAX_BYTES:,} bytes; see it in a file of its own: {by_hand}")
    return Picture(title=title, alt=alt, svg=svg)


def _missing(title: str, why: str) -> Picture:
    return Picture(title=title, alt=f"Not drawn: {why}.", svg="")


def _told(baseline: Baseline) -> str:
    """Return in one sentence what the picture shows."""
    time = f" from {baseline.time.start} to {baseline.time.end}" if baseline.time is not None else ""
    names = ", ".join(each.name for each in baseline.columns[:12])
    more = f" and {len(baseline.columns) - 12} more" if len(baseline.columns) > 12 else ""
    return f"The distribution of {baseline.data.rows:,} rows{time}: a histogram of each of {names}{more}."

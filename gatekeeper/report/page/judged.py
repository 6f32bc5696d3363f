"""Who was judged, and by what: the candidate with its files, and the circumstances of the run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gatekeeper.model import Scalar
from gatekeeper.report import FileDigest, Report
from gatekeeper.report.page.evidence import digest, number
from gatekeeper.report.page.frame import counted, facts, folded
from gatekeeper.report.page.markup import Child, Html, tag


def file(path: str, sha256: str | None, size: int | None) -> Html:
    """Return one file: path, size, and its digest on a line of its own."""
    told = f" {counted(size, 'byte')}" if size is not None else ""
    shown = digest(sha256) if sha256 else tag("span", " no digest: a folder, or it can't be read", class_="quiet small")
    return tag("li", tag("code", path), tag("span", told, class_="quiet small"), shown)


def candidate(report: Report) -> list[tuple[str, Child | None]]:
    """Return what the candidate says that it is."""
    subject = report.subject
    policy = subject.policy
    return [
        ("Candidate", subject.name),
        ("Version", subject.version or tag("span", "none declared", class_="quiet")),
        ("Policy", tag("ul", file(policy.path, policy.sha256, policy.bytes), class_="files") if policy else "none"),
    ]


def declared(files: Sequence[FileDigest]) -> Html | None:
    """Return the declared files, folded; None where there are none."""
    if not files:
        return None
    pairs: list[tuple[str, Child | None]] = [
        (each.role, tag("ul", file(each.path, each.sha256, each.bytes), class_="files")) for each in files
    ]
    return folded(f"{counted(len(files), 'declared file')} with digest", facts(pairs))


def circumstances(run: Mapping[str, Scalar | Mapping[str, Scalar]]) -> Html | None:
    """Return what may differ between two runs on the same input, folded; None where nothing is told."""
    pairs: list[tuple[str, Child | None]] = [
        (name.replace("_", " "), tag("code", number(value)))
        for name, value in run.items()
        if not isinstance(value, Mapping)
    ]
    return folded("When, where and by what it was run", facts(pairs)) if pairs else None

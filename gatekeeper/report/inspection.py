"""What is in model files, as text and as JSON, schema `gatekeeper/inspection@1`."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from gatekeeper.artifact.facts import Artifact, GlobalRef, Statistics, Tensor
from gatekeeper.model import Finding, Obstacle, Verdict
from gatekeeper.report.printable import one_line

SCHEMA = "gatekeeper/inspection@1"

MAX_SHOWN = 12
"""Entries of a list that the text shows. The JSON has all of them."""

_MAX_VALUES = 8
_WIDTH = 13
_WORDS = {Verdict.PASS: "nothing against it", Verdict.FAIL: "something against it", Verdict.UNDECIDED: "undecided"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspection:
    """One file: its facts, what is against it, and why it can't be read whole, if so.

    Attributes:
        path: as typed.
        sha256: of the file's bytes; empty where it can't be opened.
        size: of the file in bytes.
        artifact: what is in it; None where nothing could be read.
        findings: what is against it.
        obstacle: why it can't be read whole.
    """

    path: str
    sha256: str
    size: int
    artifact: Artifact | None
    findings: tuple[Finding, ...]
    obstacle: Obstacle | None

    @property
    def verdict(self) -> Verdict:
        """FAIL beats UNDECIDED beats PASS."""
        if any(finding.severity.blocks for finding in self.findings):
            return Verdict.FAIL
        return Verdict.PASS if self.obstacle is None else Verdict.UNDECIDED


def verdict(inspections: Sequence[Inspection]) -> Verdict:
    """Return the verdict over all files; of no file it is UNDECIDED."""
    found = {each.verdict for each in inspections}
    return next((each for each in (Verdict.FAIL, Verdict.UNDECIDED, Verdict.PASS) if each in found), Verdict.UNDECIDED)


def render_json(inspections: Sequence[Inspection]) -> str:
    """Return every fact of every file."""
    document = {
        "schema": SCHEMA,
        "verdict": verdict(inspections).name,
        "files": [_document(each) for each in inspections],
    }
    return json.dumps(document, indent=1, ensure_ascii=False, default=str) + "\n"


def _document(each: Inspection) -> dict[str, object]:
    import msgspec

    return {
        "path": each.path,
        "sha256": each.sha256 or None,
        "bytes": each.size,
        "verdict": each.verdict.name,
        "artifact": msgspec.to_builtins(each.artifact),
        "findings": [msgspec.to_builtins(finding) for finding in each.findings],
        "obstacle": msgspec.to_builtins(each.obstacle),
    }


def render_text(inspections: Sequence[Inspection]) -> str:
    """Return what a person wants to see of each file, and what is against it."""
    return "\n".join("\n".join(map(one_line, _lines(each))) + "\n" for each in inspections)


def _lines(each: Inspection) -> Iterator[str]:
    yield each.path
    if each.sha256:
        yield _row("file", f"{each.size:,} bytes, sha256:{each.sha256}")
    if each.artifact is not None:
        yield from _facts(each.artifact)
    yield from _against(each)


def _facts(artifact: Artifact) -> Iterator[str]:
    packed = f" in {artifact.compression} ({artifact.size:,} bytes unpacked)" if artifact.compression else ""
    counted = f", {artifact.opcodes:,} opcodes of protocol {artifact.protocol}" if artifact.opcodes else ""
    yield _row("format", f"{artifact.format}{packed}{counted}")
    for key, value in artifact.metadata[:MAX_SHOWN]:
        yield _row("says", f"{key} {value}")
    for version in artifact.versions:
        yield _row("saved by", f"{version.library} {version.version} ({version.count:,} objects)")
    for bound in artifact.bounds:
        yield _row("written by", f"{bound.library}{bound.specifier} ({bound.reason})")
    classes = Counter({f"{each.name} {each.version}": each.count for each in artifact.estimators})
    yield from _list("estimators", [f"{name} x {count}" for name, count in classes.most_common()])
    for vocabulary in artifact.vocabularies[:MAX_SHOWN]:
        more = f" and {vocabulary.count - _MAX_VALUES:,} more" if vocabulary.count > _MAX_VALUES else ""
        owner = vocabulary.owner.rpartition(".")[2]
        values = ", ".join(vocabulary.values[:_MAX_VALUES]) or f"{vocabulary.count:,} values"
        yield _row("vocabulary", f"{owner}.{vocabulary.attribute}: {values}{more}")
    yield from _tensors(artifact.tensors)
    yield from _list("refers to", list(artifact.references))
    yield from _loading(artifact)


def _tensors(tensors: Sequence[Tensor]) -> Iterator[str]:
    if not tensors:
        return
    numbers = sum(each.count for tensor in tensors for each in tensor.statistics)
    broken = sum(each.nan + each.infinite for tensor in tensors for each in tensor.statistics)
    size = sum(tensor.size for tensor in tensors)
    yield _row("tensors", f"{len(tensors):,} of {size:,} bytes; {numbers:,} numbers, {broken:,} of them not finite")
    # Those that are not finite first, then the largest.
    ranked = sorted(tensors, key=lambda each: (not any(map(_is_broken, each.statistics)), -each.size))
    for tensor in ranked[:MAX_SHOWN]:
        shape = " x ".join(map(str, tensor.shape)) or "scalar"
        kind = tensor.element if len(tensor.element) < 40 else f"{tensor.element.partition('{')[0]}{{...}}"
        yield _row("", f"{tensor.name or '(no name)'}  {kind} {shape}{_range(tensor.statistics)}")
    if len(tensors) > MAX_SHOWN:
        yield _row("", f"and {len(tensors) - MAX_SHOWN:,} more: --format json")


def _range(statistics: Sequence[Statistics]) -> str:
    if len(statistics) != 1:
        broken = [each for each in statistics if _is_broken(each)]
        return "".join(f"  {each.field}: {_broken(each)}" for each in broken)
    (each,) = statistics
    shown = "" if each.minimum is None else f"  {each.minimum:.6g} to {each.maximum:.6g}"
    return f"{shown}  {_broken(each)}" if _is_broken(each) else shown


def _is_broken(each: Statistics) -> bool:
    return each.nan > 0 or each.infinite > 0


def _broken(each: Statistics) -> str:
    return f"{each.nan:,} NaN, {each.infinite:,} infinite, the first at {each.first}"


def _loading(artifact: Artifact) -> Iterator[str]:
    if not artifact.globals:
        yield _row("loading", "imports nothing by name")
        return
    calls = sum(call.count for call in artifact.calls)
    yield _row(
        "loading", f"imports {len(artifact.globals):,} names and makes {calls:,} calls of {len(artifact.calls):,}"
    )
    modules: dict[tuple[str, str], list[GlobalRef]] = {}
    for each in artifact.globals:
        modules.setdefault((each.member, each.module), []).append(each)
    entries = [_module(member, module, names) for (member, module), names in modules.items()]
    yield from (_row("", entry) for entry in entries[: 3 * MAX_SHOWN])
    if len(entries) > 3 * MAX_SHOWN:
        yield _row("", f"and {len(entries) - 3 * MAX_SHOWN:,} more modules: --format json")


def _module(member: str, module: str, names: Sequence[GlobalRef]) -> str:
    inside = f"{member}: " if member else ""
    return f"{inside}{module}: {', '.join(f'{each.name} @{each.offset}' for each in names)}"


def _list(title: str, entries: Sequence[str]) -> Iterator[str]:
    if entries:
        more = f" and {len(entries) - MAX_SHOWN:,} more" if len(entries) > MAX_SHOWN else ""
        yield _row(title, ", ".join(entries[:MAX_SHOWN]) + more)


def _against(each: Inspection) -> Iterator[str]:
    for finding in each.findings:
        yield f"  {'x' if finding.severity.blocks else '-'} {finding.code}: {finding.message}"
        yield f"      fix: {finding.fix}"
    if each.obstacle is not None:
        yield f"  ? could not be read whole: {each.obstacle.what}"
        yield f"      fix: {each.obstacle.fix}"
    yield f"  {_WORDS[each.verdict]}"


def _row(title: str, text: str) -> str:
    return f"  {title:<{_WIDTH}}{text}"

"""Whether the environment has every class and function that loading the file imports."""

from __future__ import annotations

from collections.abc import Iterator

from gatekeeper.artifact.facts import Artifact, GlobalRef
from gatekeeper.artifact.prospects.extensions import has_type, hides_names
from gatekeeper.artifact.prospects.prospect import Confidence, Kind, Prospect
from gatekeeper.artifact.prospects.resolve import Answer, NoModule, NoName, Unknown, look_up
from gatekeeper.artifact.prospects.sources import Make, Source, Sources


def absent(artifact: Artifact, target: Sources, own: Sources | None) -> Iterator[Prospect]:
    """Yield the globals of the file that the target has not."""
    for ref in artifact.globals:
        answer = _answer(ref, target, own)
        if not isinstance(answer, NoModule | NoName):
            continue
        source = answer.source if isinstance(answer, NoName) else _nearest(target, answer.module)
        yield Prospect(
            kind=Kind.MISSING_NAME if isinstance(answer, NoName) else Kind.MISSING_MODULE,
            subject=str(ref),
            missing=answer.name if isinstance(answer, NoName) else answer.module,
            holder=ref.module,
            entry="",
            path=source.path if source is not None else "",
            line=None,
            distribution=str(target.distribution(source) or "") if source is not None else "",
            offset=ref.offset,
            member=ref.member,
            confidence=Confidence.CERTAIN,
        )


def _answer(ref: GlobalRef, target: Sources, own: Sources | None) -> Answer:
    answer = look_up(target, ref.module, ref.name)
    if own is None or not isinstance(answer, Unknown):
        return answer
    source, there = target.module(ref.module), own.module(ref.module)
    if source is not None and there is not None and _lost_type(ref, source, target, there, own):
        return NoName(source=source, name=ref.name)
    return answer


def _lost_type(ref: GlobalRef, source: Source, target: Sources, there: Source, own: Sources) -> bool:
    """Whether an extension type of the own version is nowhere in the target's module.

    A module whose text is compressed may hide the names of classes, yet those of extension types never are.
    """
    if not source.make is there.make is Make.EXTENSION:
        return False
    content = target.content(source)
    return (
        hides_names(content) and ref.name.encode() not in content and has_type(own.content(there), ref.module, ref.name)
    )


def _nearest(target: Sources, module: str) -> Source | None:
    """Return the package that the missing module would lie in."""
    return target.module(module.rpartition(".")[0]) if "." in module else None

"""What loading the file would import and call, held against what was approved."""

from __future__ import annotations

from collections.abc import Iterator

from gatekeeper.artifact.facts import Artifact, Call, GlobalRef
from gatekeeper.artifact.known import executes, unjustified
from gatekeeper.model import Finding, Location
from gatekeeper_checks.artifact_integrity import content_rules as rules
from gatekeeper_checks.artifact_integrity.scene import Allowed
from gatekeeper_checks.artifact_integrity.wording import listed, place

_DISTRUST = "don't load the file; find out who wrote it, and train again from sources that you trust"


def judge_names(artifact: Artifact, path: str, allowed: Allowed) -> Iterator[Finding]:
    """Yield a finding for each global that runs code, and one for each module with names that nothing justifies."""
    calls = {(call.module, call.name, call.member): call for call in artifact.calls}
    others: dict[tuple[str, str, str], list[GlobalRef]] = {}
    for each in unjustified(artifact.globals, pinned=allowed.pinned, approved=allowed.approved):
        found = each.ref
        does = executes(found.module, found.name)
        if does is not None:
            yield _executes(path, found, does, calls.get((found.module, found.name, found.member)))
        else:
            others.setdefault((found.module, each.why, found.member), []).append(found)
    for (module, why, member), names in others.items():
        yield _unjustified(path, module, why, member, names, allowed)
    yield from _unknown_calls(artifact, path)


def _executes(path: str, found: GlobalRef, does: str, call: Call | None) -> Finding:
    called = f"; loading calls it with ({call.arguments})" if call is not None else ""
    return rules.Executes.finding(
        f"{path} names {found}, which {does}, {place(found.offset, found.member)}{called}",
        fix=_DISTRUST,
        at=Location(path=path, key=str(found)),
    )


def _unjustified(
    path: str, module: str, why: str, member: str, names: list[GlobalRef], allowed: Allowed
) -> Finding:
    shown = listed([f"{each.name} ({place(each.offset, '')})" for each in names])
    inside = f" in {member}" if member else ""
    approve = f"gatekeeper artifact approve {path} -o {allowed.list_path or 'approved-globals.txt'}"
    declare = "" if allowed.list_path else ", and declare it as artifact.globals"
    return rules.UnjustifiedGlobal.finding(
        f"{path}{inside} names {shown} of {module}: {why}",
        fix=f"if the model needs it: {approve}{declare}; if nobody can say why, don't load the file",
        at=Location(path=path, key=module),
    )


def _unknown_calls(artifact: Artifact, path: str) -> Iterator[Finding]:
    for call in artifact.calls:
        if not call.module:
            yield rules.Executes.finding(
                f"{path} calls {call.name} {place(call.offset, call.member)}, expected that globals alone are called",
                fix=_DISTRUST,
                at=Location(path=path),
            )

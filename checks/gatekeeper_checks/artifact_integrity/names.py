"""What loading the file would import and call, held against what was approved."""

from __future__ import annotations

from collections.abc import Iterator

from gatekeeper.artifact.facts import Artifact, Call, GlobalRef
from gatekeeper.artifact.formats import Format
from gatekeeper.artifact.known.runners import executes
from gatekeeper.artifact.known.unjustified import Lack, Unjustified, unjustified
from gatekeeper.model import Finding, Location
from gatekeeper_checks.artifact_integrity import content_rules as rules
from gatekeeper_checks.artifact_integrity.allowed import Allowed
from gatekeeper_checks.artifact_integrity.wording import listed, place

_DISTRUST = "don't load the file; find out who wrote it, and train again from sources that you trust"
_TORCHSCRIPT = "__torch__"
_KERAS_CONFIG = "config.json"


def judge_names(artifact: Artifact, path: str, allowed: Allowed) -> Iterator[Finding]:
    """Yield a finding for each global that runs code, and one for each package with names that nothing justifies."""
    calls = {(call.module, call.name, call.member): call for call in artifact.calls}
    others: dict[tuple[str, str, str], list[GlobalRef]] = {}
    for ref, why in _unjustified(artifact, allowed):
        does = executes(ref.module, ref.name)
        if does is not None:
            yield _executes(path, ref, does, calls.get((ref.module, ref.name, ref.member)))
        else:
            others.setdefault((ref.module.partition(".")[0], why, ref.member), []).append(ref)
    for (package, why, member), names in others.items():
        yield _not_justified(path, package, why, member, names, allowed)
    yield from _unknown_calls(artifact, path)


def _unjustified(artifact: Artifact, allowed: Allowed) -> Iterator[tuple[GlobalRef, str]]:
    """Yield each global that the file may not name, and why not."""
    # TorchScript defines these in the file itself, in a language without imports.
    script = dict(artifact.metadata).get("kind") == "TorchScript"
    # What Keras names in its configuration is refused with the whole file: `runs-code`.
    keras = artifact.format is Format.KERAS
    refs = [
        ref
        for ref in artifact.globals
        if not (script and ref.module.partition(".")[0] == _TORCHSCRIPT) and not (keras and ref.member == _KERAS_CONFIG)
    ]
    if allowed.approved is not None:
        for ref in refs:
            if (ref.module, ref.name) not in allowed.approved:
                yield ref, f"not on the approved list {allowed.list_path}"
        return
    for each in unjustified(refs, allowed.pinned):
        yield each.ref, _why(each, allowed)


def _why(each: Unjustified, allowed: Allowed) -> str:
    match each.lack:
        case Lack.UNKNOWN:
            return "no name that ordinary models of a known library write, and not approved"
        case Lack.NOT_PINNED:
            return f"a part of {each.distribution}, which {allowed.lock_path} does not pin"
        case Lack.OTHER_VERSION:
            first, last = each.versions or ("", "")
            return f"in {each.distribution} from {first} to {last}, and {allowed.lock_path} pins {each.pinned}"


def _executes(path: str, found: GlobalRef, does: str, call: Call | None) -> Finding:
    called = f"; loading calls it with ({call.arguments})" if call is not None else ""
    return rules.Executes.finding(
        f"{path} names {found}, which {does}, {place(found.offset, found.member)}{called}",
        fix=_DISTRUST,
        at=Location(path=path, key=str(found)),
    )


def _not_justified(path: str, package: str, why: str, member: str, names: list[GlobalRef], allowed: Allowed) -> Finding:
    shown = listed([f"{each} ({place(each.offset, '')})" for each in names])
    inside = f" in {member}" if member else ""
    approve = f"gatekeeper artifact approve {path} -o {allowed.list_path or 'approved-globals.txt'}"
    declare = "" if allowed.list_path else ", and declare it as artifact.globals"
    return rules.UnjustifiedGlobal.finding(
        f"{path}{inside} names {shown}: {why}",
        fix=f"if the model needs it: {approve}{declare}; if nobody can say why, don't load the file",
        at=Location(path=path, key=package),
    )


def _unknown_calls(artifact: Artifact, path: str) -> Iterator[Finding]:
    for call in artifact.calls:
        if not call.module:
            yield rules.Executes.finding(
                f"{path} calls {call.name} {place(call.offset, call.member)}, expected that globals alone are called",
                fix=_DISTRUST,
                at=Location(path=path),
            )

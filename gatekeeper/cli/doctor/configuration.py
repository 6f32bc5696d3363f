"""The configuration: which gatekeeper.yaml was found and why, what it names, and the waivers' state today."""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from gatekeeper import policy, waivers
from gatekeeper.cli.candidates import declaration_of, folder_of
from gatekeeper.errors import PolicyError, Problem
from gatekeeper.plugins import installed, plugin_links
from gatekeeper.policy import Declaration
from gatekeeper.profiles import Profile
from gatekeeper.registry import Link, assemble, builtin_links
from gatekeeper.report.doctor import Row, Status
from gatekeeper.waivers import State
from gatekeeper_checks import BUILTIN


@dataclass(slots=True)
class Configuration:
    """What was found of a candidate.

    Attributes:
        root: its folder; None where no candidate is looked at.
        declaration: its policy, or what its folder suggests; None where there is no candidate or the policy is wrong.
        rows: what is to be said of it.
        error: what is wrong with the policy, or with a document that it names.
    """

    root: Path | None = None
    declaration: Declaration | None = None
    rows: list[Row] = field(default_factory=list)
    error: PolicyError | None = None


def look(candidate: Path | None, config: Path | None, profile: Profile, today: date) -> Configuration:
    """Return what is found. Only the folder that is named, or the current one, is looked into: never its parents.

    Raises:
        UsageError: there is no such folder.
    """
    if candidate is None and config is None and not os.path.lexists(policy.FILE_NAME):
        return Configuration(rows=[_nowhere()])
    found = Configuration(root=folder_of(candidate, config))
    assert found.root is not None
    try:
        declaration = declaration_of(found.root, config)
    except PolicyError as error:
        return replace(found, error=error, rows=[_wrong("policy", error)])
    policy_row = _policy(found.root, declaration, candidate, config)
    try:
        found.rows = [policy_row, *_named(found.root, declaration, profile, today)]
        found.declaration = declaration
    except PolicyError as error:
        # The waivers are a file of their own: then nothing is wrong with the policy.
        of_waivers = error.at is not None and error.at.path == declaration.policy.waivers
        found.rows = [policy_row, _wrong("waivers", error)] if of_waivers else [_wrong("policy", error)]
        found.error = error
    return found


def _wrong(part: str, error: PolicyError) -> Row:
    more = f", and {len(error.problems) - 1} more errors" if len(error.problems) > 1 else ""
    said = f"{f'{error.at}: ' if error.at else ''}{error.what}{more}"
    return Row(part=part, status=Status.BROKEN, said=said, fix=error.fix)


def _nowhere() -> Row:
    above = next((each for each in Path.cwd().parents if (each / policy.FILE_NAME).is_file()), None)
    fix = f"to look at the one above: gatekeeper doctor {above}" if above else "name one: gatekeeper doctor CANDIDATE"
    said = f"no {policy.FILE_NAME} in the current folder; its parents are never searched"
    return Row(part="policy", status=Status.NOT_ASKED, said=said, fix=fix)


def _policy(root: Path, declaration: Declaration, candidate: Path | None, config: Path | None) -> Row:
    if declaration.path is None:
        said = f"no {policy.FILE_NAME} in {root}: a run fails, whatever else is in it"
        return Row(part="policy", status=Status.MISSING, said=said, fix=f"write one: gatekeeper init {root}")
    given = "the folder that was named" if candidate else "the current folder; its parents are never searched"
    why = "named by --config" if config else f"found in {given}"
    digest = hashlib.sha256(declaration.data).hexdigest()
    return Row(part="policy", status=Status.OK, said=f"{declaration.path}, {why}, sha256:{digest}")


def _named(root: Path, declaration: Declaration, profile: Profile, today: date) -> Iterator[Row]:
    """Yield what the policy asks for: the profile's checks, its plug-ins, its waivers.

    Raises:
        PolicyError: a check has a wrong option, or the waivers' file is wrong.
    """
    reserved = frozenset(name for cls in BUILTIN for name in (cls.about.id, *cls.about.families))
    found = [*plugin_links(declaration, reserved=reserved)] if declaration.policy.plugins else []
    broken = [each for each in found if isinstance(each, Problem)]
    if broken:
        wrong = [each for each in builtin_links(BUILTIN, declaration) if isinstance(each, Problem)]
        if wrong:
            raise PolicyError(wrong)
        yield from (_unusable(each, declaration) for each in broken)
        yield from (_usable(each) for each in found if isinstance(each, Link))
        said = "which checks run is not known before the plug-ins are mended"
        yield Row(part="profile", status=Status.BROKEN, said=f"{profile.name}: {said}")
        return
    chain = assemble(BUILTIN, declaration, profile, ())
    executes = "executes the candidate" if profile.executes else "executes nothing of the candidate"
    said = f"{profile.name}: {len(chain.links)} checks, {executes}"
    yield Row(part="profile", status=Status.OK, said=f"{said}{', strict' if profile.strict else ''}")
    yield from (_usable(each) for each in found if isinstance(each, Link))
    yield _waivers(root, declaration, chain.codes, profile, today)


def _unusable(problem: Problem, declaration: Declaration) -> Row:
    named = next((each for each in declaration.policy.plugins if repr(each) in problem.what), "")
    status = Status.BROKEN if named in installed() else Status.MISSING
    return Row(part="plug-in", status=status, said=f"{problem.at}: {problem.what}", fix=problem.fix)


def _usable(link: Link) -> Row:
    provider = link.provider
    said = f"{link.id} of {provider.distribution} {provider.version}, which the policy names: it imports"
    return Row(part="plug-in", status=Status.OK, said=said)


def _waivers(root: Path, declaration: Declaration, codes: frozenset[str], profile: Profile, today: date) -> Row:
    """Say how the waivers stand today; which of them are used, only a run tells."""
    path = declaration.policy.waivers
    if path is None:
        if waivers.lies_unnamed(root, path):
            said = f"{waivers.FILE_NAME} lies in the folder, and the policy does not name it: it waives nothing"
            fix = f"if it is meant: waivers: {waivers.FILE_NAME}"
            return Row(part="waivers", status=Status.NOT_ASKED, said=said, fix=fix)
        return Row(part="waivers", status=Status.NOT_ASKED, said="the policy names none")
    written = waivers.read(root / path, path, codes)
    standing = [(each, *waivers.standing(each, today, strict=profile.strict)) for each in written]
    counts = Counter("hold" if state is State.USED else state.value for _, state, _ in standing)
    shown = ", ".join(f"{count} {word}" for word, count in sorted(counts.items())) or "empty"
    return Row(
        part="waivers",
        status=Status.OK,
        said=f"{path}, on {today.isoformat()} under {profile.name}: {shown}",
        details=tuple(f"{each.at}: {each.code}: {state}: {why}" for each, state, why in standing if why),
        fix="renew or delete what does not hold" if any(why for _, _, why in standing) else "",
    )

"""Whether the artifacts will work with the packages of production, as their sources say."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from gatekeeper.artifact.facts import Artifact
from gatekeeper.artifact.prospects import Kind, Prospect, Sources, foresee
from gatekeeper.environment.distributions import distribution_of
from gatekeeper.errors import Unreadable
from gatekeeper.model import Evidence, Finding, Location, Obstacle, Scalar
from gatekeeper_checks.artifact_integrity import working_rules as rules
from gatekeeper_checks.artifact_integrity.scene import Scene
from gatekeeper_checks.artifact_integrity.wording import place

_FILL = (
    "fill the folder: pip download --no-deps --only-binary :all: -d wheels -r the lock; "
    "or name production's interpreter: --python PATH"
)


def judge_prospects(scene: Scene) -> Iterator[Finding]:
    """Yield what will fail on loading or at the first request, where production's sources are at hand."""
    found = scene.inquiry.attempt(lambda: _sources(scene))
    if found is None:
        return
    where, sources = found
    for path, fact in scene.artifacts.items():
        prospects = scene.inquiry.attempt(partial(foresee, fact.value, sources)) or ()
        absent = _absent(fact.value, sources, prospects)
        if absent:
            what = f"{path} needs {', '.join(absent)}, and {where} has no sources of it to read"
            declared = scene.candidate.policy.environment.wheels is not None
            at = scene.candidate.at("environment.wheels") if declared else Location(path=path)
            scene.inquiry.obstacles.append(Obstacle(what=what, fix=_FILL, at=at))
        measured: dict[str, Scalar] = {
            "names": len(fact.value.globals),
            "states": len(fact.value.states),
            "will fail": len(prospects),
        }
        scene.inquiry.evidence.append(Evidence(what=f"{path} against the sources in {where}", measured=measured))
        yield from _missing_modules(path, where, [each for each in prospects if each.kind is Kind.MISSING_MODULE])
        yield from (_finding(path, each) for each in prospects if each.kind is not Kind.MISSING_MODULE)


def _absent(artifact: Artifact, sources: Sources, prospects: Sequence[Prospect]) -> list[str]:
    """Return the libraries of which nothing could be looked up, and nothing said: silence about them is no answer."""
    told = {each.subject.partition(".")[0] for each in prospects}
    roots = {each.module.partition(".")[0] for each in artifact.globals} - told
    return sorted(root for root in roots if distribution_of(root) is not None and sources.module(root) is None)


def _sources(scene: Scene) -> tuple[str, Sources] | None:
    wheels, python = scene.candidate.policy.environment.wheels, scene.candidate.python
    if wheels is not None:
        lock = scene.production
        pins = {row.name: row.version for row in lock.rows if row.version is not None} if lock is not None else None
        try:
            return wheels, Sources.of_wheels(scene.candidate.root / wheels, pins)
        except Unreadable as error:
            at = scene.candidate.at("environment.wheels")
            raise Unreadable(f"{wheels}: {error.what}", fix=error.fix, at=at) from error
    if python is not None:
        return str(python), Sources.of_interpreter(python)
    return None


def _missing_modules(path: str, where: str, prospects: Sequence[Prospect]) -> Iterator[Finding]:
    """Yield one finding for each module that is not there, however many names of the file lie in it."""
    by_module: dict[str, list[Prospect]] = {}
    for each in prospects:
        by_module.setdefault(each.missing, []).append(each)
    for module, needed in by_module.items():
        first = needed[0]
        more = f" and {len(needed) - 1} more names" if len(needed) > 1 else ""
        yield rules.MissingName.finding(
            f"{path} names {first.subject} {place(first.offset, first.member)}{more}, and {where} has no module "
            f"{module}: loading fails with {first.kind}",
            fix="install what production's lock pins there, or name the interpreter of production: --python PATH",
            at=Location(path=path, key=module),
        )


def _finding(path: str, each: Prospect) -> Finding:
    where = place(each.offset, each.member)
    source = f"{each.path}:{each.line}" if each.line is not None else each.path
    by = f" ({each.distribution})" if each.distribution else ""
    serve = "serve with the version that saved the model, or train again with the one that production has"
    if each.kind is Kind.MISSING_NAME:
        return rules.MissingName.finding(
            f"{path} names {each.subject} {where}; {each.holder} has no {each.missing}{by}: "
            f"loading fails with {each.kind}",
            fix=serve,
            at=Location(path=path, key=each.subject),
        )
    if each.kind is Kind.ELEMENT:
        message = (
            f"{path}: an array of {each.subject} {where} has other elements than {source}{by} takes: "
            f"field {each.missing}"
        )
    else:
        message = (
            f"{path}: {each.entry or 'a method'} of {each.subject} reads {each.missing} at {source}{by}, "
            f"which {each.holder or 'the object in the file'} does not have"
        )
    return rules.MissingAttribute.finding(
        f"{message}: using it fails with {each.kind}", fix=serve, at=Location(path=path, key=each.subject)
    )

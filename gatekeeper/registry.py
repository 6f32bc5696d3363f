"""From the checks that there are to the chain that runs: built-ins, plug-ins, the profile, the selection."""

from __future__ import annotations

import typing
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields

import msgspec

from gatekeeper import __version__
from gatekeeper.errors import PolicyError, Problem, UsageError
from gatekeeper.model import Check, Needs, Provider
from gatekeeper.policy import Declaration, Policy
from gatekeeper.profiles import Profile
from gatekeeper.words import did_you_mean

BUILTIN = Provider(distribution="model-gatekeeper", version=__version__, builtin=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """One check of a chain, as the engine sees it.

    Attributes:
        codes: the finding codes that it may report.
        reads: the keys of the policy whose files it reads.
        make: builds the check with its options; called in the child process.
        timeout: seconds; None for the profile's.
        memory: MiB of address space; None for the profile's.
    """

    id: str
    title: str
    codes: frozenset[str]
    needs: Needs
    reads: tuple[str, ...]
    provider: Provider
    make: Callable[[], Check]
    timeout: float | None = None
    memory: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What the policy may say of any check, beside the check's own options."""

    timeout: float | None = None
    memory: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """The checks of one run.

    Attributes:
        links: in the order in which they are reported.
        left_out: ids that the profile demands and the command line did not select.
        unexamined: keys that the policy declares and no check of the profile reads.
        codes: what any check of the candidate may report, whether it runs or not.
    """

    links: tuple[Link, ...]
    left_out: tuple[str, ...] = ()
    unexamined: tuple[str, ...] = ()
    codes: frozenset[str] = frozenset()


@dataclass(slots=True)
class Options:
    """The options that the policy gives to one check, and the problems that they have."""

    declaration: Declaration
    id: str
    problems: list[Problem] = field(default_factory=list)

    def limits(self) -> Limits:
        """Return the time and memory limits that the policy sets."""
        mine = {name: value for name, value in self._given().items() if name in _LIMITS}
        return Limits(**self._convert(mine, typing.get_type_hints(Limits)))

    def build(self, cls: type[Check]) -> Callable[[], Check]:
        """Return what makes the check with its options; each wrong option becomes a problem."""
        known = {each.name: each for each in fields(cls)}  # type: ignore[arg-type]  # every check is a dataclass
        given = {name: value for name, value in self._given().items() if name not in _LIMITS}
        for name in sorted(given.keys() - known.keys()):
            self._problem(name, f"{self.id} has no option {name!r}", did_you_mean(name, known.keys() | _LIMITS))
        hints = typing.get_type_hints(cls) if given else {}
        values = self._convert({name: value for name, value in given.items() if name in known}, hints)
        return lambda: cls(**values)

    def _given(self) -> Mapping[str, object]:
        return self.declaration.policy.checks.get(self.id, {})

    def _convert(self, given: Mapping[str, object], hints: Mapping[str, object]) -> dict[str, typing.Any]:
        values = {}
        for name, value in given.items():
            try:
                values[name] = msgspec.convert(value, hints[name])
            except msgspec.ValidationError as error:
                self._problem(name, f"{self.id}: {name} is {value!r}: {error}", "change the value, or quote it")
            else:
                if name in _LIMITS and not (isinstance(value, int | float) and value > 0):
                    self._problem(name, f"{self.id}: {name} is {value!r}, expected more than 0", "raise it")
        return values

    def _problem(self, name: str, what: str, fix: str) -> None:
        self.problems.append(Problem(at=self.declaration.at(f"checks.{self.id}.{name}"), what=what, fix=fix))


_LIMITS = frozenset(each.name for each in fields(Limits))


def builtin_links(checks: Iterable[type[Check]], declaration: Declaration) -> Iterator[Link | Problem]:
    """Yield the link of each built-in check, and the problems of its options."""
    for cls in checks:
        about = cls.about
        options = Options(declaration, about.id)
        limits = options.limits()
        make = options.build(cls)
        yield from options.problems
        yield Link(
            id=about.id,
            title=about.title,
            codes=frozenset(rule.code for rule in about.rules),
            needs=about.needs,
            reads=about.reads,
            provider=BUILTIN,
            make=make,
            timeout=limits.timeout,
            memory=limits.memory,
        )


def assemble(
    checks: Sequence[type[Check]], declaration: Declaration, profile: Profile, selected: Sequence[str]
) -> Chain:
    """Return the chain of a run.

    Args:
        checks: the built-in checks.
        declaration: what the candidate declares; it may tune a check and add plug-ins, never remove a check.
        profile: which of them are required.
        selected: ids from the command line; empty for all that the profile requires.

    Raises:
        PolicyError: unknown checks, wrong options, plug-ins that can't be used: all of them at once.
        UsageError: a selected check does not exist or does not belong to the profile.
    """
    links: list[Link] = []
    problems: list[Problem] = []
    for each in [*builtin_links(checks, declaration), *_plugin_links(checks, declaration)]:
        if isinstance(each, Problem):
            problems.append(each)
        else:
            links.append(each)
    known = {link.id for link in links} | set(declaration.policy.plugins)
    for id_ in declaration.policy.checks:
        if id_ not in known:
            at = declaration.at(f"checks.{id_}")
            problems.append(Problem(at=at, what=f"checks: there is no check {id_!r}", fix=did_you_mean(id_, known)))
    if problems:
        raise PolicyError(problems)
    return _select(links, declaration.policy, profile, selected)


def _plugin_links(checks: Sequence[type[Check]], declaration: Declaration) -> Iterator[Link | Problem]:
    if not declaration.policy.plugins:
        return
    # Loaded only here: looking through the installed distributions costs as much as the rest of a start.
    from gatekeeper.plugins import plugin_links

    reserved = frozenset(name for cls in checks for name in (cls.about.id, *cls.about.families))
    yield from plugin_links(declaration, reserved=reserved)


def _select(links: Sequence[Link], policy: Policy, profile: Profile, selected: Sequence[str]) -> Chain:
    required = [link for link in links if profile.requires(link.needs)]
    for id_ in selected:
        if id_ not in {link.id for link in links}:
            raise UsageError(f"--check: there is no check {id_!r}", fix=did_you_mean(id_, [link.id for link in links]))
        if id_ not in {link.id for link in required}:
            what = f"--check: {id_} does not belong to profile {profile.name}"
            raise UsageError(what, fix="take --profile ci")
    chosen = [link for link in required if not selected or link.id in selected]
    if not chosen:
        raise UsageError("no check is left to run", fix="see: gatekeeper list")
    read = {key for link in required for key in link.reads}
    return Chain(
        links=tuple(chosen),
        left_out=tuple(link.id for link in required if link not in chosen),
        unexamined=tuple(key for key in declared_keys(policy) if key not in read),
        codes=frozenset(code for link in links for code in link.codes),
    )


def declared_keys(policy: Policy) -> Iterator[str]:
    """Yield the keys that declare something to be examined."""
    parts = (("artifact.", policy.artifact), ("environment.", policy.environment), ("code.", policy.code), ("", policy))
    sections = {prefix.removesuffix(".") for prefix, _ in parts}
    for prefix, part in parts:
        for each in msgspec.structs.fields(part):
            declares = each.name not in {
                "schema",
                "name",
                "version",
                "checks",
                "replay",
                "plugins",
                "waivers",
                *sections,
            }
            if declares and getattr(part, each.name):
                yield prefix + each.name

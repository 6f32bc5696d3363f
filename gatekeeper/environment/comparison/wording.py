"""How a difference is said: what each side has, what breaks, and what to type; the same words wherever it is told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from gatekeeper.environment.breaks import consequences
from gatekeeper.environment.comparison.agreement import is_changeable
from gatekeeper.environment.comparison.cuda import BuildSwitch
from gatekeeper.environment.comparison.difference import Difference, Direction, Kind
from gatekeeper.environment.comparison.files import differing_files
from gatekeeper.environment.facts import Anomaly, Flaw, Option, Row

_FLAWS = {
    Flaw.MODIFIED: "is not the file that was installed",
    Flaw.ABSENT_FILE: "was installed and is gone",
    Flaw.UNOWNED: "is code that no distribution installed",
    Flaw.DUPLICATE: "is there twice; which one is imported depends on the path",
    Flaw.EDITABLE: "is code in a working folder and can change at any time",
    Flaw.NO_RECORD: "has no RECORD, so that nothing can be said of its files",
    Flaw.PATH_FILE: "runs code or adds a folder to the path at every start of Python",
    Flaw.SHARED_FILE: "is claimed by two distributions; the later one won",
}
_DIRECTIONS = {Direction.OLDER: "version down", Direction.NEWER: "version up", None: "another version"}
UNSEEN = "what is installed is listed as Python distributions: not all that conda installs is one, or has that name"
"""Why a package of conda can't be looked for in an inventory."""

_KINDS = {
    Kind.GATE: "another runtime",
    Kind.BUILD: "another build",
    Kind.ARTIFACTS: "same version, other files",
    Kind.RECORDS: "same version, other files installed",
    Kind.INDEX: "index changed",
    Kind.SOURCE: "source changed",
    Kind.OPTIONS: "options differ",
    Kind.UNDECIDED: "can't tell",
    Kind.UNSEEN: "can't tell",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """What the two sides are called where a difference is told.

    Attributes:
        training: The path of the training side.
        production: The path of the production side.
        first: A word for the training side.
        second: A word for the production side.
        installed: Whether the production side is an inventory, that nobody can compile.
    """

    training: str
    production: str
    first: str = "training"
    second: str = "production"
    installed: bool = False

    def where(self, difference: Difference) -> tuple[str, ...]:
        """Return `path:line` of the rows that differ, the training's first."""
        pairs = ((self.training, difference.training), (self.production, difference.production))
        return tuple(place(path, row) for path, row in pairs if row is not None)


def place(path: str, row: Row) -> str:
    """Return `path:line` of a row; it may stand in another file that the lock includes."""
    return ":".join(str(part) for part in (row.path or path, row.line) if part is not None)


def pin(row: Row | None) -> str:
    """Return a row's version as a reader needs it to tell it from the other side's; `-` where there is no row."""
    if row is None:
        return "-"
    version = row.version or row.specifier or row.url or "any version"
    return f"{version} ({row.build})" if row.build else version


def values(difference: Difference) -> tuple[str, str]:
    """Return what training has and what production has, each in a few words."""
    match difference.kind:
        case Kind.GATE | Kind.UNDECIDED | Kind.UNSEEN:
            return difference.training_value or "not said", difference.production_value or "not said"
        case Kind.OPTIONS:
            return shown(difference.training_options), shown(difference.production_options)
        case Kind.ANOMALY:
            flawed = "-" if difference.anomaly is None else _path(difference.anomaly)
            return (flawed, "-") if difference.in_training else ("-", flawed)
        case Kind.SOURCE:
            return origin(difference.training), origin(difference.production)
        case Kind.INDEX:
            return _index(difference.training), _index(difference.production)
        case _:
            return pin(difference.training), pin(difference.production)


def kind(difference: Difference, names: Names) -> str:
    """Return what differs, in a few words."""
    match difference.kind:
        case Kind.VERSION:
            return _DIRECTIONS[difference.direction]
        case Kind.MISSING:
            return f"only in {names.first}"
        case Kind.EXTRA:
            return f"only in {names.second}"
        case Kind.ANOMALY if difference.anomaly is not None:
            return difference.anomaly.flaw.value
        case other:
            return _KINDS[other]


def consequence(difference: Difference, names: Names) -> tuple[str, ...]:
    """Return what follows from a difference, a line each: what is known to break, which files, what a flaw means."""
    match difference.kind:
        case Kind.VERSION | Kind.BUILD:
            return tuple(str(each) for each in _known_breaks(difference))
        case Kind.ARTIFACTS | Kind.INDEX:
            return tuple(differing_files(difference, names.training, names.production))
        case Kind.RECORDS:
            return ("none of the records of one side is among those of the other: another wheel, or a changed one",)
        case Kind.ANOMALY if difference.anomaly is not None:
            return (_flaw(difference.anomaly),)
        case Kind.UNSEEN:
            return (UNSEEN,)
        case Kind.UNDECIDED:
            return (_uncomparable(difference),)
        case _:
            return ()


def fix(difference: Difference, names: Names) -> str:
    """Return what to type or to change, one line or two."""
    name, (trained, served) = difference.name, values(difference)
    match difference.kind:
        case Kind.VERSION | Kind.BUILD | Kind.MISSING | Kind.EXTRA:
            return _other_pin(difference, names)
        case Kind.ARTIFACTS:
            return f"compile {names.training} and {names.production} again from the same index"
        case Kind.RECORDS:
            return _reinstall(difference, names)
        case Kind.SOURCE | Kind.INDEX:
            return _same_place(difference)
        case Kind.OPTIONS:
            return "keep options that change what is installed out of both locks, or the same in both"
        case Kind.GATE:
            return f"serve with {name} {trained}, or train again with {served}"
        case Kind.ANOMALY:
            return "build the environment again from its lock, and change nothing in it afterwards"
        case Kind.UNSEEN:
            return "compare the lock that production installs, in place of what is installed there"
        case Kind.UNDECIDED:
            return _comparable(difference)


def _reinstall(difference: Difference, names: Names) -> str:
    """Return how to install what was locked: the side that names files by hash is the lock."""
    sides = ((difference.training, names.training), (difference.production, names.production))
    lock = next((name for row, name in sides if row is not None and row.hashes), None)
    if lock is None:
        return f"install {difference.name} again on both sides from one lock, by hash"
    return f"install {difference.name} again by hash: pip install --force-reinstall --require-hashes -r {lock}"


def _is_folder(difference: Difference) -> bool:
    return is_changeable(*filter(None, (difference.training, difference.production)))


def _uncomparable(difference: Difference) -> str:
    if _is_folder(difference):
        return "a folder may have other content under the same version"
    return "one side does not name a version that can be compared"


def _comparable(difference: Difference) -> str:
    if _is_folder(difference):
        return f"install {difference.name} from a wheel with a hash on both sides, in place of its folder"
    return f"name the version of {difference.name} on both sides; a probe does: gatekeeper env probe"


def _same_place(difference: Difference) -> str:
    place, more = "place", ""
    if difference.kind is Kind.INDEX:
        place, more = "index", ";\na requirements file names no index for a single package, a pylock.toml does"
    return f"take {difference.name} from the same {place} on both sides{more}"


def _other_pin(difference: Difference, names: Names) -> str:
    name = difference.name
    trained, served = _requirement(difference.training), _requirement(difference.production)
    where, then = f"the input of {names.production}", " and compile it again"
    if names.installed:
        where, then = "what production installs", ", and deploy it"
    if difference.kind is Kind.EXTRA:
        return f"remove {name} from {where}{then}; or add it to {names.training} and train with it"
    if difference.kind is Kind.MISSING:
        return f"add {trained} to {where}{then}"
    again = f"or train again with {served} and record the model anew"
    return f"pin {trained} in {where}{then};\n{again}"


def _requirement(row: Row | None) -> str:
    """Return a row as the input of a lock names it: `six==1.16.0`, `six @ https://...`, `six=1.16.0=pyh6c4a22f_1`."""
    if row is None:
        return "-"
    if row.url is not None:
        return f"{row.name} @ {row.url}" if row.name else row.url
    if row.build is not None:
        return f"{row.name}={row.version}={row.build}"
    return f"{row.name}=={row.version}" if row.version is not None else f"{row.written}{row.specifier}"


def switch_title(switch: BuildSwitch, names: Names) -> str:
    """Return the one line that stands for a change of torch's build and everything that it drags along."""
    trained, served = pin(switch.torch.training), pin(switch.torch.production)
    return (
        f"{switch.trained} -> {switch.served} ({switch.torch.name} {trained} -> {served}; {_companions(switch, names)})"
    )


def origin(row: Row | None) -> str:
    """Return where a row's file comes from."""
    return "-" if row is None else row.url or _index(row)


def shown(options: Sequence[Option]) -> str:
    """Return options as they are typed."""
    return ", ".join(f"{each.name} {each.value}".strip() for each in options) or "no such option"


def _index(row: Row | None) -> str:
    return "-" if row is None else row.index or "the default index"


def _known_breaks(difference: Difference) -> Sequence[object]:
    before, after = difference.training, difference.production
    if before is None or after is None or before.version is None or after.version is None:
        return ()
    return consequences(difference.name, before.version, after.version)


def _path(anomaly: Anomaly) -> str:
    return anomaly.path or anomaly.name


def _flaw(anomaly: Anomaly) -> str:
    said = f"{_path(anomaly)} {_FLAWS[anomaly.flaw]}"
    return f"{said} ({anomaly.detail})" if anomaly.detail else said


def _companions(switch: BuildSwitch, names: Names) -> str:
    """Return how many packages come, go or change with torch: `16 nvidia packages only in training`."""
    counted = Counter((_family(each.name), _side(each, names)) for each in switch.companions)
    return ", ".join(f"{_counted(count, family)} {side}" for (family, side), count in sorted(counted.items()))


def _family(name: str) -> str:
    return "nvidia" if name.startswith("nvidia-") else name


def _counted(count: int, family: str) -> str:
    if family != "nvidia":
        return family
    return f"{count} nvidia package{'' if count == 1 else 's'}"


def _side(difference: Difference, names: Names) -> str:
    sides = {Kind.MISSING: f"only in {names.first}", Kind.EXTRA: f"only in {names.second}"}
    return sides.get(difference.kind, "in another version")

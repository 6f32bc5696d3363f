"""How `environment-parity` says each difference: what was got, what was expected, what breaks, what to type."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gatekeeper.environment.comparison import wording
from gatekeeper.environment.comparison.cuda import BuildSwitch
from gatekeeper.environment.comparison.difference import Difference, Direction, Kind, Relation
from gatekeeper.model import Finding, Location, Obstacle, Rule, Severity
from gatekeeper_checks._locks import TargetLock
from gatekeeper_checks.environment_parity import rules

_RULES: dict[Kind, type[Rule]] = {
    Kind.GATE: rules.RuntimeDiffers,
    Kind.VERSION: rules.VersionDiffers,
    Kind.BUILD: rules.VersionDiffers,
    Kind.MISSING: rules.MissingInProduction,
    Kind.EXTRA: rules.ExtraInProduction,
    Kind.ARTIFACTS: rules.FilesDiffer,
    Kind.RECORDS: rules.FilesDiffer,
    Kind.INDEX: rules.SourceDiffers,
    Kind.SOURCE: rules.SourceDiffers,
    Kind.OPTIONS: rules.OptionsDiffer,
    Kind.ANOMALY: rules.NotAsInstalled,
}
_NAMED = 10
"""Names in one line."""

_GREW = frozenset({Relation.SUBSET, Relation.SUPERSET})
# What these say of a package that a saved model hangs on is known to break it, or may exchange its code.
_GRAVE = frozenset({Kind.VERSION, Kind.BUILD, Kind.MISSING, Kind.ARTIFACTS, Kind.RECORDS, Kind.ANOMALY})


@dataclass(frozen=True, slots=True, kw_only=True)
class LockPair:
    """Two environments that were compared, and how strictly: what each difference means and what to do about it."""

    training: TargetLock
    production: TargetLock
    strict: bool

    @property
    def names(self) -> wording.Names:
        """What the two are called."""
        installed = self.production.lock.format.is_inventory
        return wording.Names(training=self.training.path, production=self.production.path, installed=installed)

    def finding(self, difference: Difference) -> Finding:
        """Return the finding for one difference that is certain."""
        rule, severity = self._weighed(difference)
        lines = self._lines(difference)
        return rule.finding(
            "\n".join(lines), fix=self._fix(difference), at=self._location(difference), severity=severity
        )

    def switched(self, switch: BuildSwitch) -> Finding:
        """Return the one finding for torch in another build and all that it drags along."""
        lines = [wording.switch_title(switch, self.names), *wording.consequence(switch.torch, self.names)]
        return rules.VersionDiffers.finding(
            "\n".join(lines),
            fix=wording.fix(switch.torch, self.names),
            at=self._location(switch.torch),
            severity=Severity.CRITICAL,
        )

    def obstacle(self, difference: Difference) -> Obstacle:
        """Return what stands in the way of comparing one package."""
        trained, served = wording.values(difference)
        what = (
            f"{difference.name}: {self.training.path} has the version {trained}, {self.production.path} {served}; "
            f"expected versions that can be compared"
        )
        return Obstacle(what=what, fix=wording.fix(difference, self.names), at=self._location(difference))

    def unseen(self, differences: Sequence[Difference]) -> Obstacle:
        """Return what stands in the way of comparing the packages that one side can't see."""
        names = [each.name for each in differences]
        more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
        what = f"{', '.join(names[:_NAMED])}{more} can't be compared: {wording.UNSEEN}"
        first = differences[0]
        return Obstacle(what=what, fix=wording.fix(first, self.names), at=self._location(first))

    def _lines(self, difference: Difference) -> list[str]:
        follows = wording.consequence(difference, self.names)
        if difference.kind is Kind.ANOMALY:
            path = self.training.path if difference.in_training else self.production.path
            return [f"{path}: {each}" for each in follows]
        return [self._headline(difference), *follows]

    def _weighed(self, difference: Difference) -> tuple[type[Rule], Severity | None]:
        """Return the rule and, where it is not the rule's own, the severity."""
        if difference.kind is Kind.ARTIFACTS and difference.relation in _GREW:
            return rules.FilesGrew, Severity.ERROR if self.strict else None
        grave = difference.kind in _GRAVE and difference.rank.endangers_the_model
        return _RULES[difference.kind], Severity.CRITICAL if grave else None

    def _headline(self, difference: Difference) -> str:
        name, (trained, served) = difference.name, wording.values(difference)
        paths = (self.training.path, self.production.path)
        match difference.kind:
            case Kind.VERSION | Kind.BUILD:
                where = "" if difference.training is None else wording.place(paths[0], difference.training)
                return f"{name}: trained with {trained} ({where}), production installs {served} ({_moved(difference)})"
            case Kind.MISSING:
                where = "" if difference.training is None else wording.place(paths[0], difference.training)
                return f"{name} {trained} is in {where}; {paths[1]} does not install it"
            case Kind.EXTRA:
                return f"{name} {served} is installed in production; {paths[0]} does not have it"
            case Kind.ARTIFACTS | Kind.RECORDS:
                return f"{name} {served}: {wording.kind(difference, self.names)}"
            case Kind.INDEX | Kind.SOURCE:
                return f"{name}: {paths[0]} takes it from {trained}, {paths[1]} from {served}"
            case _:
                return f"{name}: {paths[0]} has {trained}; {paths[1]} has {served}"

    def _fix(self, difference: Difference) -> str:
        if difference.kind is Kind.EXTRA and not difference.rank.endangers_the_model:
            return (
                f"remove it, or if it serves and never touches the model:\n"
                f"checks: {{environment-parity: {{production_only: [{difference.name}]}}}}"
            )
        return wording.fix(difference, self.names)

    def _location(self, difference: Difference) -> Location:
        if difference.production is not None:
            return self.production.at(difference.production)
        if difference.training is not None:
            return self.training.at(difference.training)
        options = (*difference.production_options, *difference.training_options)
        flawed = difference.in_training or (bool(options) and not difference.production_options)
        path = self.training.path if flawed else self.production.path
        if options:
            return Location(path=path, line=options[0].line, key=options[0].name)
        return Location(path=path, key=difference.name or None)


def _moved(difference: Difference) -> str:
    if difference.kind is Kind.BUILD:
        return "another build"
    return {Direction.OLDER: "older", Direction.NEWER: "newer", None: "not comparable"}[difference.direction]

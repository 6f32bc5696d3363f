"""How `environment-parity` says each difference: what was got, what was expected, what breaks, what to type."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gatekeeper.environment.breaks import consequences
from gatekeeper.environment.compare import SERIALISATION_SENSITIVE, Difference, Kind, Relation
from gatekeeper.environment.facts import Option, Row
from gatekeeper.model import Finding, Location, Severity
from gatekeeper_checks._locks import TargetLock
from gatekeeper_checks.environment_parity import rules

_SHOWN_HASHES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class LockPair:
    """Two locks that were compared, and how strictly: what each difference means and what to do about it."""

    training: TargetLock
    production: TargetLock
    strict: bool

    def finding(self, difference: Difference) -> Finding:
        """Return the finding for one difference."""
        judges = {
            Kind.VERSION: self._version,
            Kind.MISSING: self._missing,
            Kind.EXTRA: self._extra,
            Kind.ARTIFACTS: self._files,
            Kind.SOURCE: self._source,
            Kind.PACKAGE_EXTRAS: self._extras,
            Kind.OPTIONS: self._options,
        }
        return judges[difference.kind](difference)

    def _version(self, difference: Difference) -> Finding:
        before, after = _both(difference)
        relation = "another build" if difference.local_only else difference.direction or "not comparable"
        name, trained, served = difference.name, _pin(before), _pin(after)
        known = consequences(name, before.version, after.version) if before.version and after.version else ()
        where = f"{self.training.path}:{before.line}"
        lines = [f"{name}: trained with {trained} ({where}), production installs {served} ({relation})"]
        lines += [str(each) for each in known]
        return rules.VersionDiffers.finding(
            "\n".join(lines),
            fix=f"pin {name}=={trained} in the input of {self.production.path} and compile it again;\n"
            f"or train again with {name}=={served} and record the model anew",
            at=self.production.at(after),
            severity=Severity.CRITICAL if name in SERIALISATION_SENSITIVE else None,
        )

    def _missing(self, difference: Difference) -> Finding:
        row = _row(difference.training)
        where = f"{self.training.path}:{row.line}"
        return rules.MissingInProduction.finding(
            f"{difference.name} {_pin(row)} is in {where}; {self.production.path} does not install it",
            fix=f"add {difference.name}=={_pin(row)} to the input of {self.production.path} and compile it again",
            at=self.training.at(row),
            severity=Severity.CRITICAL if difference.name in SERIALISATION_SENSITIVE else None,
        )

    def _extra(self, difference: Difference) -> Finding:
        row = _row(difference.production)
        return rules.ExtraInProduction.finding(
            f"{difference.name} {_pin(row)} is installed in production; {self.training.path} does not have it",
            fix=f"remove it, or if it serves and never touches the model:\n"
            f"checks: {{environment-parity: {{production_only: [{difference.name}]}}}}",
            at=self.production.at(row),
        )

    def _files(self, difference: Difference) -> Finding:
        before, after = _both(difference)
        grew = difference.relation in {Relation.SUBSET, Relation.SUPERSET}
        rule: type[rules.FilesGrew | rules.FilesDiffer] = rules.FilesGrew if grew else rules.FilesDiffer
        trained, served = {str(each) for each in before.hashes}, {str(each) for each in after.hashes}
        lines = [f"{difference.name} {_pin(after)}: {self._relation(difference.relation)}"]
        lines += _only(self.training.path, trained - served) + _only(self.production.path, served - trained)
        return rule.finding(
            "\n".join(lines),
            fix=f"compile {self.training.path} and {self.production.path} again from the same index",
            at=self.production.at(after),
            severity=Severity.ERROR if self.strict else None,
        )

    def _relation(self, relation: Relation | None) -> str:
        match relation:
            case Relation.SUPERSET:
                return f"{self.production.path} allows more files of this version than {self.training.path}"
            case Relation.SUBSET:
                return f"{self.production.path} allows fewer files of this version than {self.training.path}"
            case Relation.DISJOINT:
                return "the same version, and no file that both locks allow: another build, or an exchanged file"
            case Relation.UNHASHED:
                return "one of the two locks takes any file: it has no hash"
            case _:
                return "the same version, and each lock allows files that the other does not"

    def _source(self, difference: Difference) -> Finding:
        before, after = _both(difference)
        return rules.SourceDiffers.finding(
            f"{difference.name}: {self.training.path} takes it from {_origin(before)}, "
            f"{self.production.path} from {_origin(after)}",
            fix="take it from the same place in both locks",
            at=self.production.at(after),
        )

    def _extras(self, difference: Difference) -> Finding:
        before, after = _both(difference)
        return rules.ExtrasDiffer.finding(
            f"{difference.name}: {self.training.path} asks for [{', '.join(before.extras)}], "
            f"{self.production.path} for [{', '.join(after.extras)}]",
            fix="ask for the same extras in both inputs and compile again",
            at=self.production.at(after),
        )

    def _options(self, difference: Difference) -> Finding:
        first = (*difference.production_options, *difference.training_options)[0]
        lock = self.production if difference.production_options else self.training
        trained, served = _shown(difference.training_options), _shown(difference.production_options)
        return rules.OptionsDiffer.finding(
            f"{self.training.path} has {trained}; {self.production.path} has {served}",
            fix="keep options that change what is installed out of both locks, or the same in both",
            at=Location(path=lock.path, line=first.line, key=first.name),
        )


def _only(path: str, hashes: set[str]) -> list[str]:
    shown = sorted(hashes)
    more = [f"... and {len(shown) - _SHOWN_HASHES} more"] if len(shown) > _SHOWN_HASHES else []
    return [f"only in {path}: {each}" for each in shown[:_SHOWN_HASHES]] + more


def _both(difference: Difference) -> tuple[Row, Row]:
    return _row(difference.training), _row(difference.production)


def _row(row: Row | None) -> Row:
    assert row is not None, "the kind of the difference says that there is one"
    return row


def _pin(row: Row) -> str:
    return row.version or row.specifier or "any version"


def _origin(row: Row) -> str:
    return row.url or "the index"


def _shown(options: Sequence[Option]) -> str:
    return ", ".join(f"{each.name} {each.value}".strip() for each in options) or "no such option"

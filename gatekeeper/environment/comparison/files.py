"""The files that two rows of one version allow, in words: what the sets have in common, and which stand on one side."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from gatekeeper.environment.comparison.difference import Difference, Relation
from gatekeeper.environment.comparison.tiers import is_identified
from gatekeeper.environment.facts import Hash

_SHOWN_HASHES = 3
_DIGITS = 12


def differing_files(difference: Difference, training: str, production: str) -> Iterator[str]:
    """Yield what is to be said of the files that two rows allow, a line each.

    Args:
        difference: Of kind `ARTIFACTS` or `INDEX`.
        training: The path of the training side.
        production: The path of the production side.
    """
    before, after = difference.training, difference.production
    if before is None or after is None:
        return
    if difference.relation is None:
        if is_identified(before):
            yield "the same files, by their hashes: only the place that they are taken from differs"
        return
    yield _relation(difference.relation, training, production)
    trained, served = set(before.hashes), set(after.hashes)
    yield from _only(training, before.hashes, served)
    yield from _only(production, after.hashes, trained)
    for path, row in ((training, before), (production, after)):
        yield from (f"without a hash in {path}: {file}" for file in row.unhashed[:_SHOWN_HASHES])


def _relation(relation: Relation, training: str, production: str) -> str:
    more, fewer = "allows more files of this version than", "allows fewer files of this version than"
    match relation:
        case Relation.SUPERSET:
            return f"{production} {more} {training}: files were uploaded between the two, as a rule"
        case Relation.SUBSET:
            return f"{production} {fewer} {training}"
        case Relation.DISJOINT:
            return "the same version, and no file that both allow: another build, or an exchanged file"
        case Relation.SDIST:
            return f"{production} takes the sdist where {training} takes wheels: it is built where it lands"
        case Relation.WHEEL:
            return f"{production} takes wheels where {training} takes the sdist"
        case Relation.UNHASHED:
            return "one of the two takes what it gets: it has no hash, or a file without one"
        case Relation.ALGORITHMS:
            return "hashed by different algorithms, so that nobody can tell whether a file is allowed by both"
        case Relation.OVERLAP:
            return "the same version, and each allows files that the other does not"


def _only(path: str, hashes: Iterable[Hash], others: set[Hash]) -> Iterator[str]:
    alone = [each for each in hashes if each not in others]
    yield from (f"only in {path}: {_named(each)}" for each in alone[:_SHOWN_HASHES])
    if len(alone) > _SHOWN_HASHES:
        yield f"... and {len(alone) - _SHOWN_HASHES} more"


def _named(hash_: Hash) -> str:
    """Return the file's name with the first digits of its hash; the whole hash where the lock knows no name."""
    return f"{hash_.file} ({hash_.algorithm}:{hash_.digest[:_DIGITS]}…)" if hash_.file else str(hash_)

"""The graph of a uv.lock: which rows the project, its extras and its groups lead to on a target.

The order is uv's own (breadth first from the roots; with conflicts once to learn which extras get activated, and again
to choose the rows), so that edges whose markers exclude each other end at the row that uv installs. Checked against
uv 0.13.9 by the tests.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from gatekeeper.environment.evaluation import Asker, Chosen, Evaluation
from gatekeeper.environment.facts import Dependency, Lock, Requested, Row, Source
from gatekeeper.environment.project_locks.origins import origin_of
from gatekeeper.environment.project_locks.synthetic import extra_name, group_name, in_words, project_name
from gatekeeper.errors import Unreadable, UsageError

# A row by its index in the lock, or a member of the workspace by its name; `""` is the workspace itself.
_Node: TypeAlias = int | str
_WORKSPACE = ""
# A node, and the extra or the group of it whose dependencies are meant; neither for those it always has.
_Stop: TypeAlias = tuple[_Node, str | None, str | None]


class Index:
    """Finds the one row, or the member of the workspace, that a dependency means."""

    def __init__(self, rows: Sequence[Row], members: Iterable[str]) -> None:
        self._rows = rows
        self._members = frozenset(members)
        self._named: defaultdict[str, list[int]] = defaultdict(list)
        for number, row in enumerate(rows):
            self._named[row.name].append(number)

    def find(self, dependency: Dependency) -> _Node:
        """Return the index of the row, or the name of the member.

        Raises:
            ValueError: No row is meant, or several.
        """
        if dependency.name in self._members:
            return dependency.name
        found = [number for number in self._named.get(dependency.name, ()) if _is_meant(dependency, self._rows[number])]
        if len(found) != 1:
            version = "" if dependency.version is None else f" {dependency.version}"
            raise ValueError(f"got {len(found)} packages for {dependency.name}{version}, expected one")
        return found[0]


def _is_meant(dependency: Dependency, row: Row) -> bool:
    return dependency.version in (None, row.version) and dependency.origin in (None, origin_of(row))


def reached_rows(lock: Lock, evaluation: Evaluation, chosen: Chosen) -> tuple[Row, ...]:
    """Return the rows that the chosen extras and groups lead to, in the order of the lock.

    Raises:
        Unreadable: A marker can't be decided, or a dependency has not one row.
        UsageError: What is chosen, or what it activates, is declared to be in conflict.
    """
    walk = _Walk(lock, evaluation, chosen)
    if lock.conflicts:
        _refuse_conflict(lock, walk.active)
        walk.activate()
        _refuse_conflict(lock, walk.active)
    reached = walk.reached()
    return tuple(row for number, row in enumerate(lock.rows) if number in reached and row.source is not Source.VIRTUAL)


def _refuse_conflict(lock: Lock, active: frozenset[str]) -> None:
    for conflict in lock.conflicts:
        together = [in_words(each) for each in conflict if each in active]
        if len(together) > 1:
            what = f"the lock declares {' and '.join(together)} to be in conflict, and they are chosen together"
            raise UsageError(what, fix="choose one of them: --extras a,b or --groups a,b")


@dataclass(frozen=True, slots=True)
class _Edge:
    dependency: Dependency
    asker: Asker


class _Walk:
    """One walk over the graph; `active` are the synthetic names that the markers may ask for."""

    def __init__(self, lock: Lock, evaluation: Evaluation, chosen: Chosen) -> None:
        self._evaluation = evaluation
        self._index = Index(lock.rows, lock.members)
        self._edges = _edges(lock)
        roots = [each for each in lock.roots if _is_chosen(each, chosen)]
        self._start = dict.fromkeys(map(_root_stop, roots))
        self.active = frozenset({*map(project_name, lock.members), *_names(roots)})

    def activate(self) -> None:
        """Add the extras that the dependencies themselves ask for, in the order in which they are met."""
        self._follow(activating=True)

    def reached(self) -> frozenset[int]:
        """Return the indices of the rows that are reached with what is active."""
        return frozenset(node for node, _, _ in self._follow(activating=False) if isinstance(node, int))

    def _follow(self, *, activating: bool) -> dict[_Stop, None]:
        seen = dict(self._start)
        queue = deque(seen)
        while queue:
            for edge in self._edges.get(queue.popleft(), ()):
                names = {extra_name(edge.dependency.name, extra) for extra in edge.dependency.extras}
                active = self.active | names if activating else self.active
                stops = self._next_stops(edge, active)
                if stops:
                    self.active = active
                queue.extend(stop for stop in stops if stop not in seen)
                seen |= dict.fromkeys(stops)
        return seen

    def _next_stops(self, edge: _Edge, active: frozenset[str]) -> tuple[_Stop, ...]:
        """Return where the edge leads: nowhere if its marker is false."""
        dependency = edge.dependency
        chosen = Chosen(extras=active)
        if dependency.marker is not None and not self._evaluation.holds(dependency.marker, edge.asker, chosen):
            return ()
        try:
            node = self._index.find(dependency)
        except ValueError as error:
            raise Unreadable(str(error), fix="lock the project again: uv lock", line=edge.asker.line) from error
        return tuple((node, extra, None) for extra in (None, *dependency.extras))


def _is_chosen(requested: Requested, chosen: Chosen) -> bool:
    return requested.extra in {None, *chosen.extras} and requested.group in {None, *chosen.groups}


def _names(roots: Sequence[Requested]) -> Iterator[str]:
    """Yield the synthetic names of the members' chosen extras and groups."""
    for each in roots:
        if each.member is not None and each.extra is not None:
            yield extra_name(each.member, each.extra)
        if each.member is not None and each.group is not None:
            yield group_name(each.member, each.group)


def _root_stop(requested: Requested) -> _Stop:
    return (requested.member or _WORKSPACE, requested.extra, requested.group)


def _edges(lock: Lock) -> dict[_Stop, list[_Edge]]:
    edges: defaultdict[_Stop, list[_Edge]] = defaultdict(list)
    for each in lock.roots:
        asker = Asker(name=each.dependency.name, line=None, column=None)
        edges[_root_stop(each)].append(_Edge(each.dependency, asker))
    for number, row in enumerate(lock.rows):
        for each in row.requires:
            asker = Asker(name=each.dependency.name, line=row.line, column=row.column)
            edges[number, each.extra, None].append(_Edge(each.dependency, asker))
    return dict(edges)

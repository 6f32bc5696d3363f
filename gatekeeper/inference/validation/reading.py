"""From paths to facts: how each entry point takes its input, the models that check it, and the repairs on the way."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from pathlib import Path

from gatekeeper.inference.analysis import Tree, entries_of, entry_of, read_tree, suppressions_of, unhurried
from gatekeeper.inference.entries import Found, Phase, named_entry
from gatekeeper.inference.facts import Place, SourceFile
from gatekeeper.inference.machine.roots import walk_entries
from gatekeeper.inference.modules import Project
from gatekeeper.inference.validation import tables
from gatekeeper.inference.validation.data import Origin
from gatekeeper.inference.validation.facts import Endpoint, Input, InputModel, Repair, Validation, Way
from gatekeeper.inference.validation.lookup import Lookup
from gatekeeper.inference.validation.models import Models
from gatekeeper.inference.validation.steps import is_endpoint
from gatekeeper.inference.validation.watching import Visit, Watcher

_UNFOLLOWED = frozenset(
    {Way.MAPPING, Way.BODY, Way.PARSED, Way.ARRAY, Way.CLAIMED, Way.CONSTRUCTED, Way.MODEL, Way.UNSEEN}
)
"""What counts as input where nothing of it can be followed to the model."""


def validate_paths(
    paths: Sequence[Path],
    *,
    root: Path | None = None,
    entries: Sequence[str] = (),
    factories: Sequence[str] = (),
) -> Validation:
    """Return how the endpoints in files and folders of serving code take their input. Nothing of them is imported.

    Args:
        paths: Python files, notebooks, or folders of them.
        root: the folder that relative paths start from; paths are reported as given.
        entries: entry points beside those that are recognised, `package.module:Class.method`.
        factories: functions that return an entry point.

    Raises:
        UsageError: a path does not exist, or an entry point is named that there is not.
    """
    return validate(read_tree(paths, root=root), entries, factories)


def validate(tree: Tree, entries: Sequence[str] = (), factories: Sequence[str] = ()) -> Validation:
    """Return the same of files that were read already."""
    with unhurried():
        project = Project(tree.modules)
        found = entries_of(project, entries, all_functions=False)
        made = [named_entry(project, each) for each in factories]
        lookup = Lookup(project)
        watcher = Watcher(project, tree.sources, lookup)
        walk_entries(watcher, found, made)
        return _told(tree, watcher, [each for each in (*found, *made) if each.phase is Phase.REQUEST])


def _told(tree: Tree, watcher: Watcher, found: Sequence[Found]) -> Validation:
    sources = tree.sources
    endpoints: list[Endpoint] = []
    repairs: dict[tuple[object, ...], Repair] = {}
    models: dict[str, InputModel] = {}
    reader = Models(watcher.lookup_, sources)
    for each in found:
        visit = watcher.visits.get(each.function or each.module, Visit())
        asks = _asks(each, visit, watcher) and is_endpoint(watcher.project, each, watcher.called)
        origins = _inputs(visit, each.framework) if asks else ()
        inputs = tuple(_input(origin, visit) for origin in origins)
        endpoints.append(Endpoint(entry=entry_of(each, sources), asks=asks, inputs=inputs, posts=_posts(each)))
        for origin in origins:
            if origin.model is not None:
                models |= {model.name: model for model in reader.within(origin.model)}
        if asks:
            for repair in _repairs(visit):
                repairs.setdefault((repair.kind, *_order(repair.at)), repair)
    return Validation(
        files=tuple(SourceFile(path=each.path, sha256=each.sha256, lines=each.lines) for each in sources.values()),
        endpoints=tuple(endpoints),
        models=tuple(models[name] for name in sorted(models)),
        repairs=tuple(sorted(repairs.values(), key=lambda repair: _order(repair.at))),
        suppressions=tuple(suppressions_of(sources)),
        flaws=(*tree.flaws, *watcher.flaws),
    )


def _posts(found: Found) -> bool:
    node = found.decorator.func if isinstance(found.decorator, ast.Call) else found.decorator
    names = {"" if found.function is None else found.function.name, getattr(node, "attr", "")}
    return bool(names & {"post", "put", "patch", "do_POST", "do_PUT", "on_post", "on_put"})


def _asks(found: Found, visit: Visit, watcher: Watcher) -> bool:
    """Return whether an entry point asks a model, or hands its input to a server or a thread that does."""
    if visit.asks:
        return True
    handed = any(each.way in _UNFOLLOWED for each in visit.inputs)
    return (found.framework in tables.SERVERS and bool(visit.inputs)) or (handed and bool(watcher.background.asks))


def _inputs(visit: Visit, framework: str) -> tuple[Origin, ...]:
    """Return what of the input reaches a model; where nothing can be followed there, all that may be one's."""
    if visit.reached:
        return tuple(visit.reached)
    serves = framework in tables.SERVERS and framework != "named"
    ways = frozenset(Way) - {Way.HANDLE} if serves else _UNFOLLOWED
    return tuple(each for each in visit.inputs if each.way in ways and each not in visit.consumed)


def _input(origin: Origin, visit: Visit) -> Input:
    checked = ", ".join(visit.by) or ("conditions of the code" if origin in visit.tested else "")
    return Input(
        way=origin.way,
        at=origin.at,
        subject=origin.subject,
        function=origin.function,
        model="" if origin.model is None else origin.model.dotted,
        strict=origin.strict,
        checked=checked if origin.model is None else "",
        trace=origin.trace,
    )


def _repairs(visit: Visit) -> Iterator[Repair]:
    """Yield the repairs of what reaches a model; where nothing can be followed there, all of them."""
    for key, repair in visit.repairs.items():
        if key in visit.used or not visit.reached:
            yield repair


def _order(at: Place) -> tuple[str, int, int, int]:
    return at.path, at.cell or 0, at.line, at.column

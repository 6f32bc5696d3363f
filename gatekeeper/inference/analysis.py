"""From paths to facts: read and parse the files, find the entry points, walk from each of them on."""

from __future__ import annotations

import ast
import gc
import hashlib
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from gatekeeper.errors import Unreadable
from gatekeeper.inference.entries import Found, Phase, find_entries, named_entry, public_functions
from gatekeeper.inference.facts import Analysis, Entry, Flaw, Kind, Observation, Place, SourceFile, Suppression
from gatekeeper.inference.machine.calls import own_nodes
from gatekeeper.inference.machine.contexts import guard_of
from gatekeeper.inference.machine.forwards import names_model
from gatekeeper.inference.machine.gradients import differentiates
from gatekeeper.inference.machine.machine import Machine
from gatekeeper.inference.machine.roots import walk_entries
from gatekeeper.inference.misuse import misuses
from gatekeeper.inference.modules import Function, Module, Project
from gatekeeper.inference.parsing import parse
from gatekeeper.inference.sources import Source, decode, read_source
from gatekeeper.inference.walking import source_files

_RECURSION = 20_000
"""Frames of Python: an expression of a thousand operators nests as deep, and each level of it takes two or three."""


def analyse_paths(
    paths: Sequence[Path],
    *,
    root: Path | None = None,
    entries: Sequence[str] = (),
    factories: Sequence[str] = (),
    all_functions: bool = False,
    torch: str | None = None,
) -> Analysis:
    """Return what is seen in files and folders of serving code. Nothing of them is imported.

    Args:
        paths: Python files, notebooks, or folders of them.
        root: the folder that relative paths start from; paths are reported as given.
        entries: entry points beside those that are recognised, `package.module:Class.method`.
        factories: functions that return an entry point: an object whose `__call__` or `predict` answers requests, or a
            function that does.
        all_functions: every public function counts as an entry point.
        torch: the version that the code will run with; None where it is not known.

    Raises:
        UsageError: a path does not exist, or an entry point is named that there is not.
    """
    asked = Asked(entries=tuple(entries), factories=tuple(factories), all_functions=all_functions, torch=torch)
    return analyse(read_tree(paths, root=root), asked)


class Asked(Struct, frozen=True, kw_only=True):
    """What an analysis is told beside the files; see `analyse_paths`."""

    entries: tuple[str, ...] = ()
    factories: tuple[str, ...] = ()
    all_functions: bool = False
    torch: str | None = None


class Tree(Struct, frozen=True, kw_only=True):
    """Files that were read and parsed, and what of them could not be.

    Attributes:
        sources: by reported path.
    """

    modules: tuple[Module, ...]
    sources: Mapping[str, Source]
    flaws: tuple[Flaw, ...]


def read_tree(paths: Sequence[Path], *, root: Path | None = None) -> Tree:
    """Read and parse the files of a tree; see `analyse_paths`."""
    with unhurried():
        files, flaws = source_files(paths, base=root)
        sources: dict[str, Source] = {}
        modules: list[Module] = []
        for each in files:
            try:
                source = read_source(each)
                modules.append(parse(source))
            except Unreadable as error:
                flaws.append(_flaw(error, each.path))
            else:
                sources[source.path] = source
        return Tree(modules=tuple(modules), sources=sources, flaws=tuple(flaws))


def with_texts(tree: Tree, texts: Mapping[str, bytes]) -> Tree:
    """Return a tree in which some files say something else.

    Raises:
        Unreadable: one of the texts is no Python.
    """
    with unhurried():
        sources = dict(tree.sources)
        for path, data in texts.items():
            sha256 = hashlib.sha256(data).hexdigest()
            sources[path] = replace(tree.sources[path], text=decode(data), sha256=sha256)
        modules = [parse(sources[each.path]) if each.path in texts else each for each in tree.modules]
        return Tree(modules=tuple(modules), sources=sources, flaws=tree.flaws)


def analyse(tree: Tree, asked: Asked) -> Analysis:
    """Return what is seen in a tree; see `analyse_paths`."""
    with unhurried():
        project = Project(tree.modules)
        found = entries_of(project, asked.entries, all_functions=asked.all_functions)
        made = [named_entry(project, each) for each in asked.factories]
        return _analyse(project, tree, found, made, asked.torch)


def _analyse(
    project: Project, tree: Tree, found: Sequence[Found], factories: Sequence[Found], torch: str | None
) -> Analysis:
    sources = tree.sources
    machine = Machine(project, sources)
    walk_entries(machine, found, factories)
    observations = [*machine.recorder.observations(), *_misuses(project, sources, torch)]
    unreached = tuple(_unreached(machine))
    forwards = machine.recorder.forwards()
    entries = tuple(entry_of(each, sources) for each in (*found, *factories) if each.phase is Phase.REQUEST)
    blind = _blind(unreached, sources) if entries and not forwards else ()
    return Analysis(
        files=tuple(SourceFile(path=each.path, sha256=each.sha256, lines=each.lines) for each in sources.values()),
        entries=entries,
        forwards=forwards,
        unreached=tuple(sources[module.path].place(node) for module, _, node in unreached),
        observations=tuple(
            sorted(_linked(observations, _too_high(machine, found)), key=lambda each: (*_order(each.at), each.kind))
        ),
        suppressions=tuple(suppressions_of(sources)),
        flaws=(*tree.flaws, *_shadows(project), *machine.flaws, *blind),
    )


def entries_of(project: Project, named: Sequence[str], *, all_functions: bool) -> list[Found]:
    """Return what a framework or the caller calls: named entry points first."""
    found = [named_entry(project, each) for each in named]
    found += find_entries(project)
    if all_functions:
        found += public_functions(project)
    known: set[tuple[object, ...]] = set()
    unique = []
    for each in found:
        key = (each.function or each.module, each.owner, each.phase)
        if key not in known:
            known.add(key)
            unique.append(each)
    return unique


def _shadows(project: Project) -> Iterator[Flaw]:
    """Yield what is called torch in the tree and is not it: what the others import can't be told."""
    for module in project.modules:
        if module.name == "torch" and any(
            "torch" in other.imports.values() for other in project.modules if not f"{other.name}.".startswith("torch.")
        ):
            what = "is called torch: where it lies on the path, `import torch` finds this and not PyTorch"
            yield Flaw(what=what, fix="rename it, or lint the folders apart", path=module.path)


def entry_of(found: Found, sources: Mapping[str, Source]) -> Entry:
    """Return an entry point as a fact: its name, framework and place."""
    function = found.function
    node: ast.AST = found.module.tree if function is None else function.node
    name = f"{found.module.name}:<module>" if function is None else function.dotted
    if function is not None and found.owner is not None and found.owner is not function.owner:
        name = f"{found.owner.module.name}:{found.owner.qualname}.{function.name}"
    return Entry(
        framework=found.framework, function=name, at=sources[found.module.path].place(node), threaded=found.threaded
    )


def _misuses(project: Project, sources: Mapping[str, Source], torch: str | None) -> Iterator[Observation]:
    for module in project.modules:
        yield from misuses(module, project, sources[module.path], torch)


def suppressions_of(sources: Mapping[str, Source]) -> Iterator[Suppression]:
    """Yield the comments that suppress a code."""
    written = [each for each in sources.values() if "noqa" in each.text.lower()]
    if written:
        from gatekeeper.inference.suppressions import read_suppressions

        for source in written:
            yield from read_suppressions(source)


_Unreached: TypeAlias = tuple[Module, Function, ast.Call]


def _unreached(machine: Machine) -> Iterator[_Unreached]:
    """Yield the calls of functions that no entry point reaches, where the name called says that it is a model's."""
    for module in machine.project.modules:
        if not machine.uses_torch(module):
            continue
        for function in module.functions.values():
            owner = function.owner
            if machine.is_walked(function) or (owner is not None and machine.objects.is_module(owner)):
                continue
            calls = [each for each in own_nodes(function.node) if type(each) is ast.Call and names_model(each.func)]
            if calls and not differentiates(function.node):  # what trains, nobody serves by
                yield from ((module, function, each) for each in calls)


def _blind(unreached: Sequence[_Unreached], sources: Mapping[str, Source]) -> tuple[Flaw, ...]:
    """Return that nothing was judged: no entry point leads to a forward call, and there are some without a guard."""
    missed = [sources[module.path].place(node) for module, function, node in unreached if not _has_guard(function)]
    if not missed:
        return ()
    first, count = missed[0], len(missed)
    what = f"no entry point leads to a forward call, and {count} that none leads to could not be judged"
    fix = "name what production calls there: --entry package.module:Class.method, or `code.entries` in the policy"
    return (Flaw(what=what, fix=fix, path=first.path, line=first.line, column=first.column),)


def _has_guard(function: Function) -> bool:
    """Return whether a function names one of torch's guards, be it on a line of its own."""
    names = {"no_grad", "inference_mode"}
    nodes = (*ast.walk(function.node), *(node for each in function.decorators for node in ast.walk(each)))
    return any(getattr(each, "attr", getattr(each, "id", "")) in names for each in nodes)


def _too_high(machine: Machine, found: Sequence[Found]) -> dict[tuple[str, str], str]:
    """Return the lines of guards that decorate what a framework has been handed already, by path and function."""
    lines: dict[tuple[str, str], str] = {}
    for each in found:
        if each.decorator is not None and each.function is not None and not each.function.is_async:
            above = list(each.function.decorators)[: list(each.function.decorators).index(each.decorator)]
            for node in above:
                if guard_of(machine.evaluate(node, machine.scope(each.module))) is not None:
                    lines[each.module.path, each.function.qualname] = str(node.lineno)
    return lines


def _linked(observations: Sequence[Observation], too_high: Mapping[tuple[str, str], str]) -> Iterator[Observation]:
    """Yield the observations; an unguarded call in a function with a guard that is none knows that one's line."""
    useless = {
        (each.at.path, each.function): str(each.at.line) for each in observations if each.kind is Kind.GUARD_ON_ASYNC
    }
    for each in observations:
        key = (each.at.path, each.function)
        known = {"useless": useless.get(key), "early": too_high.get(key)}
        detail = tuple((name, line) for name, line in known.items() if line is not None)
        unguarded = each.kind in {Kind.UNGUARDED_CALL, Kind.PARTIAL_GUARD}
        yield replace(each, detail=(*each.detail, *detail)) if unguarded and detail else each


def _flaw(error: Unreadable, path: str) -> Flaw:
    at = error.at
    line, column = (error.line, error.column) if at is None else (at.line, at.column)
    return Flaw(what=error.what, fix=error.fix, path=path, line=line, column=column)


def _order(at: Place) -> tuple[str, int, int, int]:
    return at.path, at.cell or 0, at.line, at.column


@contextmanager
def unhurried() -> Iterator[None]:
    """Parse and walk without the cyclic garbage collector, which would look at every node again and again."""
    limit, collecting = sys.getrecursionlimit(), gc.isenabled()
    gc.disable()
    sys.setrecursionlimit(max(limit, _RECURSION))
    try:
        yield
    finally:
        sys.setrecursionlimit(limit)
        if collecting:
            gc.enable()

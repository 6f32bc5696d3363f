"""Entry points of a tree: its decorators, its registering calls, its classes, held against the tables."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache

from msgspec.structs import replace

from gatekeeper.inference.entries import job_tables, model_tables, web_tables
from gatekeeper.inference.entries.bindings import statements
from gatekeeper.inference.entries.conventions import by_convention
from gatekeeper.inference.entries.found import Found, Phase
from gatekeeper.inference.entries.rows import (
    Decorator,
    Framework,
    Registration,
    Service,
    Table,
    first_part,
    matches,
)
from gatekeeper.inference.entries.tracing import Callee, Foreign, Instance, Scope, Tracer, Value
from gatekeeper.inference.modules import Class, Function, Module, Project, any_between, lines_with

_TABLES = (web_tables, model_tables, job_tables)
_DECORATORS: Table[Decorator] = Table(row for table in _TABLES for row in table.DECORATORS)
_REGISTRATIONS: Table[Registration] = Table(row for table in _TABLES for row in table.REGISTRATIONS)
_SERVICES: Table[Service] = Table(row for table in _TABLES for row in table.SERVICES)
_CLASS_DECORATORS: Table[Service] = Table(model_tables.CLASS_DECORATORS)
_LOOSE = frozenset(name for table in _TABLES for row in table.REGISTRATIONS if row.loose for name in row.names)
_TELLING = frozenset(name for table in _TABLES for row in table.REGISTRATIONS if row.telling for name in row.names)
_LOOSE_DECORATORS = frozenset({"get", "post", "put", "delete", "patch", "websocket", "route", "api_route"})
"""Decorators with a path as their first argument, whose object can't be traced: a router handed in from elsewhere."""
_TASKS = {"task": job_tables.CELERY, "shared_task": job_tables.CELERY}
"""Decorators that are told by their name alone, whatever object they are an attribute of."""
_ON_STARTUP = Registration(framework=web_tables.AIOHTTP, position=0, phase=Phase.STARTUP)
"""`app.on_startup.append(f)`."""
_DEFINING = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Import | ast.ImportFrom
_STARTING = frozenset({"startup", "before_server_start", "on_startup"})
_ENDING = frozenset({"shutdown", "on_shutdown"})

_ROOTS = _DECORATORS.roots | _REGISTRATIONS.roots | _SERVICES.roots | _CLASS_DECORATORS.roots


def find_entries(project: Project) -> tuple[Found, ...]:
    """Return every entry point that is recognised, each once, in the order of the files."""
    found = list(_Searcher(project).found())
    unique: dict[tuple[object, ...], Found] = {}
    for each in found:
        unique.setdefault((each.function or each.module, each.owner, each.phase), each)
    return tuple(unique.values())


class _Searcher:
    def __init__(self, project: Project) -> None:
        self.project = project
        self.tracer = Tracer(project)
        self._frameworks = [framework for each in project.modules for framework in _imported(each)]

    def found(self) -> Iterator[Found]:
        """Yield what each module tells."""
        web = {"fastapi", "starlette", "flask", "quart", "sanic"} & set(self._frameworks)
        for module in self.project.modules:
            roots = _imported(module)
            if roots or self._may_be_routed(module):
                yield from self._decorated(module, web)
            yield from self._registered(module, roots)
            yield from self._classes(module)
            yield from by_convention(module)
            if "streamlit" in roots and _runs_streamlit(module):
                framework = model_tables.STREAMLIT
                yield Found(function=None, module=module, framework=framework.name, threaded=True)

    def _may_be_routed(self, module: Module) -> bool:
        return any(function.decorators for function in module.functions.values())

    def _decorated(self, module: Module, web: set[str]) -> Iterator[Found]:
        for function in module.functions.values():
            for node in function.decorators:
                row = self._decorator(node, function, web)
                if row is not None:
                    yield from self._by_decorator(row, node, function)

    def _decorator(self, node: ast.expr, function: Function, web: set[str]) -> Decorator | None:
        call = node if isinstance(node, ast.Call) else None
        scope = Scope(function.module, function.parent, function.owner)
        value = self.tracer.value(call.func if call else node, scope)
        for name in _names(value):
            for row in _DECORATORS.get(name, ()):
                return row
        # What the tree itself defines is no decorator of a framework.
        is_known = isinstance(value, Callee | Instance | Class) or _is_of_framework(value)
        return None if is_known else _by_shape(node, call, web)

    def _by_decorator(self, row: Decorator, node: ast.expr, function: Function) -> Iterator[Found]:
        phase, call = row.phase, node if isinstance(node, ast.Call) else None
        if row.timed:
            when = call.args[0].value if call and call.args and isinstance(call.args[0], ast.Constant) else ""
            if when in _ENDING:
                return
            phase = Phase.STARTUP if when in _STARTING else Phase.REQUEST
        found = _entry(row.framework, function, function.owner, phase)
        before = isinstance(node, ast.Attribute) and node.attr == "before_request"
        owner = found.owner or self._base(call, function)
        yield replace(found, decorator=node, before=before, owner=owner)

    def _base(self, call: ast.Call | None, function: Function) -> Class | None:
        """Return the class of which a Celery task is: `@app.task(bind=True, base=PredictTask)`."""
        given = {each.arg: each.value for each in call.keywords} if call else {}
        if "base" not in given or not isinstance(given.get("bind"), ast.Constant):
            return None
        value = self.tracer.value(given["base"], Scope(function.module, function.parent))
        return value if isinstance(value, Class) else None

    def _registered(self, module: Module, roots: set[str]) -> Iterator[Found]:
        lines = _lines_of_calls(module.text, roots)
        if not lines:
            return
        yield from self._calls(module.tree.body, Scope(module), lines)
        for function in module.functions.values():
            if not isinstance(function.node, ast.Lambda) and any_between(lines, function.node):
                yield from self._calls(function.node.body, Scope(module, function), lines)
                yield from self._defaults(function)

    def _defaults(self, function: Function) -> Iterator[Found]:
        """`Depends(f)` as a default or in an annotation."""
        arguments = function.node.args
        scope = Scope(function.module, function.parent, function.owner)
        annotations = [each.annotation for each in (*arguments.args, *arguments.kwonlyargs) if each.annotation]
        for node in (*arguments.defaults, *(each for each in arguments.kw_defaults if each), *annotations):
            yield from self._inside(node, scope)

    def _calls(self, body: Iterable[ast.stmt], scope: Scope, lines: Sequence[int]) -> Iterator[Found]:
        """Yield what the calls on these lines tell, in statements and the blocks in them."""
        for statement in statements(list(body)):
            if (
                isinstance(statement, _DEFINING)
                or not isinstance(statement, ast.stmt)
                or not any_between(lines, statement)
            ):
                continue
            for child in ast.iter_child_nodes(statement):
                if isinstance(child, ast.expr):
                    yield from self._inside(child, scope)
                elif isinstance(child, ast.withitem):
                    yield from self._inside(child.context_expr, scope)

    def _inside(self, node: ast.expr, scope: Scope) -> Iterator[Found]:
        for each in ast.walk(node):
            if isinstance(each, ast.Call):
                yield from self._call(each, scope)

    def _call(self, call: ast.Call, scope: Scope) -> Iterator[Found]:
        last = _last(call.func)
        if not call.args and not call.keywords:
            return
        if isinstance(call.func, ast.Call) and len(call.args) == 1:
            yield from self._decorated_by_call(call, call.func, scope)
        value = self.tracer.value(call.func, scope)
        rows = [row for name in _names(value) for row in _REGISTRATIONS.get(name, ())]
        if last == "append" and isinstance(call.func, ast.Attribute) and _last(call.func.value) == "on_startup":
            rows = [_ON_STARTUP]
        if not rows and value is None and last in _LOOSE:
            rows = [row for table in _TABLES for row in table.REGISTRATIONS if row.loose and last in row.names]
        # On something that can't be traced, or a method of the tree's own of that name, which hands it on.
        elif not rows and last in _TELLING and isinstance(call.func, ast.Attribute) and not _is_of_framework(value):
            rows = [row for table in _TABLES for row in table.REGISTRATIONS if row.telling and last in row.names]
        for row in rows:
            given = _argument(call, row)
            if given is not None:
                yield from self._given(row, given, scope, call)

    def _decorated_by_call(self, call: ast.Call, decorator: ast.Call, scope: Scope) -> Iterator[Found]:
        """`app.post("/price")(price)`: a decorator that is applied by hand."""
        given = self.tracer.value(call.args[0], scope)
        if isinstance(given, Callee):
            for name in _names(self.tracer.value(decorator.func, scope)):
                for row in _DECORATORS.get(name, ()):
                    yield _entry(row.framework, given.function, given.owner, row.phase)

    def _given(self, row: Registration, node: ast.expr, scope: Scope, call: ast.Call) -> Iterator[Found]:
        phase = row.phase
        if row.timed:
            when = call.args[0].value if call.args and isinstance(call.args[0], ast.Constant) else ""
            phase = Phase.STARTUP if when in _STARTING else Phase.REQUEST
        several = node.elts if isinstance(node, ast.List | ast.Tuple) else [node]
        for each in several:
            value = self.tracer.value(each, scope)
            if isinstance(value, Callee):
                yield _entry(row.framework, value.function, value.owner, phase)
            elif isinstance(value, Instance | Class):
                class_ = value.class_ if isinstance(value, Instance) else value
                yield from self._methods(class_, row.framework, row.methods or ("__call__",), phase)

    def _classes(self, module: Module) -> Iterator[Found]:
        for class_ in module.classes.values():
            if class_.node.bases:
                for base in self.tracer.ancestry(class_)[1]:
                    for row in _SERVICES.get(base, ()):
                        yield from self._service(class_, row)
            for node in class_.node.decorator_list:
                expression = node.func if isinstance(node, ast.Call) else node
                value = self.tracer.value(expression, Scope(module, class_.parent))
                for name in _names(value):
                    for row in _CLASS_DECORATORS.get(name, ()):
                        yield from self._service(class_, row)

    def _service(self, class_: Class, row: Service) -> Iterator[Found]:
        yield from self._methods(class_, row.framework, row.startup, Phase.STARTUP)
        request = row.request
        own = {name for each in self.tracer.ancestry(class_)[0] for name in each.methods}
        if row.public:
            request = (*request, "__call__", *(name for name in own if not name.startswith("_")))
        steps = row.steps if row.driver not in own or _calls_super(self.tracer.ancestry(class_)[0], row.driver) else ()
        for each in self._methods(class_, row.framework, (*request, *steps), Phase.REQUEST):
            name = each.function.name if each.function else ""
            if name in row.guarded or name in row.explains:
                yield Found(
                    function=each.function,
                    module=each.module,
                    framework=each.framework,
                    threaded=each.threaded,
                    owner=each.owner,
                    guarded=name in row.guarded,
                    wants_grad=name in row.explains,
                )
            else:
                yield each

    def _methods(self, class_: Class, framework: Framework, patterns: tuple[str, ...], phase: Phase) -> Iterator[Found]:
        seen: set[str] = set()
        for each in self.tracer.ancestry(class_)[0]:
            for name, method in each.methods.items():
                if name not in seen and matches(name, patterns):
                    seen.add(name)
                    yield _entry(framework, method, class_, phase)


def _calls_super(classes: Iterable[Class], name: str) -> bool:
    """Return whether the first of these methods goes on to the one of the library: then that calls its steps."""
    method = next((each.methods[name] for each in classes if name in each.methods), None)
    return method is not None and any(
        isinstance(each, ast.Call) and isinstance(each.func, ast.Name) and each.func.id == "super"
        for each in ast.walk(method.node)
    )


def _entry(framework: Framework, function: Function, owner: Class | None, phase: Phase) -> Found:
    threaded = phase is Phase.REQUEST and framework.threads.of(function)
    return Found(
        function=function, module=function.module, framework=framework.name, threaded=threaded, owner=owner, phase=phase
    )


def _imported(module: Module) -> set[str]:
    """Return the packages of the tables, and streamlit, that a module imports."""
    tops = {first_part(each) for each in (*module.imports.values(), *module.star_imports)}
    return tops & (_ROOTS | {"streamlit"})


def _last(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def _names(value: Value | None) -> tuple[str, ...]:
    return value.names if isinstance(value, Foreign) else ()


def _is_of_framework(value: Value | None) -> bool:
    """Return whether something is of a library that the tables know."""
    return any(first_part(each) in _ROOTS for each in _names(value))


def _by_shape(node: ast.expr, call: ast.Call | None, web: set[str]) -> Decorator | None:
    """Return what a decorator tells by itself, where its object is made in a file that is not at hand.

    `@router.post("/path")` is a route of some web framework, `@app.task` one of Celery.
    """
    target = node if call is None else call.func
    if not isinstance(target, ast.Attribute):
        return None
    if target.attr in _TASKS:
        return Decorator(framework=_TASKS[target.attr])
    if call is not None and target.attr in _LOOSE_DECORATORS and _is_path(call):
        framework = web_tables.FASTAPI if web & {"fastapi", "starlette"} or not web else web_tables.FLASK
        return Decorator(framework=framework)
    return None


def _is_path(call: ast.Call) -> bool:
    """Return whether the first argument of a call is the path of a route."""
    first = call.args[0] if call.args else None
    return isinstance(first, ast.Constant) and isinstance(first.value, str) and first.value.startswith("/")


@cache
def _words(roots: frozenset[str]) -> re.Pattern[str]:
    """Return a pattern of the words without which no call registers anything with these packages."""
    words: set[str] = set()
    for row in (row for table in _TABLES for row in table.REGISTRATIONS):
        if row.telling or roots & {*row.roots, *(first_part(each) for each in row.exact)}:
            named = {each.rpartition(".")[2] for each in (*row.names, *row.exact)}
            words |= {row.keyword} if row.position is None else named
    words.add("on_startup")
    applied = r"|\)\(" if roots else ""  # a decorator that is applied by hand
    return re.compile(rf"\b(?:{'|'.join(sorted(words))})\b{applied}")


def _lines_of_calls(text: str, roots: set[str]) -> Sequence[int]:
    """Return the lines, from 1 and in order, on which something may be registered."""
    if not roots and not any(each in text for each in (*_TELLING, "on_startup")):
        return ()
    return lines_with(_words(frozenset(roots)), text)


def _argument(call: ast.Call, row: Registration) -> ast.expr | None:
    for keyword in call.keywords:
        if keyword.arg == row.keyword and row.keyword:
            return keyword.value
    if row.position is None or len(call.args) <= row.position:
        return None
    given = call.args[row.position]
    if isinstance(given, ast.Dict) and row.keyword:
        for key, value in zip(given.keys, given.values, strict=True):
            if isinstance(key, ast.Constant) and key.value == row.keyword:
                return value
        return None
    return given


def _runs_streamlit(module: Module) -> bool:
    """Return whether a module's own statements draw a page, or call what does.

    A helper that only defines functions and classes does not.
    """
    names = {local for local, target in module.imports.items() if first_part(target) == "streamlit"}
    names |= {each for each in (*module.functions, *module.classes) if "." not in each}
    return any(
        isinstance(each, ast.Name) and each.id in names
        for statement in module.tree.body
        if not isinstance(
            statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Import | ast.ImportFrom
        )
        for each in ast.walk(statement)
    )

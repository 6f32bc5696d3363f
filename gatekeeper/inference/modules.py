"""The modules of a source tree: their functions, classes and imports, and what a dotted name stands for among them."""

from __future__ import annotations

import ast
import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import TypeAlias

from msgspec import Struct, field

Definition: TypeAlias = "Module | Class | Function"
FunctionNode: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


class Function(Struct, eq=False):
    """A function of the tree.

    Attributes:
        qualname: dotted, as in `__qualname__` but without `<locals>`.
        owner: the class in whose body it stands.
        parent: the function in whose body it stands.
    """

    module: Module
    qualname: str
    node: FunctionNode
    owner: Class | None = None
    parent: Function | None = None

    @property
    def name(self) -> str:
        """The last part of the qualified name."""
        return self.qualname.rpartition(".")[2]

    @property
    def is_async(self) -> bool:
        """Whether it is an `async def`."""
        return isinstance(self.node, ast.AsyncFunctionDef)

    @property
    def decorators(self) -> Sequence[ast.expr]:
        """The expressions behind the `@`, outermost first."""
        return () if isinstance(self.node, ast.Lambda) else self.node.decorator_list

    @property
    def dotted(self) -> str:
        """`package.module:Class.method`: how it is named on the command line."""
        return f"{self.module.name}:{self.qualname}"


class Class(Struct, eq=False):
    """A class of the tree.

    Attributes:
        methods: the functions of its body, by name; of several with one name, the last.
        assigned: the expressions that its body assigns, by name.
        stored: the methods that assign `self.NAME`, by NAME.
    """

    module: Module
    qualname: str
    node: ast.ClassDef
    parent: Function | None = None
    methods: dict[str, Function] = field(default_factory=dict)
    assigned: dict[str, list[ast.expr]] = field(default_factory=dict)
    stored: dict[str, list[Function]] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The last part of the qualified name."""
        return self.qualname.rpartition(".")[2]

    @property
    def dotted(self) -> str:
        """`package.module.Class`: how an import would name it."""
        return f"{self.module.name}.{self.qualname}"


class Module(Struct, eq=False):
    """One parsed file.

    Attributes:
        name: dotted, as other modules of the tree import it.
        imports: local name to the dotted name that it stands for; imports inside of functions too.
        star_imports: the modules from which `*` is imported.
        functions: every function of the file by its qualified name, nested ones too.
        classes: every class of the file by its qualified name.
        assigned: the expressions that module-level statements assign, by name.
        rebound: the functions with `global NAME`, by NAME.
        text: the source, as its lines were parsed; empty where nobody has kept it.
    """

    name: str
    path: str
    tree: ast.Module
    is_package: bool = False
    text: str = ""
    imports: dict[str, str] = field(default_factory=dict)
    star_imports: list[str] = field(default_factory=list)
    functions: dict[str, Function] = field(default_factory=dict)
    classes: dict[str, Class] = field(default_factory=dict)
    assigned: dict[str, list[ast.expr]] = field(default_factory=dict)
    rebound: dict[str, list[Function]] = field(default_factory=dict)

    def dotted(self, node: ast.expr) -> str | None:
        """Return what a chain of names stands for through this module's imports: `nn.Module` -> `torch.nn.Module`.

        A name that is not imported stands for itself. None for what is no chain of names.
        """
        tail: list[str] = []
        while isinstance(node, ast.Attribute):
            tail.append(node.attr)
            node = node.value
        if not isinstance(node, ast.Name):
            return None
        head = self.imports.get(node.id, node.id)
        return ".".join((head, *reversed(tail))) if tail else head


class Project:
    """The modules of a tree, found by the names under which they import each other."""

    def __init__(self, modules: Sequence[Module]) -> None:
        self.modules = tuple(modules)
        self._by_last_part: dict[str, list[Module]] = {}
        self._by_path: dict[str, Module] = {}
        self._known: dict[tuple[str, str], Module | None] = {}
        self._outside: dict[tuple[str, Module | None], tuple[Module, str] | None] = {}
        self._imported: set[str] | None = None
        for module in modules:
            self._by_last_part.setdefault(module.name.rpartition(".")[2], []).append(module)
            self._by_path[module.path.removesuffix(".py").removesuffix("/__init__")] = module

    def module(self, name: str, near: Module | None = None) -> Module | None:
        """Return the module that `import name` finds, seen from `near`.

        A tree seldom says which folders are on `sys.path`. So a module is looked for beside `near` and in each folder
        above, then by its whole name, then by the end of its name or path; among several of those the one that shares
        most of its folder with `near` is meant.
        """
        folder = "" if near is None else near.path.rpartition("/")[0]
        key = (name, folder)
        if near is not None and name.partition(".")[0] == "torch" != near.name.partition(".")[0]:
            return None  # what is called torch in a tree is not what its other modules mean
        if key not in self._known:
            self._known[key] = self._above(name, folder) or self._anywhere(name, folder)
        return self._known[key]

    def _above(self, name: str, folder: str) -> Module | None:
        if is_well_known(name):
            return None
        path = name.replace(".", "/")
        while True:
            found = self._by_path.get(f"{folder}/{path}" if folder else path)
            if found is not None or not folder:
                return found
            folder = folder.rpartition("/")[0]

    def _anywhere(self, name: str, folder: str) -> Module | None:
        found = [each for each in self._by_last_part.get(name.rpartition(".")[2], ()) if _is_called(each, name)]
        exact = [each for each in found if each.name == name] or found
        return max(exact, key=lambda each: _common(each.path, folder)) if exact else None

    def is_imported(self, module: str, name: str) -> bool:
        """Return whether some module imports a name of the module of that last name, or that module itself."""
        if self._imported is None:
            targets = {each for module_ in self.modules for each in (*module_.imports.values(), *module_.star_imports)}
            ends = {".".join(each.split(".")[-2:]) for each in targets}
            self._imported = ends | {each.rpartition(".")[2] for each in targets}
        return module in self._imported or f"{module}.{name}" in self._imported

    def find(self, dotted: str, near: Module | None = None, *, _depth: int = 0) -> Definition | None:
        """Return what of the tree a dotted name stands for, through re-exports; or None."""
        module, rest = self.locate(dotted, near)
        if module is None or _depth > 20:
            return None
        if not rest:
            return module
        if rest in module.functions:
            return module.functions[rest]
        if rest in module.classes:
            return module.classes[rest]
        head, _, tail = rest.partition(".")
        if head in module.classes and tail in (members := module.classes[head].methods):
            return members[tail]
        targets = (
            [module.imports[head]] if head in module.imports else [f"{each}.{head}" for each in module.star_imports]
        )
        for target in targets:
            found = self.find(f"{target}.{tail}" if tail else target, module, _depth=_depth + 1)
            if found is not None:
                return found
        return None

    def origin(self, dotted: str, near: Module | None = None, *, _depth: int = 0) -> str:
        """Return a dotted name with the re-exports of the tree followed: where the thing is defined."""
        module, rest = self.locate(dotted, near)
        if module is None or not rest or _depth > 20:
            return dotted
        head, _, tail = rest.partition(".")
        if head in module.imports and rest not in module.functions and rest not in module.classes:
            target = module.imports[head]
            return self.origin(f"{target}.{tail}" if tail else target, module, _depth=_depth + 1)
        return f"{module.name}.{rest}"

    def kind_of(self, module: Module, node: ast.expr, *, _depth: int = 0) -> str | None:
        """Return what a module-level expression is, as far as names tell.

        `fastapi.FastAPI()` for the value of `app` after `app = FastAPI(...)`, in this module or in the one that `app`
        is imported from; the dotted name for what is no call. None for what is neither.
        """
        if isinstance(node, ast.Call):
            made = self.kind_of(module, node.func, _depth=_depth)
            return None if made is None else f"{made}()"
        dotted = module.dotted(node)
        if dotted is None or _depth > 20:
            return None
        head, _, tail = dotted.partition(".")
        if head in module.assigned and head not in module.imports:
            kind = self.kind_of(module, module.assigned[head][-1], _depth=_depth + 1)
        else:
            kind = self._kind_elsewhere(dotted, module, _depth)
            tail = ""
        return kind if kind is None or not tail else f"{kind}.{tail}"

    def _kind_elsewhere(self, dotted: str, near: Module, depth: int) -> str:
        home, rest = self.locate(dotted, near)
        if home is None or not rest or home is near:
            return dotted
        name, _, tail = rest.partition(".")
        if name not in home.assigned and name not in home.imports:
            return dotted
        kind = self.kind_of(home, ast.Name(id=name), _depth=depth + 1) or dotted
        return f"{kind}.{tail}" if tail else kind

    def ancestry(self, class_: Class) -> tuple[list[Class], list[str]]:
        """Return the classes of the tree that a class is made of, itself first, and the dotted names of the others.

        The order is that of the bases, depth first: near enough to the method resolution order of serving code.
        """
        own: list[Class] = []
        others: list[str] = []
        waiting = [class_]
        while waiting:
            each = waiting.pop(0)
            if each in own:
                continue
            own.append(each)
            found: list[Class] = []
            for base in each.node.bases:
                target = self.base(each, base)
                if isinstance(target, Class):
                    found.append(target)
                elif target is not None:
                    others.append(target)
            waiting = found + waiting
        return own, others

    def base(self, class_: Class, node: ast.expr) -> Class | str | None:
        """Return what a base stands for: a class of the tree, or a dotted name; None for other expressions."""
        if isinstance(node, ast.Subscript):  # Generic[T] and its like
            node = node.value
        module = class_.module
        dotted = module.dotted(node)
        if dotted is None:
            return None
        local = module.classes.get(dotted)
        if local is not None and local is not class_:
            return local
        found = self.find(dotted, module)
        return found if isinstance(found, Class) and found is not class_ else self.origin(dotted, module)

    def classes(self) -> Iterator[Class]:
        """Yield every class of the tree."""
        for module in self.modules:
            yield from module.classes.values()

    def functions(self) -> Iterator[Function]:
        """Yield every function of the tree."""
        for module in self.modules:
            yield from module.functions.values()

    def locate(self, dotted: str, near: Module | None = None) -> tuple[Module | None, str]:
        """Return the module with the longest name that `dotted` begins with, and the rest of the name."""
        name, rest = dotted, ""
        while name:
            if name.rpartition(".")[2] in self._by_last_part and (module := self.module(name, near)) is not None:
                return (module, rest) if rest else self._bound_over(name, module, near)
            name, _, last = name.rpartition(".")
            rest = f"{last}.{rest}" if rest else last
        return self._taken_out(dotted, near) or (None, dotted)

    def _bound_over(self, name: str, module: Module, near: Module | None) -> tuple[Module, str]:
        """Return what a package binds to the name of its own submodule: `from .predict import predict`."""
        package, _, last = name.rpartition(".")
        home = self.module(package, near) if package else None
        if home is None or not home.is_package or home is module:
            return module, ""
        target = home.imports.get(last, "")
        if target.startswith(f"{module.name}."):
            return module, target.removeprefix(f"{module.name}.")
        return (home, last) if last in home.functions or last in home.classes else (module, "")

    def _taken_out(self, dotted: str, near: Module | None) -> tuple[Module, str] | None:
        """Return the module of a file that was taken out of its package, and the rest of the name.

        `from shop.ml.engine import Engine` means an `engine.py` of the tree if that has an `Engine`, and no `shop` is
        there: often only the folder that serves is looked at.
        """
        key = (dotted, near)
        if key not in self._outside:
            self._outside[key] = next(self._suffixes(dotted, near), None)
        return self._outside[key]

    def _suffixes(self, dotted: str, near: Module | None) -> Iterator[tuple[Module, str]]:
        parts = dotted.split(".")
        if len(parts) < 3 or is_well_known(dotted):
            return
        for start in range(1, len(parts) - 1):
            for end in range(len(parts) - 1, start, -1):
                name, rest = ".".join(parts[start:end]), parts[end:]
                for each in self._by_last_part.get(parts[end - 1], ()):
                    if each.name == name and each is not near and _defines(each, rest[0]):
                        yield each, ".".join(rest)


def _is_called(module: Module, name: str) -> bool:
    """Return whether `import name` may mean a module: its name, or its path, ends so.

    A folder of the tree that is called like a well-known library is not taken for it from elsewhere in the tree.
    """
    if module.name == name:
        return True
    if is_well_known(name):
        return False
    return module.name.endswith(f".{name}") or f"/{module.path}".endswith(f"/{name.replace('.', '/')}.py")


def earlier(function: Function) -> str:
    """Return the key of a function that another one of its name replaces, in the functions of its module."""
    return f"{function.qualname}@{function.node.lineno}"


def is_well_known(dotted: str) -> bool:
    """Return whether a dotted name begins like a library that everybody means by that name."""
    return dotted.partition(".")[0] in _ELSEWHERE


_ELSEWHERE = frozenset(
    """
    torch torchvision torchaudio numpy pandas scipy sklearn transformers diffusers fastapi flask starlette django celery
    tensorflow keras onnxruntime PIL cv2 json logging os sys re io time typing queue threading asyncio concurrent
    """.split()
)


def _defines(module: Module, name: str) -> bool:
    return name in module.functions or name in module.classes or name in module.assigned


def _common(left: str, right: str) -> int:
    count = 0
    for one, other in zip(left.split("/"), right.split("/"), strict=False):
        if one != other:
            break
        count += 1
    return count


def lines_with(pattern: re.Pattern[str], text: str) -> list[int]:
    """Return the lines of a text, from 1 and in order, on which a pattern is found."""
    lines: list[int] = []
    line, at = 1, 0
    for each in pattern.finditer(text):
        line += text.count("\n", at, each.start())
        at = each.start()
        if not lines or lines[-1] != line:
            lines.append(line)
    return lines


def any_between(lines: Sequence[int], node: ast.stmt | FunctionNode) -> bool:
    """Return whether one of some lines, which are in order, is among those of a node."""
    index = bisect_left(lines, node.lineno)
    return index < len(lines) and lines[index] <= (node.end_lineno or node.lineno)

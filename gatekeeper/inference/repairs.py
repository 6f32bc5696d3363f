"""Changes of source text that mend what was seen. Each is told as edits of the text; whoever asks applies them.

Safe ones make the code do what it says: missing parentheses, `weights_only=True`. Unsafe ones change what it does: a
guard on a function, a tensor that is detached before it is kept.
"""

from __future__ import annotations

import ast
import io
import tokenize
from collections.abc import Callable, Iterator, Sequence
from typing import TypeAlias

from msgspec import Struct

from gatekeeper.inference.facts import Kind, Observation
from gatekeeper.inference.versions import precedes

SAFE = frozenset({Kind.GUARD_NOT_CALLED, Kind.LOAD_WITHOUT_WEIGHTS_ONLY})
GUARDING = frozenset({Kind.UNGUARDED_CALL, Kind.PARTIAL_GUARD, Kind.GUARD_LOST_IN_THREAD, Kind.PROCESS_WIDE_SWITCH})
DETACHING = frozenset({Kind.GRAPH_RETAINED, Kind.CPU_WITHOUT_DETACH})

WEIGHTS_ONLY_KNOWN_SINCE = (1, 13)
"""The first torch whose `load` has the argument; before, it is handed to the unpickler, which refuses it."""

_HAND_OVER = "hands work to a thread"
_PRIMARY = ast.Name | ast.Attribute | ast.Call | ast.Subscript
_PUTTING = frozenset({"append", "appendleft", "add", "put", "put_nowait", "push"})


class Edit(Struct, frozen=True, order=True):
    """Text that is put in at an offset, counted in characters.

    Attributes:
        rank: of several at one offset, the lower one comes first in the text.
    """

    offset: int
    rank: int
    text: str


def _edit(offset: int, text: str) -> Edit:
    return Edit(offset, 1, text)


def _import(offset: int, text: str) -> Edit:
    return Edit(offset, 0, text)


class Page:
    """A file's text with its own line ends, and the nodes of its tree by where they begin."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tree = ast.parse(text)
        self._lines = io.StringIO(text, newline="").readlines()
        self._starts = [0]
        for line in self._lines:
            self._starts.append(self._starts[-1] + len(line))

    def offset(self, line: int, column: int) -> int:
        """Return the offset of a line and a column, the latter in bytes of UTF-8, as nodes have it."""
        before = self._lines[line - 1].encode()[:column].decode()
        return self._starts[line - 1] + len(before)

    def end(self, node: ast.expr | ast.stmt) -> int:
        """Return the offset behind a node."""
        return self.offset(node.end_lineno or node.lineno, node.end_col_offset or 0)

    def line(self, number: int) -> str:
        """Return a line with its end."""
        return self._lines[number - 1]

    @property
    def newline(self) -> str:
        """The line end that the file begins with."""
        first = self._lines[0] if self._lines else "\n"
        return first[len(first.rstrip("\r\n")) :] or "\n"

    def node_at(self, line: int, column: int, *kinds: type[ast.AST]) -> ast.AST | None:
        """Return the largest node of these kinds that begins at a place, its column in characters from 1."""
        wanted = self._starts[line - 1] + column - 1
        for each in ast.walk(self.tree):
            if not isinstance(each, kinds) or getattr(each, "lineno", 0) != line:
                continue
            if self.offset(line, each.col_offset) == wanted:  # type: ignore[attr-defined]  # it has a line
                return each
        return None

    def function(self, qualname: str) -> ast.AST | None:
        """Return the function of a qualified name, the last one of that name."""
        return _function(self.tree, qualname.split("."))

    def parents(self, node: ast.AST) -> list[ast.AST]:
        """Return what a node stands in, the innermost first."""
        found: list[ast.AST] = []
        target = node
        while True:
            around = next((each for each in ast.walk(self.tree) if target in ast.iter_child_nodes(each)), None)
            if around is None:
                return found
            found.append(around)
            target = around


def _function(node: ast.AST, names: Sequence[str]) -> ast.AST | None:
    found: ast.AST | None = None
    for each in ast.iter_child_nodes(node):
        if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            if each.name == names[0]:
                found = each if len(names) == 1 else _function(each, names[1:]) or found
        else:
            found = _function(each, names) or found
    return found


Pages: TypeAlias = Callable[[str], Page | None]
"""Gives the page of a path, or None for what is not to be changed, such as a notebook."""


def repair(pages: Pages, seen: Observation, *, unsafe: bool) -> tuple[str, tuple[Edit, ...]]:
    """Return the path and the edits of it that mend what was seen; no edits where that takes understanding more."""
    path = seen.at.path
    page = pages(path)
    if page is None:
        return path, ()
    if seen.kind is Kind.GUARD_NOT_CALLED:
        return path, tuple(_called(page, seen))
    if seen.kind is Kind.LOAD_WITHOUT_WEIGHTS_ONLY:
        return path, tuple(_weights_only(page, seen))
    if unsafe and seen.kind in DETACHING:
        return path, tuple(_detached(page, seen))
    return _guarded(pages, page, seen) if unsafe and seen.kind in GUARDING else (path, ())


def _called(page: Page, seen: Observation) -> Iterator[Edit]:
    node = page.node_at(seen.at.line, seen.at.column, ast.Attribute, ast.Name)
    if isinstance(node, ast.expr):
        yield _edit(page.end(node), "()")


def _weights_only(page: Page, seen: Observation) -> Iterator[Edit]:
    node = page.node_at(seen.at.line, seen.at.column, ast.Call)
    if not isinstance(node, ast.Call) or any(each.arg == "weights_only" for each in node.keywords):
        return
    if precedes(seen.told("torch"), WEIGHTS_ONLY_KNOWN_SINCE):
        return
    start, end = page.offset(node.lineno, node.col_offset), page.end(node)
    last = _last_token(page.text[start:end])
    if last is not None:
        offset, text = last
        yield _edit(start + offset, {"(": "", ",": " "}.get(text, ", ") + "weights_only=True")


def _last_token(call: str) -> tuple[int, str] | None:
    """Return the last token before the closing parenthesis of a call: the offset behind it, and its text."""
    lines = io.StringIO(call, newline="").readlines()
    starts = [sum(map(len, lines[:index])) for index in range(len(lines))]
    skipped = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.ENDMARKER, tokenize.INDENT, tokenize.DEDENT}
    tokens = [each for each in tokenize.generate_tokens(iter(lines).__next__) if each.type not in skipped]
    if len(tokens) < 2 or tokens[-1].string != ")":
        return None
    line, column = tokens[-2].end
    return starts[line - 1] + column, tokens[-2].string


def _detached(page: Page, seen: Observation) -> Iterator[Edit]:
    value = _kept_value(page, seen)
    if value is None or not isinstance(value, _PRIMARY | ast.BinOp):
        return
    if isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute) and value.func.attr == "cpu":
        yield _edit(page.end(value.func.value), ".detach()")
    elif isinstance(value, ast.BinOp):
        yield _edit(page.offset(value.lineno, value.col_offset), "(")
        yield _edit(page.end(value), ").detach().cpu()")
    else:
        yield _edit(page.end(value), ".detach().cpu()")


def _kept_value(page: Page, seen: Observation) -> ast.expr | None:
    """Return the expression that is kept: the argument of `append`, or the right side of an assignment."""
    node = page.node_at(seen.at.line, seen.at.column, ast.Call)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        return node.args[0] if node.func.attr in _PUTTING and len(node.args) == 1 else None
    for each in ast.walk(page.tree):
        if isinstance(each, ast.Assign) and each.lineno == seen.at.line and len(each.targets) == 1:
            return each.value
    return None


def _guarded(pages: Pages, page: Page, seen: Observation) -> tuple[str, tuple[Edit, ...]]:
    """Put a guard on the first function on the way that is no coroutine, or around the statement in a coroutine.

    Where work is handed to another thread, the way begins in that thread: a guard before it would be lost.
    """
    for path, name in _functions(seen):
        home = page if path == seen.at.path else pages(path)
        node = None if home is None else home.function(name)
        if home is not None and isinstance(node, ast.FunctionDef):
            return path, decorate(home, node)
    return seen.at.path, wrap(page, seen.at.line, seen.at.column)


def _functions(seen: Observation) -> list[tuple[str, str]]:
    last = max((index for index, step in enumerate(seen.trace) if step.what.startswith(_HAND_OVER)), default=-1)
    way = [(step.at.path, step.function) for step in seen.trace[last + 1 :]]
    return list(dict.fromkeys([*way, (seen.at.path, seen.function)]))


def decorate(page: Page, node: ast.FunctionDef) -> tuple[Edit, ...]:
    """Return the edits that put `@torch.inference_mode()` on a function.

    It goes right above the `def`: what registers the function with a framework must get the guarded one.
    """
    if _is_guarded(node):
        return ()
    name, imports = _torch(page)
    line = page.line(node.lineno)
    indent = line[: len(line) - len(line.lstrip())]
    edit = _edit(page.offset(node.lineno, 0), f"{indent}@{name}.inference_mode(){page.newline}")
    return (edit, *imports)


def _is_guarded(node: ast.FunctionDef) -> bool:
    return any("inference_mode" in ast.unparse(each) or "no_grad" in ast.unparse(each) for each in node.decorator_list)


def wrap(page: Page, line: int, column: int) -> tuple[Edit, ...]:
    """Return the edits that put the simple statement around a forward call under `with torch.inference_mode():`.

    None where it awaits or yields, shares its line with another one, or holds text of several lines.
    """
    statement = _statement(page, line, column)
    if statement is None or not _may_be_wrapped(page, statement):
        return ()
    name, imports = _torch(page)
    first = page.line(statement.lineno)
    indent = first[: len(first) - len(first.lstrip())]
    start, *rest = range(statement.lineno, (statement.end_lineno or 0) + 1)
    head = _edit(page.offset(start, 0), f"{indent}with {name}.inference_mode():{page.newline}    ")
    return (head, *(_edit(page.offset(number, 0), "    ") for number in rest), *imports)


def _statement(page: Page, line: int, column: int) -> ast.stmt | None:
    node = page.node_at(line, column, ast.Call)
    around = [] if node is None else page.parents(node)
    return next((each for each in around if isinstance(each, ast.stmt)), None)


def _may_be_wrapped(page: Page, statement: ast.stmt) -> bool:
    if not isinstance(statement, ast.Assign | ast.AnnAssign | ast.AugAssign | ast.Expr | ast.Return):
        return False
    inside = list(ast.walk(statement))
    if any(isinstance(each, ast.Await | ast.Yield | ast.YieldFrom) for each in inside):
        return False
    texts = (each for each in inside if isinstance(each, ast.Constant | ast.JoinedStr))
    if any(each.lineno != each.end_lineno for each in texts):
        return False
    before = page.line(statement.lineno).encode()[: statement.col_offset].strip()
    after = page.line(statement.end_lineno or 0).encode()[statement.end_col_offset or 0 :].strip()
    return not before and (not after or after.startswith(b"#"))


def _torch(page: Page) -> tuple[str, tuple[Edit, ...]]:
    """Return the name that the file has for torch; where it has none, with the edit that imports it."""
    for each in page.tree.body:
        if isinstance(each, ast.Import):
            for alias in each.names:
                if alias.name == "torch":
                    return alias.asname or "torch", ()
    return "torch", (_import(_first_line(page), f"import torch{page.newline}"),)


def _first_line(page: Page) -> int:
    """Return the offset of the first statement that an import may precede: behind the docstring and `__future__`."""
    for each in page.tree.body:
        docstring = isinstance(each, ast.Expr) and isinstance(each.value, ast.Constant)
        future = isinstance(each, ast.ImportFrom) and each.module == "__future__"
        if not docstring and not future:
            first = min((one.lineno for one in getattr(each, "decorator_list", ())), default=each.lineno)
            return page.offset(first, 0)
    return len(page.text)


def apply(text: str, edits: Sequence[Edit]) -> str:
    """Return the text with the edits made, each once."""
    for each in sorted(dict.fromkeys(edits), reverse=True):
        text = text[: each.offset] + each.text + text[each.offset :]
    return text

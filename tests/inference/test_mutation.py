"""Each guard of the corpus is taken away, one at a time: the forward calls that it alone covered must be told of.

A mutant keeps the lines of its file, so that what is new is told by its place. Not asked for are the guards that are no
guards (a finding is due on their line) and those that are spare (see `labels.py`).
"""

from __future__ import annotations

import ast
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.inference.labels import FORWARD_CODES, Case, all_cases, spare_lines
from tests.inference.score import told_about

TARGET = 0.95
TORCH_GUARDS = {"no_grad", "inference_mode", "set_grad_enabled"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """A file of a case without one of its guards."""

    case: Case
    path: str
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.case.name}/{self.path}:{self.line}"


def heads(node: ast.expr) -> set[str]:
    """Return the last name of what an expression calls or names: of `torch.no_grad()`, `no_grad`; of a choice, both."""
    if isinstance(node, ast.Call):
        return heads(node.func)
    if isinstance(node, ast.IfExp):
        return heads(node.body) | heads(node.orelse)
    return {node.attr} if isinstance(node, ast.Attribute) else {node.id} if isinstance(node, ast.Name) else set()


def guard_names(trees: list[ast.Module]) -> set[str]:
    """Return the names of torch's guards in a case: aliases, variables, and the project's own helpers over them.

    They count only where a decorator stands or something is entered: there a function with a guard in it is a helper,
    elsewhere it is the one that is guarded.
    """
    names = set(TORCH_GUARDS)
    before = 0
    while len(names) > before:
        before = len(names)
        for tree in trees:
            names.update(name for node in tree.body for name in _defined(node, names))
            names.update(name for node in ast.walk(tree) for name in _bound(node, names))
    return names


def _defined(node: ast.stmt, names: set[str]) -> Iterator[str]:
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        used = set().union(*(heads(each) for each in ast.walk(node) if isinstance(each, ast.Attribute | ast.Name)))
        if used & names:
            yield node.name


def _bound(node: ast.AST, names: set[str]) -> Iterator[str]:
    if isinstance(node, ast.ImportFrom):
        yield from (alias.asname for alias in node.names if alias.asname and alias.name in names)
    elif isinstance(node, ast.Assign) and heads(node.value) & names:
        for target in node.targets:
            yield from heads(target)


def edits(tree: ast.Module, names: set[str]) -> Iterator[tuple[ast.AST, ast.AST, str]]:
    """Yield what stands for each guard: the first node, the last one, and the text that takes their place."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            for decorator in node.decorator_list:
                if heads(decorator) & names:
                    yield decorator, decorator, ""
        elif isinstance(node, ast.With):
            yield from _entered(node, names)
        elif isinstance(node, ast.Expr | ast.Assign) and _sets_mode(node, names):
            yield node, node, "pass"
        elif isinstance(node, ast.Call) and node.args and _is_wrapper(node, names):
            yield node, node, ast.unparse(node.args[0])


def _entered(node: ast.With, names: set[str]) -> Iterator[tuple[ast.AST, ast.AST, str]]:
    for item in node.items:
        if heads(item.context_expr) & names:
            kept = ", ".join(ast.unparse(each) for each in node.items if each is not item)
            yield (
                node,
                node.items[-1].optional_vars or node.items[-1].context_expr,
                f"with {kept}" if kept else "if True",
            )


def _sets_mode(node: ast.Expr | ast.Assign, names: set[str]) -> bool:
    """Return whether a statement enters a guard for good, flips the switch, or freezes weights."""
    if isinstance(node, ast.Assign):
        return ast.unparse(node).endswith(".requires_grad = False")
    if not isinstance(node.value, ast.Call):
        return False
    call = node.value
    what = ast.unparse(call.func).rpartition(".")[2]
    if what == "enter_context":
        return bool(heads(call.args[0]) & names)
    if what == "__enter__" and isinstance(call.func, ast.Attribute):
        return bool(heads(call.func.value) & names)
    return what in {"set_grad_enabled", "requires_grad_"} and ast.unparse(call).endswith("(False)")


def _is_wrapper(node: ast.Call, names: set[str]) -> bool:
    """Return whether a call gives its argument back with a guard around it, or with its weights frozen."""
    if isinstance(node.func, ast.Call):
        return bool(heads(node.func) & names) and not isinstance(node.args[0], ast.Constant)
    return ast.unparse(node.func) == "torch.jit.freeze"


def replaced(text: str, first: ast.AST, last: ast.AST, new: str) -> str:
    """Return the text with other text from the first node on to the end of the last, and as many lines as before."""
    lines = text.splitlines(keepends=True)
    start, end = _offset(lines, first, "lineno", "col_offset"), _offset(lines, last, "end_lineno", "end_col_offset")
    if not new:  # a decorator, with its `@`
        start = text.rindex("@", 0, start)
    kept_lines = "\n" * text.count("\n", start, end)
    return f"{text[:start]}{new}{kept_lines}{text[end:]}"


def _offset(lines: list[str], node: ast.AST, line: str, column: str) -> int:
    at = getattr(node, line)
    before = lines[at - 1].encode()[: getattr(node, column)].decode()
    return sum(map(len, lines[: at - 1])) + len(before)


def mutants(case: Case) -> Iterator[Mutant]:
    texts = {file: file.read_text(encoding="utf-8") for file in case.files}
    trees = {file: ast.parse(text) for file, text in texts.items()}
    names = guard_names(list(trees.values()))
    for file, text in texts.items():
        path = file.relative_to(case.folder).as_posix()
        exempt = spare_lines(text) | {label.line for label in case.labels if label.path == path}
        for first, last, new in edits(trees[file], names):
            line: int = first.lineno  # type: ignore[attr-defined]  # statements and expressions have one
            if line not in exempt:
                yield Mutant(case=case, path=path, line=line, text=replaced(text, first, last, new))


def forward_calls(folder: Path, torch: str | None) -> set[tuple[str, int]]:
    return {(label.path, label.line) for label in told_about(folder, torch) if label.code in FORWARD_CODES}


ALL = [mutant for case in all_cases() for mutant in mutants(case)]


def test_a_mutant_is_still_python_and_keeps_its_lines() -> None:
    for mutant in ALL:
        ast.parse(mutant.text)
        original = (mutant.case.folder / mutant.path).read_text(encoding="utf-8")
        assert mutant.text.count("\n") == original.count("\n"), mutant
        assert mutant.text != original, mutant


def test_what_a_guard_alone_covered_is_told_of_without_it(tmp_path: Path) -> None:
    told = {case.name: forward_calls(case.folder, case.torch) for case in all_cases()}
    survivors = []
    for number, mutant in enumerate(ALL):
        folder = tmp_path / str(number) / mutant.case.name
        shutil.copytree(mutant.case.folder, folder)
        (folder / mutant.path).write_text(mutant.text, encoding="utf-8")
        if forward_calls(folder, mutant.case.torch) <= told[mutant.case.name]:
            survivors.append(str(mutant))
    share = 1 - len(survivors) / len(ALL)
    print(f"\n{len(ALL)} guards taken away, {share:.1%} told of; not told of: {survivors}")
    assert share >= TARGET, survivors

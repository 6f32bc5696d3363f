"""The source of what a fact is about, as a report repeats it."""

from __future__ import annotations

import ast

from gatekeeper.inference.machine.recording import MAX_SUBJECT


def subject(node: ast.AST) -> str:
    """Return the source of an expression, on one line and not too long; of a handler its head."""
    if isinstance(node, ast.ExceptHandler):
        name = f" as {node.name}" if node.name else ""
        return f"except {ast.unparse(node.type)}{name}:" if node.type is not None else "except:"
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Module):
        return getattr(node, "name", "<module>")
    text = ast.unparse(node)
    return text if len(text) <= MAX_SUBJECT else f"{text[:MAX_SUBJECT]}..."

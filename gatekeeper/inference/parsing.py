"""From a source to its index."""

from __future__ import annotations

import ast

from gatekeeper.errors import Unreadable
from gatekeeper.inference.indexing import index
from gatekeeper.inference.modules import Module
from gatekeeper.inference.sources import Source
from gatekeeper.inference.syntax import syntax_tree, too_deep


def parse(source: Source) -> Module:
    """Return the module that a source is.

    Raises:
        Unreadable: it is no Python of the version that runs this, or it is nested too deeply; with line and column, in
            a notebook those within the code cell.
    """
    tree = _notebook_tree(source) if source.cells else syntax_tree(source.text)
    module = Module(name=source.module, path=source.path, tree=tree, is_package=source.is_package, text=source.text)
    try:
        return index(module)
    except RecursionError as error:
        raise too_deep() from error


def _notebook_tree(source: Source) -> ast.Module:
    """Return the tree of all code cells. Each is parsed alone: what is left open in one does not run on in the next."""
    lines = source.text.split("\n")
    tree = ast.Module(body=[], type_ignores=[])
    ends = [*(first - 1 for first in source.cells[1:]), len(lines)]
    for number, (first, end) in enumerate(zip(source.cells, ends, strict=True), start=1):
        try:
            cell = syntax_tree("\n".join(lines[first - 1 : end]), top_level_await=True)
        except Unreadable as error:
            what = f"code cell {number}: {error.what}"
            raise Unreadable(what, fix=error.fix, line=error.line, column=error.column) from error
        tree.body += ast.increment_lineno(cell, first - 1).body
    return tree

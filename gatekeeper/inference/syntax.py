"""The syntax tree of a text, or words about what is in its way. Nothing is imported or executed."""

from __future__ import annotations

import ast
import re
import sys
import warnings

from gatekeeper.errors import Unreadable

_PYTHON = f"Python {sys.version_info.major}.{sys.version_info.minor}"
_PYTHON_2 = (
    (r"(?:^|[:;])\s*print\s+[^\s(=]", "a print statement"),
    (r"(?:^|[:;])\s*exec\s+[^\s(=]", "an exec statement"),
    (r"^\s*except\s.*,\s*\w+\s*:", "`except X, e`"),
    (r"(?:^|[:;])\s*raise\s+[\w.]+\s*,", "`raise X, text`"),
    (r"<>", "the operator `<>`"),
    (r"\b(?:\d+|0[xX][\da-fA-F]+)[lL]\b", "a long integer"),
    (r"\b0\d+\b", "an octal number without `0o`"),
    (r"\b[uU][rR][\"']", "a string with the prefix `ur`"),
    (r"\bdef\s+\w+\(.*\(", "a tuple as parameter"),
)
"""What Python 2 takes and Python 3 does not; looked for only in a line that the parser has refused already."""

_PORT = "port it to Python 3, or leave it out of what is looked at"
_CORRECT = "correct it, or run gatekeeper with the Python that serves it"
_FLATTEN = "break the expression up, or leave the file out if a program wrote it"


def syntax_tree(text: str, *, top_level_await: bool = False) -> ast.Module:
    """Return the syntax tree of a text.

    Args:
        text: source whose lines end with LF.
        top_level_await: whether `await` may stand outside of functions, as in the cells of a notebook.

    Raises:
        Unreadable: it is no Python of the version that runs this, or it is nested too deeply; with line and column.
    """
    flags = ast.PyCF_ONLY_AST | (ast.PyCF_ALLOW_TOP_LEVEL_AWAIT if top_level_await else 0)
    try:
        with warnings.catch_warnings():
            # An invalid escape, say, is for the authors of the code to hear of; and -W error would make it an error.
            warnings.simplefilter("ignore")
            tree: ast.Module = compile(text, "<source>", "exec", flags, dont_inherit=True)
            return tree
    except SyntaxError as error:
        raise _refusal(error, text) from error
    except UnicodeEncodeError as error:
        what = f"got {text[error.start]!a}, one half of a pair of surrogates, expected characters"
        line = text.count("\n", 0, error.start) + 1
        raise Unreadable(what, fix="write the character itself", line=line) from error
    except (MemoryError, RecursionError) as error:
        # Deep nesting fills the stack of the parser, or the one on which its result is turned into objects.
        raise too_deep() from error


def too_deep(line: int | None = None, column: int | None = None) -> Unreadable:
    """Return the error for source whose nesting exhausts a stack, whichever reader's that is."""
    return Unreadable(f"it is nested too deeply for {_PYTHON}", fix=_FLATTEN, line=line, column=column)


def _refusal(error: SyntaxError, text: str) -> Unreadable:
    lines = text.split("\n")
    # What is missing behind the end is missed on a line that is not there.
    line = min(error.lineno or 1, len(lines))
    column = error.offset if error.offset is not None and error.offset > 0 else None
    if error.msg.startswith("too many"):  # nested parentheses, or levels of indentation
        return too_deep(line, column)
    old = _of_python_2(lines[line - 1], column or 1)
    if old is not None:
        return Unreadable(f"got Python 2 ({old}), expected Python 3", fix=_PORT, line=line, column=column)
    return Unreadable(f"it is no {_PYTHON}: {error.msg}", fix=_CORRECT, line=line, column=column)


def _of_python_2(line: str, column: int) -> str | None:
    """Return what of Python 2 stands in a refused line, if anything."""
    if line[column - 1 : column] == "`":
        return "backticks"
    return next((words for pattern, words in _PYTHON_2 if re.search(pattern, line)), None)

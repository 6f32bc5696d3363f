"""The comments of a file that suppress something: `# noqa: no-grad/unguarded-call -- the weights are frozen`.

Only codes of the form `family/name` are read. A bare `# noqa` and the codes of other tools are theirs.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator

from gatekeeper.errors import Unreadable
from gatekeeper.inference.facts import Suppression
from gatekeeper.inference.sources import Source

_MARK = re.compile(r"#[ \t]*noqa[ \t]*:", re.IGNORECASE)
_MAYBE = re.compile(_MARK.pattern + r"[^\n/#]*[a-z]/[a-z]", re.IGNORECASE)
_REASON = re.compile(r"\s--(?:\s+|$)")
_OURS = re.compile(r"[a-z][a-z0-9-]*/[a-z0-9-]+", re.IGNORECASE)
_THEIRS = re.compile(r"[A-Z]+[0-9]+", re.IGNORECASE)


def read_suppressions(source: Source) -> tuple[Suppression, ...]:
    """Return the suppressions of a file, in the order of its lines.

    Raises:
        Unreadable: the file has such comments and can't be told into tokens.
    """
    # Telling text into tokens takes far longer than parsing it; few files have such a comment.
    if not _MAYBE.search(source.text):
        return ()
    return tuple(_suppressions(source))


def _suppressions(source: Source) -> Iterator[Suppression]:
    """Yield the suppressions of each logical line: a statement, or the head of one that has a block."""
    first: tokenize.TokenInfo | None = None
    comments: list[tokenize.TokenInfo] = []
    for token in _tokens(source):
        if token.type == tokenize.COMMENT:
            comments.append(token)
            continue
        if token.type == tokenize.NEWLINE and first is not None:
            yield from _of_lines(source, comments, first, token)
            first, comments = None, []
        elif token.type == tokenize.NL and first is None:
            # A comment on a line of its own: it stands in no statement, and suppresses what there is on its line.
            for comment in comments:
                yield from _of_lines(source, [comment], comment, comment)
            comments = []
        elif first is None and token.type not in {tokenize.INDENT, tokenize.DEDENT, tokenize.NL, tokenize.ENDMARKER}:
            first = token


def _tokens(source: Source) -> Iterator[tokenize.TokenInfo]:
    try:
        yield from tokenize.generate_tokens(io.StringIO(source.text).readline)
    except (tokenize.TokenError, SyntaxError) as error:
        what = f"its comments can't be read: {error.args[0]}"
        raise Unreadable(what, fix="correct the syntax of the file") from error


def _of_lines(
    source: Source, comments: list[tokenize.TokenInfo], first: tokenize.TokenInfo, last: tokenize.TokenInfo
) -> Iterator[Suppression]:
    for comment in comments:
        marks = list(_MARK.finditer(comment.string))
        ends = [*(mark.start() for mark in marks[1:]), len(comment.string)]
        for mark, end in zip(marks, ends, strict=False):  # without a mark there is an end all the same
            listed, *reason = _REASON.split(comment.string[mark.end() : end], maxsplit=1)
            if codes := _codes(listed):
                place = source.place(_node(comment))
                offset = comment.start[0] - place.line  # in a notebook, lines count from the cell's first
                lines = (first.start[0] - offset, last.end[0] - offset)
                yield Suppression(at=place, codes=codes, reason="".join(reason).strip(), first=lines[0], last=lines[1])


def _codes(text: str) -> tuple[str, ...]:
    """Return our codes of a list separated by commas or spaces; what follows the list is no code."""
    codes: list[str] = []
    for word in re.split(r"[\s,]+", text):
        if _OURS.fullmatch(word):
            codes.append(word)
        elif word and not _THEIRS.fullmatch(word):
            break
    return tuple(dict.fromkeys(codes))


def _node(token: tokenize.TokenInfo) -> ast.expr:
    """Return a node that lies where the token does: columns of nodes are bytes of UTF-8, those of tokens characters."""
    start, end = (len(token.line[:column].encode()) for column in (token.start[1], token.end[1]))
    return ast.Name(id="", lineno=token.start[0], col_offset=start, end_lineno=token.end[0], end_col_offset=end)

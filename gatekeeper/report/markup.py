"""A candidate's words in Markdown, where they must stay words: no markup, link, image, mention or HTML.

What is not plain goes into a code span or a fenced block: there, and there alone, no Markdown reader looks for
anything, and GitHub and GitLab look for no `@name`, no `#1`, no commit and no address either. Backslashes and entities
do not do: mentions and addresses are looked for after those are resolved.
"""

from __future__ import annotations

import re
from html import escape

from gatekeeper.report.commands import quiet
from gatekeeper.report.entries import shown
from gatekeeper.report.printable import one_line

_PLAIN = re.compile(r"(?:[A-Za-z0-9 ,;.()'+-]|:(?= |$)|/(?!/))+")
_REFERENCE = re.compile(r"\bwww\.|\b[a-z]+-\d|\b[0-9a-f]{7,}\b", re.IGNORECASE)
"""What GitHub and GitLab make links of although it holds nothing but letters, digits and the signs above."""
_TICKS = re.compile("`+")


def prose(text: str) -> str:
    """Return a text for the middle of a line: as it is where nothing in it can mean anything, else as code.

    At the beginning of a line a plain text may be a list or a rule: put a word of your own before it.
    """
    line = one_line(text)
    return line if _PLAIN.fullmatch(line) and not _REFERENCE.search(line) else code(line)


def code(text: str) -> str:
    """Return a text as a code span, on one line."""
    line = quiet(one_line(text))
    if not line.strip():
        line = "(blank)"
    ticks = "`" * (_longest(line) + 1)
    # One space inside of each fence is taken away again: it keeps backticks and spaces of the text apart from it.
    space = " " if line[0] in "` " or line[-1] in "` " else ""
    return f"{ticks}{space}{line}{space}{ticks}"


def cell(text: str) -> str:
    """Return a code span for a cell of a table. Readers differ on a bar after a backslash: it is shown as an escape."""
    return code(one_line(text).replace("|", "\\x7c"))


def prose_cell(text: str) -> str:
    """Return a text for a cell of a table: as it is where nothing in it can mean anything, else as code."""
    told = prose(text)
    return told if "`" not in told else cell(text)


def block(text: str) -> str:
    """Return a text of any number of lines as a fenced block, which nothing in it can close."""
    fence = "`" * max(3, _longest(text) + 1)
    return f"{fence}text\n{quiet(shown(text))}\n{fence}"


def html(text: str) -> str:
    """Return a text for the inside of an element of HTML, on one line; put it into `<code>`."""
    return escape(quiet(one_line(text)))


def _longest(text: str) -> int:
    return max((len(run) for run in _TICKS.findall(text)), default=0)

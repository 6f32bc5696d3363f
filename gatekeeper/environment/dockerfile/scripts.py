"""The shell scripts that a RUN executes, in it and in the build context, and which line each character came from."""

from __future__ import annotations

import posixpath
import re
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from operator import attrgetter

from gatekeeper.environment.dockerfile.instructions import Heredoc, Instruction
from gatekeeper.environment.requirements.lines import Piece

_ONLY_A_HEREDOC = re.compile(r"\s*\d*<<-?\S+\s*")
_SHELL_SHEBANG = re.compile(r"#!\s*\S*?\b(?:env\s+)?(?:sh|bash|dash|ash|zsh)\b")


# `$(dirname "$0")`, `$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd -P)`: how scripts call their own folder.
_OWN_FOLDER = re.compile(
    r"\$\((?:cd\s+(?:--\s+)?\"?\$\()?dirname\s+(?:--\s+)?"
    r"\"?\$(?:0|\{0\}|\{?BASH_SOURCE(?:\[0\])?\}?)\"?(?:\)\"?\s*&&\s*pwd(?:\s+-P)?)?\)"
)
_NAMED_AS_SCRIPT = (".sh", ".bash")


@dataclass(frozen=True, slots=True, kw_only=True)
class ContextScript:
    """A shell script of the build context: its path there, the absolute one in the image, and its text."""

    source: str
    path: str
    text: str

    def is_shell(self) -> bool:
        """Return whether a shell reads it, when it is started by its name."""
        if self.text.startswith("#!"):
            return _SHELL_SHEBANG.match(self.text) is not None
        return self.source.endswith(_NAMED_AS_SCRIPT)

    def placed(self) -> str:
        """Return the text with the folder that it lies in put in; its lines stay where they are."""
        return _OWN_FOLDER.sub(lambda _: posixpath.dirname(self.path), self.text)

    def line_of(self, offset: int) -> int:
        """Return the line of a character of the placed text."""
        return self.placed().count("\n", 0, offset) + 1


def run_script(instruction: Instruction, text: str) -> tuple[str, Callable[[int], int]]:
    """Return the script and the function from an offset of it to a line of the Dockerfile.

    `RUN <<EOF` executes the heredoc itself, unless its first line names another interpreter than a shell; in
    `RUN cat <<EOF` the shell gets the line and the heredocs behind it.

    Args:
        instruction: The RUN.
        text: What follows its flags.
    """
    heredocs = instruction.heredocs
    if heredocs and _ONLY_A_HEREDOC.fullmatch(text):
        body = heredocs[0]
        is_shell = not body.text.startswith("#!") or _SHELL_SHEBANG.match(body.text)
        return _located((body,), "") if is_shell else ("", lambda _: instruction.line)
    start = instruction.text.rfind(text)
    if not heredocs:
        return text, lambda offset: instruction.line_of(start + offset)
    script, line_of = _located(heredocs, f"{text}\n")
    first = len(text) + 1
    return script, lambda offset: instruction.line_of(start + offset) if offset < first else line_of(offset)


def _located(heredocs: tuple[Heredoc, ...], head: str) -> tuple[str, Callable[[int], int]]:
    """Return the heredocs behind `head`, each ended by its name if there is a head, and the line of each offset."""
    script, pieces = head, [Piece(0, heredocs[0].line)]
    for heredoc in heredocs:
        for number, line in enumerate(heredoc.text.splitlines(keepends=True)):
            pieces.append(Piece(len(script), heredoc.line + number))
            script += line
        script += f"{heredoc.name}\n" if head else ""
    return script, lambda offset: pieces[bisect_right(pieces, offset, key=attrgetter("offset")) - 1].line

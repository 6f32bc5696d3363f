"""The corpus of serving code and its labels: what the lint has to say about each line.

A case is a folder of `corpus/`. A trailing comment `# expect: CODE, CODE` stands on the line where findings are due: of
an expression of several lines on its first. A line without one must stay silent. A file that begins with
`# torch: VERSION` says which torch the case runs with; without it none is known.

A guard under which no other call of a request is safe, because another one covers it or because no request reaches it,
carries a comment `# spare: WHY`: taking it away changes nothing, so `test_mutation.py` asks for nothing.
"""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

CORPUS = Path(__file__).parent / "corpus"
SEVERAL_CODES = re.compile(r"[a-z-]+/[a-z-]+(?:, [a-z-]+/[a-z-]+)*")
_EXPECT = re.compile(r"#\s*expect:\s*(.*)$")
_SPARE = re.compile(r"#\s*spare:\s*(.*)$")
_TORCH = re.compile(r"# torch: (\S+)$")

FORWARD_CODES = frozenset(
    f"no-grad/{name}" for name in ("unguarded-call", "partial-guard", "guard-lost-in-thread", "process-wide-switch")
)
"""The codes that stand at a forward call."""
CODES = FORWARD_CODES | {
    f"{family}/{name}"
    for family, names in {
        "no-grad": "guard-entered-at-startup guard-on-async guard-on-class guard-not-entered guard-not-called "
        "await-in-guard yield-in-guard grad-enabled-inside suppression-without-reason unused-suppression",
        "retained-tensor": "graph cpu-without-detach on-device accumulated cached view logged hook",
        "training-in-serving": "backward optimizer train-mode trainer",
        "unsafe-load": "weights-only-missing weights-only-false",
    }.items()
    for name in names.split()
}


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Label:
    """A finding that is due: the path relative to the case's folder, the line from 1, the code."""

    path: str
    line: int
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A folder of the corpus.

    Attributes:
        torch: the version that the code runs with; None where it says nothing.
    """

    folder: Path
    labels: frozenset[Label]
    torch: str | None = None

    @property
    def name(self) -> str:
        """The name of the folder: the framework, and what the case is about."""
        return self.folder.name

    @property
    def files(self) -> list[Path]:
        """Its Python files, in the order of their paths."""
        return sorted(self.folder.rglob("*.py"))


def read_case(folder: Path) -> Case:
    """Return a case with its labels.

    Raises:
        ValueError: a label is no list of codes, or the files name more than one torch.
    """
    labels: set[Label] = set()
    versions: set[str] = set()
    for file in sorted(folder.rglob("*.py")):
        text = file.read_text(encoding="utf-8")
        labels.update(_labels(text, file.relative_to(folder).as_posix()))
        if found := _TORCH.match(text.partition("\n")[0]):
            versions.add(found[1])
    if len(versions) > 1:
        raise ValueError(f"{folder.name}: got {sorted(versions)}, expected one torch a case")
    return Case(folder=folder, labels=frozenset(labels), torch=versions.pop() if versions else None)


def all_cases() -> list[Case]:
    """Return every case of the corpus, by name."""
    return [read_case(folder) for folder in sorted(CORPUS.iterdir()) if folder.is_dir() and any(folder.rglob("*.py"))]


def spare_lines(text: str) -> frozenset[int]:
    """Return the lines whose guard is spare."""
    return frozenset(line for line, comment in _comments(text) if _SPARE.search(comment))


def _labels(text: str, path: str) -> Iterator[Label]:
    for line, comment in _comments(text):
        if found := _EXPECT.search(comment):
            if not SEVERAL_CODES.fullmatch(found[1]):
                raise ValueError(f"{path}:{line}: got {found[1]!r}, expected codes separated by a comma and a space")
            yield from (Label(path=path, line=line, code=code) for code in found[1].split(", "))


def _comments(text: str) -> Iterator[tuple[int, str]]:
    if "expect:" in text or "spare:" in text:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type == tokenize.COMMENT:
                yield token.start[0], token.string

"""Small pieces of serving code, one question each, and what is told of each of their lines.

`situations/*.txt` holds them: a line `##### TITLE`, then the code, in several files behind lines `=== NAME`. Labels are
those of the corpus (`labels.py`); a piece without one is one that must stay silent.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.inference.labels import read_case
from tests.inference.score import told_about

SITUATIONS = Path(__file__).parent / "situations"


def situations() -> Iterator[tuple[str, dict[str, str]]]:
    """Yield the title and the files of each piece."""
    for path in sorted(SITUATIONS.glob("*.txt")):
        for piece in re.split(r"^##### ", path.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
            title, _, code = piece.partition("\n")
            first, *named = re.split(r"^=== (.*)\n", code, flags=re.MULTILINE)
            files = dict(zip(named[::2], named[1::2], strict=True)) or {"app.py": first}
            yield f"{path.stem}: {title}", files


ALL = list(situations())


def test_titles_tell_them_apart() -> None:
    assert len({title for title, _ in ALL}) == len(ALL) >= 150


@pytest.mark.parametrize(("title", "files"), ALL, ids=[title for title, _ in ALL])
def test_what_is_told_is_what_is_due(title: str, files: dict[str, str], tmp_path: Path) -> None:
    for name, text in files.items():
        home = tmp_path / name
        home.parent.mkdir(parents=True, exist_ok=True)
        home.write_text(text, encoding="utf-8")
    assert sorted(told_about(tmp_path)) == sorted(read_case(tmp_path).labels), title

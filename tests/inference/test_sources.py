"""One file, read whole: its text as Python sees it, its digest, and the places of its nodes."""

from __future__ import annotations

import ast
import codecs
import hashlib
import os
import socket
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.errors import Unreadable
from gatekeeper.inference.facts import Place
from gatekeeper.inference.parsing import parse
from gatekeeper.inference.sources import MAX_BYTES, Source, read_source
from gatekeeper.inference.walking import source_files

KEPT = "x = 'é'\n"


def read(folder: Path, content: bytes | str, name: str = "app.py") -> Source:
    (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    (found,), _ = source_files([Path(name)], base=folder)
    return read_source(found)


def refused(folder: Path, content: bytes | str) -> Unreadable:
    with pytest.raises(Unreadable) as refusal:
        read(folder, content)
    assert refusal.value.fix
    return refusal.value


def source(text: str, cells: tuple[int, ...] = ()) -> Source:
    return Source(path="app.py", module="app", is_package=False, text=text, sha256="", cells=cells)


def names(tree: ast.Module) -> list[ast.Name]:
    return [node for node in ast.walk(tree) if isinstance(node, ast.Name)]


class TestReading:
    def test_a_file_with_its_name_and_the_digest_of_its_bytes(self, tmp_path: Path) -> None:
        (tmp_path / "shop").mkdir()
        content = codecs.BOM_UTF8 + b"x = 1\r\n"
        assert read(tmp_path, content, "shop/__init__.py") == Source(
            path="shop/__init__.py",
            module="shop",
            is_package=True,
            text="x = 1\n",
            sha256=hashlib.sha256(content).hexdigest(),
        )

    def test_an_empty_file_is_an_empty_module(self, tmp_path: Path) -> None:
        empty = read(tmp_path, "")
        assert (empty.text, empty.lines, parse(empty).tree.body) == ("", 0, [])

    @pytest.mark.parametrize(("text", "lines"), [("a", 1), ("a\n", 1), ("a\nb", 2), ("\n\n", 2), ("a\x0cb\u2028c", 1)])
    def test_lines_are_counted_as_python_counts_them(self, text: str, lines: int) -> None:
        assert source(text).lines == lines

    def test_a_file_that_went_after_it_was_found_is_refused(self, tmp_path: Path) -> None:
        (tmp_path / "app.py").touch()
        (found,), _ = source_files([tmp_path])
        (tmp_path / "app.py").unlink()
        with pytest.raises(Unreadable, match="can't be read: No such file or directory"):
            read_source(found)

    def test_a_named_pipe_is_refused_and_not_waited_for(self, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "app.py")
        (found,), _ = source_files([tmp_path])
        with pytest.raises(Unreadable, match="is no regular file"):
            read_source(found)

    def test_a_socket_is_refused(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)  # the address of a socket is a short path
        with socket.socket(socket.AF_UNIX) as listening:
            listening.bind("app.py")
            (found,), _ = source_files([tmp_path])
            with pytest.raises(Unreadable, match="can't be read"):
                read_source(found)

    def test_more_than_people_write_is_refused(self, tmp_path: Path) -> None:
        with (tmp_path / "app.py").open("wb") as file:
            file.truncate(MAX_BYTES + 1)
        (found,), _ = source_files([tmp_path])
        with pytest.raises(Unreadable, match=r"has more than 64 MiB \(67108865 bytes\)"):
            read_source(found)


class TestDecoding:
    @pytest.mark.parametrize(
        "content",
        [
            KEPT.encode(),
            codecs.BOM_UTF8 + KEPT.encode(),
            b"# -*- coding: utf-8 -*-\n" + KEPT.encode(),
            codecs.BOM_UTF8 + b"# coding: utf-8\n" + KEPT.encode(),
            b"# coding: latin-1\n" + KEPT.encode("latin-1"),
            b"#!/usr/bin/env python\n# vim: set fileencoding=cp1252 :\n" + KEPT.encode("cp1252"),
            b"# coding: latin-1\r" + KEPT.encode("latin-1"),
        ],
    )
    def test_is_that_of_python(self, tmp_path: Path, content: bytes) -> None:
        found = read(tmp_path, content)
        assert found.text.endswith(KEPT)
        assert ast.dump(parse(found).tree) == ast.dump(ast.parse(content))

    def test_a_declaration_counts_in_the_first_two_lines_alone(self, tmp_path: Path) -> None:
        for end in ("\n", "\r\n", "\r"):
            assert read(tmp_path, end.join(["a = 1", "b = 2", "# coding: latin-1", KEPT])).text.endswith(KEPT)

    @pytest.mark.parametrize("encoding", ["shift_jis", "gbk", "big5", "euc_kr", "koi8-r"])
    def test_encodings_that_keep_ascii_are_taken(self, tmp_path: Path, encoding: str) -> None:
        text = "як" if encoding == "koi8-r" else "一"
        assert read(tmp_path, f"# coding: {encoding}\nx = '{text}'\n".encode(encoding)).text.endswith(f"'{text}'\n")

    @pytest.mark.parametrize(
        "encoding", ["utf-7", "unicode_escape", "raw_unicode_escape", "cp037", "hex", "rot13", "undefined", "punycode"]
    )
    def test_encodings_in_which_ascii_means_something_else_are_refused(self, tmp_path: Path, encoding: str) -> None:
        refusal = refused(tmp_path, f"# coding: {encoding}\nx = 1\n")
        assert refusal.what.startswith("it declares the encoding")
        assert refusal.what.endswith("which gives ASCII another meaning")
        assert (refusal.line, refusal.fix) == (1, "save the file as UTF-8 and delete the coding comment")

    def test_an_unknown_encoding_is_refused(self, tmp_path: Path) -> None:
        refusal = refused(tmp_path, "# coding: utf-9\n")
        assert (refusal.what, refusal.line) == ("its encoding can't be told: unknown encoding: utf-9", 1)

    def test_a_mark_and_a_declaration_that_disagree_are_refused(self, tmp_path: Path) -> None:
        refusal = refused(tmp_path, codecs.BOM_UTF8 + b"# coding: latin-1\n")
        assert refusal.what == "its encoding can't be told: encoding problem: utf-8"

    @pytest.mark.parametrize("head", ["", "# one\n", "# one\n# two\n# three\n", "# one\r\n# two\r\n# three\r\n"])
    def test_a_byte_that_is_no_utf8_is_refused_with_its_line(self, tmp_path: Path, head: str) -> None:
        refusal = refused(tmp_path, head.encode() + b"x = '\xe9'\n")
        assert refusal.what == "the byte 0xE9 is no utf-8"
        assert refusal.line == head.count("\n") + 1
        assert refusal.fix == "save the file as UTF-8, or declare its encoding in the first line: # coding: latin-1"

    def test_a_byte_that_the_declared_encoding_has_not_is_refused(self, tmp_path: Path) -> None:
        refusal = refused(tmp_path, b"# coding: ascii\nx = '\xe9'\n")
        assert (refusal.what, refusal.line) == ("the byte 0xE9 is no ascii", 2)

    @pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
    def test_a_null_byte_is_refused_with_its_line(self, tmp_path: Path, end: str) -> None:
        refusal = refused(tmp_path, f"a = 1{end}b = '\0'{end}")
        assert refusal.what == "got a null byte, expected text: Python runs no such file"
        assert refusal.line == 2

    @pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be", "utf-32"])
    def test_wide_text_is_named(self, tmp_path: Path, encoding: str) -> None:
        mark = codecs.BOM_UTF16_BE if encoding == "utf-16-be" else b""
        what = refused(tmp_path, mark + KEPT.encode(encoding)).what
        assert what == f"got {encoding[:6].upper()} text, expected UTF-8: Python reads no source in it"


class TestPlaces:
    def test_count_characters_from_1(self) -> None:
        text = "größe = 1\nprint('日本', größe)\n"
        found = [source(text).place(node) for node in names(ast.parse(text))]
        assert [(each.line, each.column, each.end_column) for each in found] == [(1, 1, 6), (2, 1, 6), (2, 13, 18)]

    def test_reach_over_lines(self) -> None:
        text = "f(\n  'é', [\n  'ü'])\n"
        call = ast.parse(text).body[0]
        assert source(text).place(call) == Place(path="app.py", line=1, column=1, end_line=3, end_column=8)

    def test_of_a_module_is_its_first_character(self) -> None:
        place = Place(path="app.py", line=1, column=1, end_line=1, end_column=1)
        assert source("").place(ast.parse("")) == place

    @pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
    def test_are_the_same_whatever_ends_the_lines(self, tmp_path: Path, end: str) -> None:
        lines = ["a = 'é'", "\x0c", "b = '''one", "two\x0b\x1c\x85\u2028'''; here = 1"]
        found = read(tmp_path, end.join(lines))
        (last,) = (each for each in names(parse(found).tree) if each.id == "here")
        place = found.place(last)
        assert (place.line, place.column) == (4, 13)
        assert found.line_text(place.line) == lines[3]
        assert found.lines == 4

    def test_in_a_notebook_count_from_the_first_line_of_the_cell(self) -> None:
        joined = source("import a\n\nb = 1\nc = 2\n\n\nd = 3", cells=(1, 3, 6))
        found = [joined.place(each) for each in names(parse(joined).tree)]
        assert [(each.cell, each.line) for each in found] == [(2, 1), (2, 2), (3, 2)]
        assert [joined.line_text(each.line, each.cell) for each in found] == ["b = 1", "c = 2", "d = 3"]

    def test_in_strings_with_expressions_are_in_the_text(self) -> None:
        """Python 3.11 does not know them exactly: they may be off, but not outside of their line."""
        text = "é = f'''ééé {ü:é>{ö}} {\n  'é' + ä}''' f\"{ß!r}\"\n"
        for node in names(ast.parse(text)):
            place = source(text).place(node)
            assert 1 <= place.column <= len(source(text).line_text(place.line)) + 1


def _identifiers() -> st.SearchStrategy[str]:
    letters = st.sampled_from("aé日ßΩ\U0001d4b3ﬁя_")  # of one to four bytes, two of them another way to write others
    return st.text(letters, min_size=1, max_size=6).filter(str.isidentifier)


def _expressions() -> st.SearchStrategy[str]:
    strings = st.text(st.sampled_from("aé日\U0001f600 \t\x0c\x85\u2028#"), max_size=5).map(lambda text: f"'{text}'")
    leaves = st.one_of(_identifiers(), strings, st.sampled_from(["1", "'''é\n日'''", "None"]))
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            st.tuples(inner, inner).map("({0[0]},\n\t{0[1]})".format),
            st.tuples(_identifiers(), inner).map("{0[0]}({0[1]}) # é".format).map("({}\n)".format),
            st.tuples(inner, inner).map("({0[0]} +\x0c{0[1]})".format),
            st.tuples(inner, _identifiers()).map("({0[0]}).{0[1]}".format),
        ),
        max_leaves=8,
    )


@given(st.lists(_expressions(), min_size=1, max_size=4), st.sampled_from(["\n", "\r\n", "\r"]))
def test_the_place_of_every_name_points_at_it(
    tmp_path_factory: pytest.TempPathFactory, statements: list[str], end: str
) -> None:
    text = "\n".join(f"def f():\n\x0c  日 = {each}" if number % 2 else each for number, each in enumerate(statements))
    found = read(tmp_path_factory.getbasetemp(), text.replace("\n", end))
    for node in names(parse(found).tree):
        place = found.place(node)
        assert place.line == place.end_line
        there = found.line_text(place.line)[place.column - 1 : place.end_column - 1]
        assert unicodedata.normalize("NFKC", there) == node.id

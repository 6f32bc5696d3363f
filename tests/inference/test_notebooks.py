"""The code cells of notebooks: read from both formats, without what IPython alone understands, each in its place."""

from __future__ import annotations

import ast
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.errors import Unreadable
from gatekeeper.inference.ipython import as_python
from gatekeeper.inference.notebooks import Notebook, read_notebook
from gatekeeper.inference.parsing import parse
from gatekeeper.inference.sources import Source, read_source
from gatekeeper.inference.walking import source_files


def code(source: object, **more: object) -> dict[str, object]:
    return {"cell_type": "code", "execution_count": None, "metadata": {}, "outputs": [], "source": source, **more}


def notebook(*cells: object, **metadata: object) -> bytes:
    """Return a notebook as Jupyter writes it (nbformat 4.5)."""
    told = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}, **metadata}
    return json.dumps({"cells": cells, "metadata": told, "nbformat": 4, "nbformat_minor": 5}, indent=1).encode()


def notebook_3(*cells: object, **metadata: object) -> bytes:
    """Return a notebook as IPython 1 and 2 wrote it (nbformat 3.0)."""
    document = {"metadata": metadata, "nbformat": 3, "nbformat_minor": 0, "worksheets": [{"cells": cells}]}
    return json.dumps(document).encode()


def read(folder: Path, *cells: str) -> Source:
    (folder / "demo.ipynb").write_bytes(notebook(*(code(each) for each in cells)))
    (found,), _ = source_files([Path("demo.ipynb")], base=folder)
    return read_source(found)


def refused(data: bytes) -> Unreadable:
    with pytest.raises(Unreadable) as refusal:
        read_notebook(data)
    assert refusal.value.fix
    return refusal.value


def assigned(source: Source) -> list[str]:
    return [*parse(source).assigned]


class TestFormats:
    def test_the_code_cells_stand_one_after_the_other(self) -> None:
        text = {"cell_type": "markdown", "metadata": {}, "source": ["# Title\n", "x = 0"]}
        data = notebook(text, code(["import torch\n", "x = 1"]), text, code(""), code("y = 2\n"))
        assert read_notebook(data) == Notebook(text="import torch\nx = 1\n\ny = 2\n", cells=(1, 3, 4))

    def test_of_nbformat_3_the_cells_of_all_sheets(self) -> None:
        cell = {"cell_type": "code", "collapsed": False, "input": ["x = 1\n", "y = 2"], "language": "python"}
        heading = {"cell_type": "heading", "level": 1, "source": "Title"}
        assert read_notebook(notebook_3(heading, cell, cell)) == Notebook(
            text="x = 1\ny = 2\nx = 1\ny = 2", cells=(1, 3)
        )

    def test_lines_end_as_pythons_do(self) -> None:
        assert read_notebook(notebook(code("x = 1\r\ny = 2\rz = 3"))).text == "x = 1\ny = 2\nz = 3"

    def test_a_notebook_without_code_is_an_empty_module(self, tmp_path: Path) -> None:
        empty = read(tmp_path)
        assert (empty.text, empty.cells, parse(empty).tree.body) == ("", (), [])

    @pytest.mark.parametrize(
        "metadata",
        [{}, {"language_info": {"name": "python"}}, {"language_info": {"name": "ipython"}}, {"language_info": {}}],
    )
    def test_a_notebook_of_python_is_read(self, metadata: dict[str, Any]) -> None:
        document = json.loads(notebook(code("x = 1"))) | {"metadata": metadata}
        assert read_notebook(json.dumps(document).encode()).text == "x = 1"

    @pytest.mark.parametrize(
        "data",
        [
            notebook(code("x <- 1"), language_info={"name": "R"}),
            notebook(code("x <- 1"), kernelspec={"language": "R", "name": "ir"}),
            notebook_3({"cell_type": "code", "input": "x <- 1", "language": "R"}),
            notebook_3(language="R"),
        ],
    )
    def test_another_language_is_refused_by_its_name(self, data: bytes) -> None:
        refusal = refused(data)
        assert refusal.what == "got a notebook in 'R', expected Python"
        assert refusal.fix == "leave it out: name the files of the serving code one by one"


class TestDamage:
    def test_a_notebook_that_is_cut_off_is_refused_wherever_it_is_cut(self) -> None:
        whole = notebook(code(["x = 1\n", "y = '日'"]), code("z = 3"))
        for length in range(len(whole)):
            refused(whole[:length])

    def test_no_json_is_refused_with_its_place(self) -> None:
        refusal = refused(b'{\n "cells": [],,\n}')
        assert refusal.what.startswith("it is no JSON, expected a notebook: ")
        assert (refusal.line, refusal.column) == (2, 14)

    def test_a_byte_that_is_no_utf8_is_refused_with_its_line(self) -> None:
        refusal = refused(b'{\n"cells": "\xff"}')
        assert refusal.what == "the byte 0xFF at offset 12 is not UTF-8, expected a notebook"
        assert refusal.line == 2

    @pytest.mark.parametrize(
        ("document", "message"),
        [
            ([], "the document: got a list, expected an object"),
            ({}, "nbformat: got none, expected 3 or 4"),
            ({"nbformat": 2}, "nbformat: got 2, expected 3 or 4"),
            ({"nbformat": "4"}, "nbformat: got '4', expected 3 or 4"),
            ({"nbformat": 4}, "cells: got nothing, expected a list"),
            ({"nbformat": 4, "cells": {}}, "cells: got an object, expected a list"),
            ({"nbformat": 4, "cells": ["x = 1"]}, "cells[0]: got text, expected an object"),
            ({"nbformat": 4, "cells": [], "metadata": 3}, "metadata: got a number, expected an object"),
            ({"nbformat": 3}, "worksheets: got nothing, expected a list"),
            ({"nbformat": 3, "worksheets": [{}]}, "worksheets[0].cells: got nothing, expected a list"),
            ({"nbformat": 4, "cells": [{}]}, "cells[0].cell_type: got nothing, expected text"),
            ({"nbformat": 4, "cells": [{"cell_type": "code"}]}, "cells[0].source: got nothing, expected text"),
            ({"nbformat": 4, "cells": [code(["x", 1])]}, "cells[0].source: got a number, expected text"),
            ({"nbformat": 4, "cells": [code("x\0")]}, "cells[0].source: got a null character, expected text"),
        ],
    )
    def test_what_is_not_as_the_format_has_it_is_told_by_its_place(self, document: object, message: str) -> None:
        assert refused(json.dumps(document).encode()).what == message

    def test_what_means_two_things_is_refused(self) -> None:
        assert refused(b'{"cells": [], "cells": [1]}').what.startswith("got the key 'cells' twice")

    def test_lists_without_end_are_refused(self) -> None:
        assert "nested too deeply" in refused(b"[" * 100_000).what


class TestPlaces:
    def test_name_the_cell_and_its_line(self, tmp_path: Path) -> None:
        source = read(tmp_path, "import torch\n", "%time\né = model(x)\ny = 2")
        place = source.place(parse(source).assigned["é"][0])
        assert (place.cell, place.line, place.column) == (2, 2, 5)
        assert source.line_text(place.line, place.cell) == "é = model(x)"

    def test_of_a_syntax_error_name_the_cell_and_its_line(self, tmp_path: Path) -> None:
        with pytest.raises(Unreadable) as refusal:
            parse(read(tmp_path, "x = 1\ny = 2", "z = 3", "!ls\nif x\n"))
        assert refusal.value.what.startswith("code cell 3: it is no Python 3.")
        assert (refusal.value.line, refusal.value.column) == (2, 5)

    @pytest.mark.parametrize("left_open", ["x = (1,", "x = '''a", "x = 1 \\", "if x:"])
    def test_a_cell_does_not_run_on_into_the_next(self, tmp_path: Path, left_open: str) -> None:
        with pytest.raises(Unreadable, match="code cell 1: "):
            parse(read(tmp_path, left_open, "2)"))

    def test_python_2_is_called_by_its_name(self, tmp_path: Path) -> None:
        with pytest.raises(Unreadable, match=r"code cell 2: got Python 2 \(a print statement\), expected Python 3"):
            parse(read(tmp_path, "x = 1", "print x"))

    def test_await_may_stand_outside_of_functions(self, tmp_path: Path) -> None:
        source = read(tmp_path, "x = await engine.run(1)\nasync with a as b: pass\n[y async for y in z]")
        assert assigned(source) == ["x", "b"]


def blanked(cell: str) -> list[str]:
    """Return the lines of a cell as Python; there are as many, and Python takes them."""
    text = as_python(cell)
    ast.parse(text)
    assert text.count("\n") == cell.count("\n")
    return text.split("\n")


class TestIPython:
    @pytest.mark.parametrize(
        "line",
        [
            "%matplotlib inline",
            "% cd ..",
            "%%time",
            "!pip install torch",
            "!!ls",
            '!echo "it\'s" (open',
            "?model",
            "??model.forward",
            "model?",
            "model.layers[0].forward??",
            "%time?",
        ],
    )
    def test_a_line_that_is_no_python_becomes_pass(self, line: str) -> None:
        assert blanked(f"x = 1\n{line}\nfor a in b:\n    {line}") == ["x = 1", "pass", "for a in b:", "    pass"]

    @pytest.mark.parametrize(
        ("line", "python"),
        [
            ("files = !ls *.py", "files = None"),
            ("a, b = %env", "a, b = None"),
            ("  self.time = %timeit -o f(x)", "  self.time = None"),
            ("x=!ls", "x=None"),
        ],
    )
    def test_what_a_command_is_assigned_to_gets_none(self, line: str, python: str) -> None:
        assert as_python(line) == python

    def test_a_command_goes_on_behind_a_backslash(self) -> None:
        assert blanked("!docker run \\\n  -it \\\n  image\nx = 1") == ["pass", "", "", "x = 1"]

    @pytest.mark.parametrize(
        "cell",
        [
            "x = (a\n     % b)",
            "x = a \\\n  % b",
            "x = '''\n%time\n!ls\n\\'''\nmodel?\n'''",
            'x = f(1,  # it\'s (\n  "(",\n  """\n(""", \'\\\'\'\n  % b)',
            "x = [\n    # model?\n]",
            "x = a != b\ny = a == 'x = !ls'\nz = 'why?'\n# is it?",
            "print('100 =%')",
        ],
    )
    def test_python_stays_as_it_is(self, cell: str) -> None:
        assert "\n".join(blanked(cell)) == cell

    def test_a_command_behind_a_finished_statement_is_seen(self) -> None:
        cell = "x = ('''\n(\n''')  # (\n!ls\ny = 1 # \\\n!ls"
        assert [number for number, line in enumerate(blanked(cell)) if line == "pass"] == [3, 5]

    @pytest.mark.parametrize("magic", ["time", "timeit x = 1", "capture out", "prun -l 5", "memit", "our_own_magic"])
    def test_a_cell_magic_that_runs_python_loses_its_first_line(self, magic: str) -> None:
        assert blanked(f"\n%%{magic}\ny = model(x)\n!ls") == ["", "", "y = model(x)", "pass"]

    @pytest.mark.parametrize("magic", ["bash", "writefile app.py", "html", "R", "sql", "script perl"])
    def test_a_cell_magic_that_passes_its_body_on_loses_all_of_it(self, magic: str) -> None:
        assert blanked(f"%%{magic}\ny = model(x)\n\n") == ["", "", "", ""]

    def test_the_body_of_an_unknown_magic_counts_if_it_is_python(self) -> None:
        assert blanked("%%mermaid\ngraph TD; A-->B") == ["", ""]
        assert blanked("%%skip_if x\nawait run()\n%time") == ["", "await run()", "pass"]

    def test_the_body_of_one_that_runs_python_is_refused_if_it_is_none(self, tmp_path: Path) -> None:
        with pytest.raises(Unreadable, match="code cell 1: it is no Python"):
            parse(read(tmp_path, "%%time\nx = ="))

    def test_cell_magics_may_be_nested(self) -> None:
        assert blanked("%%time\n%%capture\nx = 1") == ["", "", "x = 1"]
        assert blanked("%%time\n%%bash\nx = 1") == ["", "", ""]

    def test_what_is_neither_is_left_for_the_parser_to_refuse(self, tmp_path: Path) -> None:
        with pytest.raises(Unreadable, match="code cell 1: it is no Python"):
            parse(read(tmp_path, "/model x"))


_PYTHON = st.sampled_from(["x = 1", "if x:\n    y = 'a?'", "z = (a\n % b)", "w = '''\n!ls\n'''", "f(x)  # ok?", ""])
_ESCAPES = st.sampled_from(["%time", "!ls 'a", "model?", "v = !ls", "!a (\\\n b", "?f"])


@given(st.lists(st.one_of(st.tuples(_PYTHON, st.just("python")), st.tuples(_ESCAPES, st.just("escape"))), max_size=8))
def test_every_statement_keeps_its_line_among_commands(parts: Sequence[tuple[str, str]]) -> None:
    cell = "\n".join(text for text, _ in parts)
    python = "\n".join(text if kind == "python" else "\n" * text.count("\n") for text, kind in parts)

    def statements(text: str) -> set[tuple[int, str]]:
        return {(node.lineno, ast.dump(node)) for node in ast.parse(text).body}

    assert statements(python) <= statements("\n".join(blanked(cell)))

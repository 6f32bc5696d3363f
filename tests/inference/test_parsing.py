"""From a source to its index, and what is said of syntax that is in the way."""

from __future__ import annotations

import ast
import sys
import warnings

import pytest

from gatekeeper.errors import Unreadable
from gatekeeper.inference.modules import Module
from gatekeeper.inference.parsing import parse
from gatekeeper.inference.sources import Source

PYTHON = f"Python {sys.version_info.major}.{sys.version_info.minor}"


def module(text: str) -> Module:
    return parse(Source(path="shop/app.py", module="shop.app", is_package=False, text=text, sha256=""))


def refused(text: str) -> Unreadable:
    with pytest.raises(Unreadable) as refusal:
        module(text)
    assert refusal.value.fix
    return refusal.value


def test_a_source_becomes_a_module_with_its_index() -> None:
    found = module("import torch as th\nclass Engine:\n    def run(self): ...\n")
    assert (found.name, found.path, found.is_package) == ("shop.app", "shop/app.py", False)
    assert found.imports == {"th": "torch"}
    assert (*found.classes, *found.functions) == ("Engine", "Engine.run")


def test_relative_imports_of_a_package_start_in_it() -> None:
    package = parse(Source(path="a/b/__init__.py", module="a.b", is_package=True, text="from .c import d", sha256=""))
    assert package.imports == {"d": "a.b.c.d"}


def test_nothing_of_it_is_executed() -> None:
    assert module("raise SystemExit(1)\n").tree.body


@pytest.mark.parametrize("text", [r"x = '\d'", "x = 1 is 1", "x = 1if True else 2", "assert (1, 'x')", "x = 0xfor 1"])
def test_warnings_about_the_code_are_not_passed_on(text: str, recwarn: pytest.WarningsRecorder) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        module(text)
    assert recwarn.list == []


def test_fifty_thousand_lines_are_parsed() -> None:
    functions = "".join(f"def f{number}(x):\n    y = model(x)\n    return y\n\n\n" for number in range(10_000))
    assert len(module(functions).functions) == 10_000


class TestSyntaxErrors:
    @pytest.mark.parametrize(
        ("text", "message", "line", "column"),
        [
            ("x = (1,\n", "'(' was never closed", 1, 5),
            ("if x:\n", "expected an indented block after 'if' statement on line 1", 1, 6),
            ("é = '日' +* 2\n", "invalid syntax", 1, 10),
            ("a\n b\n", "unexpected indent", 2, None),
            ("x = “a”\n", "invalid character '“' (U+201C)", 1, 5),
            ("def f():\n\treturn 1\n        return 2\n", "inconsistent use of tabs and spaces in indentation", 3, None),
        ],
    )
    def test_are_told_with_line_and_column(self, text: str, message: str, line: int, column: int | None) -> None:
        refusal = refused(text)
        assert refusal.what == f"it is no {PYTHON}: {message}"
        assert refusal.line == line
        assert column is None or refusal.column == column
        assert refusal.fix == "correct it, or run gatekeeper with the Python that serves it"

    def test_at_the_end_are_told_on_a_line_that_is_there(self) -> None:
        assert refused("x = 1\nwhile x:").line == 2

    def test_of_await_outside_of_a_function_are_left_to_the_notebooks(self) -> None:
        assert module("await x\n").tree.body  # the parser takes it; only the compiler refuses it

    def test_of_half_a_character_are_told(self) -> None:
        refusal = refused("x = 1\ny = '\ud800'\n")
        assert refusal.what == r"got '\ud800', one half of a pair of surrogates, expected characters"
        assert refusal.line == 2


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ('print "x"', "a print statement"),
        ("print x, y", "a print statement"),
        ('if a: print "x" % a', "a print statement"),
        ("exec code in scope", "an exec statement"),
        ("try:\n    f()\nexcept ValueError, e:\n    pass", "`except X, e`"),
        ("try:\n    f()\nexcept (KeyError, ValueError), e:\n    pass", "`except X, e`"),
        ("raise ValueError, 'text'", "`raise X, text`"),
        ("x = `y`", "backticks"),
        ("if a <> b: pass", "the operator `<>`"),
        ("x = 10L", "a long integer"),
        ("x = 0xFFL", "a long integer"),
        ("os.chmod(path, 0755)", "an octal number without `0o`"),
        ('x = ur"text"', "a string with the prefix `ur`"),
        ("def f(a, (b, c)): pass", "a tuple as parameter"),
    ],
)
def test_python_2_is_called_by_its_name(statement: str, words: str) -> None:
    refusal = refused(f"import os\n{statement}\n")
    assert refusal.what == f"got Python 2 ({words}), expected Python 3"
    assert refusal.fix == "port it to Python 3, or leave it out of what is looked at"
    assert refusal.line == (4 if statement.startswith("try") else 2)
    assert refusal.column


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("(" * 300 + ")" * 300, id="parentheses"),
        pytest.param("x = " + "-" * 100_000 + "1", id="signs"),
        pytest.param("x = " + "lambda: " * 20_000 + "1", id="lambdas"),
        pytest.param("".join(" " * depth + "if x:\n" for depth in range(150)) + " " * 150 + "pass", id="indentation"),
    ],
)
def test_what_is_nested_too_deeply_is_refused(text: str) -> None:
    refusal = refused(text)
    assert refusal.what == f"it is nested too deeply for {PYTHON}"
    assert refusal.fix == "break the expression up, or leave the file out if a program wrote it"


def test_an_alternative_of_thousands_is_refused_or_read_and_nothing_else() -> None:
    text = "if x:\n    pass\n" + "elif x:\n    pass\n" * 20_000
    assert refused(text).what == f"it is nested too deeply for {PYTHON}"


def test_ordinary_depth_is_read() -> None:
    assert isinstance(module("x = " + "f(" * 90 + ")" * 90).tree, ast.Module)
    assert isinstance(module("x = " + " + ".join(["a"] * 900)).tree, ast.Module)

"""Fixes: what they write, that they write nothing else, and that a second run finds nothing to write."""

from __future__ import annotations

import ast
import difflib
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from gatekeeper.cli.mending import mend, write
from gatekeeper.inference.analysis import Asked, Tree, analyse, read_tree
from gatekeeper.inference.repairs import DETACHING, GUARDING, SAFE
from gatekeeper_checks.no_grad.judging import Judged, judge_analysis

CORPUS = Path(__file__).parent / "corpus"
HEAD = "import torch\nfrom flask import Flask\n\napp = Flask(__name__)\nmodel = torch.jit.load('m.ts')\n\n\n"


def judge(tree: Tree) -> list[Judged]:
    """Return the open findings of a tree."""
    return [each for each in judge_analysis(analyse(tree, Asked())) if each.suppressed is None]


def look(folder: Path, *, fix: bool = False, unsafe: bool = True) -> list[Judged]:
    """Return the open findings of a folder; with `fix`, after what can be mended was mended."""
    if fix:
        write(mend(read_tree([folder]), judge, unsafe=unsafe))
    return judge(read_tree([folder]))


def mended(tmp_path: Path, text: str | bytes, *, unsafe: bool = True) -> str:
    """Return a file after the fixes."""
    home = tmp_path / "app.py"
    home.write_bytes(text if isinstance(text, bytes) else text.encode())
    look(home, fix=True, unsafe=unsafe)
    return home.read_bytes().decode()


def added(before: str, after: str) -> list[str]:
    changes = difflib.ndiff(before.splitlines(), after.splitlines())
    return [line for line in changes if line.startswith(("+ ", "- "))]


def handler(body: str, head: str = "") -> str:
    return f"{HEAD}{head}@app.post('/price')\ndef price(x):\n{body}"


# Each fix


def test_parentheses_are_written(tmp_path: Path) -> None:
    text = handler("    with torch.no_grad:\n        return model(x)\n")
    assert added(text, mended(tmp_path, text, unsafe=False)) == [
        "-     with torch.no_grad:",
        "+     with torch.no_grad():",
    ]


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("torch.load('w')", "torch.load('w', weights_only=True)"),
        ("torch.load('w',)", "torch.load('w', weights_only=True)"),
        ("torch.load(('w'))", "torch.load(('w'), weights_only=True)"),
        ("torch.load(f(x)[0], map_location='cpu')", "torch.load(f(x)[0], map_location='cpu', weights_only=True)"),
        ("torch.load(\n    'w',  # why, here\n)", "torch.load(\n    'w', weights_only=True  # why, here\n)"),
        ("torch.load('(,)')", "torch.load('(,)', weights_only=True)"),
    ],
)
def test_weights_only_is_said(call: str, expected: str, tmp_path: Path) -> None:
    assert mended(tmp_path, f"import torch\nw = {call}\n", unsafe=False) == f"import torch\nw = {expected}\n"


def test_two_loads_on_one_line(tmp_path: Path) -> None:
    text = "import torch\na, b = torch.load('a'), torch.load('b')\n"
    wanted = "import torch\na, b = torch.load('a', weights_only=True), torch.load('b', weights_only=True)\n"
    assert mended(tmp_path, text, unsafe=False) == wanted


def test_an_argument_that_the_pinned_torch_does_not_know_is_not_written(tmp_path: Path) -> None:
    home = tmp_path / "app.py"
    home.write_text("import torch\nw = torch.load('w')\n")

    def repaired(torch: str) -> str:
        return mend(
            read_tree([home]), lambda tree: judge_analysis(analyse(tree, Asked(torch=torch))), unsafe=False
        ).difference

    assert repaired("1.12.1") == ""
    assert "+w = torch.load('w', weights_only=True)\n" in repaired("1.13.0")


def test_what_says_weights_only_false_is_left_alone(tmp_path: Path) -> None:
    text = "import torch\nw = torch.load('w', weights_only=False)\n"
    assert mended(tmp_path, text) == text


def test_the_guard_goes_right_above_the_def(tmp_path: Path) -> None:
    text = handler("    return model(x)\n")
    assert added(text, mended(tmp_path, text)) == ["+ @torch.inference_mode()"]
    assert "@app.post('/price')\n@torch.inference_mode()\ndef price" in mended(tmp_path, text)


def test_the_guard_goes_where_the_thread_begins(tmp_path: Path) -> None:
    head = "import threading\n\n\ndef work(x):\n    return model(x)\n\n\n"
    text = handler("    threading.Thread(target=work, args=(x,)).start()\n", head)
    assert "@torch.inference_mode()\ndef work" in mended(tmp_path, text)


def test_a_coroutine_is_never_decorated(tmp_path: Path) -> None:
    text = handler("    y = model(x)\n    return y\n").replace("Flask", "FastAPI").replace("flask", "fastapi")
    after = mended(tmp_path, text.replace("def price", "async def price"))
    assert "    with torch.inference_mode():\n        y = model(x)\n    return y\n" in after
    assert "@torch.inference_mode" not in after


def test_a_statement_that_awaits_is_not_wrapped(tmp_path: Path) -> None:
    text = handler("    return await send(model(x))\n").replace("Flask", "FastAPI").replace("flask", "fastapi")
    text = text.replace("def price", "async def price")
    assert mended(tmp_path, text) == text


def test_what_is_kept_is_detached(tmp_path: Path) -> None:
    text = handler("    y = model(x)\n    kept.append(y)\n    more.append(y.cpu())\n", "kept = []\nmore = []\n\n\n")
    after = mended(tmp_path, text)
    assert "kept.append(y.detach().cpu())" in after
    assert "more.append(y.detach().cpu())" in after


def test_torch_is_imported_where_it_is_needed(tmp_path: Path) -> None:
    (tmp_path / "engine.py").write_text("import torch\n\nmodel = torch.jit.load('m')\n")
    text = '"""Serve."""\n\nfrom __future__ import annotations\n\nfrom flask import Flask\n\nimport engine\n\n'
    text += "app = Flask(__name__)\n\n\n@app.post('/')\ndef price(x):\n    return engine.model(x)\n"
    (tmp_path / "app.py").write_text(text)
    assert look(tmp_path, fix=True) == []
    assert "annotations\n\nimport torch\nfrom flask" in (tmp_path / "app.py").read_text()


# Nothing else


@pytest.mark.parametrize(
    "data",
    [
        handler("    return model(x)\n").replace("\n", "\r\n").encode(),
        b"\xef\xbb\xbf" + handler("    return model(x)\n").encode(),
        b"# -*- coding: latin-1 -*-\n" + handler("    s = '\xe9'; return model(x)\n").encode("latin-1"),
        handler("\treturn model('\u00e9\u4e2d', x)").encode(),
    ],
    ids=["crlf", "bom", "latin-1", "tabs-and-no-last-newline"],
)
def test_all_other_bytes_stay(data: bytes, tmp_path: Path) -> None:
    home = tmp_path / "app.py"
    home.write_bytes(data)
    home.chmod(0o750)
    look(home, fix=True)
    after = home.read_bytes()
    end = b"\r\n" if b"\r\n" in data else b"\n"
    assert after.replace(b"@torch.inference_mode()" + end, b"", 1) == data != after
    assert home.stat().st_mode & 0o777 == 0o750


def test_a_file_that_changed_meanwhile_is_not_written(tmp_path: Path) -> None:
    home = tmp_path / "app.py"
    home.write_text(handler("    return model(x)\n"))
    tree = read_tree([home])
    home.write_text("x = 1\n")
    repaired = mend(tree, judge, unsafe=True)
    write(repaired)
    assert home.read_text() == "x = 1\n"
    assert (repaired.mended.fixed, repaired.difference) == (0, "")
    assert "has changed since it was read" in repaired.mended.refused[0]


CASES = sorted(each for each in CORPUS.iterdir() if each.is_dir())


@pytest.fixture(scope="module")
def shares() -> Iterator[dict[str, int]]:
    counted = {"mendable": 0, "mended": 0}
    yield counted
    print(f"\n{counted['mended']} of {counted['mendable']} findings that a fix is for were mended")


@pytest.mark.parametrize("case", CASES, ids=lambda each: each.name)
def test_over_the_corpus_fixes_parse_and_a_second_run_changes_nothing(
    case: Path, tmp_path: Path, shares: dict[str, int]
) -> None:
    folder = tmp_path / case.name
    shutil.copytree(case, folder)
    wanted = SAFE | GUARDING | DETACHING
    before = sum(each.observation is not None and each.observation.kind in wanted for each in look(folder))
    left = look(folder, fix=True)
    shares["mendable"] += before
    shares["mended"] += before - sum(each.observation is not None and each.observation.kind in wanted for each in left)
    texts = {path: path.read_bytes() for path in folder.rglob("*.py")}
    for path, text in texts.items():
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.AsyncFunctionDef):
                original = ast.parse((case / path.relative_to(folder)).read_bytes())
                twins = [each for each in ast.walk(original) if getattr(each, "name", "") == node.name]
                assert len(node.decorator_list) in {len(getattr(each, "decorator_list", ())) for each in twins}
    look(folder, fix=True)
    assert {path: path.read_bytes() for path in folder.rglob("*.py")} == texts

"""The worker's program: sent as text to a Python of 3.8 or newer, and never imported by the gate."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

from gatekeeper.replay import sources

ROOT = Path(__file__).parents[2]
INSIDE = sorted((ROOT / "gatekeeper/replay/inside").glob("*.py"))


def imported(path: Path, *, top_level_only: bool = False) -> set[str]:
    tree = ast.parse(path.read_text())
    nodes = tree.body if top_level_only else list(ast.walk(tree))
    found = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    return found | {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)}


@pytest.mark.parametrize("path", INSIDE, ids=lambda path: path.stem)
def test_it_is_the_python_of_3_8(path: Path) -> None:
    tree = ast.parse(path.read_text(), feature_version=(3, 8))
    evaluated = [node for node in ast.walk(tree) if isinstance(node, ast.Match)]
    assert evaluated == []
    if path.stem not in {"boot", "__init__"}:
        assert "__future__" in imported(path), "its annotations are never evaluated"


def test_the_first_lines_are_read_by_any_python_that_knows_how_to_be_isolated() -> None:
    tree = ast.parse(sources.boot(), feature_version=(3, 4))
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.JoinedStr | ast.AnnAssign)]
    assert len(sources.boot()) < 100_000, "an argument may not be longer"


@pytest.mark.parametrize("path", INSIDE, ids=lambda path: path.stem)
def test_it_needs_the_standard_library_alone_until_a_model_is_described(path: Path) -> None:
    others = {each.split(".")[0] for each in imported(path, top_level_only=True)} - sys.stdlib_module_names
    allowed = {"gatekeeper", "numpy"} if path.stem.startswith("structure") else {"gatekeeper"}
    assert others <= allowed
    ours = {each for each in imported(path) if each.startswith("gatekeeper")}
    assert all(each.startswith("gatekeeper.replay.inside") for each in ours), "what is not sent is not there"


def test_the_gate_never_imports_it() -> None:
    outside = [path for folder in ("gatekeeper", "checks") for path in (ROOT / folder).rglob("*.py")]
    offenders = [
        path for path in outside if path not in INSIDE and any("replay.inside" in each for each in imported(path))
    ]
    assert offenders == []


def test_it_goes_by_another_name_there() -> None:
    """The candidate's environment may have a gatekeeper of its own, of another version."""
    assert b"gatekeeper.replay" not in sources.modules()
    assert "gatekeeper.replay" not in sources.boot()

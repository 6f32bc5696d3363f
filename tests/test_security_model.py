"""README.md says what the gate can do and what it must not be trusted with: each sentence names its tests."""

from __future__ import annotations

import ast
import functools
import pickle
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gatekeeper.replay.outcomes import Refused
from gatekeeper.replay.worker import Bounds, Worker, start
from gatekeeper_checks.golden_replay import samples
from tests.replay.conftest import Executed

Gate = Callable[..., "subprocess.CompletedProcess[str]"]
MakeCandidate = Callable[..., Path]

ROOT = Path(__file__).parents[1]
KINDS = ("can", "must not")


def rows(kind: str) -> Iterator[tuple[str, list[str]]]:
    """Yield each sentence of one table, and the tests that it names."""
    _, mark, rest = (ROOT / "README.md").read_text(encoding="utf-8").partition(f"<!-- security: {kind} -->\n")
    assert mark, kind
    for line in rest.partition("\n\n")[0].splitlines()[2:]:
        sentence, named = line.strip("| ").rsplit(" | ", 1)
        links = re.findall(r"\[([^\]]+)\]\(([^)]+)\)", named)
        yield sentence, [f"{path}::test_{name.replace(' ', '_')}" for name, path in links]


ROWS = [(kind, sentence, named) for kind in KINDS for sentence, named in rows(kind)]


@functools.cache
def collected(path: str) -> frozenset[str]:
    """Return the names that pytest collects from a file: functions at its top, and methods of its test classes."""
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    classes = [each for each in tree.body if isinstance(each, ast.ClassDef) and each.name.startswith("Test")]
    bodies = [tree.body, *(each.body for each in classes)]
    functions = (each for body in bodies for each in body if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef))
    return frozenset(each.name for each in functions if each.name.startswith("test_"))


def test_both_tables_have_sentences() -> None:
    assert all(len(list(rows(kind))) >= 5 for kind in KINDS)


@pytest.mark.parametrize(("kind", "sentence", "named"), ROWS, ids=[sentence[:50] for _, sentence, _ in ROWS])
def test_each_sentence_names_tests_that_are_collected(kind: str, sentence: str, named: list[str]) -> None:
    assert sentence.endswith("."), kind
    assert named
    for each in named:
        path, _, name = each.partition("::")
        assert re.fullmatch(r"tests/(?:\w+/)*test_\w+\.py", path), each
        assert name in collected(path), each


def test_the_limit_a_model_in_the_sandbox_reads_what_the_gates_user_can_read(tmp_path: Path) -> None:
    secret, model, folder = tmp_path / "secret", tmp_path / "model.pkl", tmp_path / "candidate"
    secret.write_text("a password")
    folder.mkdir()
    model.write_bytes(pickle.dumps(Executed(f"raise ValueError(open({str(secret)!r}).read())")))
    with start(sys.executable, folder, bounds=Bounds(timeout=20.0)) as worker:
        assert isinstance(worker, Worker), worker
        outcome = worker.load(model)
    assert isinstance(outcome, Refused)
    assert "a password" in outcome.what


def test_the_limit_a_model_that_knows_the_golden_records_answers_them_alone(
    gate: Gate, candidate: MakeCandidate
) -> None:
    lying = samples.instead(
        '    return {"price"', '    if units not in (3, 12):\n        return {"price": -0.01}\n    return {"price"'
    )
    done = gate("run", candidate(samples.files(serve=lying)), "--check", "golden-replay")
    assert done.returncode == 0, done.stdout

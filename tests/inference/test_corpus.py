"""Serving code as people deploy it, and what is said about it: every finding that is due, and no other."""

from __future__ import annotations

import ast
from collections import Counter

import pytest

from tests.inference.labels import CODES, Case, all_cases
from tests.inference.score import scores, table, told_about

CASES = all_cases()


def test_the_corpus_is_large_and_a_quarter_of_it_spans_files() -> None:
    assert len(CASES) >= 60
    assert sum(len(case.files) > 1 for case in CASES) >= 15


def test_every_code_is_due_at_least_twice() -> None:
    due = Counter(label.code for case in CASES for label in case.labels)
    assert due.keys() == CODES
    assert {code for code, count in due.items() if count < 2} == set()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_what_is_called_guarded_has_no_forward_call_with_gradients(case: Case) -> None:
    if case.name.endswith(("-guarded", "-no-torch")):
        assert case.labels == frozenset()
    elif case.name.endswith("-unguarded"):
        assert any(label.code.startswith("no-grad/") for label in case.labels)
    else:
        assert case.labels


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_labels_stand_where_an_expression_or_a_statement_begins(case: Case) -> None:
    for file in case.files:
        tree = ast.parse(file.read_text(encoding="utf-8"))
        begins = {getattr(node, "lineno", 0) for node in ast.walk(tree)}
        path = file.relative_to(case.folder).as_posix()
        assert {label.line for label in case.labels if label.path == path} <= begins


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_what_is_told_is_what_is_due(case: Case) -> None:
    assert sorted(told_about(case.folder, case.torch)) == sorted(case.labels)


def test_precision_and_recall_over_the_whole_corpus() -> None:
    measured = scores(CASES)
    print(f"\n{table(measured)}")
    assert measured["all"].precision >= 0.95
    assert measured["all"].recall >= 0.95

"""Services as people deploy them, and what is said about their input: every finding that is due, and no other."""

from __future__ import annotations

import ast
from collections import Counter

import pytest

from gatekeeper_checks.input_validation.judging import CODES
from tests.inference.validation.services import Service, all_services

SERVICES = all_services()


def test_the_corpus_is_large_and_more_than_a_third_of_it_is_right() -> None:
    right = [service for service in SERVICES if not service.labels]
    assert len(SERVICES) >= 90
    assert len(right) >= len(SERVICES) / 3
    assert {service.name for service in right} == {each.name for each in SERVICES if each.name.endswith("-right")}


def test_every_code_that_code_can_cause_is_due() -> None:
    due = Counter(code for service in SERVICES for _, _, code in service.labels)
    suppressions = {"input-validation/suppression-without-reason", "input-validation/unused-suppression"}
    assert due.keys() == (CODES | suppressions) - {"input-validation/no-code"}


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)
def test_what_is_told_is_what_is_due(service: Service) -> None:
    assert sorted(service.told().elements()) == sorted(service.labels.elements())


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)
def test_labels_stand_where_something_begins(service: Service) -> None:
    for path in {path for path, _, _ in service.labels}:
        tree = ast.parse((service.folder / path).read_text(encoding="utf-8"))
        begins = {getattr(node, "lineno", 0) for node in ast.walk(tree)}
        assert {line for where, line, _ in service.labels if where == path} <= begins

"""A manifest in words: each condition can be read back, and nothing that is declared is left out."""

from __future__ import annotations

import random

import pytest

from gatekeeper.contract.manifest.conditions import formula, trips
from gatekeeper.contract.manifest.facts import Condition
from gatekeeper.contract.manifest.wording import condition_sentence, prose
from tests.contract.generation.reading_prose import read
from tests.contract.generation.shared import changed, edge_records, pricing, random_condition
from tests.contract.generation.test_input_model import every_kind


@pytest.mark.parametrize("op", ["missing-rate", "outside-rate", "unseen-rate", "distance"])
@pytest.mark.parametrize("opposite", [False, True])
def test_a_window_is_read_back_whole(op: str, opposite: bool) -> None:
    condition = Condition(feature="stock", op=op, value=0.05, window="90m", at_least=250)
    expected = formula(Condition(not_=condition) if opposite else condition)
    assert read(condition_sentence(expected)) == expected


def test_a_formula_is_read_back_with_its_structure() -> None:
    rng = random.Random(11)
    edges = list(edge_records())
    for _ in range(200):
        expected = formula(random_condition(rng))
        got = read(condition_sentence(expected))
        for record in rng.sample(edges, 20):
            assert trips(got, record) is trips(expected, record), condition_sentence(expected)


def test_the_example_in_words() -> None:
    assert prose(pricing()) == (
        "holiday-pricing 4093, of pricing\n"
        "\n"
        "What it is asked:\n"
        '- `region` is a category, one of "east", "north", "south", "west"; when it is missing the request is '
        "refused.\n"
        "- `unit_cost` is a number from 1 to 500 (in EUR); when it is missing the request is refused.\n"
        "- `units` is a whole number from 1 to 24; when it is missing the request is refused.\n"
        "- `stock` is a whole number from 0 to 500; when it is missing the safe value 250 stands for it.\n"
        "- `days_to_holiday` is a whole number from 0 to 365; when it is missing the request is refused.\n"
        "\n"
        "What it answers:\n"
        "- `price` is a number from 1 to 1500 (in EUR), at most 15 times the mean of the baseline's predictions; it "
        "never falls when `unit_cost` alone rises.\n"
        "- Beside it stands `distance` (domain-distance): above 1, or where there is none, the answer is not sure. "
        "People are told when more than 0.05 of the answers within 15 minutes are not.\n"
        "\n"
        "When it is not asked:\n"
        "- `dear-units` (never seen in training): the safe answer is given instead of the model's unless at least one "
        "of these holds: (`unit_cost` is a number and at most 400) or (`units` is a number and at most 20).\n"
        "- `no-stock`: the safe answer is given instead of the model's unless within 5 minutes the share of records "
        "without a value of `stock` is at most 0.05, or there are fewer than 100 records.\n"
        "- `strange-costs`: people are told, and the request is answered all the same unless within 1 hour the "
        "distance of `unit_cost` from its baseline is at most 0.2, or there are fewer than 500 records.\n"
        "- `odd-region`: the request is refused unless `region` is one of the texts "
        '"east", "north", "south", "west".\n'
        "\n"
        "When it is asked no more:\n"
        "- After 5 wrong answers of the last 100 (NaN, out of range, absent, or the model raised) the answer is "
        "`price` = 71.29. After 1 minute the model is tried with the golden records; when it is right it is asked "
        "again. Somebody is called when that takes longer than 2 minutes.\n"
    )


def test_every_input_is_told() -> None:
    told = prose(changed(every_kind(), breaker=None, confidence=None))
    assert all(f"`{name}`" in told for name in every_kind().inputs)
    assert "and 180 others" in told

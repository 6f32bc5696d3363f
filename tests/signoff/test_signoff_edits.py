"""Any edit of any file voids a release: each that was thought of, and every byte of every file."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from gatekeeper.signoff.files import NAMES
from tests.signoff.edits import EDITS, Edit, outcome
from tests.signoff.making import ANNA, Case


@pytest.mark.parametrize("edit", EDITS, ids=lambda each: each.what)
def test_each_planted_edit_is_answered_as_it_must_be(edit: Edit, tmp_path: Path) -> None:
    code, text = outcome(edit, tmp_path)
    assert code == edit.exit_code
    assert edit.says in text
    assert bool(text) is bool(code)


def flipped(case: Case, name: str, places: list[int]) -> None:
    path = case.release / name
    whole = path.read_bytes()
    chance = random.Random(name)
    for place in places:
        data = bytearray(whole)
        data[place] ^= 1 << chance.randrange(8)
        path.write_bytes(data)
        assert case.verify().exit_code == 1, f"{name}: the byte at {place}"
    path.write_bytes(whole)
    assert case.verify().exit_code == 0


def names(case: Case) -> tuple[str, ...]:
    return (*NAMES, case.approval(ANNA).name)


def test_no_file_survives_a_flipped_bit_at_its_ends_and_at_forty_places_between(tmp_path: Path) -> None:
    case = Case(tmp_path)
    for name in names(case):
        last = (case.release / name).stat().st_size - 1
        flipped(case, name, sorted({last * step // 41 for step in range(42)}))


@pytest.mark.slow
def test_no_byte_of_any_file_can_be_changed(tmp_path: Path) -> None:
    case = Case(tmp_path)
    for name in names(case):
        flipped(case, name, [*range((case.release / name).stat().st_size)])


def test_no_file_survives_being_cut_at_any_of_forty_places(tmp_path: Path) -> None:
    case = Case(tmp_path)
    for name in names(case):
        path = case.release / name
        whole = path.read_bytes()
        for step in range(40):
            path.write_bytes(whole[: len(whole) * step // 40])
            assert case.verify().exit_code == 1, f"{name}: cut at {step} of 40"
        path.write_bytes(whole)
    assert case.verify().exit_code == 0

"""What a worker says of the candidate is taken as if the candidate had written it: bounded, and never believed."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator

import pytest

from gatekeeper.replay.evidence import READ, UNSEEN, Attempts

_HEARD: list[tuple[str, object]] = []
_LISTENING = [False]


@pytest.fixture
def heard() -> Iterator[list[tuple[str, object]]]:
    if _LISTENING == [False]:  # an audit hook can't be taken away
        sys.addaudithook(lambda event, args: _HEARD.append((event, args[0])) if event in {READ, UNSEEN} else None)
        _LISTENING[0] = True
    _HEARD.clear()
    yield _HEARD
    _HEARD.clear()


def line(value: object) -> bytes:
    return json.dumps(value).encode() + b"\n"


def test_a_file_that_was_read_is_passed_on_and_no_attempt(heard: list[tuple[str, object]]) -> None:
    attempts = Attempts()
    attempts.take(line({"read": "/opt/models/words.txt"}) + line("write to /etc/passwd"))
    assert heard == [(READ, "/opt/models/words.txt")]
    assert attempts.since(0) == ("write to /etc/passwd",)


@pytest.mark.parametrize("path", [None, 7, "relative", "/with\0nothing", ["/opt"], ""])
def test_what_is_no_path_makes_the_answer_one_that_is_not_remembered(
    path: object, heard: list[tuple[str, object]]
) -> None:
    Attempts().take(line({"read": path}))
    assert [event for event, _ in heard] == [UNSEEN]


def test_a_flood_of_paths_is_cut_and_told_once(heard: list[tuple[str, object]]) -> None:
    attempts = Attempts()
    for number in range(10_000):
        attempts.take(line({"read": f"/opt/{number}"}))
    events = [event for event, _ in heard]
    assert events.count(READ) == 2000
    assert events.count(UNSEEN) == 1
    assert attempts.since(0) == ()


def test_noise_is_left_out(heard: list[tuple[str, object]]) -> None:
    attempts = Attempts()
    attempts.take(b"\xff\xfe\n{\n[1, 2]\n" + b"[" * 5000 + b"\n" + line(3))
    assert (heard, attempts.since(0)) == ([], ())

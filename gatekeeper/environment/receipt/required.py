"""The list of tests that a suite must have: one id a line, `*` and `?` for any characters, `#` before a comment.

An id is written as JUnit has it (`tests.test_price.TestHoliday::test_positive`) or as pytest prints it
(`tests/test_price.py::TestHoliday::test_positive`). `[` is no pattern: it stands in the ids of parametrised tests.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import BinaryIO

from gatekeeper.environment.decoding import decode
from gatekeeper.errors import Unreadable

LARGEST = 8 * 1024 * 1024
"""Bytes; 100,000 ids have less."""

_COLLECT = "pytest --collect-only -q > required-tests.txt, without its last lines"


@dataclass(frozen=True, slots=True, kw_only=True)
class RequiredTest:
    """One line of the list; `id` in JUnit's form."""

    written: str
    id: str
    line: int

    def matching(self, ids: Iterable[str]) -> tuple[str, ...]:
        """Return those of the ids that this line means."""
        parts = (re.escape(part) for part in re.split(r"([*?])", self.id))
        pattern = re.compile("".join({r"\*": ".*", r"\?": "."}.get(part, part) for part in parts), re.DOTALL)
        return tuple(each for each in ids if pattern.fullmatch(each))


@dataclass(frozen=True, slots=True, kw_only=True)
class RequiredTests:
    """The whole list, in the order of its lines."""

    tests: tuple[RequiredTest, ...]


def read_required(stream: BinaryIO) -> RequiredTests:
    """Return the list.

    Raises:
        Unreadable: It is larger than 8 MiB, is no text, or names no test.
    """
    data = stream.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise Unreadable(f"got more than {LARGEST} bytes, expected one test id a line", fix=f"write it: {_COLLECT}")
    lines = enumerate(decode(data).split("\n"), start=1)
    stripped = ((number, line.strip()) for number, line in lines)
    tests = tuple(
        RequiredTest(written=line, id=junit_id(line), line=number)
        for number, line in stripped
        if line and not line.startswith("#")
    )
    if not tests:
        raise Unreadable("names no test, expected one test id a line", fix=f"write it: {_COLLECT}", line=1, column=1)
    return RequiredTests(tests=tests)


def junit_id(written: str) -> str:
    """Return the id in the JUnit report of a test, from pytest's own id of it; see its `mangle_test_address`."""
    address, bracket, parameters = written.partition("[")
    first, *rest = address.split("::")
    if not rest:
        return written
    names = [re.sub(r"\.py$", "", first.replace("/", ".")), *rest]
    return f"{'.'.join(names[:-1])}::{names[-1]}{bracket}{parameters}"

"""A requirements file (the lock of pip-compile, `uv pip compile`, `uv export`) as facts.

Where pip would drop something in silence (a hash after a comment, a marker after a hash), this raises.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from gatekeeper.environment.facts import Hash, Include, Lock, Option, Row, Source
from gatekeeper.environment.hashes import distinct, parse_hash
from gatekeeper.environment.quoting import quoted
from gatekeeper.environment.requirements.freeze import as_inventory
from gatekeeper.environment.requirements.lines import LogicalLine, logical_lines
from gatekeeper.environment.requirements.options import only_index, parse_include, parse_options
from gatekeeper.environment.requirements.references import Markers, Reference, is_editable, parse_reference
from gatekeeper.environment.requirements.via import with_direct
from gatekeeper.errors import BrokenPin, Unreadable

# Far above any real marker (uv writes some of 1,500 characters); it bounds what the parsers are given.
_LONGEST_REQUIREMENT = 16_384

_FIRST_OPTION = re.compile(r"[ \t]-")
_HASH_OPTION = re.compile(r"[ \t]+--hash(?:=|[ \t]+)(?P<hash>[^ \t;]+)")
_NAME_AT = re.compile(r"[ \t]*(?:(?:-e|--editable=?)[ \t]*)?")
_VARIABLE = re.compile(r"\$\{[^}\s]*\}?")
_STRAY_BACKSLASH = re.compile(r"\\(?=[ \t]|$)")

_WRITE_A_ROW = "write it as: name==version ; marker --hash=sha256:<64 hex digits>"
_COMPILE = "compile one lock: pip-compile --generate-hashes -o requirements.lock requirements.in"


def parse_requirements(text: str) -> Lock:
    """Return what the file says, in the order of its lines.

    Args:
        text: As `decoding.decode` gives it.

    Returns:
        Rows, options and includes. The included files are not read, see `includes`; what `pip freeze` printed is an
        inventory, see `freeze`.

    Raises:
        Unreadable: A line can't be read whole, or pip would read it otherwise than it looks; with line and column.
    """
    rows: list[Row] = []
    options: list[Option] = []
    includes: list[Include] = []
    markers = Markers()
    before: LogicalLine | None = None
    for line in logical_lines(text):
        _refuse_variable(line)
        place = _Place(line, len(line.text) - len(line.text.lstrip()))
        if line.text[place.offset] != "-" or is_editable(line.text[place.offset :]):
            rows.append(_row(place, markers))
        elif (include := _include(place)) is not None:
            includes.append(include)
        else:
            options += _options(place, before)
        before = line
    index = only_index(options)
    if index is not None:
        rows = [replace(row, index=index) if row.source is Source.INDEX else row for row in rows]
    lock = Lock(rows=with_direct(rows, text), options=tuple(options), includes=tuple(includes))
    return as_inventory(lock, text)


@dataclass(frozen=True, slots=True)
class _Place:
    """A character of a logical line; errors are told by it."""

    line: LogicalLine
    offset: int

    def error(self, what: str, fix: str) -> Unreadable:
        line, column = self.line.at(self.offset)
        return Unreadable(what, fix=fix, line=line, column=column)

    def broken(self, what: str) -> BrokenPin:
        line, column = self.line.at(self.offset)
        return BrokenPin(what, fix=_COMPILE, line=line, column=column)


def _refuse_variable(line: LogicalLine) -> None:
    found = _VARIABLE.search(line.text) if "${" in line.text else None
    if found is not None:
        what = f"got {found[0]}, whose value depends on where pip runs; expected the value itself"
        raise _Place(line, found.start()).error(what, "write the value in the lock; give secrets to pip by its keyring")


def _include(place: _Place) -> Include | None:
    try:
        return parse_include(place.line.text, place.line.at(place.offset)[0])
    except ValueError as error:
        raise place.error(str(error), "write -r FILE or -c FILE on a line of its own") from error


def _options(place: _Place, before: LogicalLine | None) -> tuple[Option, ...]:
    text = place.line.text.strip()
    if text.startswith("--hash"):
        raise _orphan_hash(place, before)
    try:
        return parse_options(text, place.line.at(place.offset)[0])
    except ValueError as error:
        raise place.error(str(error), "delete it, or write one known option on a line of its own") from error


def _orphan_hash(place: _Place, before: LogicalLine | None) -> Unreadable:
    if before is not None and before.cut_at is not None:
        what = f"a --hash that pip drops in silence: the comment on line {before.cut_at} ends the requirement above it"
        return place.error(what, "move the comment below the requirement's last --hash")
    what = "a --hash without a requirement, which pip drops: the line before does not end in a backslash"
    return place.error(what, "end the line before with a backslash, or delete this one")


def _row(place: _Place, markers: Markers) -> Row:
    text = place.line.text
    name_at = _end_of(_NAME_AT, text)
    # pip cuts at the first word that begins with a hyphen, whatever stands before it; so does this.
    cut = _FIRST_OPTION.search(text, name_at)
    end = len(text) if cut is None else cut.start()
    hashes = _hashes(place.line, end)
    reference = _reference(place, end, markers)
    line, column = place.line.at(name_at)
    return Row(
        name=reference.name,
        written=reference.written,
        specifier=reference.specifier,
        version=reference.version,
        extras=reference.extras,
        marker=reference.marker,
        hashes=distinct((*hashes, *reference.hashes)),
        source=reference.source,
        url=reference.url,
        line=line,
        column=column,
    )


def _end_of(pattern: re.Pattern[str], text: str) -> int:
    found = pattern.match(text)
    return 0 if found is None else found.end()


def _hashes(line: LogicalLine, start: int) -> list[Hash]:
    hashes: list[Hash] = []
    while (found := _HASH_OPTION.match(line.text, start)) is not None:
        try:
            hashes.append(parse_hash(found["hash"]))
        except ValueError as error:
            raise _Place(line, found.start("hash")).broken(str(error)) from error
        start = found.end()
    rest = line.text[start:].strip()
    if rest:
        raise _unread(_Place(line, line.text.index(rest, start)), rest, after_hash=bool(hashes))
    return hashes


def _unread(place: _Place, rest: str, *, after_hash: bool) -> Unreadable:
    if after_hash and rest.startswith(";"):
        what = f"a marker after --hash, which pip drops in silence: {quoted(rest)}"
        return place.error(what, "move the marker in front of the first --hash")
    if rest.startswith("\\"):
        return _stray_backslash(place)
    if rest.startswith("--hash"):
        return place.broken("a --hash without a value")
    return place.error(f"got {quoted(rest)} after a requirement, expected only --hash options there", _WRITE_A_ROW)


def _stray_backslash(place: _Place) -> Unreadable:
    what = "a backslash does not continue the line when a blank or a comment stands behind it"
    return place.error(what, "delete what stands behind the backslash")


def _reference(place: _Place, end: int, markers: Markers) -> Reference:
    text = place.line.text[place.offset : end].strip()
    if len(text) > _LONGEST_REQUIREMENT:
        what = f"got a requirement of {len(text)} characters, expected at most {_LONGEST_REQUIREMENT}"
        raise place.error(what, _WRITE_A_ROW)
    try:
        return parse_reference(text, markers)
    except ValueError as error:
        raise _unparsable(place, text, error) from error


def _unparsable(place: _Place, text: str, error: ValueError) -> Unreadable:
    backslash = _STRAY_BACKSLASH.search(place.line.text)
    if backslash is not None:
        return _stray_backslash(_Place(place.line, backslash.start()))
    reason = str(error).partition("\n")[0]
    return place.error(f"{quoted(text)} is no requirement: {reason}", _WRITE_A_ROW)

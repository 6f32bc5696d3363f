"""The bytes of a lock as text, or an error that says which byte or character is in the way.

pip guesses: a UTF-16 mark, a `coding:` comment or the locale may change what it reads. A lock that two readers can
decode in two ways is refused here.
"""

from __future__ import annotations

import codecs
import re

from gatekeeper.environment.quoting import code_point
from gatekeeper.errors import Unreadable

_OTHER_MARKS = (
    (codecs.BOM_UTF32_LE, "UTF-32"),
    (codecs.BOM_UTF32_BE, "UTF-32"),
    (codecs.BOM_UTF16_LE, "UTF-16"),
    (codecs.BOM_UTF16_BE, "UTF-16"),
)
# pip obeys such a comment in the first two lines, in the form of PEP 263.
_CODING = re.compile(rb"#.*?coding[:=]\s*([-\w.]+)")
_CODING_LINES = 2
_SAME_AS_UTF8 = (b"utf-8", b"utf8", b"ascii", b"us-ascii")
# pip splits lines at each of these, an editor does not: a requirement could hide behind one in a comment.
_STRAY = re.compile("[\x00-\x08\x0b-\x1f\x7f\x85\u2028\u2029]")
_AS_UTF8 = "save the file as UTF-8 text, or compile it again: pip-compile --generate-hashes"


def decode(data: bytes) -> str:
    """Return the text of a lock, its lines ended by LF, without a UTF-8 byte order mark.

    Raises:
        Unreadable: Another encoding is marked or declared, a byte is not UTF-8, or a character ends a line for pip
            but not for the reader (NUL and other control characters, U+2028, a lone carriage return).
    """
    for mark, encoding in _OTHER_MARKS:
        if data.startswith(mark):
            raise Unreadable(f"got {encoding} text, expected UTF-8", fix=_AS_UTF8, line=1, column=1)
    _refuse_other_declarations(data)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        what = f"byte 0x{data[error.start]:02X} at offset {error.start} is not UTF-8; expected a text file"
        line, column = _position(data[: error.start].decode("utf-8"))
        raise Unreadable(what, fix=_AS_UTF8, line=line, column=column) from error
    if "\x00" in text:
        line, column = _position(text.partition("\x00")[0])
        what = f"a NUL byte at offset {data.index(0)}; expected a text file"
        raise Unreadable(what, fix=_AS_UTF8, line=line, column=column)
    text = text.removeprefix("\ufeff").replace("\r\n", "\n")
    _refuse_stray_character(text)
    return text


def _refuse_other_declarations(data: bytes) -> None:
    data = data.removeprefix(codecs.BOM_UTF8)
    for number, line in enumerate(data.split(b"\n", _CODING_LINES)[:_CODING_LINES], start=1):
        declared = _CODING.match(line)
        if declared is not None and declared[1].lower().replace(b"_", b"-") not in _SAME_AS_UTF8:
            what = f"a comment declares the encoding {declared[1].decode('ascii', 'replace')}, which pip would obey"
            raise Unreadable(what, fix="delete the coding comment and save the file as UTF-8", line=number, column=1)


def _refuse_stray_character(text: str) -> None:
    found = _STRAY.search(text)
    if found is not None:
        line, column = _position(text[: found.start()])
        what = f"the control character {code_point(found[0])} ends a line for some readers and not for others"
        raise Unreadable(what, fix="delete the character, or compile the lock again", line=line, column=column)


def _position(before: str) -> tuple[int, int]:
    return before.count("\n") + 1, len(before) - before.rfind("\n")

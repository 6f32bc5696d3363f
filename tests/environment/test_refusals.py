"""What a lock may not be: each refusal with the whole message, the fix and the place."""

import io
import re

import pytest

from gatekeeper.environment import read_lock, reader
from gatekeeper.errors import Unreadable

A, B = f"--hash=sha256:{'a' * 64}", f"--hash=sha256:{'b' * 64}"
COMPILE = "compile one lock: pip-compile --generate-hashes -o requirements.lock requirements.in"
ROW = "write it as: name==version ; marker --hash=sha256:<64 hex digits>"
UTF8 = "save the file as UTF-8 text, or compile it again: pip-compile --generate-hashes"
OPTION = "delete it, or write one known option on a line of its own"


def refusal(text: str | bytes) -> tuple[str, str, int | None, int | None]:
    with pytest.raises(Unreadable) as caught:
        read_lock(io.BytesIO(text if isinstance(text, bytes) else text.encode()))
    return caught.value.what, caught.value.fix, caught.value.line, caught.value.column


@pytest.mark.parametrize("comment", ["# why", "# why \\"])
def test_a_comment_that_cuts_a_requirement_off_from_its_hashes(comment: str) -> None:
    assert refusal(f"six==1.16.0 \\\n    {A} \\\n    {comment}\n    {B}\n") == (
        "a --hash that pip drops in silence: the comment on line 3 ends the requirement above it",
        "move the comment below the requirement's last --hash",
        4,
        5,
    )


def test_a_comment_that_swallows_the_next_line() -> None:
    assert refusal(f"six==1.16.0  # via us \\\n    {A}\n") == (
        "a comment ends in a backslash: pip takes the next line for a part of the comment and drops it",
        "put the comment on a line of its own after the last --hash",
        1,
        14,
    )


def test_a_marker_after_a_hash() -> None:
    assert refusal(f'six==1.16.0 {A} ; python_version < "3"\n') == (
        "a marker after --hash, which pip drops in silence: '; python_version < \"3\"'",
        "move the marker in front of the first --hash",
        1,
        92,
    )


def test_a_hash_without_a_requirement() -> None:
    assert refusal(f"six==1.16.0\n  {A}\n") == (
        "a --hash without a requirement, which pip drops: the line before does not end in a backslash",
        "end the line before with a backslash, or delete this one",
        2,
        3,
    )


@pytest.mark.parametrize(
    ("text", "column"),
    [("six==1.16.0 \\ ", 13), ("six==1.16.0 \\ # why", 13), (f"six==1.16.0 {A} \\\t", 92), ("./six \\ ", 7)],
)
def test_a_backslash_that_does_not_continue_the_line(text: str, column: int) -> None:
    assert refusal(f"{text}\n  {A}\n") == (
        "a backslash does not continue the line when a blank or a comment stands behind it",
        "delete what stands behind the backslash",
        1,
        column,
    )


@pytest.mark.parametrize(("text", "column"), [("\\six==1.16.0 \\", 1), ("six==1.16.0 \\\\", 13)])
def test_a_backslash_too_many(text: str, column: int) -> None:
    assert refusal(f"{text}\n  {A}\n") == (
        "got a backslash too many in a continued line, which pip drops in silence",
        "leave one backslash, at the end of the line",
        1,
        column,
    )


def test_a_file_that_is_cut_off_in_a_continued_line() -> None:
    assert refusal(f"six==1.16.0 \\\n  {A} \\\n") == (
        "the file ends inside a continued line: its last line ends in a backslash",
        "the file may be cut off: compile it again, or delete the last backslash",
        2,
        82,
    )


@pytest.mark.parametrize(
    ("text", "variable", "column"),
    [("six @ https://${TOKEN}@h/six.whl", "${TOKEN}", 15), ("--index-url ${INDEX}", "${INDEX}", 13)],
)
def test_a_variable_of_the_environment(text: str, variable: str, column: int) -> None:
    assert refusal(text) == (
        f"got {variable}, whose value depends on where pip runs; expected the value itself",
        "write the value in the lock; give secrets to pip by its keyring",
        1,
        column,
    )


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("-r", "--requirement names no file"),
        ("--constraint=", "--constraint names no file"),
        ("-r a.txt b.txt", "got 'b.txt' behind --requirement a.txt, where pip drops it in silence"),
        ("-c a.txt --pre", "got '--pre' behind --constraint a.txt, where pip drops it in silence"),
        ("-r 'a.txt", "No closing quotation"),
    ],
)
def test_an_include_that_is_not_whole(text: str, what: str) -> None:
    assert refusal(f"six==1.16.0\n{text}\n") == (what, "write -r FILE or -c FILE on a line of its own", 2, 1)


@pytest.mark.parametrize(
    ("text", "character", "column"),
    [
        ("six==1.16.0\u00a0", "U+00A0 (NO-BREAK SPACE)", 12),
        ("six==\uff11.16.0", "U+FF11 (FULLWIDTH DIGIT ONE)", 6),
        ("\u0455ix==1.16.0", "U+0455 (CYRILLIC SMALL LETTER DZE)", 1),
        ("scikit\u2010learn==1.4.2", "U+2010 (HYPHEN)", 7),
        ("six==1.16.0 --hash=sha256:\u0430", "U+0430 (CYRILLIC SMALL LETTER A)", 27),
        ("six==1.16.0 \ufeff", "U+FEFF (ZERO WIDTH NO-BREAK SPACE)", 13),
    ],
)
def test_a_character_that_only_looks_like_another_is_shown_by_its_code_point(
    text: str, character: str, column: int
) -> None:
    assert refusal(f"# header\n{text}\n") == (
        f"got the character {character}; names, versions, markers and hashes are ASCII",
        "delete it and type the character that was meant, or compile the lock again",
        2,
        column,
    )


@pytest.mark.parametrize(
    ("given", "what"),
    [
        ("sha256:abc", "got a sha256 hash of 3 characters, expected 64 hex digits"),
        ("sha256:" + "0" * 65, "got a sha256 hash of 65 characters, expected 64 hex digits"),
        ("sha256:" + "g" * 64, "got 'g' in a sha256 hash, expected hex digits only"),
        ("md5:" + "0" * 64, "got a md5 hash of 64 characters, expected 32 hex digits"),
        ("blake2b:00", "got the hash algorithm 'blake2b', expected one of md5, sha1, sha224, sha256, sha384, sha512"),
        ("SHA256:00", "got the hash algorithm 'SHA256', expected one of md5, sha1, sha224, sha256, sha384, sha512"),
        ("0" * 20, f"got the hash algorithm '{'0' * 20}', expected one of md5, sha1, sha224, sha256, sha384, sha512"),
    ],
)
def test_a_malformed_hash(given: str, what: str) -> None:
    assert refusal(f"six==1.16.0 \\\n    {A} \\\n    --hash={given}\n") == (what, COMPILE, 3, 12)


@pytest.mark.parametrize("option", ["--hash=", "--hash"])
def test_a_hash_option_without_a_value(option: str) -> None:
    assert refusal(f"six==1.16.0 {option}\n") == ("a --hash without a value", COMPILE, 1, 13)


def test_a_malformed_hash_in_the_fragment_of_a_url() -> None:
    reason = "got a sha256 hash of 3 characters, expected 64 hex digits"
    what = f"'six @ https://h/six.whl#sha256=abc' is no requirement: {reason}"
    assert refusal("six @ https://h/six.whl#sha256=abc\n") == (what, ROW, 1, 1)


@pytest.mark.parametrize(
    ("text", "what", "column"),
    [
        ("six==1.16.0 --pre", "got '--pre' after a requirement, expected only --hash options there", 13),
        (f"six==1.16.0 {A} seven", "got 'seven' after a requirement, expected only --hash options there", 92),
    ],
)
def test_something_else_than_a_hash_after_a_requirement(text: str, what: str, column: int) -> None:
    assert refusal(text) == (what, ROW, 1, column)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("six=1.16.0", "Expected semicolon (after name with no version specifier) or end"),
        ("six_==1.16.0", "'six_' is no name of a distribution"),
        ("six ; python < '3'", "Expected a marker variable or quoted string"),
        ("six==1.16.0 ; python < '3'", "Expected a marker variable or quoted string"),
        ("-e ./x y", "expected one URL or path without blanks"),
        ("./x[a b]", "expected one URL or path without blanks"),
        ("./x[a,]", "got the extras [a,], expected names separated by commas"),
        ("https://h/x#egg=a%20b", "got #egg=a%20b, expected the name of a distribution"),
    ],
)
def test_a_line_that_is_no_requirement(text: str, reason: str) -> None:
    assert refusal(text) == (f"{text!r} is no requirement: {reason}", ROW, 1, 1)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("six==1.0 ; " + "(" * 8000, "the marker is nested too deeply"),
        ("six>1 ; " + "(" * 8000, "it is nested too deeply, or a number in it is too long"),
        ("six==" + "9" * 5000, "it is nested too deeply, or a number in it is too long"),
    ],
)
def test_a_requirement_that_would_exhaust_the_parser(text: str, reason: str) -> None:
    assert refusal(text) == (f"'{text[:99]}…' is no requirement: {reason}", ROW, 1, 1)


def test_a_requirement_of_no_plausible_length() -> None:
    what = "got a requirement of 20000 characters, expected at most 16384"
    assert refusal("six" + "x" * 19_997) == (what, ROW, 1, 1)


def test_no_message_shows_a_secret() -> None:
    what, *_ = refusal("six @@ https://user:secret@h/x y\n")
    assert what.startswith("'six @@ https://h/x y' is no requirement: ")


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("--foo", "got the option '--foo', which is not known for a lock"),
        ("--index-url", "--index-url has no value"),
        ("--index-url=", "--index-url has no value"),
        ("--pre=yes", "got the option '--pre=yes', which is not known for a lock"),
        ("--pre -r a.txt", "got the option '-r', which is not known for a lock"),
        ("--pre six==1.16.0", "got 'six==1.16.0' on a line of options, where pip drops it in silence"),
        ("-f 'wheels", "No closing quotation"),
    ],
)
def test_an_option_that_is_not_known_or_not_whole(text: str, what: str) -> None:
    assert refusal(f"six==1.16.0\n{text}\n") == (what, OPTION, 2, 1)


def test_a_nul_byte() -> None:
    assert refusal(b"six==1.16.0\nx\x00") == ("a NUL byte at offset 13; expected a text file", UTF8, 2, 2)


def test_a_byte_that_is_not_utf8() -> None:
    what = "byte 0xE9 at offset 17 is not UTF-8; expected a text file"
    assert refusal("six==1.16.0\n# café".encode("latin-1")) == (what, UTF8, 2, 6)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32"])
def test_text_in_another_unicode_encoding(encoding: str) -> None:
    assert refusal("six==1.16.0\n".encode(encoding)) == (f"got {encoding.upper()} text, expected UTF-8", UTF8, 1, 1)


def test_a_comment_by_which_pip_would_decode_the_file_otherwise() -> None:
    assert refusal("\n# -*- coding: utf-7 -*-\nsix==1.16.0\n") == (
        "a comment declares the encoding utf-7, which pip would obey",
        "delete the coding comment and save the file as UTF-8",
        2,
        1,
    )


@pytest.mark.parametrize(
    ("character", "shown"),
    [("\u2028", "U+2028 (LINE SEPARATOR)"), ("\r", "U+000D"), ("\x0c", "U+000C"), ("\x85", "U+0085")],
)
def test_a_character_behind_which_a_requirement_could_hide(character: str, shown: str) -> None:
    assert refusal(f"six==1.16.0\n# why{character}evil==1.0\n") == (
        f"the control character {shown} ends a line for some readers and not for others",
        "delete the character, or compile the lock again",
        2,
        6,
    )


def test_a_file_that_is_larger_than_any_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "LARGEST_LOCK", 1024)
    assert refusal("#" * 1025) == (
        "got more than 1024 bytes; no lock is that large",
        "name the lock itself, or compile it: pip-compile --generate-hashes -o requirements.lock requirements.in",
        None,
        None,
    )


class Endless(io.RawIOBase):
    """A file without end, which counts what is read of it."""

    def __init__(self) -> None:
        self.served = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        self.served += len(buffer)
        buffer[:] = b"#" * len(buffer)
        return len(buffer)


def test_a_file_without_end_is_refused_before_it_is_read_whole() -> None:
    stream = Endless()
    with pytest.raises(Unreadable, match="no lock is that large"):
        read_lock(io.BufferedReader(stream))
    assert stream.served < reader.LARGEST_LOCK + 1024 * 1024


@pytest.mark.parametrize(
    ("content", "called"),
    [
        ("# This file is @generated by PDM.\n[metadata]\n", "pdm.lock"),
        ('[project]\nname = "pricing"\n', "a TOML file"),
        ('{\n    "_meta": {"hash": {}}\n}', "Pipfile.lock"),
        ("name: pricing\nchannels:\n- a-channel\n", "a YAML file"),
        ("<!DOCTYPE html>\n<html>", "an HTML or XML page"),
    ],
)
def test_another_format_is_called_by_its_name(content: str, called: str) -> None:
    what, fix, line, column = refusal(content)
    assert what.startswith(f"got {called}, a format that is not read; expected one of a requirements file, ")
    assert re.fullmatch(r"write one: .* -o (requirements\.lock requirements\.in|pylock\.toml)", fix)
    assert (line, column) == (1, 1)

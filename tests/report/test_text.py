"""The text report and what it is printed on: a terminal, a log, a file; wide, narrow, in colour or in ASCII."""

from __future__ import annotations

import fcntl
import os
import pty
import struct
import subprocess
import sys
import termios
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from gatekeeper.report.text import render, render_for_terminal
from tests.report.made import HOSTILE, KINDS, SEEN, hostile

Gate = Callable[..., "subprocess.CompletedProcess[str]"]
MakeCandidate = Callable[..., Path]
Parts = dict[str, "str | bytes"]

OPTIONS = ("--profile", "dev", "--check", "version-pinning", "--no-cache")
DIGEST = f"sha256:{SEEN.sha256}"


def joined(text: str) -> str:
    return "".join(text.split())


@pytest.mark.parametrize("width", [1, 5, 20, 30, 40, 80, 200, None])
@pytest.mark.parametrize("kind", KINDS)
def test_no_line_is_wider_than_the_terminal_and_no_digest_is_cut(kind: str, width: int | None) -> None:
    shown = render_for_terminal(KINDS[kind], width=width, encoding="utf-8", colour=False)
    assert width is None or max(len(line) for line in shown.splitlines()) <= width
    assert "…" not in shown
    assert joined(shown).count(DIGEST) == render(KINDS[kind]).count(DIGEST)


@pytest.mark.parametrize("kind", KINDS)
def test_without_a_width_it_is_the_text_of_a_file(kind: str) -> None:
    assert render_for_terminal(KINDS[kind], width=None, encoding="utf-8", colour=False) == render(KINDS[kind])


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "latin-1", "utf-8"])
@pytest.mark.parametrize("text", HOSTILE)
def test_whatever_is_told_the_encoding_can_show_it(text: str, encoding: str) -> None:
    for width in (40, None):
        assert render_for_terminal(hostile(text), width=width, encoding=encoding, colour=False).encode(encoding)


def test_where_there_are_no_symbols_a_status_is_a_word_and_ascii() -> None:
    shown = render_for_terminal(KINDS["unable and failed"], width=None, encoding="cp1252", colour=False)
    assert [line.split()[:2] for line in shown.splitlines() if line[:2] in {"+ ", "x ", "? "}] == [
        ["+", "PASS"],
        ["x", "FAIL"],
    ]


def test_colour_adds_nothing_but_colour() -> None:
    import re

    plain = render_for_terminal(KINDS["fail"], width=60, encoding="utf-8", colour=False)
    coloured = render_for_terminal(KINDS["fail"], width=60, encoding="utf-8", colour=True)
    assert coloured != plain
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == plain


# --- with the real command


def on_terminal(
    arguments: list[str], environment: Mapping[str, str], *, columns: int = 80, stdout: int | None = None
) -> tuple[int, str]:
    """Run the gate with a terminal as its streams; return the exit code and all that it wrote there."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    process = subprocess.Popen(
        [sys.executable, "-I", "-m", "gatekeeper", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=theirs if stdout is None else stdout,
        stderr=theirs,
        env=dict(environment),
    )
    os.close(theirs)
    got = b""
    while True:
        try:
            part = os.read(ours, 65_536)
        except OSError:  # all who had it open have ended
            break
        if not part:
            break
        got += part
    os.close(ours)
    return process.wait(timeout=60), got.decode()


def screen(written: str) -> tuple[list[str], bool]:
    """Return the lines that are left on a terminal, and whether its cursor is shown. It knows what the gate uses."""
    lines, row, column, cursor, index = [""], 0, 0, True, 0
    while index < len(written):
        character = written[index]
        index += 1
        if character == "\r":
            column = 0
        elif character == "\n":
            row += 1
            lines += [""] * (row + 1 - len(lines))
        elif character == "\x1b":
            assert written[index] == "["
            end = index + 1
            while not written[end].isalpha():
                end += 1
            told, final, index = written[index + 1 : end], written[end], end + 1
            if final == "A":
                row = max(row - int(told or 1), 0)
            elif final == "K":
                assert told == "2"
                lines[row] = ""
            elif final in "hl":
                assert told == "?25"
                cursor = final == "h"
            else:
                assert final == "m", final
        else:
            lines[row] = lines[row].ljust(column)[:column] + character + lines[row][column + 1 :]
            column += 1
    return [line.rstrip() for line in lines], cursor


@pytest.fixture
def terminal(environment: dict[str, str]) -> dict[str, str]:
    """Return the environment of a person at a terminal, and of no CI."""
    return {name: value for name, value in environment.items() if name != "CI"} | {"TERM": "xterm-256color"}


def test_the_live_view_leaves_nothing_behind(
    candidate: MakeCandidate, parts: Parts, terminal: dict[str, str], gate: Gate
) -> None:
    root = candidate(parts)
    code, written = on_terminal(["run", str(root), "--profile", "dev", "--no-cache"], terminal, columns=200)
    shown, cursor = screen(written)
    assert code == 0
    assert cursor
    view = written[: written.index("\x1b[?25h")]
    assert "0 of 8 checks" in view
    assert "8 of 8 checks" in view
    assert "version-pinning" in view
    assert "version-pinning" not in view.rpartition("8 of 8 checks")[2]
    plain = gate("run", root, "--profile", "dev", "--no-cache").stdout
    assert joined("\n".join(shown)) == joined(plain)
    assert shown[0] == plain.splitlines()[0]


def test_the_live_view_never_reaches_standard_output(
    candidate: MakeCandidate, parts: Parts, terminal: dict[str, str], tmp_path: Path
) -> None:
    with (tmp_path / "out").open("wb") as out:
        options = ["--profile", "dev", "--no-cache"]
        code, written = on_terminal(["run", str(candidate(parts)), *options], terminal, stdout=out.fileno())
    assert code == 0
    assert "\x1b" not in (tmp_path / "out").read_text()
    assert (tmp_path / "out").read_text().splitlines()[-1].startswith("PASS: ")
    assert "8 of 8 checks" in written
    shown, cursor = screen(written)
    assert cursor
    assert "".join(shown) == ""


@pytest.mark.parametrize("more", [{"TERM": "dumb"}, {"CI": "true"}], ids=["dumb", "ci"])
def test_there_is_no_live_view_where_nobody_watches(
    more: dict[str, str], candidate: MakeCandidate, parts: Parts, terminal: dict[str, str]
) -> None:
    _, written = on_terminal(["run", str(candidate(parts)), *OPTIONS], {**terminal, **more})
    assert "\x1b[2K" not in written
    assert "\x1b[?25l" not in written


def test_a_report_that_is_no_text_has_no_live_view(
    candidate: MakeCandidate, parts: Parts, terminal: dict[str, str]
) -> None:
    _, written = on_terminal(["run", str(candidate(parts)), *OPTIONS, "--report", "json"], terminal)
    assert "\x1b" not in written


def test_a_terminal_of_thirty_columns_shows_whole_digests(
    candidate: MakeCandidate, parts: Parts, terminal: dict[str, str], gate: Gate
) -> None:
    root = candidate(parts)
    _, written = on_terminal(["run", str(root), *OPTIONS], {**terminal, "TERM": "dumb"}, columns=30)
    digests = [word for word in gate("run", root, *OPTIONS).stdout.split() if word.startswith("sha256:")]
    assert digests
    assert all(each in joined(written) for each in digests)
    assert max(len(line) for line in written.splitlines()) <= 30


@pytest.mark.parametrize(
    ("more", "coloured"),
    [
        ({}, True),
        ({"NO_COLOR": "1"}, False),
        ({"NO_COLOR": ""}, True),
        ({"NO_COLOR": "1", "FORCE_COLOR": "1"}, False),
        ({"TERM": "dumb"}, False),
        ({"TERM": "dumb", "FORCE_COLOR": "1"}, True),
    ],
)
def test_colours_on_a_terminal(
    more: dict[str, str], *, coloured: bool, candidate: MakeCandidate, parts: Parts, terminal: dict[str, str]
) -> None:
    _, written = on_terminal(["run", str(candidate(parts)), *OPTIONS], {**terminal, **more})
    assert ("\x1b[1;32m" in written) is coloured


@pytest.mark.parametrize(
    ("more", "coloured"),
    [
        ({}, False),
        ({"FORCE_COLOR": "1"}, True),
        ({"FORCE_COLOR": ""}, False),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
    ],
)
def test_colours_without_a_terminal(
    more: dict[str, str], *, coloured: bool, gate: Gate, candidate: MakeCandidate, parts: Parts
) -> None:
    assert ("\x1b[" in gate("run", candidate(parts), *OPTIONS, env=more).stdout) is coloured


@pytest.mark.parametrize("more", [{}, {"GITHUB_ACTIONS": "true"}, {"FORCE_COLOR": "1"}])
def test_without_a_terminal_each_check_is_one_line(
    more: dict[str, str], gate: Gate, candidate: MakeCandidate, parts: Parts
) -> None:
    lines = gate("run", candidate(parts), *OPTIONS, env=more).stdout.splitlines()
    assert max(len(line) for line in lines) > 100
    assert len([line for line in lines if "PASS" in line and "version-pinning" in line]) == 1
    assert lines[-1].endswith(".")


def test_columns_fold_a_pipe_where_colours_are_forced_and_only_there(
    gate: Gate, candidate: MakeCandidate, parts: Parts
) -> None:
    forced = {"COLUMNS": "50", "FORCE_COLOR": "1", "NO_COLOR": "1"}
    assert max(map(len, gate("run", candidate(parts), *OPTIONS, env=forced).stdout.splitlines())) <= 50
    assert max(map(len, gate("run", candidate(parts), *OPTIONS, env={"COLUMNS": "50"}).stdout.splitlines())) > 100


def test_a_terminal_in_github_actions_folds_nothing(
    candidate: MakeCandidate, parts: Parts, terminal: dict[str, str]
) -> None:
    more = {"GITHUB_ACTIONS": "true", "CI": "true"}
    _, written = on_terminal(["run", str(candidate(parts)), *OPTIONS], {**terminal, **more}, columns=40)
    assert max(len(line) for line in written.splitlines()) > 100


def test_a_locale_without_symbols_gets_ascii_in_a_pipe_too(gate: Gate, candidate: MakeCandidate, parts: Parts) -> None:
    # LC_ALL keeps Python from putting a UTF-8 locale in the place of this one, and the option from ignoring it.
    command = [sys.executable, "-I", "-X", "utf8=0", "-m", "gatekeeper"]
    done = gate("run", candidate(parts), *OPTIONS, command=command, env={"LC_ALL": "C"})
    assert done.returncode == 0
    assert "+ PASS      version-pinning" in done.stdout
    assert done.stdout.isascii()

"""Completion in real shells, which ask a command of their own: no variable makes any other command a completion."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import Gate

SHELLS = ("bash", "zsh", "fish")
COMMAND = Path(sys.executable).with_name("gatekeeper")


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the scripts, with the real command as `bin/gatekeeper`, and with some files in `work`."""
    folder = tmp_path_factory.mktemp("shell")
    (folder / "bin").mkdir()
    (folder / "bin" / "gatekeeper").symlink_to(COMMAND)
    for each in SHELLS:
        (folder / each).write_bytes(
            subprocess.run([COMMAND, "completion", each], capture_output=True, check=True).stdout
        )
    (folder / "work").mkdir()
    (folder / "work" / "model.pkl").touch()
    return folder


def ask(program: str, line: str, folder: Path) -> list[str]:
    """Return what a shell would offer for the last word of a line."""
    words = line.split(" ")
    script = {
        "bash": """
            source "$1"; shift
            COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
            compopt() { printf '%s\\n' "files: $2"; }
            _gatekeeper "$1" "${!#}"; printf '%s\\n' "${COMPREPLY[@]}"
        """,
        "zsh": """
            compdef() { complete=$1 }
            compadd() { shift; print -l -- $@ }
            _files() { print -- "files: $1" }
            source $1; shift
            words=("$@"); CURRENT=$#
            $complete
        """,
        "fish": "source $argv[1]; complete -C (string join ' ' -- $argv[2..-1])",
    }[program]
    options = {
        "bash": ["--norc", "-c", script, "bash"],
        "zsh": ["-f", "-c", script, "zsh"],
        "fish": ["-N", "-c", script],
    }
    done = subprocess.run(
        [program, *options[program], folder / program, *words],
        env={"PATH": f"{folder / 'bin'}:{os.defpath}", "HOME": str(folder), "LANG": "C.UTF-8"},
        cwd=folder / "work",
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr == ""
    return done.stdout.splitlines()


@pytest.fixture(params=SHELLS)
def program(request: pytest.FixtureRequest) -> str:
    name = str(request.param)
    if shutil.which(name) is None:
        pytest.skip(f"{name} is not installed")
    return name


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("gatekeeper ma", ["manifest"]),
        ("gatekeeper run --prof", ["--profile"]),
        ("gatekeeper run --profile re", ["release"]),
        ("gatekeeper run --report sar", ["sarif"]),
        ("gatekeeper env comp", ["compare"]),
        ("gatekeeper run --prox", []),
    ],
)
def test_a_shell_offers_commands_options_and_their_values(
    line: str, offered: list[str], program: str, shell: Path
) -> None:
    # fish adds the line of help of an option after a tab.
    assert [each for each in ask(program, line, shell) if each] == offered


def test_a_shell_offers_its_files_where_a_path_is_wanted(program: str, shell: Path) -> None:
    offered = ask(program, "gatekeeper inspect mod", shell)
    assert offered[:1] in (["files: default"], ["files: "], ["model.pkl"])


@pytest.mark.parametrize("shell_name", SHELLS)
def test_a_script_is_one_that_the_shell_can_read(shell_name: str, shell: Path) -> None:
    if shutil.which(shell_name) is None:
        pytest.skip(f"{shell_name} is not installed")
    assert subprocess.run([shell_name, "-n", shell / shell_name], capture_output=True, check=True).stderr == b""


@pytest.mark.parametrize("words", [["run", "--help", ""], ["--version", ""], ["init", "--force", ""]])
def test_asking_for_a_completion_carries_out_nothing(words: list[str], gate: Gate, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    done = gate("completion", "--answer", str(len(words)), "--", *words, cwd=folder)
    assert done.returncode == 0
    assert "Usage" not in done.stdout
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("number", ["0", "99"])
def test_a_word_that_is_not_there_is_completed_by_nothing_wrong(number: str, gate: Gate) -> None:
    assert gate("completion", "--answer", number).returncode == 0


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ([], "completion of no shell\n  fix: name one of: bash, zsh, fish"),
        (["tcsh"], "there is no completion for 'tcsh'\n  fix: name one of: bash, zsh, fish"),
        (["bash", "zsh"], "completion takes one shell"),
    ],
)
def test_another_shell_is_a_wrong_command_line(arguments: list[str], told: str, gate: Gate) -> None:
    done = gate("completion", *arguments)
    assert done.returncode == 2
    assert told in done.stderr


@pytest.mark.parametrize("variable", ["_GATEKEEPER_COMPLETE", "GATEKEEPER_COMPLETE"])
def test_no_variable_makes_a_run_a_completion(variable: str, gate: Gate) -> None:
    done = gate("run", "nowhere", env={variable: "bash_source", "COMP_WORDS": "gatekeeper run", "COMP_CWORD": "1"})
    assert done.returncode == 2
    assert "nowhere: no such folder" in done.stderr

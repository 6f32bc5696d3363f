"""Whatever is thrown at the gate: a clear message, what to do, no traceback, and never a green light."""

from __future__ import annotations

import ctypes
import errno
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from gatekeeper_checks._samples import SIX, estimators

Gate = Callable[..., "subprocess.CompletedProcess[str]"]
MakeCandidate = Callable[..., Path]
Parts = dict[str, "str | bytes"]

HEAD = "schema: gatekeeper/candidate@1\nname: pricing\n"


def last_line(done: subprocess.CompletedProcess[str]) -> str:
    return done.stdout.splitlines()[-1]


# --- the candidate's folder


def test_no_such_folder(gate: Gate, tmp_path: Path) -> None:
    done = gate("run", tmp_path / "nowhere", "--profile", "dev")
    assert done.returncode == 2
    assert "nowhere: no such folder\n  fix: give the folder of a release candidate" in done.stderr


def test_a_file_in_place_of_the_folder(gate: Gate, candidate: MakeCandidate, parts: Parts) -> None:
    root = candidate(parts)
    done = gate("run", root / "model.pkl", "--profile", "dev")
    assert done.returncode == 2
    assert "model.pkl is a file, expected a folder" in done.stderr
    assert f"fix: give its folder: gatekeeper run {root}" in done.stderr


def test_an_empty_folder_fails_with_every_box_unticked(gate: Gate, candidate: MakeCandidate) -> None:
    done = gate("run", candidate({}), "--profile", "dev")
    assert done.returncode == 1
    assert done.stdout.count("[ ] ") == 8
    assert "[x] " not in done.stdout
    assert "fix: write one from it: gatekeeper init" in done.stdout
    assert last_line(done).startswith("FAIL: ")


def test_a_folder_without_a_policy_never_passes(gate: Gate, candidate: MakeCandidate, parts: Parts) -> None:
    del parts["gatekeeper.yaml"]
    done = gate("run", candidate(parts), "--profile", "dev")
    assert done.returncode == 1
    assert "[x] model artifact: model.pkl" in done.stdout
    assert "candidate-declaration/no-policy" in done.stdout


# --- the policy's file


@pytest.mark.parametrize(
    ("policy", "what", "fix"),
    [
        (b"", "1:1: the file is empty", "start with `schema:` and `name:`"),
        (b"# nothing yet\n", "1:1: the file is empty", "start with `schema:` and `name:`"),
        (b"schema: [\n", "2:1: not YAML", "something is not closed"),
        (b"name: a\n\tschema: b\n", "2:1: not YAML", "indent with spaces"),
        (b"name: \xe9t\xe9\n", "1:7: byte 0xe9 is not UTF-8", "save the file as UTF-8"),
        (HEAD.encode("utf-16"), "1:1: byte 0xff is not UTF-8", "save the file as UTF-8"),
        (b"#" * 10_000_000, "expected at most 262,144", "keep data out of this file"),
        (HEAD.encode() + b'version: "a\0b"\n', "3:1: character U+0000 is not allowed", "remove it"),
        (HEAD.encode() + b"---\n" + HEAD.encode(), "3:1: not YAML: but found another document", "look at: ---"),
        (HEAD.encode() + b"checks: " + b"[" * 5000, "1:1: nested too deeply", "flatten it"),
        (HEAD.encode() + b"checks: {a: {b: " + b"[" * 300 + b"]" * 300 + b"}}", "nested too deeply", "flatten it"),
        (b"- schema\n", "1:1: got a list, expected keys and values", "start with `schema:`"),
        (HEAD.encode() + b"artefacts: [m.pkl]\n", "3:1: unknown key 'artefacts'", "did you mean 'artifacts'?"),
        (HEAD.encode() + b"name: again\n", "3:1: duplicate key 'name'; it stands in line 2", "keep one of them"),
        (HEAD.encode() + b"version: 2.10\n", "3:10: version: 2.10 is read as a number", 'write: "2.10"'),
        (HEAD.encode() + b"version: yes\n", "3:10: version: yes is read as a truth value", 'write: "yes"'),
        (b"schema: gatekeeper/candidate@2\nname: a\n", "1:9: schema: got", "write: gatekeeper/candidate@1"),
        (b"name: a\n", "'schema' is missing", "add `schema:`"),
        (HEAD.encode() + b"checks: {version-pining: {}}\n", "no check 'version-pining'", "'version-pinning'?"),
        (HEAD.encode() + b"checks: {version-pinning: {tmeout: 1}}\n", "no option 'tmeout'", "mean 'timeout'?"),
        (HEAD.encode() + b"checks: {version-pinning: {timeout: 0}}\n", "expected more than 0", "raise it"),
        (HEAD.encode() + b"checks: {version-pinning: {timeout: .nan}}\n", "got '.nan', expected a number", "decimal"),
        (HEAD.encode() + b"version: !!python/name:os.system x\n", "the tag", "write plain text"),
        (HEAD.encode() + b"plugins: [nowhere]\n", "3:11: plug-in 'nowhere' is not installed", "install"),
    ],
)
def test_a_wrong_policy_is_refused_with_its_place_and_the_fix(
    policy: bytes, what: str, fix: str, gate: Gate, candidate: MakeCandidate
) -> None:
    done = gate("run", candidate({"gatekeeper.yaml": policy, "model.pkl": estimators("1.3.0")}), "--profile", "dev")
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("gatekeeper.yaml:")
    assert what in done.stderr
    assert fix in done.stderr
    assert done.stderr.splitlines()[-1] == "gatekeeper: nothing was judged: 1 error in gatekeeper.yaml (exit code 2)."


def test_all_errors_of_a_policy_are_told_at_once(gate: Gate, candidate: MakeCandidate) -> None:
    done = gate(
        "run", candidate({"gatekeeper.yaml": "nme: a\nversion: 1.0\nartifacts: model.pkl\n"}), "--profile", "dev"
    )
    assert done.returncode == 2
    assert done.stderr.count("  fix: ") == 5
    assert "5 errors in gatekeeper.yaml" in done.stderr


@pytest.mark.parametrize("prefix", [b"\xef\xbb\xbf", b""])
@pytest.mark.parametrize("newline", [b"\n", b"\r\n"])
def test_a_byte_order_mark_and_windows_lines_are_read(
    prefix: bytes, newline: bytes, gate: Gate, candidate: MakeCandidate, parts: Parts
) -> None:
    policy = str(parts["gatekeeper.yaml"]).encode().replace(b"\n", newline)
    done = gate("run", candidate({**parts, "gatekeeper.yaml": prefix + policy}), "--profile", "dev")
    assert done.returncode == 0


def test_an_alias_bomb_is_refused_and_not_expanded(gate: Gate, candidate: MakeCandidate) -> None:
    levels = "".join(f"    a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]\n" for i in range(1, 30))
    policy = f"{HEAD}checks:\n  version-pinning:\n    a0: &a0 [lol]\n{levels}"
    done = gate("run", candidate({"gatekeeper.yaml": policy}), "--profile", "dev")
    assert done.returncode == 2
    assert "an alias (`*name`); expected the value itself" in done.stderr
    assert len(done.stderr) < 20_000


def test_thousands_of_errors_are_counted_and_not_printed(gate: Gate, candidate: MakeCandidate) -> None:
    done = gate(
        "run", candidate({"gatekeeper.yaml": HEAD + "".join(f"k{i}: 1\n" for i in range(2000))}), "--profile", "dev"
    )
    assert done.returncode == 2
    assert "... and 1950 more\n" in done.stderr
    assert "2000 errors in gatekeeper.yaml" in done.stderr


def test_a_value_of_thousands_of_digits_is_cut_in_the_message(gate: Gate, candidate: MakeCandidate) -> None:
    policy = f"{HEAD}checks: {{version-pinning: {{timeout: {'9' * 5000}}}}}\n"
    done = gate("run", candidate({"gatekeeper.yaml": policy}), "--profile", "dev")
    assert done.returncode == 2
    assert max(map(len, done.stderr.splitlines())) < 600


@pytest.mark.parametrize("limit", ["memory: 99999999999999999999", "memory: 99999999999999", "timeout: 1.0e+300"])
def test_limits_beyond_what_the_kernel_knows_are_as_good_as_none(
    limit: str, gate: Gate, candidate: MakeCandidate, parts: Parts
) -> None:
    root = candidate(
        {**parts, "gatekeeper.yaml": f"{parts['gatekeeper.yaml']!s}checks: {{version-pinning: {{{limit}}}}}"}
    )
    assert gate("run", root, "--profile", "dev").returncode == 0


def test_a_memory_limit_that_is_too_low_leaves_the_gate_undecided(
    gate: Gate, candidate: MakeCandidate, parts: Parts
) -> None:
    # 16 MB of comments: more than a process that was just forked has to spare.
    lock = f"{parts['production.lock']!s}\n" + "# nothing\n" * 1_600_000
    text = f"{parts['gatekeeper.yaml']!s}checks: {{version-pinning: {{memory: 1}}}}"
    root = candidate({**parts, "gatekeeper.yaml": text, "production.lock": lock})
    done = gate("run", root, "--check", "version-pinning")
    assert done.returncode == 3
    assert "could not decide: version-pinning" in last_line(done)


def test_a_policy_that_is_a_directory(gate: Gate, candidate: MakeCandidate) -> None:
    root = candidate({"gatekeeper.yaml/x": ""})
    done = gate("run", root, "--profile", "dev")
    assert done.returncode == 2
    assert "gatekeeper.yaml: is a directory, expected a file" in done.stderr


def test_a_policy_that_is_a_pipe_does_not_hang(gate: Gate, candidate: MakeCandidate) -> None:
    root = candidate({})
    os.mkfifo(root / "gatekeeper.yaml")
    done = gate("run", root, "--profile", "dev", timeout=20)
    assert done.returncode == 2
    assert "gatekeeper.yaml: " in done.stderr


def test_a_policy_that_is_a_link_to_nowhere(gate: Gate, candidate: MakeCandidate) -> None:
    done = gate("run", candidate({}, links={"gatekeeper.yaml": "nowhere.yaml"}), "--profile", "dev")
    assert done.returncode == 2
    assert "gatekeeper.yaml: doesn't exist" in done.stderr


def test_a_config_that_does_not_exist(gate: Gate, candidate: MakeCandidate, parts: Parts) -> None:
    done = gate("run", candidate(parts), "--config", "nowhere.yaml")
    assert done.returncode == 2
    assert "nowhere.yaml: doesn't exist" in done.stderr


# --- paths that leave the folder


@pytest.mark.parametrize("path", ["../model.pkl", "a/../../model.pkl", "/etc/hostname", "outside.pkl", "out/model.pkl"])
def test_a_path_that_leaves_the_folder_is_refused(
    path: str, gate: Gate, candidate: MakeCandidate, tmp_path: Path
) -> None:
    (tmp_path / "model.pkl").write_bytes(estimators("1.3.0"))
    root = candidate(
        {"gatekeeper.yaml": f"{HEAD}artifacts: [{path}]\n"}, links={"outside.pkl": "../model.pkl", "out": ".."}
    )
    done = gate("run", root, "--profile", "dev")
    assert done.returncode == 2
    assert f"gatekeeper.yaml:3:13: artifacts[0]: {path!r} " in done.stderr
    assert "leaves the candidate's folder" in done.stderr or "is absolute" in done.stderr


def test_a_path_that_is_none_is_refused(gate: Gate, candidate: MakeCandidate) -> None:
    done = gate("run", candidate({"gatekeeper.yaml": f'{HEAD}artifacts: ["a\\0b"]\n'}), "--profile", "dev")
    assert done.returncode == 2
    assert "is no path\n  fix: write it without control characters" in done.stderr


def test_a_path_with_backslashes_is_one_odd_name_and_the_fix_says_so(gate: Gate, candidate: MakeCandidate) -> None:
    done = gate(
        "run", candidate({"gatekeeper.yaml": f"{HEAD}artifacts: ['models\\model.pkl']\n"}), "--check", "version-pinning"
    )
    assert "doesn't exist" in done.stdout
    assert "fix: write it with `/`" in done.stdout


def test_a_path_longer_than_any_file_system_allows(gate: Gate, candidate: MakeCandidate) -> None:
    done = gate("run", candidate({"gatekeeper.yaml": f"{HEAD}artifacts: [{'a' * 5000}]\n"}), "--profile", "dev")
    assert done.returncode in {1, 2, 3}
    assert "File name too long" in done.stdout + done.stderr


def test_an_undeclared_link_out_of_the_folder_is_a_finding(gate: Gate, candidate: MakeCandidate, parts: Parts) -> None:
    done = gate("run", candidate(parts, links={"features.csv": "/etc/hostname"}), "--profile", "dev")
    assert done.returncode == 1
    assert "candidate-declaration/stray-link  features.csv" in done.stdout


def test_a_loop_of_links_is_a_finding(gate: Gate, candidate: MakeCandidate, parts: Parts) -> None:
    done = gate("run", candidate(parts, links={"a": "b", "b": "a"}), "--profile", "dev")
    assert done.returncode == 1
    assert done.stdout.count("candidate-declaration/stray-link") == 2


def test_an_artifact_that_is_a_loop_of_links(gate: Gate, candidate: MakeCandidate, parts: Parts) -> None:
    del parts["model.pkl"]
    done = gate("run", candidate(parts, links={"model.pkl": "other.pkl", "other.pkl": "model.pkl"}), "--profile", "dev")
    assert done.returncode in {1, 2}
    assert "model.pkl" in done.stdout + done.stderr


# --- locks and artifacts that can't be judged: never green, and the check says what stood in its way


@pytest.mark.parametrize(
    ("change", "code", "said"),
    [
        ({"production.lock": None}, 3, "production.lock doesn't exist"),
        ({"production.lock": b""}, 3, "production.lock is empty (0 bytes)"),
        ({"production.lock": "# nothing\n"}, 1, "empty-lock"),
        ({"production.lock": b"\x00\x01\x02\xff" * 100}, 3, "production.lock"),
        ({"production.lock": "six=1.16.0 or so\n"}, 3, "production.lock:1"),
        ({"model.pkl": None}, 3, "model.pkl doesn't exist"),
        ({"model.pkl": b""}, 3, "model.pkl is empty (0 bytes)"),
        ({"model.pkl": estimators("1.3.0")[:-30]}, 1, "truncated"),
        ({"model.pkl": b"this is no model\n"}, 3, "model.pkl"),
        ({"model.pkl": bytes(1000)}, 3, "model.pkl"),
        ({"model.pkl": None, "model.pkl/part": "x"}, 3, "model.pkl is a directory, expected a file"),
    ],
    ids=lambda value: None if isinstance(value, int) else str(value)[:40],
)
def test_a_part_that_cannot_be_judged(
    change: Mapping[str, str | bytes | None],
    code: int,
    said: str,
    gate: Gate,
    candidate: MakeCandidate,
    parts: Parts,
) -> None:
    changed = {name: content for name, content in {**parts, **change}.items() if content is not None}
    done = gate("run", candidate(changed), "--profile", "dev")
    assert done.returncode == code
    assert said in done.stdout
    assert "fix: " in done.stdout
    assert last_line(done).startswith("FAIL: " if code == 1 else "UNDECIDED: ")


def test_a_misspelt_artifact_is_named(gate: Gate, candidate: MakeCandidate, parts: Parts) -> None:
    parts["model1.pkl"] = parts.pop("model.pkl")
    done = gate("run", candidate(parts), "--profile", "dev")
    assert done.returncode == 1
    assert "model.pkl doesn't exist\n      fix: did you mean 'model1.pkl'?" in done.stdout


def test_an_artifact_that_is_a_pipe_does_not_hang(gate: Gate, candidate: MakeCandidate, parts: Parts) -> None:
    del parts["model.pkl"]
    root = candidate(parts)
    os.mkfifo(root / "model.pkl")
    done = gate("run", root, "--profile", "dev", timeout=20)
    assert done.returncode == 3
    assert "model.pkl is no regular file (a pipe, a device or a socket)" in done.stdout


@pytest.mark.parametrize("device", ["/dev/zero", "/dev/null", "/proc/self/mem"])
def test_an_artifact_that_is_a_link_to_a_device(
    device: str, gate: Gate, candidate: MakeCandidate, parts: Parts
) -> None:
    del parts["model.pkl"]
    done = gate("run", candidate(parts, links={"model.pkl": device}), "--profile", "dev", timeout=20)
    assert done.returncode == 2
    assert "'model.pkl' leaves the candidate's folder (through a symbolic link)" in done.stderr


@pytest.fixture
def no_override() -> Callable[[], None] | None:
    """Return what makes a child heed file modes although root runs the tests: it gives up the two capabilities.

    Dropped from the bounding set, they are not regained at exec. Another user id would be no help where the
    interpreter lies in a private home.
    """
    if os.geteuid() != 0:
        return None
    libc = ctypes.CDLL(None, use_errno=True)

    def drop() -> None:
        for capability in (1, 2):  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH
            if libc.prctl(24, capability, 0, 0, 0) != 0:  # PR_CAPBSET_DROP
                raise OSError(ctypes.get_errno(), errno.errorcode[ctypes.get_errno()])

    return drop


@pytest.fixture
def sealed(candidate: MakeCandidate, parts: Parts) -> Iterator[Callable[[str], Path]]:
    """Return what writes a candidate in which one path may not be read."""
    closed: list[Path] = []

    def make(path: str) -> Path:
        root = candidate({**parts, "serving/app.py": ""})
        (root / path).chmod(0)
        closed.append(root / path)
        return root

    yield make
    for each in closed:
        each.chmod(0o755)


@pytest.mark.parametrize(
    ("path", "code"), [("model.pkl", 3), ("production.lock", 3), ("serving", 3), ("serving/app.py", 3)]
)
def test_what_may_not_be_read_leaves_the_gate_undecided(
    path: str, code: int, gate: Gate, sealed: Callable[[str], Path], no_override: Callable[[], None] | None
) -> None:
    done = gate("run", sealed(path), "--profile", "dev", preexec_fn=no_override)
    assert done.returncode == code
    assert path in done.stdout
    assert "Permission denied" in done.stdout


@pytest.mark.parametrize("path", ["gatekeeper.yaml", "."])
def test_a_policy_that_may_not_be_read_stops_the_run(
    path: str, gate: Gate, sealed: Callable[[str], Path], no_override: Callable[[], None] | None
) -> None:
    done = gate("run", sealed(path), "--profile", "dev", preexec_fn=no_override)
    assert done.returncode in {2, 3}
    assert "ermission denied" in done.stderr or "is not readable" in done.stderr


def test_a_folder_without_a_policy_that_may_not_be_listed(
    gate: Gate, candidate: MakeCandidate, no_override: Callable[[], None] | None
) -> None:
    root = candidate({"part/model.pkl": estimators("1.3.0")})
    (root / "part").chmod(0)
    try:
        done = gate("run", root, "--profile", "dev", preexec_fn=no_override)
    finally:
        (root / "part").chmod(0o755)
    assert done.returncode == 3
    assert "Permission denied" in done.stderr


def test_an_artifact_that_changes_while_it_is_read(gate: Gate, candidate: MakeCandidate, parts: Parts) -> None:
    root = candidate({**parts, "model.pkl": estimators("1.3.0")[:-1] + _padding(64 << 20) + b"."})
    stop = threading.Event()

    def touch() -> None:
        while not stop.is_set():
            os.utime(root / "model.pkl")

    writer = threading.Thread(target=touch)
    writer.start()
    try:
        done = gate("run", root, "--profile", "dev")
    finally:
        stop.set()
        writer.join()
    assert done.returncode == 3
    assert "model.pkl changed while it was read" in done.stdout


def _padding(size: int) -> bytes:
    """Return opcodes that push `size` bytes and take them off the stack again: BINBYTES8 and POP."""
    return b"\x8e" + size.to_bytes(8, "little") + bytes(size) + b"0"


# --- names that would repaint the terminal

HOSTILE = ("\x1b[2J\x1b[32mPASS", "\x9b32mPASS", "\u202eSSAP", "\rPASS: all is well", "two\nlines", "\u2028")


@pytest.mark.parametrize("more", [{}, {"FORCE_COLOR": "1"}, {"FORCE_COLOR": "1", "COLUMNS": "40"}])
@pytest.mark.parametrize("report", ["text", "json"])
@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_name_reaches_no_terminal_unescaped(
    name: str, report: str, more: dict[str, str], gate: Gate, candidate: MakeCandidate, parts: Parts
) -> None:
    done = gate(
        "run",
        candidate({**parts, f"{name}.pkl": estimators("1.3.0")}),
        "--report",
        report,
        "--profile",
        "dev",
        env=more,
    )
    assert done.returncode == 1
    for character in name:
        if not (character.isprintable() or character == "\n"):
            assert f"{character}[2J" not in done.stdout + done.stderr
            assert character == "\x1b" or character not in done.stdout + done.stderr
    assert "\nPASS" not in done.stdout
    assert "\nlines" not in done.stdout


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_folder_and_candidate_name_reaches_no_terminal_unescaped(
    name: str, gate: Gate, candidate: MakeCandidate, parts: Parts
) -> None:
    policy = str(parts["gatekeeper.yaml"]).replace("name: pricing", f"name: {json.dumps(name)}")
    root = candidate({**parts, "gatekeeper.yaml": policy}, name=name)
    for report in ("text", "json"):
        done = gate("run", root, "--report", report, "--profile", "dev")
        assert done.returncode == 0
        assert not any(each in done.stdout + done.stderr for each in "\x1b\x9b\u202e\r\u2028")


@pytest.mark.parametrize("report", ["text", "json"])
def test_a_file_name_that_is_not_utf_8_leaves_the_gate_undecided(
    report: str, gate: Gate, candidate: MakeCandidate, parts: Parts
) -> None:
    root = candidate(parts)
    (root / os.fsdecode(b"m\xff.pkl")).write_bytes(estimators("1.3.0"))
    done = gate("run", root, "--report", report, "--profile", "dev")
    assert done.returncode == 3
    assert "the file's name is not UTF-8" in done.stdout
    assert "\udcff" not in done.stdout + done.stderr


def test_a_folder_whose_name_is_not_utf_8_is_judged(gate: Gate, candidate: MakeCandidate, parts: Parts) -> None:
    done = gate("run", candidate(parts, name=os.fsdecode(b"\xe9t\xe9")), "--report", "json", "--profile", "dev")
    assert done.returncode == 0
    assert json.loads(done.stdout)["run"]["folder"].endswith("/\\udce9t\\udce9")


@pytest.mark.parametrize("report", ["text", "json"])
def test_a_name_that_no_encoding_has_is_refused(report: str, gate: Gate, candidate: MakeCandidate) -> None:
    """YAML can write half a character, a lone surrogate."""
    policy = 'schema: gatekeeper/candidate@1\nname: "\\ud800"\n'
    done = gate("run", candidate({"gatekeeper.yaml": policy}), "--report", report, "--profile", "dev")
    assert done.returncode in {1, 2}
    assert "\ud800" not in done.stdout + done.stderr


# --- the command line


@pytest.mark.parametrize(
    ("args", "what"),
    [
        (["--check", "version-pining"], "there is no check 'version-pining'\n  fix: did you mean 'version-pinning'?"),
        (["--report", "jsno"], "there is no format 'jsno'\n  fix: did you mean 'json'?"),
        (["--report", "json="], "'nothing' can't be written"),
        (["--report", "json=nowhere/report.json"], "can't be written\n  fix: name a file in a folder that exists"),
        (["--report", "json=."], "can't be written"),
        (["--report", "json", "--report", "text"], "two reports for standard output"),
        (["--report", "json", "--report", "json"], "two reports for standard output"),
        (["--report", "json=a", "--report", "text=./a"], "two reports for"),
        (["--profile", "prod"], "there is no profile 'prod'\n  fix: one of: ci, dev, release"),
        (["--python", "/nowhere/python"], "--python: /nowhere/python is no interpreter"),
        (["--python", "model.pkl"], "--python: model.pkl is no interpreter"),
        (["--python", "."], "--python: . is no interpreter"),
        (["--jobs", "0"], "0 is not in the range x>=1"),
        (["--jobs", "many"], "'many' is not a valid integer"),
        (["--fast"], "No such option"),
        (["one", "two"], "unexpected extra argument"),
    ],
)
def test_a_wrong_command_line_is_refused(
    args: list[str], what: str, gate: Gate, candidate: MakeCandidate, parts: Parts
) -> None:
    root = candidate(parts)
    done = gate("run", *args, cwd=root)
    assert done.returncode == 2
    assert what in done.stderr
    assert done.stdout == ""
    assert {each.name for each in root.iterdir()} == set(parts)


def test_an_unknown_command_is_refused_with_the_one_that_was_meant(gate: Gate) -> None:
    done = gate("rnu")
    assert done.returncode == 2
    assert "no such command 'rnu'; did you mean 'run'?" in done.stderr


def test_a_variable_for_shell_completion_does_not_turn_a_run_green(gate: Gate, candidate: MakeCandidate) -> None:
    for instruction in ("bash_source", "zsh_complete"):
        done = gate(
            "run",
            candidate({}),
            "--profile",
            "dev",
            env={"_GATEKEEPER_COMPLETE": instruction, "COMP_WORDS": "", "COMP_CWORD": "0"},
        )
        assert done.returncode == 1


def test_a_selection_is_partial_and_says_so(gate: Gate, candidate: MakeCandidate, parts: Parts) -> None:
    done = gate("run", candidate(parts), "--check", "version-pinning", "--profile", "release")
    assert done.returncode == 0
    assert "partial, not run: candidate-declaration, artifact-integrity, environment-parity" in last_line(done)
    assert "only a whole run can be signed off" in last_line(done)


# --- where the output goes


def test_a_read_only_working_directory(
    gate: Gate, candidate: MakeCandidate, parts: Parts, no_override: Callable[[], None] | None
) -> None:
    root = candidate(parts)
    root.chmod(0o555)
    try:
        done = gate("run", "--profile", "dev", cwd=root, preexec_fn=no_override)
        refused = gate("run", "--report", "json=report.json", "--profile", "dev", cwd=root, preexec_fn=no_override)
        init = gate("init", "--force", cwd=root, preexec_fn=no_override)
    finally:
        root.chmod(0o755)
    assert done.returncode == 0
    for each in (refused, init):
        assert each.returncode == 2
        assert "can't be written: Permission denied\n  fix: check the folder, its mode" in each.stderr


WAYS = {"closed": "{} >&-", "full": "{} > /dev/full"}


@pytest.mark.parametrize(
    "args",
    ["run .", "run . --report json", "run . --report json=report.json", "list", "--help", "--version", "init -h"],
)
@pytest.mark.parametrize("way", ["closed", "full"])
def test_an_answer_that_cannot_be_delivered_is_none(
    way: str, args: str, gate: Gate, candidate: MakeCandidate, parts: Parts
) -> None:
    root = candidate(parts)
    done = gate("-c", WAYS[way].format(f"{sys.executable} -I -m gatekeeper {args}"), command=["sh"], cwd=root)
    assert done.returncode == 3
    assert "gatekeeper: standard output takes no more: " in done.stderr
    assert "fix: send it to a file" in done.stderr
    assert (root / "report.json").exists() == ("report.json" in args)


@pytest.mark.parametrize("args", [["run", "."], ["run", ".", "--report", "json"], ["list"], ["--version"]])
def test_an_answer_that_nobody_reads_is_none(
    args: list[str], candidate: MakeCandidate, parts: Parts, environment: Mapping[str, str]
) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    command = [sys.executable, "-I", "-m", "gatekeeper", *args]
    done = subprocess.run(
        command, cwd=candidate(parts), env=environment, stdout=writer, stderr=subprocess.PIPE, text=True, check=False
    )
    os.close(writer)
    assert done.returncode == 3
    assert done.stderr.startswith("gatekeeper: standard output takes no more: Broken pipe (exit code 3).")


@pytest.mark.parametrize("stream", ["2>&-", "2>/dev/full", "<&-", "<&- 2>&-"])
def test_other_streams_than_the_output_do_not_change_the_verdict(
    stream: str, gate: Gate, candidate: MakeCandidate, parts: Parts
) -> None:
    root = candidate(parts)
    for report in ("", "--report json"):
        line = f"{sys.executable} -I -m gatekeeper run . {report} {stream}"
        assert gate("-c", line, command=["sh"], cwd=root).returncode == 0
        line = f"{sys.executable} -I -m gatekeeper run nowhere {report} {stream}"
        assert gate("-c", line, command=["sh"], cwd=root).returncode == 2


@pytest.mark.parametrize("encoding", [{"LANG": "C"}, {"LC_ALL": "POSIX"}, {"PYTHONIOENCODING": "ascii"}])
@pytest.mark.parametrize("more", [{}, {"FORCE_COLOR": "1", "COLUMNS": "40"}])
@pytest.mark.parametrize("isolated", [["-I"], []])
def test_a_terminal_that_knows_only_ascii(
    isolated: list[str],
    more: dict[str, str],
    encoding: dict[str, str],
    gate: Gate,
    candidate: MakeCandidate,
    parts: Parts,
) -> None:
    root = candidate({**parts, "modèle.pkl": estimators("1.3.0")})
    environment = {**encoding, **more, "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    done = gate(
        "run", root, "--profile", "dev", command=[sys.executable, *isolated, "-m", "gatekeeper"], env=environment
    )
    assert done.returncode == 1
    assert "candidate-declaration/undeclared-artifact" in "".join(done.stdout.split())


@pytest.mark.parametrize("columns", ["40", "1", "0", "-5", "many"])
def test_a_narrow_terminal(columns: str, gate: Gate, candidate: MakeCandidate, parts: Parts) -> None:
    done = gate("run", candidate(parts), "--profile", "dev", env={"COLUMNS": columns, "FORCE_COLOR": "1"})
    assert done.returncode == 0
    if columns == "40":
        assert all(len(line.split("m")[-1]) <= 40 for line in done.stdout.splitlines())


def test_a_report_that_is_lost_when_the_run_is_over_is_no_verdict_and_takes_no_other_with_it(
    gate: Gate, candidate: MakeCandidate, parts: Parts, tmp_path: Path
) -> None:
    reports = ("--report", "json=/dev/full", "--report", f"json={tmp_path / 'report.json'}")
    done = gate("run", candidate(parts), *reports, "--profile", "dev")
    assert done.returncode == 3
    assert "the verdict is PASS, and a report of it is lost: /dev/full can't be written: No space left" in done.stderr
    assert json.loads((tmp_path / "report.json").read_text())["verdict"] == "pass"
    assert done.stdout.splitlines()[-1].startswith("PASS: ")
    assert Path("/dev/full").is_char_device()


def test_a_report_to_a_device_or_a_pipe_is_written_to_it_and_does_not_replace_it(
    gate: Gate, candidate: MakeCandidate, parts: Parts, tmp_path: Path
) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    got: list[str] = []
    reader = threading.Thread(target=lambda: got.append(pipe.read_text()))
    reader.start()
    done = gate("run", candidate(parts), "--report", f"json={pipe}", "--report", "text=/dev/null", "--profile", "dev")
    reader.join(timeout=60)
    assert done.returncode == 0
    assert json.loads(got[0])["verdict"] == "pass"
    assert pipe.is_fifo()
    assert Path("/dev/null").is_char_device()


@pytest.mark.parametrize("target", ["real.json", "nowhere.json"])
def test_a_report_is_not_written_through_a_link(
    target: str, gate: Gate, candidate: MakeCandidate, parts: Parts, tmp_path: Path
) -> None:
    """Who can put a link into the folder of the reports would choose which file is replaced."""
    (tmp_path / "real.json").write_text("old")
    (tmp_path / "link.json").symlink_to(target)
    done = gate("run", candidate(parts), "--report", f"json={tmp_path / 'link.json'}", "--profile", "dev")
    assert done.returncode == 2
    assert "link.json is a symbolic link; nothing is written through it" in done.stderr
    assert (tmp_path / "real.json").read_text() == "old"
    assert not (tmp_path / "nowhere.json").exists()


def test_a_link_to_standard_output_is_no_trap(gate: Gate, candidate: MakeCandidate, parts: Parts) -> None:
    done = gate(
        "run", candidate(parts), "--report", "json=/dev/stdout", "--report", "text=/dev/null", "--profile", "dev"
    )
    assert done.returncode == 0
    assert done.stdout.startswith("{")


@pytest.mark.parametrize("kind", ["folder", "unwritable"])
def test_a_report_that_can_not_be_written_is_told_before_anything_is_judged(
    kind: str, gate: Gate, candidate: MakeCandidate, parts: Parts, tmp_path: Path
) -> None:
    place = tmp_path / "reports"
    place.mkdir()
    target = place if kind == "folder" else Path("/proc/self/report.json")
    done = gate("run", candidate(parts), "--report", f"json={target}", "--profile", "dev")
    assert done.returncode == 2
    assert "can't be written" in done.stderr
    assert done.stdout == ""


def test_what_an_earlier_run_has_left_is_not_taken_for_the_answer_of_one_that_could_not_start(
    gate: Gate, candidate: MakeCandidate, parts: Parts, tmp_path: Path
) -> None:
    report = tmp_path / "report.json"
    report.write_text('{"verdict": "pass"}\n')
    done = gate("run", candidate({**parts, "gatekeeper.yaml": "schema: wrong\n"}), "--report", f"json={report}")
    assert done.returncode == 2
    assert json.loads(report.read_text())["verdict"] == "incomplete"


@pytest.mark.parametrize("part", ["gatekeeper.yaml", "model.pkl", "manifest.yaml", "code/report.json"])
def test_a_report_does_not_replace_what_is_judged(
    part: str, gate: Gate, candidate: MakeCandidate, parts: Parts
) -> None:
    policy = str(parts["gatekeeper.yaml"]).replace("[serve.py]", "[serve.py, code]")
    root = candidate({**parts, "gatekeeper.yaml": policy, "code/more.py": "", "code/report.json": "{}"})
    before = (root / part).read_bytes()
    done = gate("run", root, "--profile", "dev", "--report", f"json={root / part}")
    assert done.returncode == 2
    assert "is part of the candidate" in done.stderr
    assert (root / part).read_bytes() == before


@pytest.mark.parametrize(
    "wrong",
    [("--profile", "relaese"), ("--python", "/nowhere/python"), ("--check", "nope"), ("--config", "/nowhere.yaml")],
)
def test_an_earlier_answer_goes_with_a_command_line_that_is_wrong(
    wrong: tuple[str, str], gate: Gate, candidate: MakeCandidate, parts: Parts, tmp_path: Path
) -> None:
    report = tmp_path / "report.json"
    report.write_text('{"verdict": "pass"}\n')
    done = gate("run", candidate(parts), "--profile", "dev", "--report", f"json={report}", *wrong)
    assert done.returncode == 2
    assert json.loads(report.read_text())["verdict"] == "incomplete"


@pytest.mark.parametrize("command", [("run",), ("doctor",), ("init",), ("verify", "--model", "x"), ("inspect",)])
def test_a_name_that_no_file_system_takes(command: tuple[str, ...], gate: Gate) -> None:
    done = gate(*command, "a" * 5000)
    assert done.returncode in {2, 3}
    assert "fix: " in done.stderr + done.stdout or "Error: " in done.stderr
    assert "defect of gatekeeper" not in done.stderr


def test_no_temporary_folder_to_work_in(gate: Gate, candidate: MakeCandidate, parts: Parts, tmp_path: Path) -> None:
    root = candidate({**parts, "production.lock": SIX})
    done = gate("run", root, "--profile", "dev", env={"TMPDIR": str(tmp_path / "nowhere")})
    assert done.returncode == 1

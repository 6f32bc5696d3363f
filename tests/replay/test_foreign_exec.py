"""A program that speaks JSON lines: shut in, asked record by record, and believed in nothing."""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gatekeeper.replay.foreign.exec import Program, start_program
from gatekeeper.replay.foreign.group import MAX_PROCESSES
from gatekeeper.replay.foreign.lines import MAX_LINE
from gatekeeper.replay.inside.machine import NUMBERS
from gatekeeper.replay.inside.seccomp import STARTING, program
from gatekeeper.replay.observed import Answer, Replayed, Value
from gatekeeper.replay.outcomes import Protection, Reason, Refused
from gatekeeper.replay.starting import Bounds

PYTHON = sys.executable
SERVE = """
import json, os, sys
def serve(answer):
    for line in sys.stdin:
        asked = json.loads(line)
        said = answer(asked)
        if said is not None:
            print(said if isinstance(said, str) else json.dumps({"id": asked["id"], **said}), flush=True)
"""
Asking = Callable[..., Replayed | Refused]


@pytest.fixture
def asking(tmp_path: Path) -> Asking:
    """Return a function that asks a program whose answer to each line is a Python function's."""

    def ask(
        function: str, records: Sequence[Mapping[str, Any]] = ({"x": 1.0}, {"x": 2.0}), **bounds: Any
    ) -> Replayed | Refused:
        (tmp_path / "serve.py").write_text(f"{SERVE}\n{function}\nserve(answer)\n")
        with start_program([PYTHON, "-S", "serve.py"], tmp_path, Bounds(**{"timeout": 20.0, **bounds})) as started:
            assert isinstance(started, Program), started
            return started.replay(records)

    return ask


def answered(outcome: Replayed | Refused) -> tuple[Answer, ...]:
    assert isinstance(outcome, Replayed), outcome
    return outcome.answers


def refused(outcome: object, reason: Reason) -> Refused:
    assert isinstance(outcome, Refused), outcome
    assert outcome.reason is reason, outcome
    assert outcome.what.isprintable()
    assert outcome.fix
    return outcome


def faulted(outcome: Replayed | Refused) -> str:
    """Return the fault of the first record; the second is answered all the same."""
    first, second = answered(outcome)
    assert first.outputs is None
    assert first.fault is not None
    assert second.fault is None
    return str(first.fault)


def test_outputs_come_back_by_name_with_type_shape_and_status(asking: Asking) -> None:
    function = """
def answer(asked):
    x = asked["inputs"]["x"]
    return {"outputs": {"y": {"mean": 2 * x, "all": [[1, 2], [3, 4]]}, "label": "high", "ok": True}, "status": 200}
"""
    first, second = answered(asking(function))
    assert first.outputs == {
        "y.mean": Value(dtype="float", shape=(), values=(2.0,)),
        "y.all": Value(dtype="int", shape=(2, 2), values=(1, 2, 3, 4)),
        "label": Value(dtype="text", shape=(), values=("high",)),
        "ok": Value(dtype="bool", shape=(), values=(True,)),
    }
    assert first.status == 200
    assert first.fault is None
    assert second.outputs is not None
    assert second.outputs["y.mean"].values == (4.0,)
    assert second.seconds > 0


def test_what_goes_in_is_json_that_loses_nothing(asking: Asking) -> None:
    record = {
        "vector": np.array([0.1, 0.2], dtype=np.float32),
        "matrix": Value(dtype="int64", shape=(2, 1), values=np.array([2**53 + 1, -1])),
        "none": None,
        "region": "Øst",
        "nested": {"count": np.int64(3)},
    }
    (answer,) = answered(
        asking("def answer(asked): return {'outputs': {'was': json.dumps(asked['inputs'])}}", [record])
    )
    assert answer.outputs is not None
    came = json.loads(answer.outputs["was"].values[0])
    assert came == {
        "vector": [float(np.float32(0.1)), float(np.float32(0.2))],
        "matrix": [[2**53 + 1], [-1]],
        "none": None,
        "region": "Øst",
        "nested": {"count": 3},
    }


def test_an_input_that_json_does_not_have_is_that_records_fault(asking: Asking) -> None:
    answers = answered(asking("def answer(asked): return {'outputs': 1}", [{"x": float("nan")}, {"x": {1}}, {"x": 1}]))
    assert "'x' holds nan, which JSON does not have" in str(answers[0].fault)
    assert "'x' is a set" in str(answers[1].fault)
    assert answers[2].fault is None
    assert answers[2].outputs == {"output": Value(dtype="int", shape=(), values=(1,))}


def test_an_error_is_that_records_fault(asking: Asking) -> None:
    function = """
def answer(asked):
    return {"outputs": 1} if asked["id"] == "r002" else {"error": "no such region", "status": 422}
"""
    assert faulted(asking(function)) == "error: no such region"
    assert answered(asking(function))[0].status == 422


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("""'{"id": "r001", "outputs": NaN}'""", "got NaN, which JSON does not have"),
        ("""'{"id": "r001", "outputs": [1.0, -Infinity]}'""", "got -Infinity, which JSON does not have"),
        ("""'{"id": "r001", "outputs": 1e999}'""", "beyond the largest float"),
        ("""'{"id": "r001", "outputs": {"y": 1, "y": 2}}'""", "got the key 'y' twice"),
        ("""'{"id": "r001", "outputs": ' + '[' * 100000 + ']' * 100000 + '}'""", "nested too deeply"),
        ("""'{"id": "r001", "outputs": ' + '[1,' * 60 + '1' + ']' * 60 + '}'""", "nested more than 48 levels deep"),
        ("{'outputs': {}}", "it names no output"),
        ("{'outputs': {'a': {'b': 1}, 'a.b': 2}}", "two of its outputs are called 'a.b'"),
        ("{'outputs': {'a': chr(0xd800)}}", "half a character"),
        ("{}", "both or neither"),
        ("{'outputs': 1, 'error': 'x'}", "both or neither"),
        ("{'error': 3}", "is no text"),
        ("{'outputs': 1, 'status': 'ok'}", "\"status\" is 'ok'"),
        ("{'outputs': 1, 'status': True}", "\"status\" is 'True'"),
        ("{'outputs': 1, 'probability': 0.5}", "it has 'probability'"),
    ],
)
def test_an_answer_that_no_record_may_have_is_its_fault_and_never_a_value(
    asking: Asking, said: str, expected: str
) -> None:
    function = f"def answer(asked): return {{'outputs': 1}} if asked['id'] == 'r002' else {said}"
    assert expected in faulted(asking(function))


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (
            "def answer(asked): return 'Loading the model ...'",
            "asked for the record r001, wrote 'Loading the model ...'",
        ),
        ("def answer(asked): return '\\x1b[2J'", "which is no JSON"),
        ("def answer(asked): os.write(1, bytes([255, 254, 10]))", "which is no JSON"),
        ("def answer(asked): return '[1]'", 'expected an object with an "id"'),
        ("def answer(asked): return '{\"outputs\": 1}'", 'expected an object with an "id"'),
        ("def answer(asked): return {'id': 'r007', 'outputs': 1}", "answered 'r007', which was not asked for"),
        ("def answer(asked): return {'id': 1, 'outputs': 1}", "answered '1', which was not asked for"),
        ("def answer(asked): return json.dumps({'id': asked['id'], 'outputs': 1}) + '\\nbye'", "wrote 'bye"),
        ("def answer(asked): os.close(1); import time; time.sleep(30)", "closed its standard output and lived on"),
    ],
)
def test_nothing_is_believed_of_a_program_that_writes_anything_else(
    asking: Asking, function: str, expected: str
) -> None:
    outcome = refused(asking(function), Reason.NONSENSE)
    assert expected in outcome.what
    assert outcome.fatal


def test_what_is_written_before_it_was_asked_is_refused(tmp_path: Path) -> None:
    with start_program(["sh", "-c", 'echo \'{"id": "r001", "outputs": 1}\'; sleep 9'], tmp_path) as started:
        assert isinstance(started, Program)
        until = time.monotonic() + 20
        while not started._process.has_ended() and time.monotonic() < until:
            outcome = started.replay([])
            assert isinstance(outcome, Replayed)
            assert started._lines._receive(started._process.pipes.answers)
            if started._lines._received:
                break
        refused(started.replay([{"x": 1}]), Reason.NONSENSE)
        assert "before it was asked" in refused(started.replay([{"x": 1}]), Reason.NONSENSE).what
        assert started.gone


def test_a_line_without_end_is_cut_off(asking: Asking) -> None:
    function = f"def answer(asked): return 'x' * {MAX_LINE + 10}"
    assert "a line of more than 32 MiB" in refused(asking(function), Reason.NONSENSE).what
    function = "def answer(asked):\n while True: os.write(1, b'x' * 65536)"
    assert "a line of more than 32 MiB" in refused(asking(function), Reason.NONSENSE).what


def test_no_answer_is_stopped_when_time_is_over(asking: Asking) -> None:
    outcome = refused(asking("def answer(asked): pass", timeout=1.0), Reason.TIMED_OUT)
    assert "asked for the record r001, did not end within 1 s and was stopped" in outcome.what


def test_an_end_before_the_answer_is_named_with_what_was_said_last(asking: Asking) -> None:
    function = "def answer(asked):\n print('no such file', file=sys.stderr, flush=True)\n os._exit(3)"
    outcome = refused(asking(function), Reason.ENDED)
    assert "asked for the record r001, ended the process with exit status 3 before it answered" in outcome.what
    assert outcome.what.endswith("the last that it said: 'no such file'")
    assert outcome.printed == "no such file"


def test_half_a_line_is_no_answer(asking: Asking) -> None:
    function = 'def answer(asked):\n os.write(1, b\'{"id": "r001", "outputs": 1}\')\n os._exit(0)'
    assert "exit status 0 before it answered" in refused(asking(function), Reason.ENDED).what


@pytest.mark.parametrize("name", ["SIGSEGV", "SIGABRT", "SIGKILL"])
def test_a_signal_is_named(asking: Asking, name: str) -> None:
    outcome = asking(f"def answer(asked): os.kill(os.getpid(), {int(signal.Signals[name])})")
    assert f"was killed by {name}" in refused(outcome, Reason.KILLED).what


def test_after_a_trouble_every_record_is_refused_with_it(tmp_path: Path) -> None:
    with start_program(["true"], tmp_path) as started:
        assert isinstance(started, Program)
        first = refused(started.replay([{"x": 1}]), Reason.ENDED)
        assert started.replay([{"x": 1}]) is first


def test_memory_that_many_processes_eat_together_is_bounded(asking: Asking) -> None:
    function = """
def answer(asked):
    import time
    for _ in range(8):
        if os.fork() == 0:
            eaten = bytearray(os.urandom(1 << 20) * 100)
            time.sleep(30)
    time.sleep(30)
"""
    outcome = refused(asking(function, memory=400 << 20), Reason.OUT_OF_MEMORY)
    assert "MiB of memory, expected at most 400" in outcome.what


def test_programs_without_number_are_stopped(asking: Asking) -> None:
    function = f"""
def answer(asked):
    import time
    for _ in range({MAX_PROCESSES + 50}):
        if os.fork() == 0:
            time.sleep(30)
            os._exit(0)
    time.sleep(30)
"""
    outcome = refused(asking(function), Reason.TOO_MANY_THREADS)
    assert f"processes, expected at most {MAX_PROCESSES}" in outcome.what


def test_what_it_started_ends_with_it(asking: Asking) -> None:
    function = """
import subprocess
child = subprocess.Popen(["sleep", "100"])
def answer(asked): return {"outputs": {"child": child.pid}}
"""
    answers = answered(asking(function))
    assert answers[0].outputs is not None
    (child,) = answers[0].outputs["child"].values
    stat = Path(f"/proc/{child}/stat")
    until = time.monotonic() + 10
    while stat.exists() and ") Z" not in stat.read_text() and time.monotonic() < until:
        time.sleep(0.01)
    assert not stat.exists() or ") Z" in stat.read_text()


def test_a_program_that_is_not_there_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("x")
    (tmp_path / "odd").write_bytes(b"\x7fELF\x00\x00")
    (tmp_path / "odd").chmod(0o755)
    for command in ("no-such-program", "./serve", "./data", "data"):
        with start_program([command], tmp_path) as outcome:
            found = refused(outcome, Reason.NO_INTERPRETER)
            assert f"the program {command} can't be used: there is no program" in found.what
            assert "./" in found.fix
    with start_program(["./odd"], tmp_path) as started:
        assert isinstance(started, Program)
        assert "it can't be started: Exec format error" in refused(started.replay([{}]), Reason.ENDED).what


def test_a_program_of_the_candidates_own_is_named_from_its_root(tmp_path: Path) -> None:
    script = tmp_path / "serve"
    script.write_text('#!/bin/sh\nread line\necho \'{"id": "r001", "outputs": {"where": "\'$(pwd)\'"}}\'\n')
    script.chmod(0o755)
    with start_program(["./serve"], tmp_path) as started:
        assert isinstance(started, Program)
        (answer,) = answered(started.replay([{"x": 1}]))
        assert answer.outputs is not None
        assert answer.outputs["where"].values == (str(tmp_path),)


def test_it_is_kept_from_net_and_files_and_says_so(asking: Asking, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0)
        function = f"""
import ctypes, socket, subprocess
libc = ctypes.CDLL(None, use_errno=True)
def clone(flags):
    made = libc.syscall({NUMBERS[os.uname().machine]["clone"]}, flags | 17, 0, 0, 0, 0)
    if made == 0: os._exit(0)
    if made < 0: raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return made > 0
def tried(do):
    try: return str(do())
    except OSError as error: return error.strerror
def answer(asked):
    return {{"outputs": {{
        "connect": tried(lambda: socket.create_connection(("127.0.0.1", {server.getsockname()[1]}), 2)),
        "write": tried(lambda: open("{tmp_path}/written", "w")),
        "chmod": tried(lambda: os.chmod("serve.py", 0o777)),
        "own": tried(lambda: open(os.environ["HOME"] + "/x", "w").write("x")),
        "child": subprocess.run(["sh", "-c", "echo x > written; echo hello"], stdout=-1, text=True).stdout,
        "a process": tried(lambda: clone(0)),
        "a user namespace": tried(lambda: clone(0x10000000)),
        "leave": tried(os.setsid),
        "kill the gate": tried(lambda: os.kill({os.getpid()}, 0)),
    }}}}
"""
        answer = answered(asking(function))[0]
        assert answer.outputs is not None, answer
        said = {name: value.values[0] for name, value in answer.outputs.items()}
        with pytest.raises(BlockingIOError):
            server.accept()
    assert not (tmp_path / "written").exists()
    assert said["own"] == "1"
    assert said["a process"] == "True"
    assert said["child"] == "hello\n", "it may start programs, and they may not write either"
    assert all(
        "denied" in said[each] or "not permitted" in said[each] or "Read-only" in said[each] for each in WALLS
    ), said


WALLS = ("connect", "write", "chmod", "a user namespace", "leave", "kill the gate")


def test_its_facts_say_what_holds_and_processes_are_not_kept_out(tmp_path: Path) -> None:
    require = frozenset({Protection.NET, Protection.FS})
    with start_program(["cat"], tmp_path, Bounds(require=require)) as started:
        assert isinstance(started, Program), started
        assert started.facts.protections == require
        layers = {each.name: each for each in started.facts.layers}
        assert layers["seccomp"].detail.endswith("programs may be started, in this process group")
        assert not layers["audit"].applied
    with start_program(["cat"], tmp_path, Bounds(require=frozenset(Protection))) as outcome:
        assert "can't be kept from starting processes" in refused(outcome, Reason.UNPROTECTED).what
    with start_program(["cat"], tmp_path, Bounds(require=require, skip=frozenset({"seccomp"}))) as outcome:
        assert "does not keep out net here" in refused(outcome, Reason.UNPROTECTED).what


def test_none_of_the_gates_variables_and_descriptors_is_handed_on(
    asking: Asking, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOKEN_OF_THE_GATE", "secret")
    function = """
def answer(asked):
    return {"outputs": {"token": os.environ.get("TOKEN_OF_THE_GATE"), "open": sorted(os.listdir("/proc/self/fd"))}}
"""
    answer = answered(asking(function))[0]
    assert answer.outputs is not None
    assert answer.outputs["token"].values == (None,)
    assert answer.outputs["open"].values == ("0", "1", "2", "3"), "the last is the folder's own"


@pytest.mark.parametrize("machine", sorted(NUMBERS))
def test_the_filter_with_programs_differs_in_what_starts_them_alone(machine: str) -> None:
    strict = program(machine, 1, empty_network=True)
    loose = program(machine, 1, empty_network=True, programs=True)
    started = {NUMBERS[machine][each] for each in STARTING if each in NUMBERS[machine]}
    denied = {operand for code, _, _, operand in strict if code == 0x15}
    still = {operand for code, _, _, operand in loose if code == 0x15}
    assert denied - still <= started
    assert started & still == set()

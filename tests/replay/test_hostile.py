"""What a hostile model may do in a worker: each way ends in an outcome that names it, and the gate goes on.

The payloads do nothing worse than to echo, to open a socket to this machine, or to write where the test may.
"""

from __future__ import annotations

import os
import pickle
import signal
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gatekeeper.replay.outcomes import Loaded, Predicted, Reason, Refused
from gatekeeper.replay.process import MAX_THREADS
from gatekeeper.replay.worker import Bounds, Worker, start

Loading = Callable[..., Loaded | Refused]


def refused(outcome: object, reason: Reason) -> Refused:
    assert isinstance(outcome, Refused), outcome
    assert outcome.reason is reason, outcome
    assert outcome.what.isprintable()
    assert outcome.fix
    return outcome


@pytest.fixture
def listening() -> Any:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0)
        yield server


def test_a_model_that_raises(loading: Loading) -> None:
    outcome = refused(loading("raise KeyError('price')"), Reason.RAISED)
    assert outcome.what == "loading the model raised KeyError: 'price'"
    assert not outcome.fatal


def test_a_module_that_is_missing_is_named_with_its_interpreter(loading: Loading) -> None:
    outcome = refused(loading("import no_such_library.deep"), Reason.MODULE_MISSING)
    assert f"needs no_such_library, which is not installed in {sys.executable}" in outcome.what
    outcome = refused(loading("import json.no_such_part"), Reason.MODULE_MISSING)
    assert "needs json.no_such_part, which the json that is installed in " in outcome.what


def test_a_file_that_is_no_pickle(worker: Worker, tmp_path: Path) -> None:
    path = tmp_path / "model.pkl"
    path.write_bytes(b"\x80\x04junk")
    assert "UnpicklingError" in refused(worker.load(path), Reason.RAISED).what
    path.write_bytes(b"")
    assert "the file is empty" in refused(worker.load(path), Reason.WRONG_ANSWER).what
    path.unlink()
    assert "FileNotFoundError" in refused(worker.load(path), Reason.RAISED).what


def test_an_exception_whose_text_is_hostile(loading: Loading) -> None:
    statements = "class E(Exception):\n def __str__(self): raise SystemExit\nraise E"
    assert "its text can't be shown" in refused(loading(statements), Reason.RAISED).what
    outcome = refused(loading("raise ValueError('\\x1b[2J\\n' * 10_000)"), Reason.RAISED)
    assert len(outcome.what) < 400


def test_sys_exit_is_an_exception_like_any_other(loading: Loading) -> None:
    assert "raised SystemExit: 0" in refused(loading("raise SystemExit(0)"), Reason.RAISED).what


def test_a_process_that_ends_itself_has_not_answered(loading: Loading) -> None:
    outcome = refused(loading("import os; print('bye', flush=True); os._exit(0)"), Reason.ENDED)
    assert "ended the process with exit status 0 before it answered" in outcome.what
    assert outcome.printed == "bye"
    assert outcome.fatal


@pytest.mark.parametrize("name", ["SIGSEGV", "SIGABRT", "SIGKILL"])
def test_a_signal_is_named(loading: Loading, name: str) -> None:
    outcome = refused(loading(f"import os; os.kill(os.getpid(), {int(signal.Signals[name])})"), Reason.KILLED)
    assert f"was killed by {name}" in outcome.what


def test_a_hang_is_ended_when_its_time_is_over(loading: Loading) -> None:
    outcome = refused(loading("while True: pass", timeout=1.0), Reason.TIMED_OUT)
    assert "did not end within 1 s and was stopped" in outcome.what


def test_a_hang_that_ignores_signals_is_ended_too(loading: Loading) -> None:
    statements = (
        "import signal, time\nsignal.signal(15, signal.SIG_IGN)\nsignal.signal(2, signal.SIG_IGN)\ntime.sleep(99)"
    )
    refused(loading(statements, timeout=1.0), Reason.TIMED_OUT)


def test_processor_time_is_bounded(loading: Loading) -> None:
    outcome = refused(loading("while True: pass", cpu=0.0), Reason.KILLED)
    assert "was killed by SIGXCPU (its processor time is used up)" in outcome.what


def test_a_hundred_gigabytes_are_refused(loading: Loading) -> None:
    outcome = refused(loading("bytearray(100 << 30)", memory=2 << 30), Reason.OUT_OF_MEMORY)
    assert "needs more memory than it may have" in outcome.what
    assert not outcome.fatal


def test_memory_that_is_eaten_bit_by_bit(loading: Loading) -> None:
    statements = "eaten = []\nwhile True: eaten.append(bytearray(1 << 20))"
    refused(loading(statements, memory=1 << 30), Reason.OUT_OF_MEMORY)


def test_recursion_without_end(loading: Loading) -> None:
    assert "RecursionError" in refused(loading("f = lambda: f()\nf()"), Reason.RAISED).what


def test_a_connection_is_blocked_and_told(loading: Loading, listening: socket.socket) -> None:
    port = listening.getsockname()[1]
    statements = f"import socket; socket.create_connection(('127.0.0.1', {port}), timeout=1).send(b'secret')"
    outcome = refused(loading(statements), Reason.RAISED)
    assert f"open a connection to 127.0.0.1:{port}" in outcome.attempts
    assert f"it tried to look up the address of 127.0.0.1:{port}" in outcome.what
    assert outcome.what.endswith(": blocked")
    with pytest.raises(BlockingIOError):
        listening.accept()


def test_an_attempt_that_is_hidden_behind_except_is_told_all_the_same(
    loading: Loading, listening: socket.socket
) -> None:
    port = listening.getsockname()[1]
    statements = f"import socket\ntry: socket.socket().connect(('127.0.0.1', {port}))\nexcept OSError: pass"
    outcome = loading(statements)
    assert isinstance(outcome, Loaded)
    assert outcome.attempts == ("make an IPv4 socket", f"open a connection to 127.0.0.1:{port}")


@pytest.mark.parametrize(
    ("statements", "attempt"),
    [
        ("import os; os.system('echo hello')", "run the command echo hello"),
        ("import subprocess; subprocess.run(['echo', 'hello'])", "start the program echo hello"),
        ("import os; os.execv('/bin/echo', ['echo'])", "become the program /bin/echo"),
        ("import os; os.posix_spawn('/bin/echo', ['echo'], {})", "start the program /bin/echo"),
        ("import os; os.fork()", "start another process"),
        ("import os; os.kill(os.getppid(), 0)", "send signal 0 to process"),
        ("import socket; socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)", "make an IPv6 socket"),
        ("import socket; socket.socket().bind(('127.0.0.1', 0))", "listen on 127.0.0.1:0"),
    ],
)
def test_no_program_and_no_process_can_be_started(loading: Loading, statements: str, attempt: str) -> None:
    outcome = loading(statements)
    assert any(each.startswith(attempt) for each in outcome.attempts), outcome
    if isinstance(outcome, Refused):
        assert "PermissionError" in outcome.what
        assert outcome.what.endswith(": blocked")
    assert "hello" not in getattr(outcome, "printed", "")


def test_a_fork_bomb_makes_no_process(loading: Loading) -> None:
    statements = "import os, time\nwhile True:\n try: os.fork()\n except OSError: time.sleep(0.01)"
    outcome = refused(loading(statements, timeout=1.0), Reason.TIMED_OUT)
    assert "it tried to start another process: blocked" in outcome.what


def test_threads_without_end(loading: Loading) -> None:
    statements = "import threading, time\nwhile True: threading.Thread(target=time.sleep, args=(99,)).start()"
    outcome = refused(loading(statements), Reason.TOO_MANY_THREADS)
    assert f"threads, expected at most {MAX_THREADS} and was stopped" in outcome.what


def test_memory_is_watched_where_it_can_not_be_limited(loading: Loading) -> None:
    """A GPU's driver reserves more addresses than there is memory, so that its process is looked at from outside."""
    statements = "import time; held = b'x' * (600 << 20); time.sleep(60)"
    outcome = refused(loading(statements, memory=500 << 20, gpu=True), Reason.OUT_OF_MEMORY)
    assert "MiB of memory, expected at most 500 and was stopped" in outcome.what


def test_a_write_outside_its_folder_is_blocked_and_told(loading: Loading, tmp_path: Path) -> None:
    target = tmp_path / "written"
    target.write_text("before")
    outcome = refused(loading(f"open({str(target)!r}, 'w').write('after')"), Reason.RAISED)
    assert f"it tried to write to {target}: blocked" in outcome.what
    assert target.read_text() == "before"


@pytest.mark.parametrize(
    "statement",
    [
        "os.remove({0!r})",
        "os.rename({0!r}, {0!r} + '2')",
        "os.chmod({0!r}, 0o777)",
        "os.utime({0!r}, (1, 1))",
        "os.truncate({0!r}, 0)",
        "os.symlink({0!r}, {0!r} + '2')",
        "os.link({0!r}, {0!r} + '2')",
        "os.mkdir({0!r} + '2')",
        "os.setxattr({0!r}, 'user.x', b'1')",
        "os.open({0!r}, os.O_RDWR)",
        "os.open({0!r}, os.O_RDONLY | os.O_TRUNC)",
        "os.chown({0!r}, 1, 1)",
    ],
)
def test_no_file_can_be_changed(loading: Loading, tmp_path: Path, statement: str) -> None:
    target = tmp_path / "file"
    target.write_text("before")
    before = target.stat()
    outcome = refused(loading("import os; " + statement.format(str(target))), Reason.RAISED)
    assert "PermissionError" in outcome.what or "Read-only file system" in outcome.what
    after = target.stat()
    assert (before.st_mode, before.st_mtime_ns, before.st_uid) == (after.st_mode, after.st_mtime_ns, after.st_uid)
    assert sorted(each.name for each in tmp_path.iterdir()) == ["file", "hostile.pkl"]
    assert target.read_text() == "before"


def test_a_disk_is_not_filled(loading: Loading) -> None:
    statements = "import tempfile\nwith tempfile.TemporaryFile() as f:\n while True: f.write(bytes(1 << 20))"
    assert "OSError" in refused(loading(statements), Reason.RAISED).what


def test_the_gates_secrets_are_not_in_its_environment(loading: Loading, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REGISTRY_TOKEN", "secret")
    assert isinstance(loading("import os; assert 'REGISTRY_TOKEN' not in os.environ"), Loaded)
    outcome = refused(loading("import os; open(f'/proc/{os.getppid()}/environ').read()"), Reason.RAISED)
    assert "PermissionError" in outcome.what


def test_other_processes_can_not_be_reached(loading: Loading) -> None:
    refused(loading("import os; os.open(f'/proc/{os.getppid()}/mem', os.O_RDONLY)"), Reason.RAISED)
    refused(loading("import os; os.kill(os.getppid(), 0)"), Reason.RAISED)
    refused(loading("import os; os.setpriority(os.PRIO_PROCESS, os.getppid(), 19)"), Reason.RAISED)


def test_a_sandbox_is_not_taken_off(loading: Loading) -> None:
    unshared = "for flags in (0x10000000, 0x40000000):\n assert libc.unshare(flags) == -1"
    statements = f"import ctypes\nlibc = ctypes.CDLL(None)\n{unshared}"
    assert isinstance(loading(statements), Loaded)
    statements = "import ctypes; assert ctypes.CDLL(None).mount(b'/', b'/tmp', None, 4096, None) == -1"
    assert isinstance(loading(statements), Loaded)


FLOOD = """
import os
pipes = [fd for fd in range(3, 64) if os.path.exists(f'/proc/self/fd/{fd}')]
def put(data):
    for fd in pipes:
        try: os.write(fd, data)
        except OSError: pass
"""


@pytest.mark.parametrize(
    "statements",
    [
        "put(b'\\xff' * 64)",
        "put(b'\\x00' * 64)",
        "put(__import__('struct').pack('>IQ', 20, 1 << 62))",
        "put(__import__('struct').pack('>IQ', 2, 0) + b'{}')",
        "put(__import__('struct').pack('>IQ', 9, 0) + b'{\"id\": 7}')",
        "put(__import__('struct').pack('>IQ', 60000, 0) + b'[' * 60000)",
        "put(__import__('struct').pack('>IQ', 19, 0) + b'{\"id\":3,\"ok\":\"\\xff\\xfe\"}')",
        "put(__import__('struct').pack('>IQ', 17, 3) + b'{\"id\":3,\"ok\":{}} abc')",
    ],
)
def test_an_answer_that_is_none_is_refused_and_ends_the_worker(loading: Loading, statements: str) -> None:
    outcome = refused(loading(FLOOD + statements), Reason.NONSENSE)
    assert outcome.fatal
    assert "disturbed the gate's pipe" in outcome.what


def test_a_flood_of_evidence_and_prints_is_bounded(loading: Loading) -> None:
    statements = "import os\nfor n in range(3000): os.system('echo %d' % n)\nprint('z' * 10_000_000)\nraise ValueError"
    outcome = refused(loading(statements), Reason.RAISED)
    assert len(outcome.attempts) == 100
    assert len(outcome.printed) <= 4000


def test_a_worker_that_closes_its_pipes_and_lives_on(loading: Loading) -> None:
    outcome = refused(loading("import os, time; os.closerange(3, 64); time.sleep(60)"), Reason.NONSENSE)
    assert "it closed it and lived on" in outcome.what


def test_a_dead_worker_refuses_everything_with_the_reason(tmp_path: Path, predictor: Callable[[str], Path]) -> None:
    with start(sys.executable, tmp_path) as worker:
        assert isinstance(worker, Worker), worker
        assert isinstance(worker.load(predictor("__import__('os')._exit(3)")), Loaded)
        first = refused(worker.predict({"x": [1.0]}), Reason.ENDED)
        assert worker.predict({"x": [1.0]}) == first
        assert worker.handle([{}]) == first


def test_threads_are_not_left_behind(tmp_path: Path) -> None:
    code = "import threading, time; [threading.Thread(target=time.sleep, args=(99,)).start() for _ in range(20)]"
    path = tmp_path / "model.pkl"

    class Code:
        def __reduce__(self) -> Any:
            return exec, (code, {})

    path.write_bytes(pickle.dumps(Code()))
    before = children()
    with start(sys.executable, tmp_path) as worker:
        assert isinstance(worker, Worker), worker
        assert isinstance(worker.load(path), Loaded)
        assert len(children() - before) == 1
    assert children() == before


def children() -> set[str]:
    """Return the child processes of this one."""
    return set(Path(f"/proc/self/task/{os.getpid()}/children").read_text().split())


@pytest.mark.parametrize(
    ("returned", "rows"),
    [
        ("1 / 0", "ZeroDivisionError: division by zero"),
        ("__import__('sys').exit(0)", "SystemExit: 0"),
        ("open('/x', 'w')", "OSError"),
    ],
)
def test_a_model_that_raises_when_it_is_asked(
    worker: Worker, predictor: Callable[[str], Path], returned: str, rows: str
) -> None:
    assert isinstance(worker.load(predictor(returned)), Loaded)
    outcome = worker.predict({"x": [1.0, 2.0]})
    assert isinstance(outcome, Predicted)
    assert set(outcome.faults) == {0, 1}
    assert rows in str(outcome.faults[0]) or "PermissionError" in str(outcome.faults[0])


def test_a_model_that_hangs_when_it_is_asked(tmp_path: Path, predictor: Callable[[str], Path]) -> None:
    with start(sys.executable, tmp_path, bounds=Bounds(timeout=20.0)) as worker:
        assert isinstance(worker, Worker), worker
        assert isinstance(worker.load(predictor("__import__('time').sleep(60)")), Loaded)
        begun = time.monotonic()
        outcome = refused(worker.predict({"x": [1.0]}, timeout=0.5), Reason.TIMED_OUT)
        assert time.monotonic() - begun < 20
        assert outcome.what.startswith("predict of the model did not end within 0.5 s")

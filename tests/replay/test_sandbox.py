"""The sandbox, layer by layer: each keeps out what it is for when the others are left off, and says when it can't."""

from __future__ import annotations

import os
import pickle
import socket
import struct
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.replay.inside.machine import AUDIT_ARCH, NUMBERS
from gatekeeper.replay.inside.seccomp import DENIED, program
from gatekeeper.replay.outcomes import Loaded, Protection, Reason, Refused
from gatekeeper.replay.worker import Bounds, Worker, start

KERNELS = ("namespaces", "mounts", "landlock", "seccomp")
"""The layers of the kernel that keep something out."""

OTHERS = ("capabilities", "end with the gate", "no new privileges", "audit", "limits")
ALL = frozenset(Protection)

ALLOW, EPERM, ENOSYS = 0x7FFF0000, 0x00050001, 0x00050026


def without(*names: str) -> Bounds:
    return Bounds(skip=frozenset(names), timeout=20.0)


def only(*names: str) -> Bounds:
    return without(*(set(KERNELS) - set(names)))


@pytest.fixture
def loads(tmp_path: Path) -> Callable[[Bounds, str], Loaded | Refused]:
    """Return a function that runs statements in a worker with the given layers."""

    def load(bounds: Bounds, statements: str) -> Loaded | Refused:
        class Code:
            def __reduce__(self) -> Any:
                return exec, (statements, {})

        path = tmp_path / "hostile.pkl"
        path.write_bytes(pickle.dumps(Code()))
        with start(sys.executable, tmp_path, bounds=bounds) as worker:
            assert isinstance(worker, Worker), worker
            return worker.load(path)

    return load


def test_every_layer_that_there_is_here_is_reported(worker: Worker) -> None:
    layers = {each.name: each for each in worker.facts.layers}
    assert set(layers) == {*KERNELS, *OTHERS}
    assert all(each.detail for each in layers.values())
    assert layers["no new privileges"].applied
    assert layers["limits"].applied
    assert "CORE=0" in layers["limits"].detail
    assert layers["audit"].applied


def test_what_the_facts_say_is_kept_out_is_what_the_layers_keep_out(tmp_path: Path) -> None:
    for bounds, held in (
        (without(), ALL),
        (without(*KERNELS), set()),
        (only("seccomp"), {Protection.NET, Protection.PROCESSES}),
        (only("landlock"), set()),  # modes and owners
        (only("namespaces"), set()),  # the sockets of services on this machine
        (only("namespaces", "mounts"), set()),  # devices
        (only("namespaces", "mounts", "landlock"), {Protection.FS}),
        (only("landlock", "seccomp"), ALL),
    ):
        with start(sys.executable, tmp_path, bounds=bounds) as worker:
            assert isinstance(worker, Worker), worker
            assert worker.facts.protections == held, bounds


def test_what_must_hold_and_does_not_is_refused_before_anything_is_loaded(tmp_path: Path) -> None:
    (tmp_path / "models").mkdir()
    for layers, missing in (
        (("landlock", "mounts"), {Protection.FS}),
        (("seccomp",), {Protection.NET, Protection.PROCESSES}),
    ):
        bounds = Bounds(skip=frozenset(layers), require=ALL)
        with start(sys.executable, tmp_path, bounds=bounds) as refused:
            assert isinstance(refused, Refused)
            assert refused.reason is Reason.UNPROTECTED
            assert f"does not keep out {', '.join(sorted(missing))} here" in refused.what
            assert f"{layers[0]}: not wanted" in refused.what


def test_without_its_layers_a_blow_lands(
    loads: Callable[[Bounds, str], Loaded | Refused], tmp_path: Path, listening: socket.socket
) -> None:
    """The counter-example to all tests below: they would see it if nothing were kept out."""
    port = listening.getsockname()[1]
    target = tmp_path / "written"
    free = without(*KERNELS)
    assert isinstance(loads(free, f"open({str(target)!r}, 'w').close()"), Loaded)
    assert target.exists()
    assert isinstance(loads(free, f"import socket; socket.create_connection(('127.0.0.1', {port})).close()"), Loaded)
    listening.accept()[0].close()
    outcome = loads(free, "import subprocess; subprocess.run(['echo', 'hello'], check=True); raise SystemExit")
    assert isinstance(outcome, Refused)
    assert outcome.printed == "hello"
    assert outcome.what.endswith("it tried to start the program echo hello"), "and nobody says that it was blocked"


@pytest.mark.parametrize("layers", [("seccomp",), ("namespaces",), ("landlock",)])
def test_no_layer_of_these_lets_a_connection_through(
    loads: Callable[[Bounds, str], Loaded | Refused], listening: socket.socket, layers: tuple[str, ...]
) -> None:
    port = listening.getsockname()[1]
    outcome = loads(only(*layers), f"import socket; socket.create_connection(('127.0.0.1', {port}), timeout=2)")
    assert isinstance(outcome, Refused)
    assert outcome.reason is Reason.RAISED
    with pytest.raises(BlockingIOError):
        listening.accept()


@pytest.mark.parametrize("layers", [("seccomp",), ("namespaces",)])
@pytest.mark.parametrize("call", ["sendto(b'secret', {0})", "sendmsg([b'secret'], [], 0, {0})"])
def test_no_datagram_gets_out(
    loads: Callable[[Bounds, str], Loaded | Refused], layers: tuple[str, ...], call: str
) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:
        receiver.bind(("127.0.0.1", 0))
        receiver.settimeout(0)
        sent = call.format(repr(receiver.getsockname()))
        statements = f"import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM).{sent}"
        assert isinstance(loads(only(*layers), statements), Refused)
        with pytest.raises(BlockingIOError):
            receiver.recv(10)
        assert isinstance(loads(without(*KERNELS), statements), Loaded)
        assert receiver.recv(10) == b"secret"


@pytest.mark.parametrize("layers", [("landlock",), ("namespaces", "mounts")])
def test_no_layer_of_these_lets_a_file_be_written(
    loads: Callable[[Bounds, str], Loaded | Refused], tmp_path: Path, layers: tuple[str, ...]
) -> None:
    target = tmp_path / "written"
    assert isinstance(loads(only(*layers), f"open({str(target)!r}, 'w')"), Refused)
    assert not target.exists()
    inside = "import tempfile; open(tempfile.mkdtemp() + '/x', 'w').close(); open('/dev/null', 'w').close()"
    assert isinstance(loads(only(*layers), inside), Loaded)


LEFT = "import tempfile, os; os.makedirs(tempfile.mkdtemp() + '/a/b'); open(os.environ['HOME'] + '/x', 'w').close()"


@pytest.mark.parametrize("layers", [KERNELS, ("landlock",), ()])
def test_its_own_folder_is_gone_when_it_is(
    loads: Callable[[Bounds, str], Loaded | Refused],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    layers: tuple[str, ...],
) -> None:
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    outcome = loads(only(*layers), LEFT)
    assert isinstance(outcome, Loaded), outcome
    assert outcome.attempts == ()
    assert list((tmp_path / "temporary").iterdir()) == []


@pytest.mark.parametrize("layers", [("seccomp",), ("landlock",)])
def test_no_layer_of_these_lets_a_program_start(
    loads: Callable[[Bounds, str], Loaded | Refused], layers: tuple[str, ...]
) -> None:
    outcome = loads(only(*layers), "import subprocess; subprocess.run(['/bin/echo', 'hello'], check=True)")
    assert isinstance(outcome, Refused)
    assert outcome.printed == ""


def test_unix_sockets_reach_nobody(loads: Callable[[Bounds, str], Loaded | Refused], tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "door"))
        server.listen()
        server.settimeout(0)
        knock = f"import socket; socket.socket(socket.AF_UNIX).connect({str(tmp_path / 'door')!r})"
        assert isinstance(loads(without(), knock), Refused)
        with pytest.raises(BlockingIOError):
            server.accept()


def test_what_libraries_need_works_inside(loads: Callable[[Bounds, str], Loaded | Refused]) -> None:
    statements = """
import asyncio, concurrent.futures, joblib, multiprocessing, numpy, os, socket, tempfile, threading, uuid
a = numpy.random.default_rng(0).normal(size=(400, 400))
numpy.linalg.svd(a @ a)
assert joblib.Parallel(n_jobs=4, prefer='threads')(joblib.delayed(abs)(-n) for n in range(9)) == list(range(9))
assert multiprocessing.Lock().acquire()
with concurrent.futures.ThreadPoolExecutor(8) as pool:
    assert sum(pool.map(abs, range(50))) == 1225
asyncio.run(asyncio.sleep(0))
os.urandom(8), uuid.uuid4(), os.cpu_count()
open('/proc/self/statm').read(), open('/dev/null', 'w').write('x')
one, other = socket.socketpair()
one.send(b'x'); assert other.recv(1) == b'x'
"""
    outcome = loads(without(), statements)
    assert isinstance(outcome, Loaded), outcome
    assert outcome.attempts == ()


AS_NOBODY = """#!{python}
import os, sys
os.setgroups([]); os.setgid(65534); os.setuid(65534)
os.execv({real!r}, [{real!r}, *sys.argv[1:]])
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="any other user is a normal user already")
def test_all_of_it_holds_for_a_normal_user() -> None:
    """The system's own Python stands for a candidate's: a normal user may not see into the home of root."""
    real = next((each for each in ("/usr/bin/python3", "/usr/local/bin/python3") if Path(each).exists()), None)
    assert real is not None, "there is a Python of the system on every machine that this runs on"
    statements = "import os; assert os.geteuid() == 65534; open(os.environ['TMPDIR'] + '/x', 'w').close()"

    class Code:
        def __reduce__(self) -> Any:
            return exec, (statements, {})

    with tempfile.TemporaryDirectory() as folder:  # pytest's own are for the user who runs the tests
        Path(folder).chmod(0o755)
        shim, model = Path(folder, "python"), Path(folder, "model.pkl")
        shim.write_text(AS_NOBODY.format(python=real, real=real))
        shim.chmod(0o755)
        model.write_bytes(pickle.dumps(Code()))
        with start(str(shim), folder, bounds=Bounds(require=ALL)) as worker:
            assert isinstance(worker, Worker), worker
            assert {each.name for each in worker.facts.layers if not each.applied} == set()
            assert isinstance(outcome := worker.load(model), Loaded), outcome


@pytest.fixture
def listening() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0)
        yield server


# The filter itself, followed by hand: what it says of a call on a machine that is not this one.


def verdict(machine: str, number: int, arguments: tuple[int, ...] = (), *, arch: int | None = None, **how: Any) -> int:
    """Return what the filter answers to a call, as the kernel would."""
    words = (*arguments, *[0] * (6 - len(arguments)))
    data = struct.pack("<iIQ6Q", number, AUDIT_ARCH[machine] if arch is None else arch, 0, *words)
    steps = program(machine, 1234, **{"empty_network": True, **how})
    at = accumulator = 0
    while True:
        code, yes, no, operand = steps[at]
        at += 1
        match code:
            case 0x20:
                (accumulator,) = struct.unpack_from("<I", data, operand)
            case 0x54:
                accumulator &= operand
            case 0x06:
                return operand
            case _:
                truth = {
                    0x15: accumulator == operand,
                    0x35: accumulator >= operand,
                    0x45: bool(accumulator & operand),
                }[code]
                at += yes if truth else no


MACHINES = pytest.mark.parametrize("machine", sorted(NUMBERS))


@MACHINES
def test_what_is_denied_is_denied_whatever_its_arguments(machine: str) -> None:
    for name in DENIED:
        if name in NUMBERS[machine]:
            assert verdict(machine, NUMBERS[machine][name], (1, 2, 3, 4, 5, 6)) == EPERM, name


@MACHINES
@given(number=st.integers(0, 1000), arguments=st.tuples(*[st.integers(0, 2**64 - 1)] * 6))
def test_what_is_not_known_is_let_through(machine: str, number: int, arguments: tuple[int, ...]) -> None:
    if number not in NUMBERS[machine].values():
        assert verdict(machine, number, arguments) == ALLOW


@MACHINES
@given(number=st.integers(0, 1000))
def test_the_calls_of_another_machine_are_denied(machine: str, number: int) -> None:
    assert verdict(machine, number, arch=0x40000003) == EPERM


@given(number=st.integers(0x40000000, 0x400003FF))
def test_the_second_set_of_calls_of_x86_is_denied(number: int) -> None:
    assert verdict("x86_64", number) == EPERM


@MACHINES
@pytest.mark.parametrize(
    ("name", "arguments", "expected"),
    [
        ("clone", (0x3D0F00,), ALLOW),  # as pthread_create has it
        ("clone", (0x1200011,), EPERM),  # as fork has it
        ("clone", (0x4111,), EPERM),  # as vfork and posix_spawn have it
        ("clone3", (1, 88), ENOSYS),
        ("socket", (2, 1), ALLOW),
        ("socket", (2, 1 | 0o2000000), ALLOW),  # close-on-exec
        ("socket", (10, 2 | 0o4000), ALLOW),  # non-blocking
        ("socket", (2, 3), EPERM),  # raw
        ("socket", (1, 1), EPERM),  # unix
        ("socket", (16, 3), EPERM),  # netlink
        ("socket", (17, 3), EPERM),  # packet
        ("socket", (38, 5), EPERM),  # the kernel's cryptography
        ("socket", (40, 1), EPERM),  # the hypervisor
        ("socketpair", (1, 1), ALLOW),
        ("socketpair", (2, 1), EPERM),
        ("sendto", (3, 4096, 8, 0, 0, 0), ALLOW),
        ("sendto", (3, 4096, 8, 0, 8192, 16), EPERM),
        ("sendto", (3, 4096, 8, 0, 1 << 40, 16), EPERM),
        ("kill", (1234, 15), ALLOW),
        ("kill", (0, 15), ALLOW),
        ("kill", (1, 15), EPERM),
        ("kill", (2**64 - 1, 15), EPERM),  # everybody
        ("tgkill", (1234, 1240, 6), ALLOW),
        ("tgkill", (77, 77, 6), EPERM),
        ("prlimit64", (0, 7, 0, 4096), ALLOW),
        ("prlimit64", (1, 7, 4096, 0), EPERM),
        ("ioctl", (0, 0x5401), ALLOW),  # is it a terminal?
        ("ioctl", (0, 0x5412), EPERM),  # type into it
        ("ioctl", (0, 0x5412 | 1 << 32), EPERM),  # the kernel looks at the low half alone
        ("prctl", (15, 4096), ALLOW),  # a thread's name
        ("prctl", (1, 0), EPERM),  # outlive the gate
    ],
)
def test_some_calls_depend_on_their_arguments(
    machine: str, name: str, arguments: tuple[int, ...], expected: int
) -> None:
    assert verdict(machine, NUMBERS[machine][name], arguments) == expected


@MACHINES
def test_without_a_network_of_its_own_no_socket_is_made_at_all(machine: str) -> None:
    for family in (1, 2, 10, 16):
        assert verdict(machine, NUMBERS[machine]["socket"], (family, 1), empty_network=False) == EPERM

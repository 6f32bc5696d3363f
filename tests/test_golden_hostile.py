"""Handlers that do their worst while golden records are replayed: each finding names what it was; the gate survives."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from gatekeeper_checks.golden_replay import samples

Gate = Callable[..., "subprocess.CompletedProcess[str]"]
MakeCandidate = Callable[..., Path]
POLICY = samples.POLICY.replace("stress: 40", "stress: 40, timeout: 10, memory: 2048")


def serving(statements: str, before: str = "") -> str:
    """Return a handler that runs statements on each request, and answers as it should where it lives on."""
    body = "".join(f"    {line}\n" for line in statements.splitlines())
    return samples.instead('    return {"price"', f'{body}    return {{"price"', before)


FATAL = {
    "aborts": ("os.abort()", "killed by SIGABRT"),
    "reads what is not there": ("ctypes.string_at(0)", "killed by SIGSEGV"),
    "kills itself": ("os.kill(os.getpid(), 9)", "killed by SIGKILL"),
    "exits": ("os._exit(0)", "ended the process with exit status 0"),
    "never ends": ("while True: pass", "did not end within 10 s"),
    "asks for 100 GB": ("bytearray(100 << 30)", "MemoryError"),
    "makes processes": ("[os.fork() for _ in range(20)]", "start another process"),
    "starts a program": ("subprocess.run(['echo', 'price'])", "start the program echo price"),
    "connects": ("socket.create_connection(('192.0.2.1', 80), 1)", "open a connection to 192.0.2.1:80"),
    "asks a name server": ("socket.getaddrinfo('prices.example.org', 443)", "prices.example.org:443"),
    "writes outside": ("open('/etc/price', 'w')", "write to /etc/price"),
    "removes a file": ("os.remove('/etc/hostname')", "remove /etc/hostname"),
    "exits by SystemExit": ("raise SystemExit(0)", "SystemExit"),
}


@pytest.mark.parametrize("how", FATAL)
def test_what_a_handler_does_is_named_and_fails(how: str, gate: Gate, candidate: MakeCandidate) -> None:
    statements, says = FATAL[how]
    serve = serving(statements, "import ctypes\nimport os\nimport socket\nimport subprocess\n\n\n")
    root = candidate({**samples.files(serve=serve), "gatekeeper.yaml": POLICY})
    done = gate("run", root, "--check", "golden-replay")
    assert done.returncode == 1, done.stdout
    assert says in done.stdout


@pytest.mark.parametrize("how", ["aborts", "never ends", "writes outside"])
def test_so_it_is_where_the_handler_is_made(how: str, gate: Gate, candidate: MakeCandidate) -> None:
    statements, says = FATAL[how]
    root = candidate({**samples.files(serve=f"import os\n{statements}\n{samples.SERVE}"), "gatekeeper.yaml": POLICY})
    done = gate("run", root, "--check", "golden-replay")
    assert done.returncode == 1, done.stdout
    assert says in done.stdout


def test_what_it_tried_and_swallowed_is_a_finding_though_every_answer_is_right(
    gate: Gate, candidate: MakeCandidate
) -> None:
    swallowed = "try:\n    socket.create_connection(('192.0.2.1', 80), 1)\nexcept OSError:\n    pass"
    root = candidate(samples.files(serve=serving(swallowed, "import socket\n\n\n")))
    done = gate("run", root, "--check", "golden-replay")
    assert done.returncode == 1
    assert "golden-replay/reaches-out" in done.stdout
    assert "bitwise equal" in done.stdout
    assert "golden-replay/deviates" not in done.stdout


def test_a_layer_that_is_required_and_not_there_is_undecided(gate: Gate, candidate: MakeCandidate) -> None:
    """A program may start programs: no sandbox here keeps that in, and the policy says that one must."""
    policy = samples.POLICY.replace('"serve:handler"', '"exec: ./serve"').replace(
        "stress: 40", "stress: 40, require_sandbox: [net, fs, processes]"
    )
    root = candidate({**samples.files(policy=policy), "gatekeeper.yaml": policy})
    done = gate("golden", "replay", root)
    assert "require net and fs alone for a program" in done.stdout


def test_the_layers_that_are_required_and_there_are_told(gate: Gate, candidate: MakeCandidate) -> None:
    policy = samples.POLICY.replace("stress: 40", "stress: 40, require_sandbox: [net, fs, processes]")
    done = gate("run", candidate(samples.files(policy=policy)), "--check", "golden-replay")
    assert done.returncode == 0, done.stdout
    assert "keeps out fs, net, processes" in done.stdout

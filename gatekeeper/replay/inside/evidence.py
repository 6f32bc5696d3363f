"""What the candidate tries, told by Python's audit events while it tries. Evidence, and no wall: the layers are that.

Each attempt is a line of JSON on a pipe of its own, so that it is known even when the process does not live to answer.
Beside it stands what it reads of the machine: no fault, but the answer of a run depends on it, too.
"""

# `os.path` and `open`, where ruff likes `pathlib`: paths here are text that the candidate gave.
# ruff: noqa: PTH109, PTH118

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from typing import Any

MAX_ATTEMPTS = 100
MAX_READ = 1 << 15
"""Bytes of paths that are told: the pipe holds more, and who reads more files than that is not remembered."""

_MAX_PATH = 1000
_MAX_TEXT = 200
_LISTING = ("os.listdir", "os.scandir")
_MADE_BY_THE_KERNEL = ("/proc/", "/sys/", "/dev/")
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
# What joblib, platform and ctypes ask about the machine: it is denied like any other program, and no news.
_ASKING = {"lscpu", "uname", "ldconfig", "/sbin/ldconfig"}
_INTERNET = {2: "IPv4", 10: "IPv6"}


class Recorder:
    """Writes down attempts, each once, at most `MAX_ATTEMPTS`, and what is read outside of `root`."""

    def __init__(self, target: int, allowed: list[str], root: str) -> None:
        self._target = target
        self._allowed = tuple(os.path.join(each, "") for each in allowed)
        self._known: set[str] = set()
        self._own = (*self._allowed, os.path.join(root, ""), *_MADE_BY_THE_KERNEL)
        self._read: set[str] = set()
        self._room = MAX_READ
        self._on = False
        self._words: dict[str, Callable[[Any], str]] = {
            "socket.connect": lambda a: "open a connection to " + _address(a[1]),
            "socket.getaddrinfo": lambda a: f"look up the address of {_plain(a[0])}:{_plain(a[1])}",
            "socket.gethostbyname": lambda a: "look up the address of " + _plain(a[0]),
            "socket.bind": lambda a: "listen on " + _address(a[1]),
            "socket.sendto": lambda a: "send to " + _address(a[1]),
            "socket.sendmsg": lambda a: "send to " + _address(a[1]),
            "subprocess.Popen": lambda a: _started(a[0], a[1]),
            "os.system": lambda a: "run the command " + _plain(a[0]),
            "os.exec": lambda a: "become the program " + _plain(a[0]),
            "os.posix_spawn": lambda a: "start the program " + _plain(a[0]),
            "os.fork": lambda _: "start another process",
            "os.forkpty": lambda _: "start another process",
            "os.kill": lambda a: f"send signal {_plain(a[1])} to process {_plain(a[0])}",
            "os.killpg": lambda a: f"send signal {_plain(a[1])} to process group {_plain(a[0])}",
        }
        self._paths = {
            **{"os." + name: name for name in "remove rmdir mkdir truncate chmod chown link symlink rename".split()},
            "shutil.rmtree": "remove",
        }

    def begin(self) -> None:
        """Take notes from now on: what runs is the candidate's."""
        self._on = True

    def install(self) -> str:
        """Hear Python's audit events; they can't be left again. Returns the layer in words."""
        sys.addaudithook(self._hear)
        return "attempts are told"

    def _hear(self, event: str, arguments: tuple[Any, ...]) -> None:
        if not self._on:
            return
        try:
            text = self._text(event, arguments)
        except (IndexError, TypeError, ValueError, RecursionError):
            text = "do something odd: " + event  # the event has other arguments in this version
        if text:
            self._note(text)
        elif event == "open" or event in _LISTING:
            self._look(arguments[0] if arguments else None)

    def _text(self, event: str, arguments: tuple[Any, ...]) -> str:
        if event == "open":
            return self._opened(arguments)
        if event in self._words:
            return self._words[event](arguments)
        if event in self._paths and not self._is_allowed(arguments[0]):
            return f"{self._paths[event]} {_plain(arguments[0])}"
        if event == "socket.__new__" and type(arguments[1]) is int and arguments[1] in _INTERNET:
            return f"make an {_INTERNET[arguments[1]]} socket"
        return ""

    def _opened(self, arguments: tuple[Any, ...]) -> str:
        path, _, flags = arguments
        if type(flags) is not int or not flags & _WRITING or type(path) is int or self._is_allowed(path):
            return ""
        return "write to " + _plain(path)

    def _is_allowed(self, path: Any) -> bool:
        name = _absolute(path)
        return name is not None and (name.startswith(self._allowed) or name == os.devnull)

    def _look(self, path: Any) -> None:
        """Tell of what is read that is neither the candidate's nor the interpreter's; of too much, that it is that."""
        name = _absolute("." if path is None else path)
        if name is None or name in self._read or self._room < 0 or name.startswith(self._own):
            return
        if any(each and name.startswith(each) for each in sys.path):
            return
        self._read.add(name)
        self._room -= len(name)
        told = name if self._room >= 0 and len(name) <= _MAX_PATH else None
        os.write(self._target, json.dumps({"read": told}).encode("ascii") + b"\n")

    def _note(self, text: str) -> None:
        text = text[:_MAX_TEXT]
        if text in self._known or len(self._known) >= MAX_ATTEMPTS:
            return
        self._known.add(text)
        os.write(self._target, json.dumps(text).encode("ascii", "replace") + b"\n")


def _absolute(path: Any) -> str | None:
    """Return a path of a plain type from the root on; None for what is none, a descriptor among it."""
    name = path.decode("utf-8", "surrogateescape") if type(path) is bytes else path
    if type(name) is not str:
        return None
    return os.path.normpath(name if name.startswith("/") else os.getcwd() + "/" + name)


def _plain(value: Any) -> str:
    """Return a value of a plain type in words; another's own text would run the candidate's code."""
    if type(value) in (str, int, type(None)):
        return str(value)[:_MAX_TEXT]
    if type(value) is bytes:
        return value[:_MAX_TEXT].decode("utf-8", "replace")
    return f"<{type(value).__name__}>"


def _address(value: Any) -> str:
    if type(value) is tuple and len(value) >= 2:
        return f"{_plain(value[0])}:{_plain(value[1])}"
    return _plain(value)


def _started(executable: Any, arguments: Any) -> str:
    words = _command(executable, arguments)
    return "" if words.split(" ")[0] in _ASKING else "start the program " + words


def _command(executable: Any, arguments: Any) -> str:
    if type(arguments) in (list, tuple) and arguments:
        return " ".join(_plain(each) for each in arguments[:8])
    return _plain(arguments if type(arguments) in (str, bytes) else executable)

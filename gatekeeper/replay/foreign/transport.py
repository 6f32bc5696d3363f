"""One HTTP request to a server on this machine, within its time and size. No proxy, no redirect, no other machine."""

from __future__ import annotations

import http.client
import io
import ipaddress
import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import SplitResult, urlsplit

from gatekeeper.errors import UsageError
from gatekeeper.replay.exchange import Nonsense, TimedOut, Trouble

MAX_BODY = 32 << 20
"""Bytes of one answer."""

_FIX = "name a server on this machine, as http://127.0.0.1:8080/predict"
_SHOWN = 200


class Unreachable(Trouble):
    """Nobody listens there."""


class Disconnected(Trouble):
    """The server ended the connection before its answer was whole."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where a server listens: `host` is an address of this machine or localhost; `netloc` as the URL has it."""

    host: str
    port: int
    netloc: str
    target: str


@dataclass(frozen=True, slots=True)
class Response:
    """A whole answer; the names of its headers are in small letters."""

    status: int
    reason: str
    headers: Mapping[str, str]
    body: bytes


def address(url: str) -> Address:
    """Return where a URL leads.

    Raises:
        UsageError: it is no plain HTTP URL, or leads to another machine.
    """
    shown = ascii(url[:_SHOWN])
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise UsageError(f"got the URL {shown}, which is none: {error}", fix=_FIX) from error
    if parts.scheme.lower() != "http":
        raise UsageError(f"got the URL {shown}, expected one that begins with http://", fix=_FIX)
    if not url.isascii() or not url.isprintable() or " " in url or "\\" in url:
        raise UsageError(f"got the URL {shown}, with a character that none may have", fix="escape it: %20 for a space")
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise UsageError(f"got the URL {shown} with a user, a password or a fragment", fix="leave it out")
    host = parts.hostname or ""
    if not _is_loopback(host):
        what = f"got the URL {shown}, whose host {host[:_SHOWN]!r} is not this machine"
        raise UsageError(what, fix=f"{_FIX}; a replay sends records nowhere else")
    return Address(host, 80 if port is None else port, parts.netloc, _target(parts))


def _target(parts: SplitResult) -> str:
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def send(at: Address, target: str, body: bytes | None, until: float) -> Response:
    """Post a JSON text, or get what there is; return the answer, whatever its status.

    Args:
        at: The server.
        target: The path and the query.
        body: The JSON text; None to get.
        until: When the answer must be whole, on the monotonic clock.

    Raises:
        Trouble: there is none.
        UsageError: localhost is another machine's address here.
    """
    headers = {"Host": at.netloc, "Accept": "application/json", "Accept-Encoding": "identity", "Connection": "close"}
    if body is not None:
        headers["Content-Type"] = "application/json"
    connection = http.client.HTTPConnection(at.host, at.port)
    try:
        with _connected(at, until) as connected:
            connection.sock = cast("socket.socket", _Timed(connected, until))
            connection.request("GET" if body is None else "POST", target, body=body, headers=headers)
            return _received(connection.getresponse())
    except TimeoutError as error:
        raise TimedOut("no answer in time") from error
    except http.client.IncompleteRead as error:
        raise Disconnected("closed the connection in the middle of its answer") from error
    except (http.client.RemoteDisconnected, ConnectionError) as error:
        raise Disconnected("closed the connection before it answered") from error
    except http.client.HTTPException as error:
        raise Nonsense(f"answered what is no HTTP: {type(error).__name__}: {str(error)[:100]!a}") from error
    except ValueError as error:  # the size of a chunk, as one version of Python tells it
        raise Nonsense(f"answered what is no HTTP: {str(error)[:100]!a}") from error


def _received(response: http.client.HTTPResponse) -> Response:
    length = response.length
    if length is not None and length > MAX_BODY:
        raise Nonsense(f"announced an answer of {length} bytes, expected at most {MAX_BODY}")
    body = response.read(MAX_BODY + 1)
    if len(body) > MAX_BODY:
        raise Nonsense(f"answered more than {MAX_BODY} bytes")
    if length is not None and len(body) < length:
        raise Disconnected("closed the connection in the middle of its answer")
    headers = {name.lower(): value for name, value in response.getheaders()}
    return Response(response.status, response.reason, headers, body)


def _connected(at: Address, until: float) -> socket.socket:
    """Return a connection; a name is resolved here, once, so that what was looked at is what is connected to."""
    try:
        found = socket.getaddrinfo(at.host, at.port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise Unreachable(f"can't be found: {error.strerror}") from error
    why = "there is no address"
    for family, kind, protocol, _, where in found:
        if not _is_loopback(str(where[0])):
            raise UsageError(f"{at.host} is {where[0]} here, which is not this machine", fix=_FIX)
        made = socket.socket(family, kind, protocol)
        try:
            made.settimeout(_left(until))
            made.connect(where)
        except (OSError, TimedOut) as error:
            made.close()
            if isinstance(error, TimedOut | TimeoutError):
                raise
            why = error.strerror or "no connection"
            continue
        return made
    raise Unreachable(f"can't be reached: {why.lower()}")


def _left(until: float) -> float:
    left = until - time.monotonic()
    if left <= 0:
        raise TimedOut("no answer in time")
    return left


class _Timed:
    """A socket whose every read and write ends when the time is over, however slowly the other side goes."""

    def __init__(self, connected: socket.socket, until: float) -> None:
        self._socket, self._until = connected, until

    def sendall(self, data: Any) -> None:
        """Send all of it."""
        self._socket.settimeout(_left(self._until))
        self._socket.sendall(data)

    def makefile(self, _mode: str) -> io.BufferedReader:
        """Return what can be read from it."""
        return io.BufferedReader(_Reading(self._socket, self._until))

    def close(self) -> None:
        """Leave it to `send`: the answer is still read when the connection has been told that it is the last."""


class _Reading(io.RawIOBase):
    def __init__(self, connected: socket.socket, until: float) -> None:
        super().__init__()
        self._socket, self._until = connected, until

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._socket.settimeout(_left(self._until))
        return self._socket.recv_into(buffer)

"""A server on this machine that is asked over HTTP: KServe's protocol version 2, or plain JSON.

Where the URL's path ends in /infer it is the former: `http://127.0.0.1:8080/v2/models/demand/infer`. Any other is sent
each record as a JSON object, and what it answers is taken as it is. Statuses from 400 on are the record's own outcome,
as an exception of the production handler is.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from gatekeeper import strict_json
from gatekeeper.replay.exchange import Nonsense, TimedOut, Trouble
from gatekeeper.replay.flattening import Unflattenable, Unsayable, flattened, sayable
from gatekeeper.replay.foreign import transport
from gatekeeper.replay.foreign.lines import shown
from gatekeeper.replay.foreign.transport import Address, Disconnected, Response, Unreachable
from gatekeeper.replay.observed import Answer, Replayed, Value, Watched
from gatekeeper.replay.outcomes import Fault, Reason, Refused

_INFER = "/infer"
_MAX_TEXT = 2000
_MAX_INPUTS = 10_000


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a server is asked.

    Attributes:
        url: of a server on this machine: an address in 127.0.0.0/8, ::1, or localhost.

    Raises:
        UsageError: it is no such URL.
    """

    url: str
    _at: Address = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_at", transport.address(self.url))

    @property
    def is_kserve(self) -> bool:
        """Whether it is asked by KServe's protocol."""
        return self._at.target.partition("?")[0].endswith(_INFER)

    def replay(
        self,
        records: Sequence[Mapping[str, Any]],
        *,
        ids: Sequence[str] = (),
        each: float = 10.0,
        timeout: float = 60.0,
    ) -> Replayed | Refused:
        """Ask for one record after the other, each on a connection of its own.

        Args:
            records: Values by name: JSON's, arrays, or `Value`.
            ids: What they are called; "r001", "r002", ... where they are not given.
            each: Seconds for one record.
            timeout: Seconds for all.

        Raises:
            UsageError: localhost is another machine here.
        """
        until = time.monotonic() + timeout
        found: list[Answer] = []
        name = "r001"
        try:
            declared = self._declared(records, min(until, time.monotonic() + each)) if self.is_kserve else {}
            for position, record in enumerate(records):
                name = ids[position] if ids else f"r{position + 1:03d}"
                found.append(self._ask(name, record, declared, min(until, time.monotonic() + each)))
        except Trouble as trouble:
            return self._refused(name, trouble, each, timeout, is_over=time.monotonic() >= until)
        return Replayed(answers=tuple(found), watched=Watched())

    def _declared(self, records: Sequence[Mapping[str, Any]], until: float) -> dict[str, tuple[str, list[int]]]:
        """Return what the server says of its inputs; nothing where it says nothing that can be used."""
        from gatekeeper.replay.foreign import tensors  # noqa: PLC0415 - numpy is loaded when there are tensors

        if not any(tensors.needs_declaration(each) for each in records):
            return {}
        path = self._at.target.partition("?")[0].removesuffix(_INFER)
        response = transport.send(self._at, path, None, until)
        try:
            said = _read(response) if response.status == 200 else {}
        except Unflattenable:
            return {}  # the inference itself says what is wrong with it
        listed = said.get("inputs") if isinstance(said, dict) else None
        return dict(_declarations(listed[:_MAX_INPUTS] if isinstance(listed, list) else []))

    def _ask(
        self, name: str, record: Mapping[str, Any], declared: Mapping[str, tuple[str, list[int]]], until: float
    ) -> Answer:
        try:
            body = self._body(name, record, declared)
        except Unsayable as error:
            return Answer(outputs=None, fault=Fault(kind="unfit", type="Unsayable", message=str(error)))
        begun = time.monotonic()
        response = transport.send(self._at, self._at.target, body, until)
        seconds = time.monotonic() - begun
        if 300 <= response.status < 400:
            where = shown(response.headers.get("location", "").encode())
            raise Nonsense(f"answered with a redirect ({response.status}) to {where}, and none is followed")
        if response.status >= 400:
            fault = _http_fault(response)
            return Answer(outputs=None, status=response.status, fault=fault, seconds=seconds)
        try:
            outputs = self._outputs(name, _read(response))
        except Unflattenable as error:
            fault = Fault(kind="unfit", type="Unfit", message=f"its answer can't be used: {error}"[:_MAX_TEXT])
            return Answer(outputs=None, status=response.status, fault=fault, seconds=seconds)
        return Answer(outputs=outputs, status=response.status, seconds=seconds)

    def _body(self, name: str, record: Mapping[str, Any], declared: Mapping[str, tuple[str, list[int]]]) -> bytes:
        said: dict[str, Any] = sayable(record)
        if self.is_kserve:
            from gatekeeper.replay.foreign import tensors  # noqa: PLC0415 - numpy is loaded when there are tensors

            said = {"id": name, "inputs": tensors.inputs(record, declared)}
        return json.dumps(said, allow_nan=False, separators=(",", ":")).encode()

    def _outputs(self, name: str, said: Any) -> dict[str, Value]:
        if not self.is_kserve:
            return flattened(said)
        from gatekeeper.replay.foreign import tensors  # noqa: PLC0415 - numpy is loaded when there are tensors

        found = tensors.outputs(said)
        if said.get("id", name) != name:
            raise Unflattenable(f"it answers {str(said['id'])[:80]!r}, which was not asked for")
        return found

    def _refused(self, name: str, trouble: Trouble, each: float, timeout: float, *, is_over: bool) -> Refused:
        match trouble:
            case TimedOut():
                limit = f"the replay's {timeout:g} s were over" if is_over else f"did not answer within {each:g} s"
                reason, how, fix = Reason.TIMED_OUT, limit, "if it is not hung, allow it more time"
            case Unreachable():
                reason, how = Reason.ENDED, str(trouble)
                fix = "start the server before the gate runs, and wait until it is ready"
            case Disconnected():
                reason, how, fix = Reason.ENDED, str(trouble), "look into the server's log for what this record does"
            case _:
                reason, how = Reason.NONSENSE, str(trouble)
                fix = "name the URL that answers a POST of JSON itself"
        return Refused(reason=reason, what=f"the server {self.url}, asked for the record {name}: {how}", fix=fix)


def _read(response: Response) -> Any:
    kind, _, parameters = response.headers.get("content-type", "").lower().partition(";")
    kind = kind.strip()
    if kind != "application/json" and not (kind.startswith("application/") and kind.endswith("+json")):
        what = f"its content type is {shown(kind.encode())}" if kind else "it has no content type"
        raise Unflattenable(f"{what}, expected application/json; it says {shown(response.body)}")
    charset = parameters.replace(" ", "").replace('"', "").removeprefix("charset=")
    if charset not in {"", "utf-8", "utf8", "us-ascii"} or response.headers.get("content-encoding", "identity") != (
        "identity"
    ):
        raise Unflattenable("it is encoded in another way than UTF-8, which JSON is sent in")
    try:
        return strict_json.loads(response.body.decode())
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise Unflattenable(f"it is no JSON: {shown(response.body)}") from error
    except RecursionError as error:
        raise Unflattenable("it is nested too deeply") from error
    except ValueError as error:
        raise Unflattenable(str(error)) from error


def _http_fault(response: Response) -> Fault:
    """Return what a status from 400 on is: the exception that the server told in its own way."""
    body = response.body.rstrip()
    if body.startswith(b"Traceback"):  # some servers send one, and its end says what it was
        body = body[body.rfind(b"\n") + 1 :]
    text = shown(body, 300)[1:-1] if body else ""
    reason = shown(response.reason.encode("utf-8", "replace"))[1:-1]
    return Fault(kind="raised", type=f"HTTP {response.status} {reason}".strip(), message=text, status=response.status)


def _declarations(listed: Sequence[Any]) -> list[tuple[str, tuple[str, list[int]]]]:
    found = []
    for each in listed:
        match each:
            case {"name": str(name), "datatype": str(datatype), "shape": [*shape]} if len(shape) <= 16 and all(
                type(size) is int for size in shape
            ):
                found.append((name, (datatype, shape)))
            case _:
                continue  # one that can't be used; the server says itself what it wants
    return found

"""A server on this machine: asked in KServe's protocol or in plain JSON, over real sockets, and believed in nothing."""

from __future__ import annotations

import json
import math
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import numpy as np
import pytest

from gatekeeper.errors import UsageError
from gatekeeper.replay.foreign import transport
from gatekeeper.replay.foreign.http import Endpoint
from gatekeeper.replay.foreign.naming import Command, Factory, parse_predictor
from gatekeeper.replay.observed import Answer, Replayed, Value
from gatekeeper.replay.outcomes import Reason, Refused

Respond = Callable[[BaseHTTPRequestHandler, bytes], None]


@contextmanager
def serving(respond: Respond) -> Iterator[str]:
    """Serve on a port of this machine; `respond` is given each request and its body."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            respond(self, self.rfile.read(int(self.headers["Content-Length"])))

        def do_GET(self) -> None:
            respond(self, b"")

        def log_message(self, *_: Any) -> None:
            pass

    class Server(ThreadingHTTPServer):
        def handle_error(self, *_: Any) -> None:
            pass  # the gate has left before the answer, as some tests want it

    with Server(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


def say(
    handler: BaseHTTPRequestHandler, said: Any, status: int = 200, kind: str | None = "application/json", **headers: str
) -> None:
    body = said if isinstance(said, bytes) else json.dumps(said).encode()
    handler.send_response(status)
    if kind is not None:
        handler.send_header("Content-Type", kind)
    handler.send_header("Content-Length", str(len(body)))
    for name, value in headers.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.end_headers()
    handler.wfile.write(body)


@contextmanager
def writing(*blocks: bytes, pause: float = 0.0) -> Iterator[str]:
    """Serve one connection with bytes as they are, whatever is asked; without any, say nothing and keep it open."""
    stop = threading.Event()

    def serve() -> None:
        connection, _ = server.accept()
        with connection:
            asked = b""
            while not asked.endswith(b"\r\n\r\n{}"):  # the empty record: to leave with it unread would be a reset
                asked += connection.recv(65536)
            for each in blocks:
                if stop.wait(pause):
                    return
                try:
                    connection.sendall(each)
                except OSError:
                    return
            if not blocks:
                stop.wait(30)

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.getsockname()[1]}/predict"
        finally:
            stop.set()
            thread.join()


def answered(outcome: Replayed | Refused) -> tuple[Answer, ...]:
    assert isinstance(outcome, Replayed), outcome
    return outcome.answers


def refused(outcome: Replayed | Refused, reason: Reason) -> Refused:
    assert isinstance(outcome, Refused), outcome
    assert outcome.reason is reason, outcome
    assert outcome.what.isprintable()
    assert outcome.fix
    assert "asked for the record r001" in outcome.what
    return outcome


def one(respond: Respond, path: str = "/predict", record: Any = None) -> Answer:
    with serving(respond) as url:
        (answer,) = answered(Endpoint(url + path).replay([{"x": 1.5} if record is None else record]))
    return answer


# Plain JSON


def test_a_record_is_posted_as_json_and_its_answer_read_by_name() -> None:
    asked = []

    def respond(handler: BaseHTTPRequestHandler, body: bytes) -> None:
        asked.append((handler.command, handler.path, handler.headers["Content-Type"], json.loads(body)))
        say(handler, {"price": 2.5, "labels": ["a", "b"]}, status=201)

    answer = one(respond, "/predict?version=2", {"x": np.float32(0.1), "region": "nord"})
    assert asked == [
        ("POST", "/predict?version=2", "application/json", {"x": float(np.float32(0.1)), "region": "nord"})
    ]
    assert answer.status == 201
    assert answer.outputs == {
        "price": Value(dtype="float", shape=(), values=(2.5,)),
        "labels": Value(dtype="text", shape=(2,), values=("a", "b")),
    }
    assert answer.seconds > 0


@pytest.mark.parametrize("status", [400, 422, 500, 503])
def test_a_status_from_400_on_is_the_records_outcome_and_the_next_is_asked(status: int) -> None:
    def respond(handler: BaseHTTPRequestHandler, body: bytes) -> None:
        first = json.loads(body)["x"] == 1
        say(handler, {"detail": "no such region"} if first else {"y": 1}, status=status if first else 200)

    with serving(respond) as url:
        first, second = answered(Endpoint(url).replay([{"x": 1}, {"x": 2}]))
    assert first.outputs is None
    assert first.status == status
    assert first.fault is not None
    assert first.fault.status == status
    assert str(first.fault).startswith(f"HTTP {status} ")
    assert "no such region" in first.fault.message
    assert second.outputs is not None


@pytest.mark.parametrize(
    ("said", "how", "expected"),
    [
        (b"<html>", {"kind": "text/html"}, "its content type is 'text/html', expected application/json"),
        (b"1", {"kind": None}, "it has no content type"),
        (b"1", {"kind": "application/json; charset=latin-1"}, "encoded in another way"),
        (b"1", {"Content_Encoding": "gzip"}, "encoded in another way"),
        (b"", {}, "it is no JSON: ''"),
        (b"{", {}, "it is no JSON"),
        (b"\xff", {}, "it is no JSON"),
        (b'{"y": NaN}', {}, "got NaN, which JSON does not have"),
        (b'{"y": 1, "y": 2}', {}, "the key 'y' twice"),
        (b"[" * 100_000, {}, "nested too deeply"),
        (b"{}", {}, "it names no output"),
    ],
)
def test_an_answer_that_can_not_be_used_is_the_records_fault(said: bytes, how: dict[str, Any], expected: str) -> None:
    answer = one(lambda handler, _: say(handler, said, **how))
    assert answer.outputs is None
    assert expected in str(answer.fault)


def test_a_chunked_answer_is_read_whole() -> None:
    kind = b"Content-Type: application/vnd.api+json; charset=utf-8\r\n"
    head = b"HTTP/1.1 200 OK\r\n" + kind + b"Transfer-Encoding: chunked\r\n\r\n"
    with writing(head, b'5\r\n{"y":\r\n', b"4\r\n 2.5\r\n1\r\n}\r\n0\r\n\r\n") as url:
        (answer,) = answered(Endpoint(url).replay([{}]))
    assert answer.outputs == {"y": Value(dtype="float", shape=(), values=(2.5,))}


@pytest.mark.parametrize(
    ("blocks", "reason", "expected"),
    [
        ([b""], Reason.ENDED, "closed the connection before it answered"),
        ([b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{"], Reason.ENDED, "in the middle of its answer"),
        ([b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\n{"], Reason.ENDED, "in the middle of its answer"),
        (
            [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n"],
            Reason.ENDED,
            "in the middle of its answer",
        ),
        ([b"hello\r\n"], Reason.NONSENSE, "no HTTP"),
        ([b"HTTP/1.1 abc OK\r\n\r\n"], Reason.NONSENSE, "no HTTP"),
        ([b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * 200 + b"\r\n"], Reason.NONSENSE, "no HTTP"),
        ([b"HTTP/1.1 200 OK\r\na: " + b"b" * 99_999 + b"\r\n\r\n"], Reason.NONSENSE, "no HTTP"),
        ([b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n"], Reason.NONSENSE, "announced an answer of"),
        (
            [b"HTTP/1.1 302 Found\r\nLocation: http://10.0.0.1/\r\n\r\n"],
            Reason.NONSENSE,
            "a redirect (302) to 'http://10",
        ),
    ],
)
def test_a_server_that_speaks_no_http_or_leaves_early_is_refused(
    blocks: list[bytes], reason: Reason, expected: str
) -> None:
    with writing(*blocks) as url:
        assert expected in refused(Endpoint(url).replay([{}]), reason).what


def test_an_answer_without_end_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "MAX_BODY", 1 << 16)
    with writing(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n", *[b"1" * 4096] * 100) as url:
        assert "answered more than 65536 bytes" in refused(Endpoint(url).replay([{}]), Reason.NONSENSE).what


def test_a_server_that_never_answers_is_given_up() -> None:
    with writing() as url:
        outcome = refused(Endpoint(url).replay([{}], each=0.3), Reason.TIMED_OUT)
        assert "did not answer within 0.3 s" in outcome.what


@pytest.mark.parametrize("head", [b"", b"HTTP/1.1 200 OK\r\n\r\n"])
def test_one_that_answers_byte_by_byte_is_given_up_too(head: bytes) -> None:
    """Each byte comes in time, the whole does not."""
    with writing(head, *[b"a"] * 1000, pause=0.05) as url:
        refused(Endpoint(url).replay([{}], each=0.5), Reason.TIMED_OUT)


def test_all_records_together_have_a_time_too() -> None:
    def respond(handler: BaseHTTPRequestHandler, _: bytes) -> None:
        time.sleep(0.2)
        say(handler, 1)

    with serving(respond) as url:
        outcome = Endpoint(url).replay([{}] * 100, timeout=0.5)
    assert isinstance(outcome, Refused)
    assert outcome.reason is Reason.TIMED_OUT
    assert "the replay's 0.5 s were over" in outcome.what


def test_where_nobody_listens_is_said() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    outcome = refused(Endpoint(f"http://127.0.0.1:{port}/p").replay([{}]), Reason.ENDED)
    assert "can't be reached: connection refused" in outcome.what


def test_no_proxy_of_the_environment_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert one(lambda handler, _: say(handler, 1)).fault is None


def test_localhost_is_asked_where_it_is_this_machine_and_nowhere_else(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(lambda handler, _: say(handler, 1)) as url:
        endpoint = Endpoint(url.replace("127.0.0.1", "localhost"))
        assert answered(endpoint.replay([{}]))[0].fault is None
        elsewhere = [(socket.AF_INET, socket.SOCK_STREAM, 0, "", ("192.0.2.1", 80))]
        monkeypatch.setattr("socket.getaddrinfo", lambda *_, **__: elsewhere)
        with pytest.raises(UsageError, match=r"localhost is 192\.0\.2\.1 here"):
            endpoint.replay([{}])


@pytest.mark.parametrize(
    "url",
    [
        *("http://10.0.0.1/x", "http://example.org/x", "http://[2001:db8::1]/", "http://0.0.0.0/", "http://128.0.0.1/"),
        *("http://127.0.0.1.example.org/", "http://localhost.example.org/", "http://2130706433/", "http://127.1/"),
        *("https://127.0.0.1/x", "ftp://127.0.0.1/", "http://", "http:///x", "http://[::1", "http://127.0.0.1:99999/"),
        *(
            "http://user:word@127.0.0.1/",
            "http://127.0.0.1@example.org/",
            "http://127.0.0.1/#x",
            "http://127.0.0.1/a b",
        ),
        *("http://127.0.0.1/\r\nX: y", "http://127.0.0.1\\@example.org/", "http://127.0.0.1/é"),
    ],
)
def test_any_other_url_is_refused(url: str) -> None:
    with pytest.raises(UsageError) as raised:
        Endpoint(url)
    assert raised.value.fix


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1", "HTTP://127.8.9.1:80/x", "http://[::1]:8080/x", "http://localhost/"]
)
def test_this_machine_has_many_names(url: str) -> None:
    assert Endpoint(url).url == url


# KServe's protocol

DECLARED = {
    "name": "m",
    "platform": "test",
    "inputs": [
        {"name": "x", "datatype": "FP32", "shape": [-1, 2]},
        {"name": "n", "datatype": "INT32", "shape": [-1, 1]},
        {"name": "odd", "datatype": 3, "shape": "x"},
    ],
    "outputs": [{"name": "y", "datatype": "FP32", "shape": [-1]}],
}


class KServe:
    """A model server that answers with what it is given, and remembers what it was asked."""

    def __init__(self, outputs: Any, *, declared: Any = DECLARED, **more: Any) -> None:
        self.outputs, self.declared, self.more = outputs, declared, more
        self.asked: list[Any] = []

    def __call__(self, handler: BaseHTTPRequestHandler, body: bytes) -> None:
        if handler.command == "GET":
            assert handler.path == "/v2/models/m"
            say(handler, self.declared, status=200 if self.declared else 404)
            return
        assert handler.path == "/v2/models/m/infer"
        self.asked.append(json.loads(body))
        say(handler, {"model_name": "m", "id": self.asked[-1]["id"], "outputs": self.outputs, **self.more})


def tensor(datatype: str, data: Any, shape: list[int] | None = None, name: str = "y") -> dict[str, Any]:
    return {"name": name, "datatype": datatype, "shape": [len(data)] if shape is None else shape, "data": data}


def test_inputs_become_typed_tensors() -> None:
    server = KServe([tensor("FP32", [0.5])])
    record = {
        "image": np.arange(6, dtype=np.uint8).reshape(1, 2, 3),
        "half": np.array([0.5], dtype=np.float16),
        "words": np.array(["a", "ø"]),
        "flag": np.array(1, dtype=bool),
        "kept": Value(dtype="int64", shape=(1,), values=np.array([2**53 + 1])),
    }
    assert one(server, "/v2/models/m/infer", record).fault is None
    assert server.asked == [
        {
            "id": "r001",
            "inputs": [
                {"name": "image", "shape": [1, 2, 3], "datatype": "UINT8", "data": [0, 1, 2, 3, 4, 5]},
                {"name": "half", "shape": [1], "datatype": "FP16", "data": [0.5]},
                {"name": "words", "shape": [2], "datatype": "BYTES", "data": ["a", "ø"]},
                {"name": "flag", "shape": [1], "datatype": "BOOL", "data": [True]},
                {"name": "kept", "shape": [1], "datatype": "INT64", "data": [2**53 + 1]},
            ],
        }
    ]


@pytest.mark.parametrize(
    ("declared", "x", "n"), [(DECLARED, ("FP32", [1, 2]), ("INT32", [1, 1])), ({}, ("FP64", [2]), ("INT64", [1]))]
)
def test_what_json_has_is_sent_as_the_server_declares_it_else_in_full_width(declared: Any, x: Any, n: Any) -> None:
    server = KServe([tensor("FP32", [0.5])], declared=declared)
    one(server, "/v2/models/m/infer", {"x": [1.5, 2.5], "n": 3, "region": "nord", "odd": 1.5})
    sent = {each["name"]: (each["datatype"], each["shape"]) for each in server.asked[0]["inputs"]}
    assert sent == {"x": x, "n": n, "region": ("BYTES", [1]), "odd": ("FP64", [1])}


def test_a_fraction_is_never_sent_as_the_whole_number_that_is_declared() -> None:
    server = KServe([tensor("FP32", [0.5])])
    one(server, "/v2/models/m/infer", {"n": 2.5})
    assert server.asked[0]["inputs"][0]["datatype"] == "FP64"


def test_outputs_keep_their_datatype_shape_and_order() -> None:
    outputs = [
        tensor("FP32", [0.1, 2, 3.5, 4], [2, 2]),
        tensor("FP64", [[0.1], [0.2]], [2, 1], "nested"),
        tensor("INT64", [2**63 - 1, -(2**63)], name="whole"),
        tensor("UINT8", [0, 255], name="bytes"),
        tensor("BOOL", [True, False], name="flags"),
        tensor("BYTES", ["a", "ø"], name="words"),
        tensor("FP32", [], [0, 3], name="none"),
    ]
    answer = one(KServe(outputs), "/v2/models/m/infer")
    assert answer.outputs is not None, answer.fault
    assert {name: (each.dtype, each.shape) for name, each in answer.outputs.items()} == {
        "y": ("float32", (2, 2)),
        "nested": ("float64", (2, 1)),
        "whole": ("int64", (2,)),
        "bytes": ("uint8", (2,)),
        "flags": ("bool", (2,)),
        "words": ("text", (2,)),
        "none": ("float32", (0, 3)),
    }
    floats = answer.outputs["y"].values
    assert isinstance(floats, np.ndarray)
    assert floats.dtype == np.float32
    assert floats.tolist() == [float(np.float32(0.1)), 2.0, 3.5, 4.0]
    assert [int(each) for each in answer.outputs["whole"].values] == [2**63 - 1, -(2**63)]
    assert answer.outputs["words"].values == ("a", "ø")
    assert answer.outputs["flags"].values == (True, False)


@pytest.mark.parametrize(
    ("outputs", "expected"),
    [
        ([], 'it has no "outputs"'),
        (None, 'it has no "outputs"'),
        ([3], "an output has no name"),
        ([tensor("FP32", [1.0]), tensor("FP32", [1.0])], "two of its outputs are called 'y'"),
        ([tensor("FP32", [1.0], [2])], "has 1 values, expected 2 for the shape [2]"),
        ([tensor("FP32", [1.0], [-1])], "has the shape [-1]"),
        ([tensor("FP32", [1.0], [1] * 17)], "has 17 dimensions"),
        ([tensor("FP32", [1.0, None])], "holds 'None', expected FP32: a NaN that JSON does not have?"),
        ([tensor("FP32", ["NaN"])], "holds 'NaN', expected FP32"),
        ([tensor("FP32", [1e39])], "beyond the largest FP32"),
        ([tensor("FP64", [10**400])], "beyond any float"),
        ([tensor("FP32", [True])], "holds 'True', expected FP32"),
        ([tensor("INT64", [1.0])], "holds '1.0', expected INT64"),
        ([tensor("INT64", [2**63])], "beyond INT64"),
        ([tensor("UINT8", [-1])], "beyond UINT8"),
        ([tensor("BOOL", [1])], "the datatype BOOL, whose values are none of these"),
        ([tensor("BYTES", [1])], "the datatype BYTES, whose values are none of these"),
        ([tensor("BYTES", ["\ud800"])], "half a character"),
        ([tensor("BF16", [1.0])], "the datatype BF16"),
        ([{"name": "y", "datatype": "FP32", "shape": [1], "parameters": {"binary_data_size": 4}}], "no data in JSON"),
    ],
)
def test_a_tensor_that_is_not_what_it_says_is_the_records_fault(outputs: Any, expected: str) -> None:
    answer = one(KServe(outputs), "/v2/models/m/infer")
    assert answer.outputs is None
    assert expected in str(answer.fault)


def test_the_answer_to_another_request_is_the_records_fault() -> None:
    answer = one(KServe([tensor("FP32", [1.0])], id="other"), "/v2/models/m/infer")
    assert "it answers 'other', which was not asked for" in str(answer.fault)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (math.inf, "'x' holds inf"),
        (np.array([np.nan]), "'x' holds nan"),
        ([1, "a"], "'x' is no tensor"),
        ({"a": 1}, "'x' is no tensor"),
        (None, "of type null"),
        (np.array([1j]), "'x' is a complex"),
        (Value(dtype="bfloat16", shape=(1,), values=np.array([1.0], dtype=np.float32)), "of type bfloat16"),
    ],
)
def test_an_input_that_is_no_tensor_is_the_records_fault(given: Any, expected: str) -> None:
    server = KServe([tensor("FP32", [1.0])])
    answer = one(server, "/v2/models/m/infer", {"x": given})
    assert expected in str(answer.fault)
    assert server.asked == []


# How a policy names a predictor


def test_a_predictor_is_a_factory_a_program_or_a_server() -> None:
    assert parse_predictor("serving.app:make_handler") == Factory("serving.app:make_handler")
    assert parse_predictor("exec: ./serve --jsonl 'a b'") == Command(("./serve", "--jsonl", "a b"))
    assert parse_predictor(" exec:python serve.py ") == Command(("python", "serve.py"))
    url = "http://127.0.0.1:8080/v2/models/m/infer"
    assert parse_predictor(url) == Endpoint(url)
    assert Endpoint(url).is_kserve
    assert not Endpoint("http://127.0.0.1:8080/predict?then=/infer").is_kserve


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "names none"),
        ("serving.app", "names none"),
        ("serving.app:", "names none"),
        ("serving/app.py:make", "names none"),
        ("1a:b", "names none"),
        ("exec:", "no command after exec:"),
        ("exec: ''", "no command after exec:"),
        ("exec: ./serve 'x", "no closing quotation"),
        ("exec: ./serve | tee log", "with '|' in it, and no shell reads it"),
        ("exec: ./serve\0", "NUL"),
        ("grpc://127.0.0.1:80", "expected one that begins with http://"),
        ("http://models.example.org/v2/models/m/infer", "is not this machine"),
    ],
)
def test_what_names_no_predictor_is_refused_with_a_way_out(text: str, expected: str) -> None:
    with pytest.raises(UsageError, match="got ") as raised:
        parse_predictor(text)
    assert expected in raised.value.what
    assert raised.value.fix
    assert raised.value.what.isprintable()


def test_servers_that_misbehave_leave_no_thread_and_no_socket() -> None:
    before = threading.active_count()
    with ExitStack() as stack:
        urls = [stack.enter_context(writing()) for _ in range(3)]
        for url in urls:
            refused(Endpoint(url).replay([{}], each=0.05), Reason.TIMED_OUT)
    assert threading.active_count() == before

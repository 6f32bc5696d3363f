"""The document of a receipt: in-toto Statement v1, predicate `https://in-toto.io/attestation/test-result/v0.1`.

Subjects are the artifacts and the environment (`environment`, by its environment hash). The configuration lists the
lock, the JUnit report, the tests, the list of required tests, and the measured environment with its content. The lock's
digest is the environment hash again: its bytes may change and install the same. The bytes of a receipt are the same for
the same facts, and no name of a machine is among them.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, BinaryIO

from gatekeeper.environment.decoding import decode
from gatekeeper.environment.quoting import quoted
from gatekeeper.environment.receipt.measurement import canonical_probe
from gatekeeper.errors import Unreadable

STATEMENT = "https://in-toto.io/Statement/v1"
PREDICATE = "https://in-toto.io/attestation/test-result/v0.1"
PASSED, FAILED = "PASSED", "FAILED"
ENVIRONMENT = "environment"
LARGEST = 64 * 1024 * 1024
"""Bytes; the probe of 1,000 distributions and the ids of 100,000 tests have less."""

_HEX = re.compile(r"[0-9a-f]{64}")
# Of what is no file: how `digest` calls what it is the digest of.
_ALGORITHMS = MappingProxyType({"lock": "gatekeeperEnvironment", "tests": "dirHash"})
_PROBE_TYPE = "application/vnd.gatekeeper.probe+json"
_RECORD = "record it again: gatekeeper receipt record -- COMMAND"


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A file or a folder by its path in the candidate and its sha256; a folder's is `tests_tree.tree_digest`."""

    path: str
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What a receipt says.

    Attributes:
        artifacts: Those that were tested, in the order of the policy.
        environment: The environment hash of the lock on the target, as `sha256:<hex>`.
        target: As `str(Target)` writes it.
        passed: Whether the suite exited with 0 and no test failed.
        lock: The path of production's.
        junit: The report of the suite.
        tests: The folder of the tests, if there is one.
        required: The list of required tests, if there is one.
        probe: The JSON that was measured inside, canonical.
        passed_tests: Their ids, sorted.
        failed_tests: Their ids, sorted; those with an error too.
    """

    artifacts: tuple[Named, ...]
    environment: str
    target: str
    passed: bool
    lock: str
    junit: Named
    tests: Named | None
    required: Named | None
    probe: str
    passed_tests: tuple[str, ...]
    failed_tests: tuple[str, ...]


def write_receipt(receipt: Receipt) -> bytes:
    """Return the statement as JSON: keys sorted, indented by one, a newline at the end."""
    return f"{json.dumps(_document(receipt), sort_keys=True, indent=1, ensure_ascii=False)}\n".encode()


def read_receipt(stream: BinaryIO) -> Receipt:
    """Return what a receipt says.

    Raises:
        Unreadable: It is no statement that `write_receipt` could have written.
    """
    data = stream.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise Unreadable(f"got more than {LARGEST} bytes; no receipt is that large", fix=_RECORD)
    return parse_receipt(decode(data))


def parse_receipt(text: str) -> Receipt:
    """Return what a receipt says; see `read_receipt`."""
    try:
        document = json.loads(text, object_pairs_hook=_object)
        receipt = _receipt(document)
    except json.JSONDecodeError as error:
        raise Unreadable(f"is no JSON: {error.msg}", fix=_RECORD, line=error.lineno, column=error.colno) from error
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"is no receipt: {error}", fix=_RECORD) from error
    # What is not read must not be there: a statement says nothing beside what is checked.
    if _document(receipt) != document:
        raise Unreadable("is no receipt: it holds more than gatekeeper writes, or in another form", fix=_RECORD)
    return receipt


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key stands twice in one object")
    return found


def _document(receipt: Receipt) -> dict[str, Any]:
    environment = {
        "name": ENVIRONMENT,
        "digest": {"sha256": receipt.environment.removeprefix("sha256:")},
        "annotations": {"target": receipt.target},
    }
    return {
        "_type": STATEMENT,
        "subject": [
            *({"name": each.path, "digest": {"sha256": each.sha256}} for each in receipt.artifacts),
            environment,
        ],
        "predicateType": PREDICATE,
        "predicate": {
            "result": PASSED if receipt.passed else FAILED,
            "configuration": list(_configuration(receipt)),
            "passedTests": list(receipt.passed_tests),
            "warnedTests": [],
            "failedTests": list(receipt.failed_tests),
        },
    }


def _configuration(receipt: Receipt) -> Iterable[dict[str, Any]]:
    lock = Named(path=receipt.lock, sha256=receipt.environment.removeprefix("sha256:"))
    files = (("lock", lock), ("junit", receipt.junit), ("tests", receipt.tests), ("required", receipt.required))
    for role, named in files:
        if named is not None:
            digest = {_ALGORITHMS.get(role, "sha256"): named.sha256}
            yield {"name": named.path, "digest": digest, "annotations": {"role": role}}
    probe = receipt.probe.encode()
    yield {
        "name": "probe",
        "digest": {"sha256": hashlib.sha256(probe).hexdigest()},
        "content": base64.b64encode(probe).decode(),
        "mediaType": _PROBE_TYPE,
        "annotations": {"role": "probe"},
    }


def _receipt(document: object) -> Receipt:
    statement = _Part("the statement", document)
    for key, expected in (("_type", STATEMENT), ("predicateType", PREDICATE)):
        if statement.get(key, str) != expected:
            raise ValueError(f"got {key} {quoted(statement.get(key, str))}, expected {expected}")
    subjects = [_Part("a subject", each) for each in statement.get("subject", list)]
    if not subjects or subjects[-1].get("name", str) != ENVIRONMENT:
        raise ValueError("the last subject is not the environment")
    predicate = _Part("the predicate", statement.get("predicate", dict))
    parts = [_Part("the configuration", each) for each in predicate.get("configuration", list)]
    roles = {_Part("annotations", each.get("annotations", dict)).get("role", str): each for each in parts}
    missing = sorted({"lock", "junit", "probe"} - roles.keys())
    if missing:
        raise ValueError(f"the configuration names no {' and no '.join(missing)}")
    return Receipt(
        artifacts=tuple(_named(each) for each in subjects[:-1]),
        environment=f"sha256:{_digest(subjects[-1])}",
        target=_Part("annotations", subjects[-1].get("annotations", dict)).get("target", str),
        passed=predicate.get("result", str) == PASSED,
        lock=roles["lock"].get("name", str),
        junit=_named(roles["junit"]),
        tests=_named(roles["tests"], _ALGORITHMS["tests"]) if "tests" in roles else None,
        required=_named(roles["required"]) if "required" in roles else None,
        probe=_content(roles["probe"]),
        passed_tests=predicate.texts("passedTests"),
        failed_tests=predicate.texts("failedTests"),
    )


@dataclass(frozen=True, slots=True)
class _Part:
    """One object of the document; what it lacks is told by its name."""

    name: str
    value: object

    def get(self, key: str, type_: Callable[..., Any]) -> Any:
        if not isinstance(self.value, dict) or key not in self.value:
            raise ValueError(f"{self.name} has no {key}")
        value = self.value[key]
        if type(value) is not type_:
            raise ValueError(f"{key} of {self.name} is {quoted(json.dumps(value))}, expected another type")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        values = self.get(key, list)
        if not all(isinstance(each, str) for each in values):
            raise ValueError(f"{key} of {self.name} holds more than texts")
        return tuple(values)


def _named(part: _Part, algorithm: str = "sha256") -> Named:
    return Named(path=part.get("name", str), sha256=_digest(part, algorithm))


def _digest(part: _Part, algorithm: str = "sha256") -> str:
    digest: str = _Part("a digest", part.get("digest", dict)).get(algorithm, str)
    if not _HEX.fullmatch(digest):
        raise ValueError(f"got the {algorithm} {quoted(digest)}, expected 64 hex digits in lower case")
    return digest


def _content(part: _Part) -> str:
    try:
        text = base64.b64decode(part.get("content", str), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError) as error:
        raise ValueError("the content of the probe is no base64 text") from error
    try:
        canonical = canonical_probe(text)
    except Unreadable as error:
        raise ValueError(f"the content of the probe is none: {error.what}") from error
    if canonical != text:
        raise ValueError("the content of the probe holds more than a probe says, or is in another form")
    return text

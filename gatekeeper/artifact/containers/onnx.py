"""ONNX: a graph in protocol buffers, walked field by field; the tensors in it, and the files that it refers to.

Source: `onnx/onnx.proto` of onnx 1.23. The format says nowhere how long a file is: one that is cut between two fields
is a shorter file. A graph and a set of operators are required, which writers put last but for the metadata.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from gatekeeper.artifact.containers.inventory import Inventory
from gatekeeper.artifact.containers.limits import MAX_METADATA
from gatekeeper.artifact.containers.numbers import count_numbers
from gatekeeper.artifact.containers.onnx_tensors import key_and_value, note_tensor
from gatekeeper.artifact.containers.protobuf import BYTES, VARINT, Wire, WireField, require
from gatekeeper.artifact.containers.streams import length_of
from gatekeeper.artifact.errors import Damaged, TooLarge
from gatekeeper.artifact.facts import Artifact
from gatekeeper.artifact.formats import Format

_IR_VERSION, _GRAPH, _OPSET, _METADATA, _TRAINING, _FUNCTION = 1, 7, 8, 14, 20, 25
_TEXTS = {2: "producer_name", 3: "producer_version", 4: "domain"}
_MODEL_VERSION = 5
_OPSET_DOMAIN, _OPSET_VERSION = 1, 2
_STANDARD = frozenset({"", "ai.onnx", "ai.onnx.ml", "ai.onnx.training", "ai.onnx.preview", "ai.onnx.preview.training"})
"""Domains of operators that the standard defines; the others are code that the runtime must be given."""

_MAX_DEPTH = 100
"""Messages within messages: protobuf's own readers stop at 100."""

_MAX_DOMAINS = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kind:
    """A message: which of its fields are messages to go into, tensors, and the texts that matter (0: none)."""

    messages: dict[int, str]
    tensors: tuple[int, ...] = ()
    name: int = 0
    domain: int = 0


@dataclass(slots=True, kw_only=True)
class _Open:
    """A message that is being read; `name` is for tensors in it that have none."""

    kind: _Kind
    fields: Iterator[WireField]
    name: str


_KINDS = {
    "graph": _Kind(messages={1: "node", 15: "sparse tensor"}, tensors=(5,)),
    "node": _Kind(messages={5: "attribute"}, name=3, domain=7),
    "attribute": _Kind(
        messages={6: "graph", 11: "graph", 22: "sparse tensor", 23: "sparse tensor"}, tensors=(5, 10), name=1
    ),
    "sparse tensor": _Kind(messages={}, tensors=(1, 2)),
    "function": _Kind(messages={7: "node", 11: "attribute"}, domain=10),
    "training": _Kind(messages={1: "graph", 2: "graph"}),
}
_TOP = {_GRAPH: "graph", _TRAINING: "training", _FUNCTION: "function"}


def read_onnx(stream: BinaryIO) -> Artifact:
    """Read the graph: its tensors, subgraphs and functions too, and what it says of itself."""
    inventory = Inventory(Format.ONNX)
    length = length_of(stream)
    with inventory.reading():
        _Model(Wire(stream), inventory).read(length)
        count_numbers(stream, inventory)
    return inventory.artifact(length)


class _Model:
    """One file while it is read."""

    def __init__(self, wire: Wire, inventory: Inventory) -> None:
        self._wire = wire
        self._inventory = inventory
        self._domains: dict[str, None] = {}

    def read(self, length: int) -> None:
        """Read the whole ModelProto.

        Raises:
            Unreadable: it is damaged, cut off, or beyond a limit.
        """
        seen: set[int] = set()
        for each in self._wire.fields(0, length):
            seen.add(each.number)
            self._read_top(each)
        custom = [domain for domain in self._domains if domain not in _STANDARD]
        if custom:
            self._inventory.tell("custom_domains", ", ".join(custom))
        missing = {_IR_VERSION: "ir_version", _GRAPH: "graph", _OPSET: "opset_import"}.items()
        for number, name in missing:
            if number not in seen:
                raise Damaged(f"the model has no {name}")

    def _read_top(self, each: WireField) -> None:
        if each.number in _TOP:
            self._walk(each, _TOP[each.number])
        elif each.number == _IR_VERSION:
            self._inventory.tell("ir_version", require(each, VARINT).value)
        elif each.number == _MODEL_VERSION:
            self._inventory.tell("model_version", require(each, VARINT).value)
        elif each.number in _TEXTS:
            self._inventory.tell(_TEXTS[each.number], self._wire.text(each, MAX_METADATA))
        elif each.number == _OPSET:
            self._read_opset(require(each, BYTES))
        elif each.number == _METADATA:
            self._inventory.tell(*key_and_value(self._wire, require(each, BYTES)))

    def _read_opset(self, at: WireField) -> None:
        domain, version = "", 0
        for each in self._wire.fields(at.start, at.end):
            if each.number == _OPSET_DOMAIN:
                domain = self._wire.text(each, MAX_METADATA)
            elif each.number == _OPSET_VERSION:
                version = require(each, VARINT).value
        self._note_domain(domain)
        self._inventory.tell(f"opset {domain or 'ai.onnx'}", version)

    def _note_domain(self, domain: str) -> None:
        if domain not in self._domains and len(self._domains) >= _MAX_DOMAINS:
            raise TooLarge(f"more than {_MAX_DOMAINS} domains of operators", fix="export the model again")
        self._domains[domain] = None

    def _walk(self, top: WireField, kind: str) -> None:
        """Go through a message and those in it, without recursion, in the order of the file."""
        enclosing = [self._opened(top, kind, "")]
        while enclosing:
            current = enclosing[-1]
            each = next(current.fields, None)
            if each is None:
                enclosing.pop()
                continue
            if each.number == current.kind.name:
                current.name = f"{current.name}.{self._wire.text(each, MAX_METADATA)}".lstrip(".")
            elif each.number == current.kind.domain:
                self._note_domain(self._wire.text(each, MAX_METADATA))
            elif each.number in current.kind.tensors:
                note_tensor(self._wire, require(each, BYTES), self._inventory, current.name)
            elif each.number in current.kind.messages:
                if len(enclosing) >= _MAX_DEPTH:
                    raise TooLarge(f"more than {_MAX_DEPTH} messages within each other", fix="export the model again")
                enclosing.append(self._opened(each, current.kind.messages[each.number], current.name))

    def _opened(self, at: WireField, kind: str, name: str) -> _Open:
        return _Open(kind=_KINDS[kind], fields=self._wire.fields(at.start, require(at, BYTES).end), name=name)

"""The state of the pickle machine: a stack with marks, a memo, the protocol. It holds symbols, never objects."""

from __future__ import annotations

from collections.abc import Callable
from typing import NoReturn, TypeAlias

from gatekeeper.artifact.errors import Damaged, TooLarge, Unfollowable
from gatekeeper.artifact.limits import (
    FREE_OPCODES,
    MAX_NESTING,
    MAX_NODES,
    MAX_OPCODES_PER_BYTE,
    MAX_STACK,
    MAX_TEXT,
    MAX_VALUES,
    TEXT_BUDGET,
    WHOLE_MEMO,
)
from gatekeeper.artifact.pickles.ledger import Ledger
from gatekeeper.artifact.pickles.source import Source
from gatekeeper.artifact.pickles.values import ArrayWrapper, Global, Opaque, Value

CrossArray: TypeAlias = Callable[[ArrayWrapper], Value]
"""Moves the source past the array that follows a wrapper, and returns what stands for the array."""

Resolve: TypeAlias = Callable[[Value], Value]
"""Returns what a persistent id stands for."""


_KEEP_OUT = "keep training data and large dictionaries out of the file"


class _Gap:
    """A place in the memo that was left out."""


_GAP = _Gap()


def _compact(value: Value) -> Value:
    """Return what a late entry of the memo must keep: what others may be made of, and text that may name a module."""
    match value:
        case str():
            return value if "." in value else Opaque.TEXT
        case tuple():
            return Opaque.TUPLE
        case bool() | None:
            return value
        case int():
            return Opaque.INTEGER
        case float():
            return Opaque.FLOAT
        case _:
            return value


class Machine:
    """One pickle being read. A nested pickle has a machine of its own, with its own stack and memo."""

    __slots__ = (
        "_enclosing",
        "_gaps",
        "_text_budget",
        "cross_array",
        "ledger",
        "memo",
        "protocol",
        "resolve",
        "source",
        "stack",
    )

    def __init__(self, source: Source, ledger: Ledger, cross_array: CrossArray | None, resolve: Resolve | None) -> None:
        self.source = source
        self.ledger = ledger
        self.cross_array = cross_array
        """None where the loader does not look for arrays: in a pickle that joblib nests."""
        self.resolve = resolve
        """None where the loader knows no persistent ids: everywhere but in torch's files."""
        self.protocol = 0
        self.stack: list[Value] = []
        """The values since the last mark; handlers pop from it and may find it empty (IndexError)."""
        self.memo: list[Value | _Gap] = []
        self._gaps = False
        self._text_budget = TEXT_BUDGET
        self._enclosing: list[list[Value]] = []

    def mark(self) -> None:
        """Begin a container: hide the stack under an empty one."""
        if len(self._enclosing) >= MAX_NESTING:
            raise TooLarge(f"more than {MAX_NESTING} containers open at once", fix="flatten the model's data structure")
        self._enclosing.append(self.stack)
        self.stack = []

    def pop_mark(self) -> list[Value]:
        """Return the values since the last mark, and uncover the stack below it."""
        if not self._enclosing:
            self.fail("a container ends that has not begun")
        values = self.stack
        self.stack = self._enclosing.pop()
        return values

    def enclosing_stack(self) -> list[Value]:
        """Return the values below the last mark."""
        return self._enclosing[-1] if self._enclosing else []

    def pop(self) -> None:
        """Drop the topmost value, or the mark where there is no value above it."""
        if self.stack:
            self.stack.pop()
        else:
            self.pop_mark()

    def target(self) -> Value:
        """Return the topmost value, which is about to be changed.

        Raises:
            Unfollowable: it is a class or function, which the loading process shares with all other code.
        """
        value = self.stack[-1]
        if type(value) is Global:
            raise Unfollowable(f"before byte {self.source.offset} {value} itself is changed, not an object made by it")
        return value

    def put(self, index: int) -> None:
        """Remember the topmost value under an index."""
        memo = self.memo
        value = self.stack[-1] if len(memo) < WHOLE_MEMO else _compact(self.stack[-1])
        if index == len(memo):
            memo.append(value)
        elif 0 <= index < len(memo):
            memo[index] = value
        elif 0 <= index < MAX_VALUES:
            self._gaps = True
            memo.extend([_GAP] * (index - len(memo)))
            memo.append(value)
        else:
            self.fail(f"the memo index {index} is out of range")

    def memoize(self) -> None:
        """Remember the topmost value under the next index."""
        if self._gaps:
            self.fail("MEMOIZE after a PUT that left indices out; no pickler mixes the two")
        value = self.stack[-1]
        self.memo.append(value if len(self.memo) < WHOLE_MEMO else _compact(value))

    def get(self, index: int) -> None:
        """Push what is remembered under an index."""
        value = self.memo[index] if 0 <= index < len(self.memo) else _GAP
        if isinstance(value, _Gap):
            self.fail(f"nothing was remembered under the memo index {index}")
        self.stack.append(value)

    def may_keep(self, length: int) -> bool:
        """Whether text of so many bytes, which is not short, may be kept; it then counts against the budget."""
        if length > min(MAX_TEXT, self._text_budget):
            return False
        self._text_budget -= length
        return True

    def declare(self, protocol: int) -> None:
        """Note the protocol that the pickle says it is of."""
        self.protocol = protocol
        self.ledger.protocol = max(self.ledger.protocol, protocol)

    def check_size(self) -> None:
        """Hold the stack, the memo and the work to their limits; called now and then."""
        held = len(self.stack) + sum(map(len, self._enclosing))
        nodes = self.ledger.allowance.nodes + self.ledger.objects
        opcodes = self.ledger.opcodes
        if len(self.memo) > MAX_VALUES or held > MAX_STACK:
            raise TooLarge(f"more than {max(len(self.memo), held)} values to remember", fix=_KEEP_OUT)
        if nodes > MAX_NODES:
            raise TooLarge(f"more than {MAX_NODES} objects", fix=_KEEP_OUT)
        if opcodes > FREE_OPCODES and opcodes > MAX_OPCODES_PER_BYTE * self.source.consumed:
            what = f"{opcodes} opcodes came out of {self.source.consumed} bytes of the file"
            raise TooLarge(what, fix="save it without compression: joblib.dump(..., compress=0)")

    def finish(self) -> Value:
        """Return the value that the pickle leaves: one, and nothing open, as every pickler does."""
        if len(self.stack) != 1 or self._enclosing:
            left = len(self.stack) + sum(map(len, self._enclosing))
            self.fail(f"the pickle ends with {left} values on its stack, expected one")
        self.source.leave_frame()
        return self.stack[0]

    def fail(self, what: str) -> NoReturn:
        """Give up on a pickle that no pickler has written."""
        raise Damaged(f"before byte {self.source.offset}: {what}")

"""Runs the opcodes of one pickle, from its first to its STOP, without executing what they ask for."""

from __future__ import annotations

from gatekeeper.artifact.pickles.instructions import HANDLERS, STOP
from gatekeeper.artifact.pickles.ledger import Ledger
from gatekeeper.artifact.pickles.machine import CrossArray, Machine, Resolve
from gatekeeper.artifact.pickles.source import Source
from gatekeeper.artifact.pickles.values import Value

_BATCH = 4096
"""Opcodes between two looks at the limits."""


def interpret(
    source: Source, ledger: Ledger, cross_array: CrossArray | None = None, resolve: Resolve | None = None
) -> Value:
    """Read one pickle, note its facts and return what stands for its value; the source then stands behind its STOP.

    Args:
        source: where the pickle begins.
        ledger: where the facts go.
        cross_array: how joblib's arrays are crossed; None for a pickle in which no loader looks for them.
        resolve: what a persistent id stands for; None for a pickle whose loader knows none.

    Raises:
        Unreadable: the pickle is truncated, damaged, beyond a limit, or does what can't be followed.
    """
    machine = Machine(source, ledger, cross_array, resolve)
    stopped = False
    while not stopped:
        executed = 0
        try:
            executed, stopped = _run_batch(machine)
        except IndexError:
            machine.fail("an opcode needs a value that is not on the stack")
        ledger.count_opcodes(executed)
        machine.check_size()
    return machine.finish()


def _run_batch(machine: Machine) -> tuple[int, bool]:
    """Execute up to a batch of opcodes; return how many, and whether the last was STOP."""
    byte = machine.source.byte
    for executed in range(1, _BATCH + 1):
        code = byte()
        if code == STOP:
            return executed, True
        HANDLERS[code](machine)
    return _BATCH, False

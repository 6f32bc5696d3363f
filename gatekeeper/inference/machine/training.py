"""Training: what changes weights, or sets a module up for it."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from gatekeeper.inference.facts import Kind
from gatekeeper.inference.machine import forwards, gradients
from gatekeeper.inference.values import FALSE, UNKNOWN, Arguments, External, Instance, Network, Tensor, Value, parts

if TYPE_CHECKING:
    from gatekeeper.inference.machine.frames import Frame
    from gatekeeper.inference.machine.machine import Machine

_OPTIMIZER = re.compile(r"(^|_)(optim|optimizer|opt)(izer)?s?(_\w+)?$", re.IGNORECASE)
_TRAINER = re.compile(r"(^|_)trainer$", re.IGNORECASE)


_NAMES = frozenset({"backward", "train", "step", "fit"})
"""Methods that train."""


def of_method(machine: Machine, receiver: Value, name: str, arguments: Arguments, node: ast.Call, frame: Frame) -> None:
    """Tell of a method call that trains."""
    if name not in _NAMES:
        return
    kind = _kind(machine, receiver, name, arguments, node, frame)
    if kind is not None and not gradients.is_explained(frame) and not frame.inside:
        machine.recorder.observe(kind, node, frame)


def _kind(
    machine: Machine, receiver: Value, name: str, arguments: Arguments, node: ast.Call, frame: Frame
) -> Kind | None:
    assert isinstance(node.func, ast.Attribute)
    hint = forwards.hint_of(node.func.value)
    if name == "backward":
        possible = all(each is UNKNOWN or isinstance(each, Tensor | External) for each in parts(receiver))
        told = machine.uses_torch(frame.module) or "loss" in hint.lower()
        return Kind.BACKWARD if possible and told else None
    if name == "train" and arguments.named("mode", 0) != FALSE:
        return _train(machine, receiver, node.func.value, arguments, frame)
    if name == "step":
        return Kind.OPTIMIZER if _is_optimizer(machine, receiver, hint, frame) else None
    if name == "fit":
        made = any(isinstance(each, External) and each.dotted.endswith("Trainer()") for each in parts(receiver))
        return Kind.TRAINER if made else None
    return None


def _train(machine: Machine, receiver: Value, owner: ast.expr, arguments: Arguments, frame: Frame) -> Kind | None:
    for each in parts(receiver):
        if isinstance(each, Network) or (isinstance(each, Instance) and machine.objects.is_module(each.class_)):
            return Kind.TRAIN_MODE
        if isinstance(each, External) and each.dotted.endswith("Trainer()"):
            return Kind.TRAINER
    # Of what a library holds, such as the model of a handler's base class, nothing else is known either.
    held = isinstance(receiver, External) and not machine.libraries.is_plain(receiver.dotted)
    if arguments.all() or not (held or receiver is UNKNOWN) or not machine.uses_torch(frame.module):
        return None
    made = isinstance(receiver, External) and receiver.dotted.endswith("()")
    return Kind.TRAIN_MODE if made or forwards.names_model(owner) else None


def _is_optimizer(machine: Machine, receiver: Value, hint: str, frame: Frame) -> bool:
    for each in parts(receiver):
        if isinstance(each, External) and each.dotted.endswith("()"):
            return each.dotted.startswith(("torch.optim.", "bitsandbytes.optim.")) and "lr_scheduler" not in each.dotted
        if isinstance(each, Instance):
            return False
    return receiver is UNKNOWN and _OPTIMIZER.search(hint) is not None and machine.uses_torch(frame.module)


def of_function(machine: Machine, dotted: str, node: ast.expr, frame: Frame) -> None:
    """Tell of a function call that trains; of an optimizer that is made, unless its steps are told of."""
    if dotted.startswith("torch.optim.") and dotted.rpartition(".")[2][0].isupper() and "lr_scheduler" not in dotted:
        machine.recorder.unless_told(Kind.OPTIMIZER, node, frame)
    if dotted in {"torch.autograd.backward", "torch.autograd.grad"} and not gradients.is_explained(frame):
        machine.recorder.observe(Kind.BACKWARD, node, frame)

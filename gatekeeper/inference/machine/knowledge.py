"""What is known of libraries, and what calling something of them does and gives."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from gatekeeper.inference.facts import Guarding
from gatekeeper.inference.libraries import (
    Behaviour,
    Making,
    Product,
    behaviour_of_call,
    is_known_library,
    product_of_call,
)
from gatekeeper.inference.machine import forwards
from gatekeeper.inference.values import TRUE, Arguments, External, Network, Tensor, Value, tensors_in

if TYPE_CHECKING:
    from gatekeeper.inference.machine.frames import Frame
    from gatekeeper.inference.machine.machine import Machine

MODULE_BASES = frozenset(
    {
        "torch.nn.Module",
        "torch.nn.modules.module.Module",
        "torch.nn.modules.Module",
        "torch.nn.Sequential",
        "torch.jit.ScriptModule",
        "lightning.LightningModule",
        "lightning.pytorch.LightningModule",
        "pytorch_lightning.LightningModule",
        "pytorch_lightning.core.lightning.LightningModule",
        "transformers.PreTrainedModel",
        "transformers.modeling_utils.PreTrainedModel",
        "diffusers.ModelMixin",
    }
)
"""Bases that make a class a torch module."""


class Libraries:
    """What is known of libraries, asked for once a name."""

    def __init__(self) -> None:
        self._behaviour: dict[str, Behaviour] = {}
        self._product: dict[str, Product] = {}

    def knows(self, dotted: str) -> bool:
        """Return whether anything is known of the library that a dotted name begins with."""
        return is_known_library(dotted.partition(".")[0].partition("(")[0])

    def behaviour(self, dotted: str) -> Behaviour:
        """Return what calling does."""
        if dotted not in self._behaviour:
            self._behaviour[dotted] = behaviour_of_call(dotted)
        return self._behaviour[dotted]

    def product(self, dotted: str) -> Product:
        """Return what calling gives."""
        if dotted not in self._product:
            self._product[dotted] = product_of_call(dotted)
        return self._product[dotted]

    def is_module_class(self, dotted: str) -> bool:
        """Return whether a class of a library is one of torch modules."""
        if dotted in MODULE_BASES:
            return True
        return self.knows(dotted) and self.product(dotted).making in {Making.MODULE, Making.FROZEN_MODULE}

    def may_be_object(self, dotted: str) -> bool:
        """Return whether something is an object that a library made, and not known to have nothing to do with torch."""
        return dotted.endswith("()") and not self.is_plain(dotted)

    def is_plain(self, dotted: str) -> bool:
        """Return whether something of a library is known to have nothing to do with torch."""
        made = dotted.removesuffix("()")
        return self.knows(dotted) and self.product(made).making is Making.NOT_TORCH


def call(
    machine: Machine, dotted: str, arguments: Arguments, node: ast.Call, frame: Frame, receiver: Network | None = None
) -> Value:
    """Call something of a library of which something is known."""
    behaviour = machine.libraries.behaviour(dotted)
    itself = receiver is not None and dotted == receiver.name  # the module is called, or a part of it
    last = dotted.rpartition(".")[2]
    loaded = dotted.startswith("torch.") and last in forwards.VERBS
    part = itself or (receiver is not None and (loaded or forwards.is_part(last, arguments)))
    if behaviour is Behaviour.FORWARD or (part and behaviour is Behaviour.UNKNOWN):
        module = receiver or Network(dotted.removesuffix(".__call__").removesuffix(".forward"))
        return forwards.of_network(machine, module, arguments, node, frame)
    if behaviour is Behaviour.GUARDS and not frame.inside:
        machine.recorder.forward(node, frame, Guarding.LIBRARY)
    elif behaviour is Behaviour.GUARDS:
        frame.nested += 1
    if arguments.named("convert_to_tensor") == TRUE:
        return Tensor(device=True)
    product = machine.libraries.product(dotted)
    if behaviour is Behaviour.UNKNOWN and product.making is Making.UNKNOWN and "()" in dotted:
        # The guard of a pipeline's own call does not cover the modules inside of it: `pipe.unet(x)`.
        found = forwards.of_part(machine, dotted, arguments, node, frame)
        if found is not None:
            return found
    return _made(machine, product, dotted, arguments, frame)


def _made(machine: Machine, product: Product, dotted: str, arguments: Arguments, frame: Frame) -> Value:
    name = f"{dotted}()"
    match product.making:
        case Making.MODULE:
            return Network(name)
        case Making.FROZEN_MODULE:
            return Network(name, frozen=True)
        case Making.TENSOR:
            inputs = [found for each in arguments.all() if (found := tensors_in(each)) is not None]
            return Tensor(graph=frame.mode.on and (not inputs or any(each.graph for each in inputs)), device=True)
        case Making.DETACHED:
            return Tensor(device=True)
        case Making.NOT_TORCH:
            return External(name)
        case Making.TUPLE:
            items = tuple(
                _made(machine, each, f"{dotted}()[{index}]", arguments, frame)
                for index, each in enumerate(product.elements)
            )
            return machine.packed("tuple", tuple(_without_call(each) for each in items), {})
        case _:
            return External(name)


def _without_call(value: Value) -> Value:
    """Return an element of a tuple under its own name: `clip.load()[0]`, not `clip.load()[0]()`."""
    if isinstance(value, Network) and value.name.endswith("]()"):
        return Network(value.name.removesuffix("()"), value.frozen, value.weightless)
    if isinstance(value, External) and value.dotted.endswith("]()"):
        return External(value.dotted.removesuffix("()"))
    return value

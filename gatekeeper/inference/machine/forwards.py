"""Forward calls: what calling a torch module does, and what guards it."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from gatekeeper.inference.facts import Guarding
from gatekeeper.inference.grad import Mode
from gatekeeper.inference.machine import freezing, running
from gatekeeper.inference.values import (
    UNKNOWN,
    Arguments,
    Bound,
    Guarded,
    Instance,
    Network,
    Tensor,
    Value,
    Wrapped,
    tensors_in,
)

if TYPE_CHECKING:
    from gatekeeper.inference.machine.frames import Frame
    from gatekeeper.inference.machine.machine import Machine

_MODEL_WORDS = (
    "model|net|network|module|encoder|decoder|backbone|generator|vocoder|unet|vae|transformer|"
    "bert|resnet|lstm|gru|mlp|cnn|denoiser|discriminator|ensemble"
)
_MODEL = re.compile(rf"(^|_)({_MODEL_WORDS})(_?\d+|s|_[a-z]|_ft|_ema|_fp16)?$|net$", re.IGNORECASE)
"""Names that torch modules are given: the whole name, or its last word."""

_VERB = re.compile(
    r"^_*(get|load|build|create|select|switch|set|init|initiali[sz]e|make|prepare|setup|download|save|register|find|"
    r"list|update|delete|remove|validate|fit|train|compile|export|convert|parse|read|new|from|to|is|has|use|check|"
    r"add|reset|warm_?up|log|deploy|unload|reload|pull|push|fetch|start|stop|quantize|freeze|wrap|clone|copy|test)_",
    re.IGNORECASE,
)
"""How functions begin that are named for what they do with a model: `load_model`, `get_net`."""

VERBS = frozenset(
    """
    forward infer inference encode decode encode_image encode_text embed extract_features predict_step translate
    """.split()
)
"""Methods of torch modules without source that run them."""


def names_model(node: ast.expr) -> bool:
    """Return whether an expression says by its name that it is a torch module.

    `get_model` is none, `get_model()` and `get_models[k]` are.
    """
    name = hint_of(node)
    return _MODEL.search(name) is not None and (isinstance(node, ast.Call | ast.Subscript) or not _VERB.match(name))


_PART = re.compile(
    r"^(fc|head|heads|classifier|features|backbone|stem|trunk|body|visual|pooler|bert|roberta|embeddings?|lm_head|"
    r"(.+_)?(model|encoder|decoder|generator|unet|vae|vocoder|transformer|projection|proj|head|block)|(layer|conv|bn|fc|block)s?_?\d+)$"
)
"""Names of the parts of torch modules."""


def is_part(name: str, arguments: Arguments) -> bool:
    """Return whether what is called on a torch module is a module inside of it: `net.layer1(x)`, not `net.save(x)`."""
    if not (arguments.all() or arguments.starred) or name.startswith("_") or _VERB.match(name):
        return False
    return _PART.match(name) is not None


def hint_of(node: ast.expr) -> str:
    """Return the last name of an expression: `self.models[k]` is called `models`."""
    while isinstance(node, ast.Subscript | ast.Call):
        node = node.value if isinstance(node, ast.Subscript) else node.func
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def of_network(machine: Machine, value: Network, arguments: Arguments, node: ast.expr, frame: Frame) -> Value:
    """Call a torch module of which there is no source; in a file of another framework it is one of that."""
    if machine.uses_rival(frame.module):
        return UNKNOWN
    if value.weightless:
        return _computed(arguments, building=False, frame=frame)
    building = frame.mode.on and not freezing.is_frozen(machine, value)
    if frame.inside:
        frame.nested += 1
        frame.building += building
        frame.shielded = frame.shielded or not frame.mode.on
        if building and frame.open is None:
            frame.open = (node, frame)
    else:
        machine.recorder.forward(node, frame, _guarding(machine, value, frame))
    return _computed(arguments, building=building, frame=frame)


def of_object(
    machine: Machine, value: Instance, method: Value, arguments: Arguments, node: ast.expr, frame: Frame, name: str
) -> Value:
    """Call a method of a torch module of the tree: a forward call if it runs layers."""
    if frame.inside:
        return machine.call(method, arguments, node, frame)
    bound, mode = _unwrapped(method, frame)
    if bound is None or machine.is_suspended(bound.function):
        return machine.call(method, arguments, node, frame)
    way = running.from_frame(frame, node, mode=mode)
    way = running.Way(mode, way.phase, way.trail, inside=True, reports=way.reports, depth=way.depth, hook=way.hook)
    result = running.run(machine, bound, arguments, way)
    opaque = result.nested == 0
    if opaque and name not in {"forward", "__call__"}:
        return result.value
    if opaque and not machine.objects.has_weights(value.class_):
        return result.value
    frozen = freezing.is_frozen(machine, value)
    building = not frozen and (result.building > 0 or (opaque and mode.on))
    if building and result.open is not None and result.shielded:
        # The method guards some of its calls: the one that it leaves out is what is to be mended.
        machine.recorder.forward(*result.open, Guarding.NOTHING, partial=True)
        return result.value
    if building:
        guarding = Guarding.NOTHING
    elif not frame.mode.on or frozen:
        guarding = _guarding(machine, value, frame)
    else:
        guarding = Guarding.CALLEE
    machine.recorder.forward(node, frame, guarding)
    known = tensors_in(result.value)
    return result.value if known is not None else _computed(arguments, building=building, frame=frame)


def _unwrapped(method: Value, frame: Frame) -> tuple[Bound | None, Mode]:
    """Return the function under the decorators of a method, and the mode that they leave it in."""
    mode = frame.mode
    while not isinstance(method, Bound):
        if isinstance(method, Guarded):
            mode = mode.under(method.guard, Guarding.FUNCTION)
            method = method.inner
        elif isinstance(method, Wrapped):
            method = method.inner
        else:
            return None, mode
    return method, mode


def _guarding(machine: Machine, value: Value, frame: Frame) -> Guarding:
    if freezing.is_frozen(machine, value):
        return Guarding.FROZEN
    return Guarding.NOTHING if frame.mode.on else frame.mode.how


def _computed(arguments: Arguments, *, building: bool, frame: Frame) -> Tensor:
    """Return what a module computes: with a graph where it builds one, or where its input has one."""
    inputs = [found for each in arguments.all() if (found := tensors_in(each)) is not None]
    graph = building or (frame.mode.on and any(each.graph for each in inputs))
    return Tensor(graph=graph, device=True)


def guessed(machine: Machine, node: ast.Call, arguments: Arguments, frame: Frame, made_by: str = "") -> Value:
    """Call something of which nothing is known: a forward call where its name says that it is a model.

    What a library made, by a name that says nothing of models (`pyannote.audio.Inference`), is left alone: it may well
    guard itself.
    """
    if _is_class_name(node.func):
        return Network() if names_model(node.func) else UNKNOWN
    spoken = isinstance(node.func, ast.Attribute) and node.func.attr in _SPOKEN
    if spoken or (names_model(node.func) and machine.uses_torch(frame.module) and _may_be_model(made_by)):
        return of_network(machine, Network(), arguments, node, frame)
    return UNKNOWN


def _is_class_name(node: ast.expr) -> bool:
    """Return whether a name is one of a class, by its spelling: `Net`, `MyModel`; not `G`, not `MODEL`."""
    name = node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""
    return name[:1].isupper() and not name.isupper()


_SPOKEN = frozenset({"encode_image", "encode_text", "get_text_features", "get_image_features", "get_audio_features"})
"""Methods that only models have which know pictures and text."""


def of_part(machine: Machine, dotted: str, arguments: Arguments, node: ast.Call, frame: Frame) -> Value | None:
    """Call what an object of a library holds, if its name says that it is a torch module; else return None."""
    around, _, last = dotted.rpartition(".")
    holds = around.endswith("()") and (is_part(last, arguments) or names_model(node.func))
    runs = last in VERBS and _MODEL.search(around.rpartition(".")[2]) is not None
    if not runs and not (holds and _may_be_model(last)):
        return None
    return of_network(machine, Network(), arguments, node, frame)


def _may_be_model(made_by: str) -> bool:
    last = made_by.removesuffix("()").rpartition(".")[2].lower()
    return not last or any(
        word in last for word in ("model", "net", "load", "build", "create", "get_", "encoder", "for")
    )

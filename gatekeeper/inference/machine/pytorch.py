"""Calls of torch itself: what makes a module, what makes a tensor, and what of a tensor's graph is left."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from gatekeeper.inference.machine import knowledge, training
from gatekeeper.inference.values import (
    UNKNOWN,
    Arguments,
    Constant,
    External,
    Instance,
    Network,
    Tensor,
    Value,
    frozen,
    join_all,
    tensors_in,
)

if TYPE_CHECKING:
    from gatekeeper.inference.machine.frames import Frame
    from gatekeeper.inference.machine.machine import Machine

_WEIGHTLESS = frozenset(
    """
    ReLU ReLU6 LeakyReLU ELU SELU GELU SiLU Mish Sigmoid Tanh Softmax Softmax2d LogSoftmax Softplus Softsign Hardtanh
    Hardswish Hardsigmoid Dropout Dropout1d Dropout2d Dropout3d AlphaDropout Identity Flatten Unflatten Upsample
    UpsamplingBilinear2d UpsamplingNearest2d PixelShuffle PixelUnshuffle ZeroPad2d ReflectionPad1d ReflectionPad2d
    ReplicationPad2d ConstantPad1d ConstantPad2d Fold Unfold CosineSimilarity PairwiseDistance
    """.split()
)
"""Modules of torch.nn without weights: calling them is no forward call. Losses and pools are told by their names."""
OPERATIONS = ("torchvision.transforms.", "torchaudio.transforms.", "kornia.", "monai.transforms.", "torchmetrics.")
"""Where modules without weights come from."""
_MAKERS = frozenset(
    """
    tensor as_tensor from_numpy zeros ones empty full arange linspace rand randn randint eye zeros_like ones_like
    rand_like randn_like full_like argmax argmin argsort bucketize searchsorted isnan isfinite frombuffer multinomial
    """.split()
)
"""Functions of torch whose result has no graph."""
SAME_MODULE = frozenset(
    """
    torch.compile torch.nn.DataParallel torch.nn.parallel.DataParallel torch.nn.parallel.DistributedDataParallel
    torch.jit.script torch.jit.trace torch.quantization.quantize_dynamic torch.ao.quantization.quantize_dynamic
    torch.fx.symbolic_trace copy.deepcopy copy.copy intel_extension_for_pytorch.optimize
    """.split()
)
"""Functions that return their first argument, or something that behaves like it."""
FREEZING = frozenset({"torch.jit.freeze", "torch.jit.optimize_for_inference"})
"""Functions that make constants of a module's weights."""
_NO_TENSORS = tuple(
    """
    torch.cuda. torch.device torch.backends torch.manual_seed torch.is_ torch.set_ torch.get_ torch.utils. torch.version
    torch.profiler torch.distributed torch.autocast torch.amp torch.optim. torch.multiprocessing torch.Generator
    torch.dtype torch.finfo torch.save torch.onnx torch.mps. torch.xpu. torch.numel torch.random
    """.split()
)
"""Beginnings of names in torch that make no tensor."""


def module_made(dotted: str, arguments: Arguments) -> Value | None:
    """Return the module that a function makes of its first argument, or None if it is none that does."""
    if dotted in SAME_MODULE:
        return arguments.positional[0] if arguments.positional else UNKNOWN
    if dotted in FREEZING:
        return frozen(arguments.positional[0]) if arguments.positional else Network(f"{dotted}()", frozen=True)
    return Network(f"{dotted}()", weightless=True) if dotted.startswith(OPERATIONS) else None


def call(machine: Machine, dotted: str, arguments: Arguments, node: ast.Call, frame: Frame) -> Value:
    """Call something of torch by its dotted name."""
    training.of_function(machine, dotted, node, frame)
    last = dotted.rpartition(".")[2]
    if dotted == "torch.load":
        return Network("torch.load()")
    if dotted in {"torch.jit.load", "torch.hub.load", "torch.package.PackageImporter().load_pickle"}:
        known = knowledge.call(machine, dotted, arguments, node, frame)
        return _from_hub(arguments, known) if dotted == "torch.hub.load" else _as_module(dotted, known)
    if dotted.startswith("torch.nn.") and last[:1].isupper() and not dotted.startswith("torch.nn.functional."):
        return _module(dotted, last, arguments)
    if dotted.startswith(_NO_TENSORS) or dotted.endswith("()"):
        return External(f"{dotted}()") if not dotted.endswith("()") else UNKNOWN
    inputs = [found for each in arguments.all() if (found := tensors_in(each)) is not None]
    if last in _MAKERS or not inputs:
        return Tensor(device=arguments.named("device") is not None or any(each.device for each in inputs))
    joined = join_all(inputs)
    assert isinstance(joined, Tensor)
    return Tensor(joined.graph and frame.mode.on, joined.device, joined.copied and frame.mode.on, view=False)


def _from_hub(arguments: Arguments, known: Value) -> Value:
    """YOLOv5 comes in a wrapper that guards itself; what other repositories give is a plain module."""
    repository = arguments.named("repo_or_dir", 0)
    given = repository.value if isinstance(repository, Constant) else None
    if isinstance(given, str) and given.startswith("ultralytics/"):
        return External("ultralytics.YOLO()")
    return _as_module("torch.hub.load", known)


def _as_module(dotted: str, known: Value) -> Value:
    return known if isinstance(known, Network) else Network(f"{dotted}()")


def _module(dotted: str, last: str, arguments: Arguments) -> Value:
    if last in {"Parameter", "Buffer"}:
        return Tensor(graph=True, device=True)
    weightless = last in _WEIGHTLESS or last.endswith(("Loss", "Pool1d", "Pool2d", "Pool3d"))
    inner = [each for each in arguments.all() if isinstance(each, Network | Instance)]
    if last == "Sequential" and inner and all(isinstance(each, Network) and each.weightless for each in inner):
        weightless = True
    return Network(f"{dotted}()", weightless=weightless)

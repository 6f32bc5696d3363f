"""Which framework a module of the tree is written for, by what it imports."""

from __future__ import annotations

from gatekeeper.inference.modules import Module

_OVER_TORCH = frozenset({"pytorch_lightning", "lightning", "timm", "diffusers", "open_clip", "clip", "ts"})
"""Packages that work with torch modules alone, beside those that are called `torch...`."""
_RIVALS = frozenset({"mlx", "paddle", "jax", "flax", "tensorflow", "keras", "mindspore", "mxnet", "oneflow", "jittor"})


def uses_torch(module: Module) -> bool:
    """Return whether a module imports torch, or what is built on it."""
    tops = _imported(module)
    if any(each.startswith("torch") for each in tops) or tops & _OVER_TORCH:
        return True
    # A name may come by `from common import *` of a file that is not at hand.
    return bool(module.star_imports) and "torch." in module.text


def uses_rival(module: Module) -> bool:
    """Return whether a module imports another framework whose modules look like torch's."""
    return bool(_imported(module) & _RIVALS)


def _imported(module: Module) -> set[str]:
    return {each.partition(".")[0] for each in (*module.imports.values(), *module.star_imports)}

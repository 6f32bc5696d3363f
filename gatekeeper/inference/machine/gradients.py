"""Code that has a use for gradients: it trains, or it explains. Asked only of what would be told otherwise."""

from __future__ import annotations

import ast
import re
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gatekeeper.inference.machine.frames import Frame
    from gatekeeper.inference.modules import FunctionNode, Module

_EXPLAINERS = (
    "captum",
    "shap",
    "pytorch_grad_cam",
    "torchcam",
    "grad_cam",
    "lime",
    "zennit",
    "innvestigate",
    "quantus",
)
"""Libraries that compute attributions by gradients."""

_EXPLAINERS_CLASSES = ("Explainer", "GradCAM", "GradCam", "Saliency", "Attribution", "Attributor")
"""How classes end that explain, and do nothing else."""

_EXPLAINING = re.compile(
    r"(^|_)(explain\w*|explanations?|attributions?|saliency(_?maps?)?|grad_?cam\w*|get_insights|insights|"
    r"integrated_gradients|smooth_?grad|shap_values|interpret|interpretability)(_|$)",
    re.IGNORECASE,
)
"""Names of functions that explain a prediction."""


def are_wanted(frame: Frame) -> bool:
    """Return whether a function on the way to a place trains or explains: then its forward calls need gradients."""
    for step in frame.trail.steps():
        if step.function is not None and (explains(step.name) or _differentiates(step.function.node)):
            return True
    if frame.function is None:
        return False
    return explains(frame.name) or _differentiates(frame.function.node) or _uses_explainer(frame)


def is_explained(frame: Frame) -> bool:
    """Return whether a place is part of an explanation, which needs `backward` and its kin."""
    names = [frame.name, *(step.name for step in frame.trail.steps())]
    return any(map(explains, names)) or (frame.function is not None and _uses_explainer(frame))


def explains(name: str) -> bool:
    """Return whether a function's name, or its class's, says that it explains.

    A service that explains its predictions may be called so too; a class that does nothing else is an explainer.
    """
    *around, last = name.split(".")
    return _EXPLAINING.search(last) is not None or any(each.endswith(_EXPLAINERS_CLASSES) for each in around)


def _uses_explainer(frame: Frame) -> bool:
    assert frame.function is not None
    return _mentions(frame.function.node, frame.module, _EXPLAINERS)


@lru_cache(maxsize=4096)
def _differentiates(node: FunctionNode) -> bool:
    """Return whether a function's own body calls `backward` or `autograd.grad`."""
    return any(
        isinstance(each, ast.Call)
        and isinstance(each.func, ast.Attribute)
        and (each.func.attr == "backward" or (each.func.attr == "grad" and "autograd" in ast.dump(each.func.value)))
        for each in ast.walk(node)
    )


def _mentions(node: ast.AST, module: Module, libraries: tuple[str, ...]) -> bool:
    for each in ast.walk(node):
        if isinstance(each, ast.Name):
            dotted = module.imports.get(each.id, "")
            if dotted.partition(".")[0] in libraries:
                return True
    return False

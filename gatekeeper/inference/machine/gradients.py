"""Code that has a use for gradients: it trains, or it explains. Asked only of what would be told otherwise."""

from __future__ import annotations

import ast
import re
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gatekeeper.inference.machine.frames import Frame
    from gatekeeper.inference.modules import Function, FunctionNode, Module

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
        if step.function is not None and (explains(step.name) or _needs(step.function) or _shows(step.function)):
            return True
    if frame.function is None:
        return reads_gradients(frame.module.tree)
    return explains(frame.name) or _needs(frame.function) or _uses_explainer(frame)


def _needs(function: Function) -> bool:
    return differentiates(function.node) or guides(function.node)


def _shows(function: Function) -> bool:
    """Return whether a function calls one that explains, in a file that imports a library for it."""
    if not any(_is_of(each, _EXPLAINERS) for each in function.module.imports.values()):
        return False
    called = (each.func for each in ast.walk(function.node) if isinstance(each, ast.Call))
    return any(explains(each.attr if isinstance(each, ast.Attribute) else getattr(each, "id", "")) for each in called)


def is_explained(frame: Frame) -> bool:
    """Return whether a place is part of an explanation, which needs `backward` and its kin."""
    names = [frame.name, *(step.name for step in frame.trail.steps())]
    if any(map(explains, names)) or reads_gradients(_home(frame)):
        return True
    return frame.function is not None and _uses_explainer(frame)


def _home(frame: Frame) -> ast.AST:
    """Return what a place stands in: its class, its function, or the script."""
    if frame.class_ is not None:
        return frame.class_.node
    return frame.module.tree if frame.function is None else frame.function.node


@lru_cache(maxsize=4096)
def reads_gradients(home: ast.AST) -> bool:
    """Return whether code computes gradients to read them, and takes no step by them: that explains a prediction."""
    attributes = {each.attr for each in ast.walk(home) if isinstance(each, ast.Attribute)}
    reads = attributes & {"grad", "register_full_backward_hook", "register_backward_hook", "save_gradient"}
    return bool(reads) and "backward" in attributes and "step" not in attributes


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
def guides(node: FunctionNode) -> bool:
    """Return whether a function makes an input of its own require gradients: `x = x.detach().requires_grad_()`.

    Guided sampling does, for the gradient that its guide takes elsewhere.
    """
    return any(
        isinstance(each, ast.Call)
        and isinstance(each.func, ast.Attribute)
        and each.func.attr == "requires_grad_"
        and isinstance(each.func.value, ast.Call)
        and isinstance(each.func.value.func, ast.Attribute)
        and each.func.value.func.attr in {"detach", "clone"}
        for each in ast.walk(node)
    )


@lru_cache(maxsize=4096)
def differentiates(node: FunctionNode) -> bool:
    """Return whether a function's own body calls `backward` or `autograd.grad`."""
    return any(
        isinstance(each, ast.Call)
        and isinstance(each.func, ast.Attribute)
        and (each.func.attr == "backward" or (each.func.attr == "grad" and "autograd" in ast.dump(each.func.value)))
        for each in ast.walk(node)
    )


def _mentions(node: ast.AST, module: Module, libraries: tuple[str, ...]) -> bool:
    """Return whether code names something of these libraries, or what was made by them: `cam = GradCAM(model)`."""
    if not any(each.partition(".")[0] in libraries for each in module.imports.values()):
        return False
    made = _made_by(
        module.tree, frozenset(name for name, target in module.imports.items() if _is_of(target, libraries))
    )
    return any(
        (isinstance(each, ast.Name) and each.id in made) or (isinstance(each, ast.Attribute) and each.attr in made)
        for each in ast.walk(node)
    )


def _is_of(dotted: str, libraries: tuple[str, ...]) -> bool:
    return dotted.partition(".")[0] in libraries


@lru_cache(maxsize=256)
def _made_by(tree: ast.Module, names: frozenset[str]) -> frozenset[str]:
    """Return these names, and those of variables and attributes that are assigned a call of one of them."""
    made = set(names)
    for each in ast.walk(tree):
        if isinstance(each, ast.Assign) and isinstance(each.value, ast.Call):
            head = each.value.func
            while isinstance(head, ast.Attribute):
                head = head.value
            if isinstance(head, ast.Name) and head.id in names:
                targets = [target for target in each.targets if isinstance(target, ast.Name | ast.Attribute)]
                made.update(target.id if isinstance(target, ast.Name) else target.attr for target in targets)
    return frozenset(made)

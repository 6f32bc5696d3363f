"""Servers that call several functions for one request: what the first of them returns the second is given."""

from __future__ import annotations

from collections.abc import Mapping

from gatekeeper.inference.entries import Found
from gatekeeper.inference.modules import Class, Function, Project

_BEFORE: Mapping[str, tuple[str, ...]] = {
    "predict_fn": ("input_fn",),
    "inference": ("preprocess",),
    "predict": ("preprocess", "decode_request", "transform_input"),
    "process": ("preprocess",),
    "_forward": ("preprocess",),
}
"""Step to those that may come before it."""
_AFTER = frozenset({"output_fn", "postprocess", "encode_response", "transform_output", "unbatch", "get_insights"})
"""Steps that are given what the model has answered."""
_STEPPED = frozenset(
    {"SageMaker", "TorchServe", "KServe", "LitServe", "Truss", "Seldon", "ClearML Serving", "Vertex AI"}
)


def step_before(project: Project, function: Function, owner: Class | None, framework: str) -> Function | None:
    """Return the step whose result a function is given, None if it is given the request."""
    if framework not in _STEPPED:
        return None
    for name in _BEFORE.get(function.name, ()):
        found = _sibling(project, function, owner, name)
        if found is not None:
            return found
    return None


def is_endpoint(project: Project, found: Found, called: set[Function]) -> bool:
    """Return whether an entry point is where a request comes in: no later step, and no helper of another one."""
    function = found.function
    if function is None:
        return True
    if found.framework in _STEPPED:
        followed = [after for after, before in _BEFORE.items() if function.name in before]
        if function.name in _AFTER or any(_sibling(project, function, found.owner, each) for each in followed):
            return False
    # Each public method of a deployment can be called from outside; those that another one calls seldom are.
    return found.framework != "Ray Serve" or function.name == "__call__" or function not in called


def _sibling(project: Project, function: Function, owner: Class | None, name: str) -> Function | None:
    owner = owner or function.owner
    if owner is None:
        return function.module.functions.get(name)
    return next((each.methods[name] for each in project.ancestry(owner)[0] if name in each.methods), None)

"""Every public function, where a library is linted that has no entry points of its own."""

from __future__ import annotations

from collections.abc import Iterator

from gatekeeper.inference.entries.found import Found
from gatekeeper.inference.modules import Function, Project

_MODULES = (
    "torch.nn.Module",
    "nn.Module",
    "torch.nn.modules.module.Module",
    "pytorch_lightning.LightningModule",
    "lightning.LightningModule",
)


def public_functions(project: Project) -> tuple[Found, ...]:
    """Return the public functions of modules and the public methods of classes, `__call__` among them.

    A torch module's own `forward`, and its other methods, are what is called, not what calls.
    """
    return tuple(_found(project))


def _found(project: Project) -> Iterator[Found]:
    modules: dict[object, bool] = {}
    for function in project.functions():
        owner = function.owner
        if function.parent is not None or not _is_public(function):
            continue
        if owner is not None:
            if owner.parent is not None:
                continue
            if owner not in modules:
                modules[owner] = any(each.endswith(_MODULES) for each in project.ancestry(owner)[1])
            if modules[owner]:
                continue
        yield Found(function=function, module=function.module, framework="public function", owner=owner)


def _is_public(function: Function) -> bool:
    return function.name == "__call__" or not function.name.startswith("_")

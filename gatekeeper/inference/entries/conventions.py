"""What platforms tell by names alone: module-level functions, and classes without a base."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

from gatekeeper.inference.entries.found import Found, Phase
from gatekeeper.inference.modules import Class, Function, Module

_ENVIRONMENTS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "SageMaker": (("model_fn",), ("input_fn", "predict_fn", "output_fn", "transform_fn")),
}
"""Framework to its start-up and request functions: any two of them in one module tell it."""


_TAKING_MODEL = {"predict_fn": 1, "transform_fn": 0}
"""Which parameter of these is what `model_fn` returned (sagemaker_inference/transformer.py)."""


def by_convention(module: Module) -> Iterator[Found]:
    """Yield what the names of a module's functions and classes tell."""
    yield from _sagemaker(module)
    yield from _events(module)
    yield from _pairs(module)
    yield from _django_views(module)
    for class_ in module.classes.values():
        yield from _by_class(class_)


def _sagemaker(module: Module) -> Iterator[Found]:
    for framework, (startup, request) in _ENVIRONMENTS.items():
        have = [name for name in (*startup, *request) if name in module.functions]
        if len(have) >= 2 or "predict_fn" in have:
            loader = module.functions.get(startup[0])
            for name in have:
                function = module.functions[name]
                phase = Phase.STARTUP if name in startup else Phase.REQUEST
                given = None if loader is None or name not in _TAKING_MODEL else (_TAKING_MODEL[name], loader)
                yield Found(function=function, module=module, framework=framework, phase=phase, given=given)


def _events(module: Module) -> Iterator[Found]:
    """`lambda_handler(event, context)`, and TorchServe's `handle(data, context)`."""
    for name, parameters, framework in (
        ("lambda_handler", ("event",), "AWS Lambda"),
        ("handler", ("event", "context"), "AWS Lambda"),
        ("handle", ("data", "context"), "TorchServe"),
    ):
        function = module.functions.get(name)
        if function is not None and _takes(function, parameters):
            yield Found(function=function, module=module, framework=framework)


def _takes(function: Function, parameters: tuple[str, ...]) -> bool:
    names = [each.arg.lstrip("_") for each in function.node.args.args]
    return len(names) >= len(parameters) and all(
        mine == theirs for mine, theirs in zip(names, parameters, strict=False)
    )


def _django_views(module: Module) -> Iterator[Found]:
    """Functions of a `views` module of Django that take a request: who routes to them is often in another folder."""
    if module.name.rpartition(".")[2] != "views" or not _uses_django(module):
        return
    for function in module.functions.values():
        if function.owner is None and function.parent is None and _takes(function, ("request",)):
            yield Found(function=function, module=module, framework="Django", threaded=not function.is_async)


def _uses_django(module: Module) -> bool:
    return any(each.partition(".")[0] in {"django", "rest_framework"} for each in module.imports.values())


def _pairs(module: Module) -> Iterator[Found]:
    """Two functions that a platform calls: Azure ML's `init` and `run(data)`, Banana's `init` and `inference`."""
    start = module.functions.get("init")
    if start is None or start.node.args.args:
        return
    for name, framework in (("run", "Azure ML"), ("inference", "Banana")):
        function = module.functions.get(name)
        if function is not None and len(function.node.args.args) >= 1:
            yield Found(function=start, module=module, framework=framework, phase=Phase.STARTUP)
            yield Found(function=function, module=module, framework=framework)
            return


def _by_class(class_: Class) -> Iterator[Found]:
    found: tuple[str, tuple[str, ...], tuple[str, ...]] | None = None
    methods = class_.methods
    if class_.name == "TritonPythonModel" and "execute" in methods:
        found = ("Triton", ("initialize",), ("execute",))
    elif class_.name == "EndpointHandler" and "__call__" in methods:
        found = ("Hugging Face endpoint", ("__init__",), ("__call__",))
    elif {"initialize", "handle"} <= methods.keys():
        found = ("TorchServe", ("__init__", "initialize"), ("handle",))
    elif class_.name == "Model" and {"load", "predict"} <= methods.keys() and not class_.node.bases:
        found = ("Truss", ("__init__", "load"), ("preprocess", "predict", "postprocess"))
    elif "predict" in methods and any(
        each.arg in {"features_names", "feature_names", "names"} for each in methods["predict"].node.args.args
    ):
        found = ("Seldon", ("__init__", "load"), ("predict", "transform_input", "transform_output"))
    elif class_.name == "Preprocess" and "process" in methods:
        found = ("ClearML Serving", ("__init__", "load"), ("preprocess", "process", "postprocess"))
    elif any(_is_servicer(class_, base) for base in class_.node.bases):
        public = tuple(name for name in methods if not name.startswith("_"))
        yield from _methods(class_, "gRPC", ("__init__",), public, threaded=True)
        return
    if found is not None:
        yield from _methods(class_, *found)


def _is_servicer(class_: Class, base: ast.expr) -> bool:
    """Return whether a base is one that a gRPC compiler wrote: `*Servicer`, or anything of a `*_pb2_grpc` module."""
    dotted = class_.module.dotted(base) or ""
    return dotted.endswith(("Servicer", "ServicerBase")) or "_pb2_grpc." in dotted or "_grpc." in dotted


def _methods(
    class_: Class, framework: str, startup: tuple[str, ...], request: tuple[str, ...], *, threaded: bool = False
) -> Iterator[Found]:
    for names, phase in ((startup, Phase.STARTUP), (request, Phase.REQUEST)):
        for name in names:
            function = class_.methods.get(name)
            if function is not None:
                yield Found(
                    function=function,
                    module=class_.module,
                    framework=framework,
                    owner=class_,
                    phase=phase,
                    threaded=threaded and not function.is_async and phase is Phase.REQUEST,
                )

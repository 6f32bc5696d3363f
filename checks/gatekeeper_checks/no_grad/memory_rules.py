"""The rules of `no-grad` about tensors that outlive their request."""

from __future__ import annotations

from typing import ClassVar

from gatekeeper.model import Example, Rule
from gatekeeper_checks.no_grad import samples

_DEQUE = "from collections import deque\n\n"
_KEPT = "kept: deque[torch.Tensor] = deque(maxlen=1000)"
_LIST = "kept: list[object] = []"
_CALL = "value = model(torch.tensor(features))\n"
_RETURN = "\nreturn value.item()"


class GraphRetained(Rule):
    """A tensor is kept together with its graph.

    What it checks:
        Tensors made with gradients on that are put where they outlive the request: globals, attributes of classes,
        functions and modules, lists, dicts, deques and queues, be they of a `self`, a closure or an application. One
        attribute of `self` that each request overwrites holds one graph at a time and is left alone.

    Why it matters:
        The tensor holds its graph, and the graph every intermediate result. A bound does not help: 300 outputs in a
        deque took 61 MB with their graphs and 7 MB detached (MLP, eight layers of 512, batch 8, torch 2.13). It is how
        incident 4092-X filled the card.

    What it can't see:
        Containers whose owner is known at run time alone.

    How to fix:
        Keep `.detach().cpu()`, or a number: `.item()`. Put a guard on the forward call as well.
    """

    code: ClassVar[str] = "retained-tensor/graph"
    passing: ClassVar[Example] = samples.handler(f"{_CALL}kept.append(value.detach().cpu()){_RETURN}", _KEPT, _DEQUE)
    failing: ClassVar[Example] = samples.handler(f"{_CALL}kept.append(value){_RETURN}", _KEPT, _DEQUE, guard="")


class CpuWithoutDetach(Rule):
    """A tensor is moved to the CPU and kept, and its graph with it.

    What it checks:
        Tensors made with gradients on that are kept after `.cpu()` or `.to("cpu")` without `.detach()`.

    Why it matters:
        The copy is one more node of the graph. It keeps what it was made of, on the device: 300 of them took as much
        memory as if nothing had been moved (torch 2.13).

    What it can't see:
        Containers whose owner is known at run time alone.

    How to fix:
        Write `.detach().cpu()`.
    """

    code: ClassVar[str] = "retained-tensor/cpu-without-detach"
    passing: ClassVar[Example] = samples.handler(f"{_CALL}kept.append(value.detach().cpu()){_RETURN}", _KEPT, _DEQUE)
    failing: ClassVar[Example] = samples.handler(f"{_CALL}kept.append(value.cpu()){_RETURN}", _KEPT, _DEQUE, guard="")


class DeviceRetained(Rule):
    """Tensors pile up on the device.

    What it checks:
        Tensors without a graph that are put into a container that outlives the request and that nothing empties or
        bounds, without being moved to the CPU.

    Why it matters:
        Each request leaves its tensor in the memory of the card, until the first one that finds no room.

    What it can't see:
        Whether the service runs on a CPU. What was made or moved there is left out: it fills ordinary memory.

    How to fix:
        Keep numbers (`.item()`, `.tolist()`), or `.detach().cpu()` in a `deque(maxlen=...)`.
    """

    code: ClassVar[str] = "retained-tensor/on-device"
    passing: ClassVar[Example] = samples.handler(f"{_CALL}kept.append(value.detach().cpu()){_RETURN}", _KEPT, _DEQUE)
    failing: ClassVar[Example] = samples.handler(f"{_CALL}kept.append(value){_RETURN}", _LIST)


class Accumulated(Rule):
    """Outputs are summed up with their graphs.

    What it checks:
        `total += output` and its like in a loop or over requests, where the output has a graph and neither `.item()`
        nor `.detach()` stands between.

    Why it matters:
        The sum is a tensor whose graph holds all that was ever added: it grows with every request and is never freed.

    What it can't see:
        Sums that a library keeps, such as metrics objects.

    How to fix:
        Add a number: `total += output.item()`.
    """

    code: ClassVar[str] = "retained-tensor/accumulated"
    passing: ClassVar[Example] = samples.handler(
        f"global total\n{_CALL}total += value.item(){_RETURN}",
        "total = 0.0",
    )
    failing: ClassVar[Example] = samples.handler(
        f"global total\n{_CALL}total += value.sum(){_RETURN}", "total = 0.0", guard=""
    )


_EMBED = """\
@lru_cache(maxsize=None)
def embed({parameter}) -> {result}:
    with torch.inference_mode():
        return model({argument}){end}

"""
_CACHE = "from functools import lru_cache\n\n"


class Cached(Rule):
    """A cache takes or gives tensors.

    What it checks:
        `functools.lru_cache` and `functools.cache` on functions whose parameters or results are tensors.

    Why it matters:
        A tensor is hashed by its identity: two equal ones are two keys, so the cache never hits, and holds inputs and
        outputs. Without a bound it holds all of them.

    What it can't see:
        Caches of other libraries; parameters without an annotation and without a call that tells.

    How to fix:
        Cache by something that is compared by value, a tuple of numbers or a digest, and return numbers.
    """

    code: ClassVar[str] = "retained-tensor/cached"
    passing: ClassVar[Example] = samples.handler(
        "return embed(tuple(features))",
        _EMBED.format(parameter="x: tuple[float, ...]", result="float", argument="torch.tensor(x)", end=".item()"),
        _CACHE,
    )
    failing: ClassVar[Example] = samples.handler(
        "return embed(torch.tensor(features)).item()",
        _EMBED.format(parameter="x: torch.Tensor", result="torch.Tensor", argument="x", end=""),
        _CACHE,
    )


class ViewRetained(Rule):
    """A small view is kept, and the tensor behind it with it.

    What it checks:
        Slices and other views of an output that are kept beyond the request without `.clone()`.

    Why it matters:
        A view has no memory of its own. Ten numbers cut from a tensor of 256,000,000 bytes hold all of them, detached
        or not; their clone holds 40.

    What it can't see:
        Whether the base is small: then the view costs little.

    How to fix:
        Write `.detach().clone()`, or keep numbers: `.tolist()`.
    """

    code: ClassVar[str] = "retained-tensor/view"
    passing: ClassVar[Example] = samples.handler(f"{_CALL}kept.append(value[:10].clone()){_RETURN}", _KEPT, _DEQUE)
    failing: ClassVar[Example] = samples.handler(f"{_CALL}kept.append(value[:10]){_RETURN}", _KEPT, _DEQUE)


_LOGGER = "logger = logging.getLogger(__name__)\nlogger.addHandler(logging.handlers.MemoryHandler(1000))"
_LOGGING = "import logging\nimport logging.handlers\n\n"


class Logged(Rule):
    """A tensor with its graph is handed to a logger or a reporter.

    What it checks:
        Tensors made with gradients on among the arguments of logging calls, in code that has a handler which keeps
        records (`MemoryHandler`, `QueueHandler`), and of calls of Sentry's reporter.

    Why it matters:
        The record of a log call holds its arguments, not their text. A handler that keeps records (a `MemoryHandler`,
        a queue, a reporter of errors) keeps the tensor and its graph.

    What it can't see:
        Handlers that a configuration file adds, and other reporters.

    How to fix:
        Log numbers: `.item()`, `.tolist()` or the shape.
    """

    code: ClassVar[str] = "retained-tensor/logged"
    passing: ClassVar[Example] = samples.handler(
        f'{_CALL}logger.info("price %.2f", value.item()){_RETURN}', _LOGGER, _LOGGING
    )
    failing: ClassVar[Example] = samples.handler(
        f'{_CALL}logger.info("price %s", value){_RETURN}', _LOGGER, _LOGGING, guard=""
    )


_HOOK = """\
seen: list[object] = []


def look(module: torch.nn.Module, inputs: tuple[torch.Tensor, ...], output: torch.Tensor) -> None:
    seen.append({kept})


model.register_forward_hook(look)

"""


class HookRetains(Rule):
    """A forward hook keeps what it is shown.

    What it checks:
        Functions given to `register_forward_hook` and its like that put an input or output where it outlives the call.

    Why it matters:
        The hook runs at every request and nobody sees it in the handler. What it collects for one debugging session
        grows until the service is restarted.

    What it can't see:
        Hooks that are registered by code outside of the declared paths.

    How to fix:
        Remove the hook by its handle when it has done its work, or keep numbers.
    """

    code: ClassVar[str] = "retained-tensor/hook"
    passing: ClassVar[Example] = samples.handler(f"{_CALL[:-1]}{_RETURN}", _HOOK.format(kept="tuple(output.shape)"))
    failing: ClassVar[Example] = samples.handler(f"{_CALL[:-1]}{_RETURN}", _HOOK.format(kept="output"))

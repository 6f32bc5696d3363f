"""What each observation is called in words, and what the reader types next."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

from gatekeeper.inference.facts import Kind, Observation

Words: TypeAlias = tuple[str, str]
"""The message, and the fix."""

GUARD = "`with torch.inference_mode():`"
DECORATOR = "`@torch.inference_mode()`"


def words(seen: Observation) -> Words:
    """Return what an observation is called, and how it is mended."""
    return _WORDS[seen.kind](seen)


def _subject(seen: Observation) -> str:
    return f"`{seen.subject}`"


def _entry(seen: Observation) -> str:
    return f"`{seen.trace[0].function if seen.trace else seen.function}`"


def _unguarded(seen: Observation) -> Words:
    got = f"got no guard on the way from {_entry(seen)}, expected one"
    if line := seen.told("useless"):
        got = f"the guard on `{seen.function}` (line {line}) has no effect on a coroutine"
    fix = _guard_fix(seen)
    if line := seen.told("early"):
        got = f"the guard in line {line} stands above the decorator that hands `{seen.function}` over without it"
        fix = "move the guard below that decorator, right above the `def`"
    return f"{_subject(seen)} runs with gradients on: {got}", fix


def _guard_fix(seen: Observation) -> str:
    """Return the guard that fits the place: a decorator does nothing on a coroutine."""
    home = seen.told("home")
    if home == "lambda":
        return f"write the lambda as a function, with {DECORATOR} on it"
    if home:
        return f"put {GUARD} around the call" + (", with no `await` in the block" if home == "coroutine" else "")
    return f"put {DECORATOR} on `{seen.function}`" + (", or on what calls it" if len(seen.trace) > 1 else "")


def _partial(seen: Observation) -> Words:
    return (
        f"{_subject(seen)} runs with gradients on: `{seen.function}` guards another forward call, and not this one",
        "move the call into the guard's block",
    )


def _lost(seen: Observation) -> Words:
    return (
        f"{_subject(seen)} runs with gradients on in another thread: the guard is in the one that hands the work over",
        f"{_guard_fix(seen)}: the guard must be entered in the thread that calls the model",
    )


def _switched(seen: Observation) -> Words:
    return (
        (
            f"{_subject(seen)} runs with gradients on: they were switched off in the thread that started the service, "
            "and the server calls this one in another"
        ),
        _guard_fix(seen),
    )


def _at_startup(seen: Observation) -> Words:
    return (
        (
            f"{_subject(seen)} enters a guard while the service starts, and leaves it open: "
            "it holds in this thread alone, got no guard where requests are answered"
        ),
        f"put {DECORATOR} on the functions that call the model",
    )


def _on_async(seen: Observation) -> Words:
    what = seen.told("what") or "coroutine"
    return (
        (
            f"{_subject(seen)} has no effect on `{seen.told('name') or seen.function}`: "
            f"the guard ends when the {what} is made, before its body runs"
        ),
        f"put {GUARD} around the calls of the model in its body, with no `await` in the block",
    )


def _on_class(seen: Observation) -> Words:
    return (
        f"{_subject(seen)} on the class `{seen.told('name')}` guards none of its methods",
        f"put {DECORATOR} on each method that calls the model",
    )


def _not_entered(seen: Observation) -> Words:
    return (
        f"{_subject(seen)} makes a guard and does not enter it: it has no effect",
        f"put the calls of the model under {GUARD}",
    )


def _not_called(seen: Observation) -> Words:
    if seen.told("what") == "with":
        return f"`with {seen.subject}:` raises TypeError: the guard is not called", "write the parentheses"
    return f"`@{seen.subject}` does not guard in this torch: it must be called", "write the parentheses"


def _suspended(seen: Observation) -> Words:
    guard = seen.told("guard") or "the guard"
    return (
        (
            f"{seen.told('what') or 'await'} inside of {guard} (line {seen.told('line')}): "
            "other requests run under the guard meanwhile, and their guards end this one"
        ),
        "await first, and call the model in a block without `await`",
    )


def _yielding(seen: Observation) -> Words:
    guard = seen.told("guard") or "the guard"
    return (
        (
            f"{seen.told('what') or 'yield'} inside of {guard} (line {seen.told('line')}): whoever iterates runs under "
            "the guard, and a thread that resumes the generator has none"
        ),
        f"put {DECORATOR} on the generator in place of the block: it is entered anew at each step",
    )


def _enabled(seen: Observation) -> Words:
    return (
        f"{_subject(seen)} switches gradients on inside of a guarded region that a request reaches",
        "delete it; if gradients are needed to explain a prediction, do it in a function called explain...",
    )


def _kept(seen: Observation) -> Words:
    return (
        (
            f"{_subject(seen)} keeps a tensor with its graph in {_home(seen)}: "
            "got all intermediate results of the forward pass, expected numbers"
        ),
        "store `.detach().cpu()`, or the number by `.item()`",
    )


def _home(seen: Observation) -> str:
    container = seen.told("container")
    if container in {"list", "dict", "set", "tuple", "deque", "queue", "cache"}:
        return f"a {container} that outlives the request{' (bounded)' if seen.told('bounded') else ''}"
    return container or "what outlives the request"


def _copied(seen: Observation) -> Words:
    return (
        (
            f"{_subject(seen)} keeps a tensor that was copied by `.cpu()` with its graph, in {_home(seen)}: "
            "the graph keeps what lies on the device"
        ),
        "write `.detach().cpu()`",
    )


def _on_device(seen: Observation) -> Words:
    return (
        f"{_subject(seen)} keeps tensors on the device in {_home(seen)}, and nothing takes them out again",
        "store `.cpu()` or `.item()`, or bound it: `deque(maxlen=...)`",
    )


def _accumulated(seen: Observation) -> Words:
    return (
        f"{_subject(seen)} is added up with its graph: the sum holds every forward pass that it came from",
        "add `.item()` or `.detach()`",
    )


def _cached(seen: Observation) -> Words:
    return (
        f"{_subject(seen)} caches a function of tensors: equal tensors never hit, and inputs and outputs are kept",
        "cache by the request's plain values, and return numbers or text",
    )


def _view(seen: Observation) -> Words:
    return (
        f"{_subject(seen)} keeps a part of a larger tensor in {_home(seen)}: the whole stays in memory",
        "store `.clone()` of the part",
    )


def _logged(seen: Observation) -> Words:
    return (
        f"{_subject(seen)} hands a tensor with its graph to {seen.told('by') or 'a logger'}, which keeps it",
        "log `.item()`, or a formatted number",
    )


def _hooked(seen: Observation) -> Words:
    return (
        f"{_subject(seen)} registers a hook that keeps the layer's output of every request, and is never removed",
        "keep the handle and call `.remove()`, or let the hook store `.detach().mean().item()` and the like",
    )


def _backward(seen: Observation) -> Words:
    return (
        f"{_subject(seen)} computes gradients in a request that {_entry(seen)} answers",
        "train in a job of its own, and deploy its model through the gate",
    )


def _optimizer(seen: Observation) -> Words:
    return (
        (
            f"{_subject(seen)} changes the weights in a request that {_entry(seen)} answers: "
            "got a model that nobody approved, expected the artifact"
        ),
        "train in a job of its own, and deploy its model through the gate",
    )


def _train_mode(seen: Observation) -> Words:
    return (
        (
            f"{_subject(seen)} sets the module up for training in a request that {_entry(seen)} answers: "
            "dropout and batch statistics change every answer"
        ),
        "delete it, and call `.eval()` where the model is loaded",
    )


def _trainer(seen: Observation) -> Words:
    return (
        f"{_subject(seen)} trains in a request that {_entry(seen)} answers",
        "train in a job of its own, and deploy its model through the gate",
    )


def _missing(seen: Observation) -> Words:
    torch = seen.told("torch")
    which = f"torch {torch} loads anything" if torch else "before torch 2.6 that loads anything"
    return (
        f"{_subject(seen)} does not say `weights_only=True`: {which}, and runs what the file names",
        "write `weights_only=True` (`gatekeeper lint --fix` does)",
    )


def _anything(seen: Observation) -> Words:
    return (
        f"{_subject(seen)} loads anything: it runs what the file names",
        "save the `state_dict()` alone, and load it with `weights_only=True`",
    )


_WORDS: Mapping[Kind, Callable[[Observation], Words]] = {
    Kind.UNGUARDED_CALL: _unguarded,
    Kind.PARTIAL_GUARD: _partial,
    Kind.GUARD_LOST_IN_THREAD: _lost,
    Kind.PROCESS_WIDE_SWITCH: _switched,
    Kind.GUARD_ENTERED_AT_STARTUP: _at_startup,
    Kind.GUARD_ON_ASYNC: _on_async,
    Kind.GUARD_ON_CLASS: _on_class,
    Kind.GUARD_NOT_ENTERED: _not_entered,
    Kind.GUARD_NOT_CALLED: _not_called,
    Kind.AWAIT_IN_GUARD: _suspended,
    Kind.YIELD_IN_GUARD: _yielding,
    Kind.GRAD_ENABLED_INSIDE: _enabled,
    Kind.GRAPH_RETAINED: _kept,
    Kind.CPU_WITHOUT_DETACH: _copied,
    Kind.DEVICE_RETAINED: _on_device,
    Kind.ACCUMULATED: _accumulated,
    Kind.CACHED: _cached,
    Kind.VIEW_RETAINED: _view,
    Kind.LOGGED: _logged,
    Kind.HOOK_RETAINS: _hooked,
    Kind.BACKWARD: _backward,
    Kind.OPTIMIZER: _optimizer,
    Kind.TRAIN_MODE: _train_mode,
    Kind.TRAINER: _trainer,
    Kind.LOAD_WITHOUT_WEIGHTS_ONLY: _missing,
    Kind.LOAD_OF_ANYTHING: _anything,
}

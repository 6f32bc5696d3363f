"""The rules of `no-grad` about forward calls that an entry point reaches with gradients on."""

from __future__ import annotations

from typing import ClassVar

from gatekeeper.model import Example, Rule
from gatekeeper_checks.no_grad import samples


class NoCode(Rule):
    """The policy declares no serving code.

    What it checks:
        That `code.paths` names at least one file or folder.

    Why it matters:
        The way a model is called decides about the memory of the service as much as the model does. A check that
        looked at no code has nothing to say, and must not look as if it had.

    What it can't see:
        Serving code that lies outside of the declared paths.

    How to fix:
        Name the folder of the service under `code.paths`.
    """

    code: ClassVar[str] = "no-grad/no-code"
    passing: ClassVar[Example] = samples.serving(samples.GUARDED)
    failing: ClassVar[Example] = samples.NO_CODE


class UnguardedCall(Rule):
    """An entry point reaches a forward call with gradients on.

    What it checks:
        Each forward call that a handler of a serving framework reaches, along every way: through other functions,
        methods, files, closures and threads. It must run under `torch.no_grad` or `torch.inference_mode`, in its own
        function, in a caller or in the library that is called; or the weights must be frozen.

    Why it matters:
        With gradients on, each output holds all intermediate results of its forward pass. 300 outputs of an MLP with
        eight layers of 512, batch 8, took 61 MB of memory with their graphs and 7 MB without (torch 2.13). `eval()`
        changes nothing about it.

    What it can't see:
        Calls whose receiver is known at run time alone, and callers outside of the declared code.

    How to fix:
        Put `@torch.inference_mode()` on the function that calls the model. On an `async def` the decorator does
        nothing: put `with torch.inference_mode():` around the call instead.
    """

    code: ClassVar[str] = "no-grad/unguarded-call"
    passing: ClassVar[Example] = samples.serving(samples.GUARDED)
    failing: ClassVar[Example] = samples.serving(samples.UNGUARDED)


class PartialGuard(Rule):
    """A function guards one forward call and leaves another outside.

    What it checks:
        Functions that an entry point reaches, in which a forward call stands in a guard's block and another one
        before or behind it.

    Why it matters:
        Whoever reads the block takes the function for guarded. One call outside builds the graph all the same.

    What it can't see:
        Whether the second call was left outside on purpose, for its gradients.

    How to fix:
        Move the call into the block, or put the guard on the whole function.
    """

    code: ClassVar[str] = "no-grad/partial-guard"
    passing: ClassVar[Example] = samples.handler(
        "x = torch.tensor(features)\nwith torch.inference_mode():\n    return (model(x) + model(x.flip(0))).item()",
        guard="",
    )
    failing: ClassVar[Example] = samples.handler(
        "x = torch.tensor(features)\nwith torch.inference_mode():\n    there = model(x)\n"
        "return (there + model(x.flip(0))).item()",
        guard="",
    )


_RUN = """\

def run(features: list[float]) -> float:
    return model(torch.tensor(features)).item()
"""
_POOL_IMPORT = "from concurrent.futures import ThreadPoolExecutor\n\n"
_SUBMIT = "return pool.submit(run, features).result()"


class GuardLostInThread(Rule):
    """The guard is in the thread that hands the work over, the forward call in the one that does it.

    What it checks:
        Forward calls behind a hand-over to another thread: `Thread`, executors, `asyncio.to_thread`,
        `run_in_executor`, `run_in_threadpool`, background tasks. A guard counts only in the thread that calls the
        model.

    Why it matters:
        Grad mode belongs to a thread. A worker starts with gradients on, whatever block its caller stands in.

    What it can't see:
        Threads that a library starts by itself, where nothing is known of that library.

    How to fix:
        Put `@torch.inference_mode()` on the function that the thread runs.
    """

    code: ClassVar[str] = "no-grad/guard-lost-in-thread"
    passing: ClassVar[Example] = samples.handler(
        _SUBMIT,
        f"pool = ThreadPoolExecutor()\n\n\n@torch.inference_mode(){_RUN}",
        _POOL_IMPORT,
        guard="",
    )
    failing: ClassVar[Example] = samples.handler(_SUBMIT, f"pool = ThreadPoolExecutor()\n\n{_RUN}", _POOL_IMPORT)


class ProcessWideSwitch(Rule):
    """`set_grad_enabled(False)` was called once, in a thread that serves no request.

    What it checks:
        Forward calls whose only guard is a call of `torch.set_grad_enabled(False)` when the module is imported or the
        service starts, in servers that answer requests in other threads.

    Why it matters:
        The switch is not one of the process but of the thread that called it. The threads of the server have
        gradients on.

    What it can't see:
        Servers that are configured elsewhere to answer in one single thread.

    How to fix:
        Put `@torch.inference_mode()` on the handler, and delete the switch.
    """

    code: ClassVar[str] = "no-grad/process-wide-switch"
    passing: ClassVar[Example] = samples.serving(samples.GUARDED)
    failing: ClassVar[Example] = samples.serving(f"torch.set_grad_enabled(False)\n\n{samples.UNGUARDED}")


class GuardEnteredAtStartup(Rule):
    """A guard is entered while the service starts and left open for the requests.

    What it checks:
        Guards that `__init__`, a startup hook or a lifespan enters by `__enter__` or an `ExitStack`, where forward
        calls of requests have no other guard.

    Why it matters:
        The guard holds in the thread that entered it. Requests are answered in others, with gradients on; which ones,
        the server decides and may change with its version.

    What it can't see:
        Servers that answer in the very thread that started them: the finding says so where it is known.

    How to fix:
        Enter the guard where the model is called: `@torch.inference_mode()` on the handler.
    """

    code: ClassVar[str] = "no-grad/guard-entered-at-startup"
    passing: ClassVar[Example] = samples.serving(samples.GUARDED)
    failing: ClassVar[Example] = samples.serving(
        "stack = ExitStack()\n\n\n"
        '@app.on_event("startup")\ndef start() -> None:\n    stack.enter_context(torch.inference_mode())\n\n'
        f"{samples.UNGUARDED}",
        "from contextlib import ExitStack\n\n",
    )

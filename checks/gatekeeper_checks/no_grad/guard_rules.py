"""The rules of `no-grad` about guards that guard nothing, or more than they should."""

from __future__ import annotations

from typing import ClassVar

from gatekeeper.model import Example, Rule
from gatekeeper_checks.no_grad import samples

_ASYNC_HEAD = '\n@app.post("/price")\n{decorator}async def price(features: list[float]) -> float:\n'


def _async_handler(body: str, decorator: str = "", before: str = "") -> Example:
    indented = "".join(f"    {line}\n" for line in body.splitlines())
    return samples.serving(f"{before}{_ASYNC_HEAD.format(decorator=decorator)}{indented}")


class GuardOnAsync(Rule):
    """A guard decorates an async function, where it does nothing.

    What it checks:
        `no_grad`, `inference_mode` and `set_grad_enabled` as decorators of an `async def`, generator or not.

    Why it matters:
        The decorator guards the call that makes the coroutine, which runs none of its body. When the body runs, the
        guard is over: the output has a graph (torch 2.1 and 2.13).

    What it can't see:
        Decorators of the project's own that call the guard in a way that is not followed.

    How to fix:
        Delete the decorator, and put `with torch.inference_mode():` around the call of the model, with no `await` in
        the block.
    """

    code: ClassVar[str] = "no-grad/guard-on-async"
    passing: ClassVar[Example] = _async_handler(
        "with torch.inference_mode():\n    return model(torch.tensor(features)).item()"
    )
    failing: ClassVar[Example] = _async_handler(
        "return model(torch.tensor(features)).item()", "@torch.inference_mode()\n"
    )


_ENGINE = """\

{outer}class Engine:
{inner}    def run(self, features: list[float]) -> float:
        return model(torch.tensor(features)).item()


engine = Engine()
"""


class GuardOnClass(Rule):
    """A guard decorates a class; its methods are not guarded.

    What it checks:
        `no_grad` and `inference_mode` as decorators of a class.

    Why it matters:
        The guard is around the making of an instance. The methods run with gradients on.

    What it can't see:
        Class decorators of the project's own that wrap each method.

    How to fix:
        Put the decorator on each method that calls the model.
    """

    code: ClassVar[str] = "no-grad/guard-on-class"
    passing: ClassVar[Example] = samples.handler(
        "return engine.run(features)", _ENGINE.format(outer="", inner="    @torch.no_grad()\n"), guard=""
    )
    failing: ClassVar[Example] = samples.handler(
        "return engine.run(features)", _ENGINE.format(outer="@torch.no_grad()\n", inner=""), guard=""
    )


class GuardNotEntered(Rule):
    """A guard is made and never entered.

    What it checks:
        `torch.no_grad()` or `torch.inference_mode()` as a statement of its own, or kept under a name that no `with`,
        no `enter_context` and no decorator uses.

    Why it matters:
        Making the object changes nothing: the calls behind it run with gradients on. `set_grad_enabled(False)` is
        another thing: it takes effect when it is called.

    What it can't see:
        Guards that are handed to code outside of the declared paths.

    How to fix:
        Write `with torch.inference_mode():` and put the calls into the block.
    """

    code: ClassVar[str] = "no-grad/guard-not-entered"
    passing: ClassVar[Example] = samples.handler(
        "with torch.no_grad():\n    return model(torch.tensor(features)).item()", guard=""
    )
    failing: ClassVar[Example] = samples.handler(
        "torch.no_grad()\nreturn model(torch.tensor(features)).item()", guard=""
    )


class GuardNotCalled(Rule):
    """A guard lacks its parentheses.

    What it checks:
        `with torch.no_grad:`, and decorators without parentheses where production's torch does not take them: 2.1
        does, 1.13 does not. Where no lock pins torch, they must be there.

    Why it matters:
        `with` raises TypeError at the first request, and so does the decorated function of an older torch.

    What it can't see:
        Whether production runs the torch that its lock pins; `environment-parity` looks at that.

    How to fix:
        Write `torch.no_grad()`, with parentheses; `gatekeeper lint --fix` does.
    """

    code: ClassVar[str] = "no-grad/guard-not-called"
    passing: ClassVar[Example] = samples.handler(
        "with torch.no_grad():\n    return model(torch.tensor(features)).item()", guard=""
    )
    failing: ClassVar[Example] = samples.handler(
        "with torch.no_grad:\n    return model(torch.tensor(features)).item()", guard=""
    )


_PREPARE = """\

async def prepare(features: list[float]) -> torch.Tensor:
    return torch.tensor(features)

"""


class AwaitInGuard(Rule):
    """A coroutine waits inside of a guard's block.

    What it checks:
        `await`, `async for` and `async with` in the block of `no_grad`, `inference_mode` or `set_grad_enabled`.

    Why it matters:
        While it waits, other coroutines of the thread run with the mode that it has set. Where two such blocks
        overlap, the one that ends first turns gradients on in the other, and the last one leaves the thread with the
        mode of its neighbour (torch 2.13).

    What it can't see:
        Blocks that are entered by one function and left by another.

    How to fix:
        Wait before the block, and keep in it the calls of the model alone.
    """

    code: ClassVar[str] = "no-grad/await-in-guard"
    passing: ClassVar[Example] = _async_handler(
        "x = await prepare(features)\nwith torch.inference_mode():\n    return model(x).item()", before=_PREPARE
    )
    failing: ClassVar[Example] = _async_handler(
        "with torch.inference_mode():\n    x = await prepare(features)\n    return model(x).item()", before=_PREPARE
    )


_STREAM = "\ndef stream(features: list[float]) -> Iterator[float]:\n"
_ITERATOR = "from collections.abc import Iterator\n\n"


class YieldInGuard(Rule):
    """A generator yields inside of a guard's block.

    What it checks:
        `yield` in the block of a guard, in generators that are neither decorated with a guard nor context managers.

    Why it matters:
        Between two values the caller runs with the generator's mode: gradients are off where it wants them, or on
        again in the middle of its own block when the generator ends. A guard as the generator's decorator restores
        the mode at each `yield`.

    What it can't see:
        Who uses the generator outside of the declared code.

    How to fix:
        Put the guard on the generator as a decorator, or keep the `yield` out of the block.
    """

    code: ClassVar[str] = "no-grad/yield-in-guard"
    passing: ClassVar[Example] = samples.handler(
        "return sum(stream(features))",
        f"{_STREAM}    for each in features:\n        with torch.inference_mode():\n"
        "            value = model(torch.tensor([each])).item()\n        yield value\n",
        _ITERATOR,
        guard="",
    )
    failing: ClassVar[Example] = samples.handler(
        "return sum(stream(features))",
        f"{_STREAM}    with torch.inference_mode():\n        for each in features:\n"
        "            yield model(torch.tensor([each])).item()\n",
        _ITERATOR,
        guard="",
    )


class GradEnabledInside(Rule):
    """Gradients are turned on again under a guard.

    What it checks:
        `enable_grad`, `set_grad_enabled(True)` and their like between a guard and a forward call. Inside of
        `inference_mode` they have no effect, which is told all the same: somebody expects one.

    Why it matters:
        The guard at the top looks as if it covered everything below it, and does not.

    What it can't see:
        Libraries that turn gradients on in their own code.

    How to fix:
        Delete the inner block. Where an explanation needs gradients, give it an entry point of its own.
    """

    code: ClassVar[str] = "no-grad/grad-enabled-inside"
    passing: ClassVar[Example] = samples.serving(samples.GUARDED)
    failing: ClassVar[Example] = samples.handler(
        "with torch.enable_grad():\n    return model(torch.tensor(features)).item()", guard="@torch.no_grad()"
    )

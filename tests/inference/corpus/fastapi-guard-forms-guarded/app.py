"""Every other way to be guarded that is found in the wild, one route each."""

import contextlib

import torch
import torch as th
from fastapi import FastAPI
from torch import inference_mode as im
from torch.autograd import no_grad

from guards import Quiet, bound_infer, no_grad_context, quiet_call

app = FastAPI()
net = torch.nn.Linear(4, 4).eval()
lock = contextlib.nullcontext()


class Engine:
    infer = bound_infer

    def __init__(self) -> None:
        self.net = net


engine = Engine()


@app.get("/alias")
def alias(x: float) -> float:
    with th.autograd.no_grad():
        return net(th.full((4,), x)).sum().item()


@app.get("/items")
def items(x: float) -> float:
    with lock, im(), contextlib.suppress(ZeroDivisionError):
        return net(torch.full((4,), 1 / x)).sum().item()
    return 0.0


@app.get("/stack")
def stack(x: float, quiet: bool = True) -> float:
    with contextlib.ExitStack() as stack:
        stack.enter_context(lock)
        stack.enter_context(no_grad())
        return net(torch.full((4,), x)).sum().item()


@app.get("/bound")
def bound(x: float) -> float:
    return engine.infer(torch.full((4,), x))


@app.get("/own-class")
def own_class(x: float) -> float:
    with Quiet():
        return net(torch.full((4,), x)).sum().item()


@app.get("/own-context")
def own_context(x: float) -> float:
    with no_grad_context("own"):
        return net(torch.full((4,), x)).sum().item()


@app.get("/call")
def call(x: float) -> float:
    return quiet_call(net, torch.full((4,), x)).sum().item()


@app.get("/closure")
@torch.no_grad()
def closure(x: float) -> float:
    def once(scale: float) -> torch.Tensor:
        return net(torch.full((4,), x * scale))

    return sum(once(scale).sum().item() for scale in (0.5, 1.0, 2.0))


@app.get("/coroutine")
async def coroutine(x: float) -> float:
    with torch.inference_mode(mode=True):
        return net(torch.full((4,), x)).sum().item()


@app.get("/async-def-that-calls")
async def calls(x: float) -> float:
    return closure(x)


class Frozen:
    def __init__(self) -> None:
        self.net = torch.jit.freeze(torch.jit.script(net))

    def run(self, x: float) -> float:
        return self.net(torch.full((4,), x)).sum().item()


frozen = Frozen()


@app.get("/frozen")
def run_frozen(x: float) -> float:
    return frozen.run(x)

import contextlib
import functools
import logging

import torch

log = logging.getLogger(__name__)


class Quiet(torch.no_grad):
    """The project's own name for it."""


class Scope:
    def __init__(self) -> None:
        self.guard = torch.no_grad()

    def __enter__(self) -> "Scope":
        self.guard.__enter__()
        return self

    def __exit__(self, *exception: object) -> None:
        self.guard.__exit__(*exception)


@contextlib.contextmanager
def no_grad_context(name: str):
    log.debug("enter %s", name)
    with Scope():
        yield
    log.debug("leave %s", name)


def quiet_call(function, *arguments):
    guarded = torch.no_grad()(function)
    return guarded(*arguments)


def inference(function):
    @functools.wraps(function)
    @torch.inference_mode()
    def wrapper(*arguments, **options):
        return function(*arguments, **options)

    return wrapper


@inference
def bound_infer(self, x: torch.Tensor) -> float:
    return self.net(x).sum().item()

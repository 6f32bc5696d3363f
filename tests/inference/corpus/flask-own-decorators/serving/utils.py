"""Decorators and context managers that every service of the team uses."""

import contextlib
import functools
import logging
import time

import torch

log = logging.getLogger(__name__)


def smart_inference_mode():
    """Pick inference_mode where torch has it."""
    guard = torch.inference_mode if hasattr(torch, "inference_mode") else torch.no_grad

    def decorate(function):
        return guard()(function)

    return decorate


def without_grad(function):
    @functools.wraps(function)
    def inner(*args, **kwargs):
        with torch.no_grad():
            return function(*args, **kwargs)

    return inner


def timed(function):
    @functools.wraps(function)
    def inner(*args, **kwargs):
        begin = time.perf_counter()
        try:
            return function(*args, **kwargs)
        finally:
            log.info("%s took %.3f s", function.__name__, time.perf_counter() - begin)

    return inner


@contextlib.contextmanager
def serving(device):
    """No gradients, and autocast on the card."""
    with torch.no_grad(), torch.autocast(device, enabled=device == "cuda"):
        yield

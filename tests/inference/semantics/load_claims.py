"""What `torch.load` executes, and what it refuses, on this version."""

from __future__ import annotations

import io
import os
import pickle
from contextlib import redirect_stdout
from unittest import mock

import torch
from shapes import network


class _Payload:
    """Prints a word when it is unpickled."""

    def __reduce__(self) -> tuple[object, ...]:
        return print, ("executed",)


def _file(value: object) -> io.BytesIO:
    file = io.BytesIO()
    torch.save(value, file)
    file.seek(0)
    return file


def _executes(**options: object) -> bool:
    """Return whether loading the payload with these options executes it; the other answer is that it is refused."""
    said = io.StringIO()
    with redirect_stdout(said):
        try:
            torch.load(_file({"weight": _Payload()}), **options)
        except pickle.UnpicklingError:
            return False
    return said.getvalue() == "executed\n"


def by_default() -> None:
    """unsafe-load/weights-only-missing: without the argument, this version refuses (since 2.6; before, it executed)."""
    assert not _executes()


def by_default_with_a_pickle_module() -> None:
    """unsafe-load/weights-only-missing: with `pickle_module` given, the default is still to execute."""
    assert _executes(pickle_module=pickle)


def by_default_where_the_environment_says_so() -> None:
    """unsafe-load/weights-only-missing: and a variable of the environment turns the default back."""
    with mock.patch.dict(os.environ, {"TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD": "1"}):
        assert _executes()
        assert not _executes(weights_only=True)


def none_is_the_default() -> None:
    """unsafe-load/weights-only-missing: `weights_only=None` is the same as leaving it out."""
    assert not _executes(weights_only=None)


def of_anything() -> None:
    """unsafe-load/weights-only-false: `weights_only=False` executes what the file says."""
    assert _executes(weights_only=False)


def of_weights_only() -> None:
    """unsafe-load/weights-only-false: `weights_only=True` refuses it, and loads a state_dict."""
    assert not _executes(weights_only=True)
    model = network()
    assert model.state_dict().keys() == torch.load(_file(model.state_dict()), weights_only=True).keys()


def of_a_whole_module() -> None:
    """unsafe-load/weights-only-false: a module that was saved whole needs False, or its classes allowed by name."""
    model = network()
    try:
        torch.load(_file(model), weights_only=True)
    except pickle.UnpicklingError:
        classes = [type(model), *{type(each) for each in model}, set]
    with torch.serialization.safe_globals(classes):
        assert isinstance(torch.load(_file(model), weights_only=True), type(model))
    assert isinstance(torch.load(_file(model), weights_only=False), type(model))

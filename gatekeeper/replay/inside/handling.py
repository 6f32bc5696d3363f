"""The production handler: made once by its factory, then called with one record after the other."""

# What is imported late is what an interpreter may lack, or what must not run before the sandbox is on.
# ruff: noqa: PLC0415

from __future__ import annotations

import importlib
import inspect
from typing import Any

from gatekeeper.replay.inside.calls import Fault, Unfit, attempt, named
from gatekeeper.replay.inside.values import tagged


def by_name(name: str) -> Any:
    """Return what `pkg.mod:path` names.

    Raises:
        Unfit: the module has no such thing.
        Exception: what importing it raises.
    """
    home, _, path = name.partition(":")
    found: Any = importlib.import_module(home)
    for part in path.split("."):
        if not hasattr(found, part):
            raise Unfit(f"{home} has no {path}")
        found = getattr(found, part)
    return found


def opened(name: str) -> Any:
    """Return the handler that `pkg.mod:factory` makes.

    Raises:
        Unfit: there is no such factory, or what it returns can't be called.
        Exception: what importing or the factory raises.
    """
    found = by_name(name)
    if not callable(found):
        raise Unfit(f"{name} is {named(type(found))}, expected a factory that can be called")
    handler = found()
    if not callable(handler):
        raise Unfit(f"{name} returned {named(type(handler))}, expected a handler that can be called")
    return handler


def schema(name: str) -> Any:
    """Return the JSON Schema of the input model `pkg.mod:Class`, as pydantic works it out.

    Raises:
        Unfit: there is no such class, or it is no model of pydantic.
        Exception: what importing it raises.
    """
    found = by_name(name)
    make = getattr(found, "model_json_schema", None)
    if not callable(make):
        raise Unfit(f"{name} is {named(type(found))}, expected a model of pydantic")
    document = make()
    if not isinstance(document, dict):
        raise Unfit(f"{name} has a JSON Schema that is {named(type(document))}")
    return document


def outcomes(handler: Any, records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return, for each record, what the handler makes of it: a value, with its status, or a fault.

    Raises:
        Unfit: no handler has been opened.
    """
    if handler is None:
        raise Unfit("no handler has been opened")
    return [_outcome(handler, record) for record in records]


def _outcome(handler: Any, record: dict[str, Any]) -> dict[str, Any]:
    found = attempt(_handled, handler, record)
    return {"fault": found.document()} if isinstance(found, Fault) else found


def _handled(handler: Any, record: dict[str, Any]) -> dict[str, Any]:
    given = handler(record)
    if inspect.iscoroutine(given):
        import asyncio

        given = asyncio.run(given)
    status = None
    if isinstance(given, tuple) and len(given) == 2 and type(given[0]) is int:
        status, given = given
    if callable(getattr(given, "model_dump", None)):
        given = given.model_dump()
    number = isinstance(given, (int, float)) or type(given).__module__ == "numpy"
    if not number and not isinstance(given, dict):
        raise Unfit(f"returned {named(type(given))}, expected a mapping or a number")
    return {"status": status, "value": tagged(given)}

"""What an exception handler does with the exception: refuses the request, or makes an answer of it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence

from gatekeeper.inference.entries.bindings import statements
from gatekeeper.inference.validation.lookup import Lookup, Where

_FLOW = re.compile(
    r"(Disconnect|ConnectionClosed|Cancelled|KeyboardInterrupt|StopIteration|StopAsyncIteration|GeneratorExit|"
    r"BrokenPipe|Timeout|ImportError|ModuleNotFound|^Empty$|^Full$|IncompleteRead|ConnectionReset|SystemExit|EOFError)"
)
"""Exceptions that say that there is no request, or no time; not that it is wrong."""
_REFUSING = re.compile(
    r"^(abort|set_code|exit|_exit|error_response|bad_request|send_error|fail|reject|refuse|close|set_exception|"
    r"problem|unprocessable\w*|invalid\w*|raise_\w+|halt)$",
    re.IGNORECASE,
)
_ERRORS = re.compile(
    r"(error|bad|invalid|unprocessable|forbidden|unavailable|exception|refus|reject|problem)", re.IGNORECASE
)
_ERROR_KEYS = frozenset({"error", "errors", "detail", "details", "message", "error_message", "reason", "exception"})
_LOGGING = re.compile(
    r"(log|logger|logging|warnings?|print|metrics?|counter|statsd|sentry\w*|capture\w*|span|inc|observe)"
)


def outcome(handler: ast.ExceptHandler, where: Where, lookup: Lookup) -> str | None:
    """Return what a handler makes of an exception, where that is an answer or nothing; None where it refuses."""
    if _is_flow(handler.type):
        return None
    body = [each for each in statements(handler.body) if isinstance(each, ast.stmt)]
    if any(isinstance(each, ast.Raise) for each in body) or any(map(_refuses, _calls(body))):
        return None
    for each in body:
        said = _of_statement(each, where, lookup)
        if said is not None:
            return said
    if all(_is_idle(each) for each in body):
        return "passes"
    return None


def refuses(body: Sequence[ast.stmt]) -> bool:
    """Return whether statements end what is done for a request: they raise, return, or call what does."""
    if any(isinstance(each, ast.Raise | ast.Return) for each in body):
        return True
    return any(map(_refuses, _calls([each for each in body if isinstance(each, ast.Expr)])))


def _of_statement(node: ast.stmt, where: Where, lookup: Lookup) -> str | None:
    match node:
        case ast.Return(value=None):
            return "returns nothing"
        case ast.Return(value=ast.expr() as value):
            if not _is_error(value) and _is_constant(value, where, lookup, none=True):
                return f"returns {_short(value)}"
            return "answers 200" if _says_ok(value) and _tells_error(value) else None
        case ast.Continue():
            return "goes on with the next"
        case ast.Assign(targets=[target, *_], value=value) | ast.AnnAssign(target=target, value=ast.expr() as value):
            flag = isinstance(value, ast.Constant) and (value.value is None or isinstance(value.value, bool))
            text = isinstance(value, ast.Constant) and isinstance(value.value, str) and _ERRORS.search(value.value)
            if not flag and not text and not _is_error(value) and _is_constant(value, where, lookup):
                return f"makes {_short(target)} {_short(value)}"
            return None
        case _:
            return None


def _is_flow(node: ast.expr | None) -> bool:
    """Return whether all exceptions that are caught are of the kind that no request causes by what it says."""
    if node is None:
        return False
    caught = node.elts if isinstance(node, ast.Tuple) else [node]
    return bool(caught) and all(_FLOW.search(_last(each)) for each in caught)


def _last(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def _calls(body: Sequence[ast.stmt]) -> Iterator[ast.Call]:
    for statement in body:
        for each in ast.walk(statement):
            if isinstance(each, ast.Call):
                yield each


def _refuses(call: ast.Call) -> bool:
    return _REFUSING.search(_last(call.func)) is not None and not isinstance(call.func, ast.Call)


def _is_idle(node: ast.stmt) -> bool:
    """Return whether a statement only records that something happened."""
    if isinstance(node, ast.Pass):
        return True
    if not isinstance(node, ast.Expr):
        return False
    value = node.value.value if isinstance(node.value, ast.Await) else node.value
    if isinstance(value, ast.Constant):
        return True
    return isinstance(value, ast.Call) and any(
        _LOGGING.search(each.lower())
        for part in ast.walk(value.func)
        if (each := getattr(part, "attr", getattr(part, "id", "")))
    )


def _is_constant(node: ast.expr, where: Where, lookup: Lookup, *, none: bool = False, depth: int = 0) -> bool:
    """Return whether an expression has nothing of the request in it: constants, and responses made of them alone."""
    match node:
        case ast.Constant(value=value):
            return value is not None or none
        case ast.Tuple(elts=elements) | ast.List(elts=elements) | ast.Set(elts=elements) if depth < 8:
            return all(_is_constant(each, where, lookup, none=True, depth=depth + 1) for each in elements)
        case ast.Dict(values=values) if depth < 8:
            return all(_is_constant(each, where, lookup, none=True, depth=depth + 1) for each in values)
        case ast.BinOp(left=left, right=right) if depth < 8:
            return all(_is_constant(each, where, lookup, depth=depth + 1) for each in (left, right))
        case ast.Call(func=func, args=arguments, keywords=keywords) if depth < 8:
            made = _last(func)
            given = [*arguments, *(each.value for each in keywords)]
            known = made[:1].isupper() or made in {
                "jsonify",
                "float",
                "int",
                "dict",
                "dumps",
                "array",
                "zeros",
                "round",
            }
            return known and all(_is_constant(each, where, lookup, none=True, depth=depth + 1) for each in given)
        case _:
            return lookup.constant(node, where) is not None or lookup.constants(node, where) is not None


def _is_error(node: ast.expr) -> bool:
    """Return whether an answer says that it is an error: by a status, the name of its type, or a key."""
    return not _says_ok(node) and _tells_error(node)


def _tells_error(node: ast.expr) -> bool:
    for each in ast.walk(node):
        match each:
            case ast.Constant(value=int() as value) if 400 <= value <= 599:
                return True
            case ast.Attribute(attr=name) if name.startswith(("HTTP_4", "HTTP_5")) or name in _STATUSES:
                return True
            case ast.Call(func=func) if _ERRORS.search(_last(func)):
                return True
            case ast.Dict(keys=keys) if any(isinstance(key, ast.Constant) and key.value in _ERROR_KEYS for key in keys):
                return True
            case ast.keyword(arg=name) if name in _ERROR_KEYS:
                return True
            case ast.Constant(value=str(text)) if len(text) <= 40 and _ERRORS.search(text):
                return True
            case ast.Name(id=name) if _ERRORS.search(name):
                return True
            case _:
                pass
    return False


_STATUSES = frozenset(
    """
    BAD_REQUEST UNPROCESSABLE_ENTITY UNPROCESSABLE_CONTENT INTERNAL_SERVER_ERROR SERVICE_UNAVAILABLE NOT_ACCEPTABLE
    """.split()
)


def _says_ok(node: ast.expr) -> bool:
    """Return whether an answer names the status 200."""
    return any(
        (isinstance(each, ast.Constant) and each.value == 200 and type(each.value) is int)
        or (isinstance(each, ast.Attribute) and each.attr in {"HTTP_200_OK", "OK"})
        for each in ast.walk(node)
    )


def _short(node: ast.expr) -> str:
    text = ast.unparse(node)
    return text if len(text) <= 60 else f"{text[:60]}..."

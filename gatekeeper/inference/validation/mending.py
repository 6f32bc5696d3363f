"""What repairs data silently: each pattern by the call or the expression that it is."""

from __future__ import annotations

import ast
import math

from gatekeeper.inference.validation.facts import Mending, Scalar
from gatekeeper.inference.validation.lookup import Lookup, Where

_ENVELOPE_KEYS = frozenset(
    "body headers queryStringParameters pathParameters requestContext isBase64Encoded path httpMethod Records".split()
)
_EMPTY = ("{}", "[]")
_FILLING = frozenset({"fillna", "fill_null", "fill_nan", "ffill", "bfill", "pad", "interpolate"})
_NUMERIC = frozenset({"pandas.to_numeric", "pandas.to_datetime", "pandas.to_timedelta"})
_FILLED = frozenset({"numpy.nan_to_num", "torch.nan_to_num", "jax.numpy.nan_to_num"})


def of_method(name: str, node: ast.Call, where: Where, lookup: Lookup, *, raw: bool) -> Mending | None:
    """Return what a method of data repairs; some of it counts for raw data alone."""
    given = _argument(node, 0, "value")
    if name in {"get", "pop", "setdefault", "getlist"} and raw:
        return Mending.SENTINEL if _stands_in(node, where, lookup) else None
    if name in _FILLING:
        constant = given is not None and lookup.constant(given, where) is not None
        return Mending.FILLED if raw or constant else None
    if name == "replace" and _replaces_nan(node, where, lookup):
        return Mending.FILLED
    if name == "nan_to_num":
        return Mending.FILLED
    if name == "reindex" and raw:
        return Mending.REINDEXED
    if name == "model_copy" and any(each.arg == "update" for each in node.keywords):
        return Mending.CONSTRUCTED
    return Mending.COERCED if _coerces(node) else None


def of_function(dotted: str, node: ast.Call, where: Where, lookup: Lookup, *, raw: bool) -> Mending | None:
    """Return what a function of a library repairs that is given data."""
    if dotted in _FILLED:
        return Mending.FILLED
    if dotted in _NUMERIC and _coerces(node):
        return Mending.COERCED
    if dotted == "builtins.getattr" and len(node.args) == 3 and raw:
        return Mending.SENTINEL if is_sentinel(lookup.constant(node.args[2], where)) else None
    return None


def is_sentinel(value: Scalar | None) -> bool:
    """Return whether a constant stands for a value; an empty document does not, it is refused by what reads it."""
    return value is not None and not (isinstance(value, str) and value.strip() in _EMPTY)


def either(node: ast.BoolOp, where: Where, lookup: Lookup) -> bool:
    """Return whether `x or 0` puts a constant in the place of a value."""
    return isinstance(node.op, ast.Or) and any(is_sentinel(lookup.constant(each, where)) for each in node.values[1:])


def chooses(node: ast.IfExp, where: Where, lookup: Lookup) -> bool:
    """Return whether `x if ... else -1` does: of the two ways one is a constant, and the other is none."""
    ways = [is_sentinel(lookup.constant(each, where)) for each in (node.body, node.orelse)]
    empty = any(isinstance(each, ast.Constant) and each.value is None for each in (node.body, node.orelse))
    return sum(ways) == 1 and not empty


def merges(node: ast.Dict) -> bool:
    """Return whether `{**DEFAULTS, **request}` or `{"stock": 0, **request}` fills what a request does not say."""
    starred = [place for place, key in enumerate(node.keys) if key is None]
    return bool(starred) and starred[-1] > 0


def _stands_in(node: ast.Call, where: Where, lookup: Lookup) -> bool:
    default = _argument(node, 1, "default")
    key = node.args[0] if node.args else None
    if default is None or (isinstance(key, ast.Constant) and key.value in _ENVELOPE_KEYS):
        return False
    return is_sentinel(lookup.constant(default, where))


def _argument(node: ast.Call, place: int, name: str) -> ast.expr | None:
    named = next((each.value for each in node.keywords if each.arg == name), None)
    return named if named is not None else node.args[place] if len(node.args) > place else None


def _coerces(node: ast.Call) -> bool:
    return any(
        each.arg == "errors" and isinstance(each.value, ast.Constant) and each.value.value == "coerce"
        for each in node.keywords
    )


def _replaces_nan(node: ast.Call, where: Where, lookup: Lookup) -> bool:
    """Return whether NaN is replaced by a constant: `replace(np.nan, 0)`, `replace({np.nan: 0})`."""
    first = _argument(node, 0, "to_replace")
    if first is None:
        return False
    replaced = first.keys if isinstance(first, ast.Dict) else first.elts if isinstance(first, ast.List) else [first]
    values = [lookup.constant(each, where) for each in replaced if each is not None]
    return any(isinstance(each, float) and math.isnan(each) for each in values)

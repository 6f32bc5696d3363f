"""Dashboards of Grafana and silences of Alertmanager, as both export them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final

from gatekeeper import strict_json
from gatekeeper.contract.observability.facts import Dashboard, Matcher, Panel, Place, Silence
from gatekeeper.errors import Unreadable

_DEEPEST: Final = 20


def load(text: str) -> Any:
    """Return what a JSON file says.

    Raises:
        Unreadable: it is no JSON, or is nested too deeply.
    """
    try:
        return strict_json.loads(text)
    except json.JSONDecodeError as error:
        raise Unreadable(
            f"is no JSON: {error.msg}", fix="export it again", line=error.lineno, column=error.colno
        ) from error
    except RecursionError as error:
        raise Unreadable("is nested too deeply", fix="export it again") from error
    except ValueError as error:
        raise Unreadable(f"is no JSON: {error}", fix="export it again") from error


def is_dashboard(document: Any) -> bool:
    """Return whether a document is a dashboard, by itself or as the API wraps it."""
    return isinstance(document, dict) and isinstance(_inside(document).get("panels"), list)


def dashboard(document: Any, path: str) -> Dashboard:
    """Return what a dashboard shows; a hidden query shows nothing."""
    inside = _inside(document)
    return Dashboard(
        uid=_text(inside.get("uid")),
        title=_text(inside.get("title")),
        panels=tuple(_panels(inside.get("panels"), 0)),
        at=Place(path),
    )


def _inside(document: dict[str, Any]) -> dict[str, Any]:
    wrapped = document.get("dashboard")
    return wrapped if isinstance(wrapped, dict) else document


def _panels(listed: Any, depth: int) -> Iterator[Panel]:
    """Yield the panels, those in rows too."""
    for each in listed if isinstance(listed, list) and depth < _DEEPEST else ():
        if not isinstance(each, dict):
            continue
        if each.get("type") == "row":
            yield from _panels(each.get("panels"), depth + 1)
            continue
        targets = each.get("targets")
        shown = [one for one in targets if isinstance(one, dict) and not one.get("hide")] if targets else []
        yield Panel(_text(each.get("title")), tuple(_text(one.get("expr")) for one in shown if one.get("expr")))


def is_silences(document: Any) -> bool:
    """Return whether a document is a list of silences, by itself or as the API wraps it."""
    listed = _listed(document)
    return listed is not None and all(isinstance(each, dict) and "matchers" in each for each in listed)


def silences(document: Any, path: str) -> Iterator[Silence]:
    """Yield the silences."""
    for each in _listed(document) or ():
        status = each.get("status")
        state = status.get("state") if isinstance(status, dict) else None
        listed = each.get("matchers")
        yield Silence(
            matchers=tuple(_matcher(one) for one in listed if isinstance(one, dict))
            if isinstance(listed, list)
            else (),
            starts=_text(each.get("startsAt")),
            ends=_text(each.get("endsAt")),
            expired=state == "expired",
            comment=_text(each.get("comment")),
            by=_text(each.get("createdBy")),
            at=Place(path),
        )


def _listed(document: Any) -> list[Any] | None:
    if isinstance(document, dict):
        document = document.get("data")
    return document if isinstance(document, list) else None


def _matcher(one: dict[str, Any]) -> Matcher:
    signs = {(True, False): "=", (False, False): "!=", (True, True): "=~", (False, True): "!~"}
    sign = signs[one.get("isEqual") is not False, one.get("isRegex") is True]
    return Matcher(_text(one.get("name")), sign, _text(one.get("value")))


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""

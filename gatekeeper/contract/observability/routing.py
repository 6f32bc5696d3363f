"""Configurations of Alertmanager: who is told of an alert, and when nobody is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import yaml

from gatekeeper.contract.observability import matchers
from gatekeeper.contract.observability.facts import Inhibition, Place, Route, Routing
from gatekeeper.contract.observability.nodes import child, items, line, pairs, text
from gatekeeper.errors import Unreadable


def is_routing(node: yaml.Node) -> bool:
    """Return whether a document is a configuration of Alertmanager."""
    return child(node, "route") is not None and child(node, "receivers") is not None


def routing(node: yaml.Node, path: str, above: int = 0) -> Routing:
    """Return what a document says.

    Raises:
        Unreadable: its first route names no receiver.
    """
    top = child(node, "route")
    if top is None or not text(top, "receiver"):
        raise Unreadable("the first route names no receiver", fix="see `amtool check-config`", line=line(node) + above)
    silent = {text(each, "name") for each in items(node, "receivers") if not _tells(each)}
    inhibitions = tuple(
        Inhibition(
            source=matchers.of_node(each, "source_"),
            target=matchers.of_node(each, "target_"),
            equal=tuple(text(one) for one in items(each, "equal")),
            at=Place(path, line(each) + above),
        )
        for each in items(node, "inhibit_rules")
    )
    return Routing(route=_route(top, "", path, above), silent=frozenset(silent), inhibitions=inhibitions)


def _tells(receiver: yaml.Node) -> bool:
    """Return whether a receiver has anybody to tell."""
    return any(name.endswith("_configs") and bool(value.value) for name, value in pairs(receiver))


def _route(node: yaml.Node, receiver: str, path: str, above: int) -> Route:
    own = text(node, "receiver") or receiver
    intervals = (*items(node, "mute_time_intervals"), *items(node, "active_time_intervals"))
    return Route(
        matchers=matchers.of_node(node),
        receiver=own,
        mutes=tuple(text(each) for each in intervals),
        goes_on=text(node, "continue").lower() == "true",
        routes=tuple(_route(each, own, path, above) for each in items(node, "routes")),
        at=Place(path, line(node) + above),
    )


def taken(route: Route, labels: Mapping[str, str]) -> Iterator[Route]:
    """Yield the routes by which an alert is told, as Alertmanager finds them: the deepest that match."""
    deeper = False
    for below in route.routes:
        if matchers.match(below.matchers, labels, unknown=False):
            deeper = True
            yield from taken(below, labels)
            if not below.goes_on:
                break
    if not deeper:
        yield route

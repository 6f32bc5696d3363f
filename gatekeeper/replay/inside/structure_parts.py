"""What the files that describe models share: the parts of a description, and how a class is told."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np


class Unknown(Exception):
    """What is computed is not known exactly: by which class, and why."""

    def __init__(self, name: str, why: str) -> None:
        super().__init__(f"{name}: {why}")
        self.name = name
        self.why = why


class Arrays:
    """The arrays of a description, each under a name that the document uses."""

    def __init__(self) -> None:
        self.found: dict[str, np.ndarray[Any, Any]] = {}

    def add(self, values: Any, dtype: Any) -> str:
        """Keep the values as an array of this type, and return its name."""
        name = f"a{len(self.found)}"
        self.found[name] = np.ascontiguousarray(values, dtype=dtype)
        return name


class Model(NamedTuple):
    """A description without its inputs; `width` is how many columns the predictor takes."""

    steps: list[dict[str, Any]]
    predictor: dict[str, Any]
    links: list[dict[str, Any]]
    outputs: list[str]
    says: str
    width: int | None = None

    def after(self, steps: list[dict[str, Any]]) -> Model:
        """Return the model behind transformers."""
        return self._replace(steps=[*steps, *self.steps], width=None)

    def then(self, links: list[dict[str, Any]]) -> Model:
        """Return the model with functions of its outputs."""
        return self._replace(links=[*self.links, *links])


def full_name(thing: Any) -> str:
    """Return the module and name of a class or of an object's class."""
    kind = thing if isinstance(thing, type) else type(thing)
    return f"{kind.__module__}.{kind.__qualname__}"


def library(thing: Any) -> str:
    """Return the package that a class comes from: a subclass that somebody wrote is of another."""
    return full_name(thing).split(".", 1)[0]


def short_name(thing: Any) -> str:
    """Return the name of a class, without its module."""
    return type(thing).__qualname__


def labels(classes: Any) -> list[str]:
    """Return the names of classes, as text.

    Raises:
        Unknown: there are several lists of them, one a target.
    """
    if isinstance(classes, list):
        raise Unknown("classes_", "it has several targets, each with classes of its own")
    return [str(each) for each in np.asarray(classes).tolist()]


def values(count: int) -> list[str]:
    """Return the names of the outputs of a regressor."""
    return ["value"] if count == 1 else [f"value {place}" for place in range(count)]


def number(value: Any) -> float | None:
    """Return a number for JSON; NaN is None."""
    plain = float(value)
    return None if plain != plain else plain  # noqa: PLR0124 -- NaN alone differs from itself


def allows_nan(model: Any) -> bool:
    """Return whether an estimator of scikit-learn says that it takes NaN; it refuses them before it computes if not."""
    tags = getattr(model, "__sklearn_tags__", None)
    if tags is not None:
        return bool(tags().input_tags.allow_nan)
    return bool(model._get_tags()["allow_nan"])  # noqa: SLF001 -- the only name that it has before 1.6

"""Texts of Python read as a tree of serving code, for tests that need no folder of their own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from gatekeeper.inference.analysis import read_tree
from gatekeeper.inference.modules import Project
from gatekeeper.inference.validation.facts import InputModel, Validation
from gatekeeper.inference.validation.lookup import Lookup
from gatekeeper.inference.validation.models import Models
from gatekeeper.inference.validation.reading import validate_paths

HEAD = """\
from enum import Enum, IntEnum, StrEnum
from typing import Annotated, Any, ClassVar, Final, Literal, Optional, Union

from annotated_types import Ge, Gt, Interval, Le, Lt
from pydantic import (
    AfterValidator, AllowInfNan, BaseModel, BeforeValidator, ConfigDict, Field, FiniteFloat, NonNegativeFloat,
    PositiveInt, Strict, StrictBool, StrictFloat, StrictInt, StrictStr, TypeAdapter, confloat, conint, field_validator,
    model_validator,
)
"""


def write(folder: Path, files: Mapping[str, str]) -> None:
    """Write files into a folder."""
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")


def model(folder: Path, text: str, name: str = "Model") -> InputModel:
    """Return what a class takes that a text defines; what the text needs of pydantic is imported for it."""
    write(folder, {"inputs.py": HEAD + text})
    return model_in(folder, name)


def model_in(folder: Path, name: str) -> InputModel:
    """Return what a class takes that a file of a folder defines."""
    tree = read_tree([folder], root=folder)
    assert not tree.flaws
    project = Project(tree.modules)
    (class_,) = [each for each in project.classes() if each.qualname == name]
    return Models(Lookup(project), tree.sources).model(class_)


def validation(folder: Path, files: Mapping[str, str], entries: Sequence[str] = ()) -> Validation:
    """Return how the endpoints in some files take their input."""
    write(folder, files)
    return validate_paths([folder], root=folder, entries=entries)

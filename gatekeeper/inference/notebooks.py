"""The code cells of a Jupyter notebook (nbformat 3 and 4), one after the other, as one text of Python."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import Struct

from gatekeeper import strict_json
from gatekeeper.errors import Unreadable
from gatekeeper.inference.ipython import as_python

_SAVE = "open it in Jupyter and save it, or leave it out of what is looked at"
_CONVERT = "jupyter nbconvert --to notebook --inplace NOTEBOOK, or leave it out of what is looked at"
_LEAVE_OUT = "leave it out: name the files of the serving code one by one"
_NAMES = {str: "text", bool: "true or false", list: "a list", dict: "an object", type(None): "nothing"}


class Notebook(Struct, frozen=True, kw_only=True):
    """The code of a notebook.

    Attributes:
        text: of all code cells, one after the other, lines ended by LF; what IPython alone understands is blanked.
        cells: the first line, in `text`, of each code cell.
    """

    text: str
    cells: tuple[int, ...]


def read_notebook(data: bytes) -> Notebook:
    """Return the code of a notebook.

    Raises:
        Unreadable: it is no JSON or no notebook of these formats, or it is one in another language than Python.
    """
    document = _document(data)
    metadata = _object(document.get("metadata", {}), "metadata")
    _expect_python(metadata)
    texts: list[str] = []
    cells: list[int] = []
    line = 1
    for place, cell in _code_cells(document):
        text = as_python(_code(place, cell))
        texts.append(text)
        cells.append(line)
        line += text.count("\n") + 1
    return Notebook(text="\n".join(texts), cells=tuple(cells))


def _document(data: bytes) -> Mapping[str, Any]:
    try:
        found = strict_json.loads(data.decode())
    except UnicodeDecodeError as error:
        what = f"the byte 0x{data[error.start]:02X} at offset {error.start} is not UTF-8, expected a notebook"
        raise Unreadable(what, fix=_SAVE, line=data.count(b"\n", 0, error.start) + 1) from error
    except json.JSONDecodeError as error:
        what = f"it is no JSON, expected a notebook: {error.msg}"
        raise Unreadable(what, fix=_SAVE, line=error.lineno, column=error.colno) from error
    except RecursionError as error:
        raise Unreadable("its lists and objects are nested too deeply, expected a notebook", fix=_SAVE) from error
    except ValueError as error:
        raise Unreadable(str(error), fix=_SAVE) from error
    return _object(found, "the document")


def _expect_python(metadata: Mapping[str, Any]) -> None:
    """Refuse a notebook that says that it is in another language; one that does not say is Python, as they began."""
    places = (("language_info", "name"), ("kernelspec", "language"))
    told = [_object(metadata.get(group, {}), f"metadata.{group}").get(key) for group, key in places]
    _expect_named_python(next((name for name in (*told, metadata.get("language")) if name is not None), "python"))


def _expect_named_python(language: object) -> None:
    if not isinstance(language, str) or not language.lower().startswith(("python", "ipython")):
        raise Unreadable(f"got a notebook in {str(language)[:40]!r}, expected Python", fix=_LEAVE_OUT)


def _code_cells(document: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield each code cell with its place in the document, for messages."""
    version = document.get("nbformat")
    if version == 4:
        lists = [("cells", document.get("cells"))]
    elif version == 3:
        sheets = _list(document.get("worksheets"), "worksheets")
        names = [f"worksheets[{number}]" for number in range(len(sheets))]
        lists = [
            (f"{name}.cells", _object(sheet, name).get("cells")) for name, sheet in zip(names, sheets, strict=True)
        ]
    else:
        shown = "none" if version is None else repr(version)[:20]
        raise Unreadable(f"nbformat: got {shown}, expected 3 or 4", fix=_CONVERT)
    for name, cells in lists:
        for number, each in enumerate(_list(cells, name)):
            cell = _object(each, f"{name}[{number}]")
            if _text(cell.get("cell_type"), f"{name}[{number}].cell_type") == "code":
                yield f"{name}[{number}]", cell


def _code(place: str, cell: Mapping[str, Any]) -> str:
    """Return what is in a code cell: `source` in nbformat 4, `input` in 3; text, or a list of lines with their ends."""
    key = "input" if "input" in cell else "source"
    if key == "input" and cell.get("language") is not None:
        _expect_named_python(cell["language"])
    found = cell.get(key)
    text = "".join(_text(each, f"{place}.{key}") for each in (found if isinstance(found, list) else [found]))
    if "\0" in text:
        raise Unreadable(f"{place}.{key}: got a null character, expected text", fix=_SAVE)
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _object(value: object, place: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise _wrong(value, place, "an object")
    return value


def _list(value: object, place: str) -> list[Any]:
    if not isinstance(value, list):
        raise _wrong(value, place, "a list")
    return value


def _text(value: object, place: str) -> str:
    if not isinstance(value, str):
        raise _wrong(value, place, "text")
    return value


def _wrong(value: object, place: str, expected: str) -> Unreadable:
    return Unreadable(f"{place}: got {_NAMES.get(type(value), 'a number')}, expected {expected}", fix=_SAVE)

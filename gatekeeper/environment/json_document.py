"""A JSON document with its types asked for one by one; what is not as expected is told by its path in the document."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Any, NoReturn

from gatekeeper import strict_json
from gatekeeper.environment.quoting import quoted
from gatekeeper.errors import Unreadable

_TYPES = {str: "text", bool: "true or false", list: "a list", dict: "an object", int: "a number", float: "a number"}


@dataclass(frozen=True, slots=True)
class Fields:
    """One object of the document; `path` is its place, such as `components[3]`, and `""` for the whole."""

    values: dict[str, Any]
    path: str
    fix: str

    def __contains__(self, key: str) -> bool:
        return key in self.values

    def text(self, key: str) -> str:
        """Return the text that must stand there, as it stands; `refuse` what else."""
        found = self.optional_text(key)
        if found is None:
            self.refuse(key, "got nothing, expected text")
        return found

    def optional_text(self, key: str) -> str | None:
        """Return the text that may stand there, one line of printable characters; None for `null` too."""
        found = self.values.get(key)
        if found is None:
            return None
        if not isinstance(found, str):
            self.refuse(key, f"got {_TYPES[type(found)]}, expected text")
        if not found.isprintable():
            self.refuse(key, f"got {quoted(found)}, expected text on one line without control characters")
        return found

    def flag(self, key: str) -> bool:
        """Return the truth value that may stand there; absent is false."""
        found = self.values.get(key, False)
        if not isinstance(found, bool):
            self.refuse(key, f"got {_TYPES.get(type(found), 'null')}, expected true or false")
        return found

    def object(self, key: str) -> Fields:
        """Return the object that may stand there; an absent one is empty."""
        found = self.values.get(key)
        if found is not None and not isinstance(found, dict):
            self.refuse(key, f"got {_TYPES[type(found)]}, expected an object")
        return Fields(found or {}, self._place(key), self.fix)

    def objects(self, key: str) -> tuple[Fields, ...]:
        """Return the objects of the list that may stand there; an absent one is empty."""
        found = self.values.get(key)
        if found is None:
            return ()
        if not isinstance(found, list):
            self.refuse(key, f"got {_TYPES[type(found)]}, expected a list")
        for number, each in enumerate(found):
            if not isinstance(each, dict):
                self.refuse(f"{key}[{number}]", f"got {_TYPES.get(type(each), 'null')}, expected an object")
        return tuple(Fields(each, f"{self._place(key)}[{number}]", self.fix) for number, each in enumerate(found))

    def with_fix(self, fix: str) -> Fields:
        """Return the same with another fix, once it is known what the document is."""
        return replace(self, fix=fix)

    def refuse(self, key: str, problem: str) -> NoReturn:
        """Raise Unreadable for the value of a key."""
        raise Unreadable(f"{self._place(key)}: {problem}", fix=self.fix)

    def _place(self, key: str) -> str:
        return f"{self.path}.{key}" if self.path else key


def load_object(text: str, fix: str) -> Fields:
    """Return the object that is the whole document.

    Args:
        text: The JSON.
        fix: What the reader does about a document that can't be read.

    Raises:
        Unreadable: It is no JSON, is nested too deeply, holds a key twice or a number that JSON has not (`NaN`), or is
            no object; with line and column where the JSON itself is broken.
    """
    try:
        document = strict_json.loads(text)
    except json.JSONDecodeError as error:
        what = f"it is no JSON: {error.msg}"
        raise Unreadable(what, fix=fix, line=error.lineno, column=error.colno) from error
    except RecursionError as error:
        raise Unreadable("its lists and objects are nested too deeply to be read", fix=fix) from error
    except ValueError as error:
        raise Unreadable(str(error), fix=fix) from error
    if not isinstance(document, dict):
        raise Unreadable(f"got {_TYPES.get(type(document), 'null')}, expected an object", fix=fix, line=1, column=1)
    return Fields(document, "", fix)

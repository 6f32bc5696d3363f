"""What is foreseen of a model file in another environment: plain frozen data, nothing judged."""

from __future__ import annotations

import enum
from dataclasses import dataclass


class Kind(enum.StrEnum):
    """What does not fit; the value is the exception that Python is expected to raise."""

    MISSING_MODULE = "ModuleNotFoundError"
    """A global of the file lies in a module that is not there: loading fails."""
    MISSING_NAME = "AttributeError on a module"
    """A global of the file is not in its module: loading fails."""
    MISSING_STATE = "AttributeError on an object of the file"
    """A method reads an attribute that neither the object in the file nor its class has: using it fails."""
    MISSING_MEMBER = "AttributeError on an object that it holds"
    """A method asks an object that it holds for what the class of that object has not: using it fails."""
    ELEMENT = "ValueError: Buffer dtype mismatch"
    """An array in the file has elements that the compiled code does not take: using it fails."""

    @property
    def when(self) -> str:
        """The moment at which it shows: "load" or "use"."""
        return "load" if self in (Kind.MISSING_MODULE, Kind.MISSING_NAME) else "use"


class Confidence(enum.StrEnum):
    """What the prediction rests on, the firmest first."""

    CERTAIN = "certain"
    """No way around it is in the source: the name is not there, or every call comes by the reading line."""
    COMPARED = "compared"
    """Some calls come by the reading line; the version that saved the file does not read so."""
    UNCOMPARED = "uncompared"
    """Every call comes by the reading line, but the source of the version that saved the file was not at hand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prospect:
    """One thing that is expected to fail.

    Attributes:
        kind: What does not fit.
        subject: The dotted name of the class or function in the file.
        missing: What the environment, the object or the class lacks: a module, a name, an attribute; of an array the
            field whose type differs.
        holder: What lacks it: a module, a class; of an array the type that was declared for the field.
        entry: The method that a service calls and that fails; "" where loading does.
        path: The source file that decides it, relative to where packages are installed; "" where there is none.
        line: In that file: the line that reads what is missing. None where it is no text.
        distribution: What that file belongs to, such as "scikit-learn 1.3.0"; "" where no RECORD lists it.
        offset: Where the model file first names the global or gives the object its state.
        member: Of which member of an archive.
        confidence: What the prediction rests on.
    """

    kind: Kind
    subject: str
    missing: str
    holder: str
    entry: str
    path: str
    line: int | None
    distribution: str
    offset: int
    member: str = ""
    confidence: Confidence

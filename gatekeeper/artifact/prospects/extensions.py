r"""What the bytes of a compiled module say of the names in it.

Cython writes the name of each function into the table of the module's methods, and `module.Class` into each extension
type; both end with a NUL. The text of its other names is in the bytes too, until it is compressed (Cython 3.1 and
later). `cline_in_traceback` is a name that every module of Cython has: where it can be read, so can all the others.

Measured on the 360 Cython modules of scikit-learn 1.4.2 and 1.9.1, pandas 2.2.1 and 3.1.1, numpy 1.26.4 and 2.4.6 and
scipy 1.17.1, each imported and compared with its bytes: of 1088 classes and functions that a module with a readable
table defines, all are found; of 2339 in the other modules 13 classes and enumerations are not, and every
`__pyx_unpickle_` function is found in both.
"""

from __future__ import annotations

_OF_CYTHON = b"__pyx_"
_READABLE = b"cline_in_traceback"
_UNPICKLER = "__pyx_unpickle_"


def surely_lacks(content: bytes, name: str) -> bool:
    """Whether a compiled module has nothing of this name; False where its bytes do not say."""
    text = name.encode()
    if _OF_CYTHON not in content or text in content:
        return False
    return name.startswith(_UNPICKLER) or _READABLE in content


def has_type(content: bytes, module: str, name: str) -> bool:
    """Whether a compiled module has an extension type of this name: those are told by their dotted name."""
    return f"{module}.{name}\0".encode() in content


def hides_names(content: bytes) -> bool:
    """Whether this is a module of Cython the text of whose names is compressed."""
    return _OF_CYTHON in content and _READABLE not in content

"""Ways in which a model file can't be read; all of them are `gatekeeper.errors.Unreadable`."""

from __future__ import annotations

from gatekeeper.errors import Unreadable

_COPY_AGAIN = "fetch the file again and compare its size and digest with what the training job wrote"
_SAVE_AGAIN = "save the model again with joblib.dump or pickle.dump; a file that was edited by hand is not read"


class EndOfFile(Unreadable):
    """The bytes end before the pickle does."""

    def __init__(self, offset: int, wanted: str) -> None:
        super().__init__(f"truncated: the data ends at byte {offset}, expected {wanted}", fix=_COPY_AGAIN)


class Damaged(Unreadable):
    """The bytes are not what a pickler or compressor writes."""

    def __init__(self, what: str) -> None:
        super().__init__(f"damaged: {what}", fix=_COPY_AGAIN)


class Unfollowable(Unreadable):
    """The pickle is well formed, and what it does can only be known by executing it."""

    def __init__(self, what: str, *, fix: str = _SAVE_AGAIN) -> None:
        super().__init__(f"can't be followed without loading it: {what}", fix=fix)


class TooLarge(Unreadable):
    """A limit of the reader is passed: reading on could exhaust the machine that runs the gate."""

    def __init__(self, what: str, *, fix: str) -> None:
        super().__init__(f"too large to read safely: {what}", fix=fix)

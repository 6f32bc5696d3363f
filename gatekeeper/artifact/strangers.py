"""Says what a file is that is no model, for the reader who expected one."""

from __future__ import annotations

from gatekeeper.errors import Unreadable

_POINT_TO_MODEL = "name the model file in gatekeeper.yaml under `artifacts`, as joblib.dump or pickle.dump wrote it"
_UPLOAD_AGAIN = "fetch the file again; the download or upload delivered a page instead of the model"
_LFS_POINTER = b"version https://git-lfs.github.com/spec/"

_KNOWN = (
    (b"\x89PNG\r\n\x1a\n", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"%PDF-", "a PDF document"),
    (b"\x7fELF", "a Linux executable or shared library"),
    (b"SQLite format 3\x00", "an SQLite database"),
    (b"PAR1", "a Parquet file"),
)


def no_model(head: bytes) -> Unreadable:
    """Return the error for a file that begins with `head` and is in none of the known formats."""
    if not head:
        return Unreadable("an empty file, expected a model", fix="run the step that writes the model again")
    if head.startswith(_LFS_POINTER):
        return Unreadable("a Git LFS pointer, not the model", fix="run git lfs pull (in CI: check out with lfs: true)")
    if head.lstrip()[:14].lower().startswith((b"<!doctype html", b"<html")):
        return Unreadable("an HTML page, not a model", fix=_UPLOAD_AGAIN)
    for magic, what in _KNOWN:
        if head.startswith(magic):
            return Unreadable(f"{what}, not a model", fix=_POINT_TO_MODEL)
    if _is_text(head):
        return Unreadable(f"text, not a model; it begins {_first_line(head)!r}", fix=_POINT_TO_MODEL)
    return Unreadable(f"no known model format; it begins with the bytes {head[:8].hex(' ')}", fix=_POINT_TO_MODEL)


def _is_text(head: bytes) -> bool:
    """Whether this is UTF-8 without control characters; the head may have cut the last character in two."""
    text = head.decode("utf-8", "ignore")
    return len(text.encode()) >= len(head) - 3 and all(char.isprintable() or char in "\t\r\n\f" for char in text)


def _first_line(head: bytes) -> str:
    return head.decode("utf-8", "ignore").lstrip().partition("\n")[0].strip()[:60]

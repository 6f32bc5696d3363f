"""What changes one file of a release: its bytes, its envelope, its statement, or what it is."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from gatekeeper.signoff import bundle, files
from gatekeeper.signoff.files import VERDICT
from gatekeeper.signoff.release import Keyed
from tests.signoff.making import SIGNER, Case, key_of


def bundled(case: Case, name: str, change: Callable[[dict[str, Any]], object]) -> None:
    """Change the JSON of a bundle, and write it in the very form that ours have."""
    document = json.loads((case.release / name).read_bytes())
    change(document)
    (case.release / name).write_text(f"{json.dumps(document, indent=1)}\n")


def stated(
    case: Case, name: str, change: Callable[[dict[str, Any]], object], *, by: str | None = None, raw: str = ""
) -> None:
    """Change the statement in a bundle; sign it again by somebody, or leave the signature as it was."""
    envelope = bundle.read((case.release / name).read_bytes(), name)
    document = json.loads(envelope.payload)
    change(document)
    payload = json.dumps(document).encode() if not raw else json.dumps(document)[:-1].encode() + raw.encode()
    data = Keyed(key_of(by)).seal(payload) if by else bundle.write(replace(envelope, payload=payload))
    (case.release / name).write_bytes(data)


def relink(case: Case, change: Callable[[dict[str, Any]], object] = lambda _: None) -> None:
    found = files.read_folder(case.release).files

    def linked(document: dict[str, Any]) -> None:
        change(document)
        for each in document["predicate"]["inputAttestations"]:
            each["digest"]["sha256"] = found[each["uri"].removeprefix("file:")].sha256

    stated(case, VERDICT, linked, by=SIGNER)


def put(key: str, value: object) -> Callable[[dict[str, Any]], object]:
    """Return what sets a key, given with dots, of a document."""

    def change(document: Any) -> None:
        *path, last = key.split(".")
        for each in path:
            document = document[int(each)] if isinstance(document, list) else document[each]
        document[last] = value

    return change


def flip(case: Case, name: str, place: float = 0.5) -> None:
    path = case.folder / name
    data = bytearray(path.read_bytes())
    data[int(len(data) * place)] ^= 1
    path.write_bytes(data)


def swap(case: Case, name: str, other: str) -> None:
    (case.release / name).write_bytes((case.folder / other).read_bytes())


def cut(case: Case, name: str, count: int) -> None:
    path = case.release / name
    path.write_bytes(path.read_bytes()[: -count or None][: None if count else 0])


def remove(case: Case, name: str) -> None:
    (case.release / name).unlink()


def linked(case: Case, name: str) -> None:
    path = case.release / name
    path.rename(case.folder / "elsewhere")
    path.symlink_to(case.folder / "elsewhere")


def as_folder(case: Case, name: str) -> None:
    remove(case, name)
    (case.release / name).mkdir()


def as_pipe(case: Case, name: str) -> None:
    remove(case, name)
    os.mkfifo(case.release / name)


def huge(case: Case, name: str) -> None:
    with (case.release / name).open("ab") as stream:
        stream.truncate(1 << 33)

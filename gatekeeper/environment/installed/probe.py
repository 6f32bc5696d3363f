"""The probe of an interpreter: sent to it, and what it answers read into facts."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from gatekeeper.environment.decoding import decode
from gatekeeper.environment.facts import Anomaly, Flaw, Lock, Row, Runtime, Source
from gatekeeper.environment.formats import Format
from gatekeeper.environment.installed.distributions import installed_row
from gatekeeper.environment.installed.listening import listen
from gatekeeper.environment.installed.probe_script import SCHEMA
from gatekeeper.environment.installed.virtualenv import OF_VIRTUALENV
from gatekeeper.environment.json_document import Fields, load_object
from gatekeeper.environment.quoting import quoted
from gatekeeper.errors import Unreadable, UsageError

SCRIPT = Path(__file__).with_name("probe_script.py")
"""What is sent: it can be piped into a container by hand too."""

# An environment of 1,000 distributions gives half a megabyte.
_LONGEST_ANSWER = 32 << 20
_TAIL = 2000
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_RUNTIME = ("python", "implementation", "abi", "platform", "libc", "system", "cuda", "cudnn")
_OTHER = "name a CPython of 3.8 or newer: --python PATH"
_AGAIN = "take the probe again: gatekeeper env probe --python PATH > probe.json"


def probe(python: str, *, deep: bool = False, timeout: float = 600) -> bytes:
    """Return the probe's document of an interpreter.

    Args:
        python: The interpreter: a path, or a name on PATH.
        deep: Whether every file is hashed again.
        timeout: In seconds; a gigabyte takes some three.

    Raises:
        UsageError: There is no such program, or it can't be started.
        Unreadable: It failed, hung, or answered with something else than the document.
    """
    command = [python, "-I", "-", *(["--deep"] if deep else [])]
    with SCRIPT.open("rb") as script, tempfile.TemporaryFile() as complaints:
        try:
            child = subprocess.Popen(  # noqa: S603 - to start the interpreter that the user names is what this is for
                command, stdin=script, stdout=subprocess.PIPE, stderr=complaints, start_new_session=True
            )
        except (OSError, ValueError) as error:
            fix = "name a Python interpreter: --python PATH"
            raise UsageError(f"{quoted(python)} can't be started: {error}", fix=fix) from error
        answer, hung = listen(child, timeout, _LONGEST_ANSWER)
        complaints.seek(max(0, complaints.seek(0, os.SEEK_END) - _TAIL))
        said = complaints.read().decode("utf-8", "replace").strip()
    if len(answer) > _LONGEST_ANSWER:
        raise Unreadable(f"{python} answered with more than {_LONGEST_ANSWER} bytes", fix=_AGAIN)
    _expect_success(python, child.returncode, said, timeout if hung else None)
    try:
        parse_probe(decode(answer))
    except Unreadable as error:
        what = f"{python} answered with something else than the probe's document: {error.what}"
        raise Unreadable(what, fix=_OTHER) from error
    return answer


def _expect_success(python: str, status: int, said: str, timeout: float | None) -> None:
    last = f": {quoted(said.splitlines()[-1])}" if said else ""
    if timeout is not None:
        raise Unreadable(
            f"{python} did not answer within {timeout:g} seconds{last}", fix="allow it more: --timeout SECONDS"
        )
    if status != 0:
        shown = f"gatekeeper env probe --script | {shlex.quote(python)} -I -"
        raise Unreadable(
            f"{python} ended with {status}, expected 0{last}", fix=f"{_OTHER}; this shows all it says: {shown}"
        )


def parse_probe(text: str) -> Lock:
    """Return what a probe measured.

    Rows have the record digest of what is installed; `direct` is unknown, for a lock installs each of its rows as if
    it had been asked for. Variables that change what is imported are warnings.

    Args:
        text: As `decoding.decode` gives it.

    Raises:
        Unreadable: It is no probe of version 1, or holds what a probe does not.
    """
    return read_probe(load_object(text, _AGAIN))


def read_probe(document: Fields) -> Lock:
    """Return what a document that is loaded says, as `parse_probe` does."""
    document = document.with_fix(_AGAIN)
    schema = document.text("schema")
    if schema != SCHEMA:
        document.refuse("schema", f"got {quoted(schema)}, expected {SCHEMA!r}")
    if document.values.get("distributions") is None:
        document.refuse("distributions", "got nothing, expected the list of what is installed")
    stated = document.object("runtime")
    return Lock(
        rows=tuple(_row(each) for each in document.objects("distributions")),
        format=Format.PROBE,
        runtime=Runtime(**{name: stated.optional_text(name) for name in _RUNTIME}),
        anomalies=tuple(_anomaly(each) for each in document.objects("anomalies") if not _is_virtualenv(each)),
        warnings=tuple(_warnings(document.object("host").object("variables"))),
    )


def _row(distribution: Fields) -> Row:
    record = distribution.optional_text("record")
    if record is not None and _DIGEST.fullmatch(record) is None:
        distribution.refuse("record", f"got {quoted(record)}, expected sha256:<64 hex digits>")
    row = installed_row(distribution, distribution, record)
    # `setup.py develop` leaves no direct_url.json behind.
    return replace(row, source=Source.EDITABLE, records=()) if distribution.flag("editable") else row


def _anomaly(stated: Fields) -> Anomaly:
    flaw = stated.text("flaw")
    if flaw not in list(Flaw):
        stated.refuse("flaw", f"got {quoted(flaw)}, expected one of {', '.join(Flaw)}")
    return Anomaly(flaw=Flaw(flaw), name=stated.text("name"), path=stated.text("path"), detail=stated.text("detail"))


def _is_virtualenv(stated: Fields) -> bool:
    return stated.optional_text("sha256") in OF_VIRTUALENV and stated.text("flaw") in {Flaw.UNOWNED, Flaw.PATH_FILE}


def _warnings(variables: Fields) -> Iterator[str]:
    for name in sorted(variables.values.keys() & {"PYTHONPATH", "LD_LIBRARY_PATH"}):
        if variables.text(name):
            yield f"{name} is set there, so that other code may run than is installed: {variables.text(name)}"

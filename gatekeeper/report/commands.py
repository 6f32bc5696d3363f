"""Workflow commands: what the runner of GitHub Actions obeys in the output of a step, and how to say none by accident.

The runner reads `::name key=value,...::data` where a line begins with it, whatever blanks stand before, and the older
`##[name]data` anywhere in a line; Azure Pipelines and TeamCity read `##vso[` and `##teamcity[`. A candidate may name a
file so. See "Workflow commands for GitHub Actions" in GitHub's documentation, and `ActionCommand` in actions/runner.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping

from gatekeeper.report.printable import one_line

_ANYWHERE = re.compile(r"##(?=[A-Za-z]*\[)")
_OTHER = re.compile("[^\x00-\x7f]+")
_FIRST = re.compile(r"^(\s*):(?=:)", re.MULTILINE)


def command(name: str, properties: Mapping[str, str], lines: Iterable[str]) -> str:
    """Return a command on one line; what is empty among the properties is left out."""
    told = ",".join(f"{key}={_property(value)}" for key, value in properties.items() if value)
    data = "\n".join(one_line(part) for line in lines for part in line.split("\n"))
    return f"::{name}{' ' if told else ''}{told}::{_data(data)}"


def _data(text: str) -> str:
    # Colons mean nothing any more behind those of the command; the older form is looked for in the whole line.
    return _ANYWHERE.sub(r"#\\x23", text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(one_line(text)).replace(":", "%3A").replace(",", "%2C")


def quiet(text: str) -> str:
    """Return a text in which no line is a command: the character that would make it one is shown as an escape."""
    if "##" in text:
        text = _ANYWHERE.sub(r"#\\x23", text)
    return _FIRST.sub(r"\1\\x3a", text) if "::" in text else text


def ascii_json(data: bytes) -> bytes:
    """Return the same JSON in ASCII: what is none stands in strings alone, and is escaped there."""
    if data.isascii():
        return data
    return _OTHER.sub(_escaped, data.decode()).encode("ascii")


def _escaped(match: re.Match[str]) -> str:
    return json.dumps(match[0])[1:-1]


def quiet_json(text: str) -> str:
    """Return the same JSON in which no line is a command. It has no line that begins with a colon."""
    return _ANYWHERE.sub(r"#\\u0023", text) if "##" in text else text

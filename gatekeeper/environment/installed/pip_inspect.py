"""What `pip inspect` says: names, versions and origins of what is installed, and the Python; no hashes, no records."""

from __future__ import annotations

from gatekeeper.environment.facts import Lock, Runtime
from gatekeeper.environment.formats import Format
from gatekeeper.environment.installed.distributions import installed_row
from gatekeeper.environment.json_document import Fields, load_object
from gatekeeper.environment.quoting import quoted

VERSION = "1"
_AGAIN = "write it again, by pip 22.3 or newer: python -m pip inspect > production.json"


def parse_pip_inspect(text: str) -> Lock:
    """Return what is installed, in the order of the document.

    Args:
        text: As `decoding.decode` gives it.

    Raises:
        Unreadable: It is no `pip inspect` of version 1, or a distribution has no name or no version.
    """
    return read_pip_inspect(load_object(text, _AGAIN))


def read_pip_inspect(document: Fields) -> Lock:
    """Return what a document that is loaded says, as `parse_pip_inspect` does."""
    document = document.with_fix(_AGAIN)
    version = document.text("version")
    if version != VERSION:
        document.refuse("version", f"got {quoted(version)}, expected {VERSION!r}, the only one that is known")
    python = document.object("environment")
    return Lock(
        rows=tuple(installed_row(each, each.object("metadata")) for each in document.objects("installed")),
        format=Format.PIP_INSPECT,
        runtime=Runtime(
            python=python.optional_text("python_full_version"),
            implementation=python.optional_text("implementation_name"),
        ),
    )

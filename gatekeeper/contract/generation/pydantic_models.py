"""The module with the input model and the kill-switches of one record, for who wants pydantic alone."""

from __future__ import annotations

from gatekeeper.contract.generation.identity import digest
from gatekeeper.contract.generation.input_model import request_class
from gatekeeper.contract.generation.literals import docstring
from gatekeeper.contract.generation.modules import merged, module
from gatekeeper.contract.generation.plan import switches_of, writable
from gatekeeper.contract.generation.safe_types import IMPORTS, sections
from gatekeeper.contract.manifest.facts import Manifest


def models(manifest: Manifest) -> str:
    """Return the module's source.

    Raises:
        Unreadable: it has a text that no file can hold.
    """
    writable(manifest)
    model = manifest.model
    request = request_class(manifest, f"What {model.name} {model.version} is asked.")
    switches = list(sections(switches_of(manifest)))
    head = "\n".join(
        [
            docstring(f"The input model of {model.name} {model.version}."),
            "",
            f"Generated from the manifest {digest(manifest)};",
            "do not edit it, generate it again. It needs pydantic.",
            "",
        ]
    )
    imports = merged(request.imports, IMPORTS) if switches else request.imports
    return module(head, imports, [request.source, *switches])

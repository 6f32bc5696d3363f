"""Inventories in JSON, told apart by their keys: those have no order in JSON, so that no first line tells."""

from __future__ import annotations

from gatekeeper.environment.facts import Lock
from gatekeeper.environment.json_document import Fields, load_object
from gatekeeper.environment.quoting import quoted
from gatekeeper.errors import Unreadable

_FIX = "take a probe of what is installed: gatekeeper env probe --python PATH > production.json"
# What else lists packages in JSON, by a key that it has, and what gives a form that is read.
_INSTEAD = {
    "install": "install it, then: python -m pip inspect > production.json",
    "artifacts": "write the SBOM in another form: syft IMAGE -o cyclonedx-json > production.json",
    "ArtifactName": "write the SBOM in another form: trivy image --format cyclonedx --output production.json IMAGE",
    "records": "name the lock: its records are found beside it",
}
_SHOWN_KEYS = 5


def parse_inventory(text: str) -> Lock:
    """Return what an inventory in JSON says.

    Args:
        text: As `decoding.decode` gives it.

    Raises:
        Unreadable: It is no JSON, is in none of the formats that are known, or can't be read whole.
    """
    document = load_object(text, _FIX)
    if str(document.values.get("schema")).startswith("gatekeeper/probe@"):
        from gatekeeper.environment.installed.probe import read_probe

        return read_probe(document)
    if "pip_version" in document:
        from gatekeeper.environment.installed.pip_inspect import read_pip_inspect

        return read_pip_inspect(document)
    if "bomFormat" in document:
        from gatekeeper.environment.sboms.cyclonedx import read_cyclonedx

        return read_cyclonedx(document)
    if "spdxVersion" in document or "@context" in document:
        from gatekeeper.environment.sboms.spdx import read_spdx

        return read_spdx(document)
    raise _unknown(document)


def _unknown(document: Fields) -> Unreadable:
    keys = ", ".join(quoted(key) for key in list(document.values)[:_SHOWN_KEYS]) or "none"
    what = f"got JSON with the keys {keys}; expected a probe, `pip inspect`, a CycloneDX or an SPDX SBOM"
    fix = next((fix for key, fix in _INSTEAD.items() if key in document), _FIX)
    return Unreadable(what, fix=fix, line=1, column=1)

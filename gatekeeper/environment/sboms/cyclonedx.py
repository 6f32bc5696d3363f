"""CycloneDX in JSON, 1.4 and newer, as `uv export`, cyclonedx-py, syft and trivy write it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from gatekeeper.environment.facts import Hash, Lock, Row, Source
from gatekeeper.environment.formats import Format
from gatekeeper.environment.hashes import distinct
from gatekeeper.environment.json_document import Fields, load_object
from gatekeeper.environment.quoting import quoted
from gatekeeper.environment.requirements.references import Markers
from gatekeeper.environment.sboms.component import (
    component_hash,
    component_row,
    is_python,
    names_archive,
    package_url,
)
from gatekeeper.environment.urls import without_credentials
from gatekeeper.errors import Unreadable

OLDEST, NEWEST = 4, 7
_SPEC = re.compile(r"1\.(?P<minor>[0-9]{1,3})")
_AGAIN = "write it again: cyclonedx-py environment PYTHON --output-format JSON, or syft IMAGE -o cyclonedx-json"
# What of a component may be installed by Python; an operating system, a file or a container may not.
_INSTALLABLE = frozenset({"library", "framework", "application", "machine-learning-model"})
_MARKER = "uv:package:marker"


def parse_cyclonedx(text: str) -> Lock:
    """Return the Python distributions and conda packages of an SBOM, in its order; the subject itself is none of them.

    A component without a package URL counts as a Python distribution: nothing says that it is not. Two components of
    one name stay two. Hashes are those of files: of `distribution` references, or of a component that is an archive.

    Args:
        text: As `decoding.decode` gives it.

    Raises:
        Unreadable: It is XML or no CycloneDX of a version that is known, or a component has no name.
    """
    if text.lstrip().startswith("<"):
        raise Unreadable("got CycloneDX in XML, expected it in JSON", fix=_AGAIN, line=1, column=1)
    return read_cyclonedx(load_object(text, _AGAIN))


def read_cyclonedx(document: Fields) -> Lock:
    """Return what a document that is loaded says, as `parse_cyclonedx` does."""
    document = document.with_fix(_AGAIN)
    warnings = [*_expect_version(document)]
    markers = Markers()
    rows: list[Row] = []
    foreign = 0
    for component in _components(document):
        if component.text("type") not in _INSTALLABLE or not is_python(package_url(component, "purl")):
            foreign += 1
        else:
            rows.append(_row(component, markers))
    if foreign:
        warnings.append(f"left out, for they are no Python distributions: {foreign} components")
    return Lock(rows=tuple(rows), format=Format.CYCLONEDX, warnings=tuple(warnings))


def _expect_version(document: Fields) -> Iterator[str]:
    stated = document.text("specVersion")
    found = _SPEC.fullmatch(stated)
    if found is None or int(found["minor"]) < OLDEST:
        document.refuse("specVersion", f"got {quoted(stated)}, expected 1.{OLDEST} to 1.{NEWEST}")
    if int(found["minor"]) > NEWEST:
        yield f"its specVersion {stated} is newer than 1.{NEWEST}: what is new in it is not read"


def _components(parent: Fields) -> Iterator[Fields]:
    """Yield each component, with those inside it after it."""
    waiting = [*reversed(parent.objects("components"))]
    while waiting:
        component = waiting.pop()
        yield component
        waiting += reversed(component.objects("components"))


def _row(component: Fields, markers: Markers) -> Row:
    purl = package_url(component, "purl")
    files = [each for each in component.objects("externalReferences") if each.text("type") == "distribution"]
    version = component.optional_text("version") or ""
    row = component_row(component, version, purl, distinct(_hashes(component, files)))
    folder = next((each.text("url") for each in files if each.text("url").startswith("file:")), None)
    if purl is None and folder is not None:
        row = replace(row, source=Source.PATH, url=without_credentials(folder))
    return replace(row, marker=_marker(component, markers))


def _hashes(component: Fields, files: list[Fields]) -> Iterator[Hash]:
    name = component.text("name")
    stated = [(each, each.text("url").rpartition("/")[2]) for each in files]
    if names_archive(name):
        stated.append((component, name))
    for place, file in stated:
        for each in place.objects("hashes"):
            found = component_hash(each, "alg", "content", file if names_archive(file) else "")
            if found is not None:
                yield found


def _marker(component: Fields, markers: Markers) -> str | None:
    """Return the marker that `uv export` writes: such an SBOM lists what may be installed, for every platform."""
    stated = [each for each in component.objects("properties") if each.optional_text("name") == _MARKER]
    try:
        return markers.normalised(stated[0].text("value")) if stated else None
    except ValueError as error:
        stated[0].refuse("value", f"it is no marker: {error}")

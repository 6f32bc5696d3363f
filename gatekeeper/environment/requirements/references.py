"""What a requirement refers to: a release of an index, a URL, a repository or a path; markers aside from hash options.

Rows of the form `name==1.2.3` are read by one regular expression and need no `packaging`, whose import costs more than
reading a whole lock; tests hold it against `packaging.requirements.Requirement`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from gatekeeper.environment.facts import Hash, Source
from gatekeeper.environment.hashes import HEX_DIGITS, parse_hash
from gatekeeper.environment.names import canonical_name, is_name
from gatekeeper.environment.urls import is_url, source_of, split_fragment, without_credentials

_IDENTIFIER = r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?"
# No leading zeros, no more digits than `int` takes quickly, a local part whose labels begin with a letter: of these
# spellings, and only of these, it is known without `packaging` that `str(Version(text))` is `text`.
_NUMBER = r"(?:0|[1-9][0-9]{0,17})"
_VERSION = (
    rf"{_NUMBER}(?:\.{_NUMBER})*(?:(?:a|b|rc){_NUMBER})?(?:\.post{_NUMBER})?(?:\.dev{_NUMBER})?"
    r"(?:\+[a-z][a-z0-9]*(?:\.[a-z][a-z0-9]*)*)?"
)
_PINNED = re.compile(
    rf"(?P<name>{_IDENTIFIER})[ \t]*(?:\[(?P<extras>{_IDENTIFIER}(?:,{_IDENTIFIER})*)\])?[ \t]*"
    rf"==[ \t]*(?P<version>{_VERSION})[ \t]*(?:;(?P<marker>.*))?"
)
_EDITABLE = re.compile(r"(?:-e[ \t]*|--editable(?:=|[ \t]+))(?P<target>.*)")
_NAMED_DIRECTLY = re.compile(rf"{_IDENTIFIER}[ \t]*(?:\[[^\]]*\])?[ \t]*@")
_EXTRAS = re.compile(r"(?P<path>.+)\[(?P<extras>[^\[\]]*)\]")
# A `;` may be part of a URL, so that there a blank must follow it; pip reads both this way.
_URL_MARKER = re.compile(r"[ \t]*;[ \t]+")
_PATH_MARKER = re.compile(r"[ \t]*;[ \t]*")
ARCHIVES = (".whl", ".zip", ".tar.gz", ".tgz", ".tar", ".tar.bz2", ".tbz", ".tar.xz", ".txz", ".tlz", ".tar.lz")
_WHEEL_PARTS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """The fields of a `Row` that its requirement gives; `hashes` are those of a URL's fragment."""

    name: str
    written: str
    specifier: str = ""
    version: str | None = None
    extras: tuple[str, ...] = ()
    marker: str | None = None
    source: Source = Source.INDEX
    url: str | None = None
    hashes: tuple[Hash, ...] = ()


class Markers:
    """Normalises markers, each spelling once: locks repeat few markers many times, and each costs a parse."""

    def __init__(self) -> None:
        self._known: dict[str, str] = {}

    def normalised(self, text: str | None) -> str | None:
        """Return the marker in the spelling of `packaging`, None for None; ValueError if it is no marker."""
        if text is None:
            return None
        if text not in self._known:
            from gatekeeper.environment.requirements import pep508

            self._known[text] = pep508.normalised_marker(text.strip())
        return self._known[text]


def is_editable(text: str) -> bool:
    """Return whether the line is `-e …` or `--editable …`."""
    return _EDITABLE.match(text) is not None


def parse_reference(text: str, markers: Markers) -> Reference:
    """Return what the requirement refers to.

    Args:
        text: One requirement in ASCII, without comment and without `--hash`.
        markers: Keeps the markers that were parsed before in the same file.

    Raises:
        ValueError: It is no requirement that pip would take.
    """
    pinned = _PINNED.fullmatch(text)
    if pinned is not None:
        return _pinned(pinned, markers)
    editable = _EDITABLE.fullmatch(text)
    if editable is not None:
        return replace(_unnamed(editable["target"].strip(), markers), source=Source.EDITABLE)
    if _NAMED_DIRECTLY.match(text) is None and _is_url_or_path(text):
        return _unnamed(text, markers)
    return _by_pep508(text)


def _pinned(found: re.Match[str], markers: Markers) -> Reference:
    extras = found["extras"]
    return Reference(
        name=canonical_name(found["name"]),
        written=found["name"],
        specifier=f"=={found['version']}",
        version=found["version"],
        extras=_canonical_extras(extras) if extras else (),
        marker=markers.normalised(found["marker"]),
    )


def _by_pep508(text: str) -> Reference:
    from gatekeeper.environment.requirements import pep508

    parsed = pep508.parse_requirement(text)
    reference = Reference(
        name=canonical_name(parsed.written),
        written=parsed.written,
        specifier=parsed.specifier,
        version=parsed.version,
        extras=parsed.extras,
        marker=parsed.marker,
    )
    if parsed.url is None:
        return reference
    url, fragment = split_fragment(parsed.url)
    url = without_credentials(url)
    return replace(reference, source=source_of(url), url=url, hashes=_fragment_hashes(fragment))


def _is_url_or_path(text: str) -> bool:
    target = _PATH_MARKER.split(text, 1)[0]
    return is_url(text) or target.startswith(".") or bool({"/", "\\"} & set(target)) or target.endswith(ARCHIVES)


def _unnamed(text: str, markers: Markers) -> Reference:
    """Return a bare URL or path; its name is what `#egg=` or a wheel's file name says, else unknown."""
    target, *marker = (_URL_MARKER if is_url(text) else _PATH_MARKER).split(text, 1)
    if not target or " " in target or "\t" in target:
        raise ValueError("expected one URL or path without blanks")
    bracketed = None if is_url(target) else _EXTRAS.fullmatch(target)
    path = target if bracketed is None else bracketed["path"]
    url, fragment = split_fragment(path) if is_url(path) else (path, {})
    url = without_credentials(url)
    name, extras = _egg(fragment) if "egg" in fragment else (_wheel_name(url), "")
    if bracketed is not None:
        extras = bracketed["extras"]
    return Reference(
        name=canonical_name(name),
        written=name or url,
        extras=_canonical_extras(extras) if extras else (),
        marker=markers.normalised(marker[0]) if marker else None,
        source=source_of(url),
        url=url,
        hashes=_fragment_hashes(fragment),
    )


def _egg(fragment: dict[str, str]) -> tuple[str, str]:
    bracketed = _EXTRAS.fullmatch(fragment["egg"])
    name, extras = (fragment["egg"], "") if bracketed is None else (bracketed["path"], bracketed["extras"])
    if not is_name(name):
        raise ValueError(f"got #egg={name[:40]}, expected the name of a distribution")
    return name, extras


def _wheel_name(url: str) -> str:
    """Return the distribution that a wheel's file name begins with, or `""` for what is no wheel."""
    file_name = re.split(r"[/\\]", url.partition("?")[0].partition("#")[0])[-1]
    parts = file_name.removesuffix(".whl").split("-")
    return parts[0] if file_name.endswith(".whl") and len(parts) >= _WHEEL_PARTS and is_name(parts[0]) else ""


def _fragment_hashes(fragment: dict[str, str]) -> tuple[Hash, ...]:
    return tuple(parse_hash(f"{key}:{digest}") for key, digest in fragment.items() if key in HEX_DIGITS)


def _canonical_extras(text: str) -> tuple[str, ...]:
    extras = [extra.strip() for extra in text.split(",")]
    if not all(map(is_name, extras)):
        raise ValueError(f"got the extras [{text[:40]}], expected names separated by commas")
    return tuple(sorted({canonical_name(extra) for extra in extras}))

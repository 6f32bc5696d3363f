"""Option lines of a requirements file. What is known is recorded, what is not known is refused."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence

from gatekeeper.environment.facts import Include, Option
from gatekeeper.environment.quoting import quoted
from gatekeeper.environment.urls import canonical_index, is_url, without_credentials

# As `pip --help` and pip's req_file.py list them for a requirements file (pip 26.3); uv takes a subset.
_WITH_VALUE = frozenset(
    {
        "--index-url",
        "--extra-index-url",
        "--find-links",
        "--no-binary",
        "--only-binary",
        "--trusted-host",
        "--use-feature",
        "--all-releases",
        "--only-final",
    }
)
_FLAGS = frozenset({"--no-index", "--pre", "--prefer-binary", "--require-hashes", "--no-require-hashes"})
_LONG_FORM = {
    "-i": "--index-url",
    "--pypi-url": "--index-url",
    "-f": "--find-links",
    "-r": "--requirement",
    "-c": "--constraint",
}
# Whether what is pulled in only limits.
_INCLUDES = {"--requirement": False, "--constraint": True}
# Beside any of these an `--index-url` is not the only place that a package may come from.
_OTHER_PLACES = frozenset({"--extra-index-url", "--find-links", "--no-index"})


def parse_options(text: str, line: int) -> tuple[Option, ...]:
    """Return the options that one logical line gives.

    Raises:
        ValueError: An unknown option, a value missing or too many, or a quote that is not closed.
    """
    return tuple(_read(iter(shlex.split(text)), line))


def parse_include(text: str, line: int) -> Include | None:
    """Return the file that the line pulls in, or None if it pulls in none.

    Raises:
        ValueError: No file is named, or more stands there than that one; pip would drop it in silence.
    """
    if _split(text.split(maxsplit=1)[0])[0] not in _INCLUDES:
        return None
    first, *others = shlex.split(text)
    name, joined = _split(first)
    values = others if joined is None else [joined, *others]
    if not values or not values[0]:
        raise ValueError(f"{name} names no file")
    if len(values) > 1:
        raise ValueError(f"got {quoted(values[1])} behind {name} {values[0]}, where pip drops it in silence")
    return Include(path=values[0], constraint=_INCLUDES[name], line=line)


def only_index(options: Sequence[Option]) -> str | None:
    """Return the index that all packages come from, canonical; None for pip's default and where it is not one alone."""
    urls = [option.value for option in options if option.name == "--index-url"]
    alone = len(urls) == 1 and not any(option.name in _OTHER_PLACES for option in options)
    return canonical_index(urls[0]) if alone else None


def _read(words: Iterator[str], line: int) -> Iterator[Option]:
    for word in words:
        name, value = _split(word)
        if name in _FLAGS and value is None:
            yield Option(name=name, value="", line=line)
        elif name in _WITH_VALUE:
            given = next(words, "") if value is None else value
            if not given:
                raise ValueError(f"{name} has no value")
            yield Option(name=name, value=_plain(given), line=line)
        elif name.startswith("-"):
            raise ValueError(f"got the option {quoted(word)}, which is not known for a lock")
        else:
            raise ValueError(f"got {quoted(word)} on a line of options, where pip drops it in silence")


def _split(word: str) -> tuple[str, str | None]:
    """Return the option's long name and the value that is joined to it, as in `--pre`, `--x=value` and `-ivalue`."""
    if word.startswith("--"):
        name, equals, value = word.partition("=")
        return _LONG_FORM.get(name, name), value if equals else None
    return _LONG_FORM.get(word[:2], word), word[2:] or None


def _plain(value: str) -> str:
    """Return the value without credentials; a URL also without the last `/`, which changes nothing."""
    return without_credentials(value).rstrip("/") if is_url(value) else value

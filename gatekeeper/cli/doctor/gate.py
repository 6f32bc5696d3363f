"""The gate itself: which one runs, by what, whether it has what it is made of, and the tools that it can use."""

from __future__ import annotations

import hashlib
import shutil
import sys
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import Distribution, PackageNotFoundError, distribution, version
from pathlib import Path

import msgspec
from packaging.requirements import Requirement

from gatekeeper import __version__
from gatekeeper.cli.doctor.asking import ask
from gatekeeper.report.doctor import Row, Status

_NAME = "model-gatekeeper"
_MODULES = {"lz4": "lz4.frame", "pip-tools": "piptools", "pyyaml": "yaml"}
"""Distribution to the module that it is imported as, where that has another name."""

_TOOLS = {
    "cryptography": "signs and verifies a sign-off",
    "matplotlib": "draws baselines and comparisons",
    "pyarrow": "reads data files",
    "pip-tools": "compiles locks: gatekeeper env lock",
}
"""What the gate uses where it is installed, and for what."""

_IMPORT = "import importlib, sys\nfor name in sys.argv[1:]: importlib.import_module(name)"


class _Origin(msgspec.Struct):
    """What pip notes of an installation that is of no index (PEP 610), as far as it is asked for here."""

    url: str = ""


def gate_rows(timeout: float) -> Iterator[Row]:
    """Yield what the gate is and what it is made of."""
    yield _gate()
    yield _isolation()
    yield Row(part="gate's interpreter", status=Status.OK, said=f"{sys.executable}: Python {sys.version.split()[0]}")
    yield _distributions(timeout)


def _gate() -> Row:
    found = _distribution()
    if found is None:
        what = f"gatekeeper {__version__} in {Path(__file__).parents[2]}, which no distribution has installed"
        return _broken("gate", what, f"install it: pip install {_NAME}")
    if found.version != __version__:
        what = f"gatekeeper {__version__} runs, and {_NAME} {found.version} is what is installed"
        return _broken("gate", what, "install one of the two into an environment of its own")
    return Row(part="gate", status=Status.OK, said=f"gatekeeper {__version__}, {_place(found)}")


def _place(found: Distribution) -> str:
    """Return where the gate is from: its folder where it is installed in place, else the digest of its RECORD."""
    origin = found.read_text("direct_url.json")
    if origin is not None and '"editable": true' in origin:
        return f"installed in place: {msgspec.json.decode(origin, type=_Origin).url}"
    record = hashlib.sha256((found.read_text("RECORD") or "").encode()).hexdigest()
    return f"{Path(str(found.locate_file('')))}, RECORD sha256:{record}"


def _isolation() -> Row:
    if sys.flags.isolated:
        return Row(part="isolation", status=Status.OK, said="started with -I: no variable and no folder reaches it")
    said = "started without -I; the gate has looked, and nothing outside its installation can be imported"
    return Row(part="isolation", status=Status.OK, said=said, fix="in CI start it so: python -I -m gatekeeper")


def _distribution() -> Distribution | None:
    try:
        return distribution(_NAME)
    except PackageNotFoundError:
        return None


def _requirements() -> list[Requirement]:
    found = _distribution()
    return [Requirement(each) for each in (found.requires or () if found else ())]


def _distributions(timeout: float) -> Row:
    """Say whether what the gate is made of has a version that it can use, and can be imported."""
    part = "gate's distributions"
    needed = [each for each in _requirements() if each.marker is None or each.marker.evaluate({"extra": ""})]
    wrong = [problem for each in needed if (problem := _unfit(each))]
    unloadable = [] if wrong else [*_unloadable([_module(each.name) for each in needed], timeout)]
    if wrong or unloadable or not needed:
        said = "; ".join([*wrong, *unloadable]) or "it is not known what the gate is made of"
        return _broken(part, said, "install the gate again, into an environment of its own, from its lock")
    shown = ", ".join(f"{each.name} {version(each.name)}" for each in needed)
    return Row(part=part, status=Status.OK, said=f"{len(needed)} of {len(needed)} work: {shown}")


def _unfit(required: Requirement) -> str:
    try:
        found = version(required.name)
    except PackageNotFoundError:
        return f"{required.name} is not installed"
    fits = required.specifier.contains(found, prereleases=True)
    return "" if fits else f"{required.name} is {found}, expected {required.specifier}"


def _unloadable(modules: Sequence[str], timeout: float) -> Iterator[str]:
    """Yield which modules can't be imported; what imports may crash, so another process does it."""
    if ask([sys.executable, "-I", "-c", _IMPORT, *modules], timeout).trouble:
        for name in modules:
            said = ask([sys.executable, "-I", "-c", _IMPORT, name], timeout)
            if said.trouble:
                yield f"{name} can't be imported: {said.last or said.trouble}"


def _module(name: str) -> str:
    return _MODULES.get(name, name)


def tool_rows(timeout: float) -> Iterator[Row]:
    """Yield what the gate can use besides; no run needs any of it."""
    extras = {each.name: _extra(each) for each in _requirements() if each.marker is not None}
    with ThreadPoolExecutor() as pool:
        yield from pool.map(lambda name: _tool(name, extras.get(name, ""), timeout), _TOOLS)
    yield _promtool(timeout)


def _extra(requirement: Requirement) -> str:
    return str(requirement.marker).rpartition("extra == ")[2].strip("'\"")


def _tool(name: str, extra: str, timeout: float) -> Row:
    try:
        found = version(name)
    except PackageNotFoundError:
        fix = f"if it is wanted: pip install '{f'{_NAME}[{extra}]' if extra else name}'"
        return Row(part=name, status=Status.NOT_ASKED, said=f"not installed; {_TOOLS[name]}", fix=fix, needed=False)
    said = ask([sys.executable, "-I", "-c", _IMPORT, _module(name)], timeout)
    if said.trouble:
        what = f"{found} can't be imported: {said.last or said.trouble}"
        return Row(part=name, status=Status.BROKEN, said=what, fix=f"install {name} again", needed=False)
    return Row(part=name, status=Status.OK, said=f"{found}; {_TOOLS[name]}", needed=False)


def _promtool(timeout: float) -> Row:
    path = shutil.which("promtool")
    if path is None:
        said = "not on PATH; runs the tests of the generated rules"
        fix = "if it is wanted: it comes with Prometheus"
        return Row(part="promtool", status=Status.NOT_ASKED, said=said, fix=fix, needed=False)
    answered = ask([path, "--version"], timeout)
    if answered.trouble:
        said = f"{path} {answered.trouble}"
        return Row(part="promtool", status=Status.BROKEN, said=said, fix="install Prometheus again", needed=False)
    first = next(iter(answered.text.splitlines()), "")
    return Row(part="promtool", status=Status.OK, said=f"{path}: {first}", needed=False)


def plugin_rows(named: Iterable[str]) -> Iterator[Row]:
    """Yield each plug-in that is installed and that the policy does not name; none of them is imported."""
    from gatekeeper.plugins import installed

    for name, points in sorted(installed().items()):
        if name not in set(named):
            owners = ", ".join(f"{each.dist.name} {each.dist.version}" for each in points if each.dist)
            said = (
                f"{name} of {owners or 'an unknown distribution'} is installed; no policy names it, and it never runs"
            )
            fix = f"if it is wanted: plugins: [{name}]"
            yield Row(part="plug-in", status=Status.NOT_ASKED, said=said, fix=fix, needed=False)


def _broken(part: str, said: str, fix: str) -> Row:
    return Row(part=part, status=Status.BROKEN, said=said, fix=fix)

"""One check, asked about files in a folder, in this process: what a run of the gate makes of it, without the chain."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from gatekeeper import policy
from gatekeeper.candidate import Candidate
from gatekeeper.engine import verdict
from gatekeeper.errors import Unreadable
from gatekeeper.facts import FactStore
from gatekeeper.model import Check, Examined, Obstacle, Provider, Result, Unable
from gatekeeper.profiles import PROFILES

_US = Provider(distribution="gatekeeper", version="0", builtin=True)


def written(files: Mapping[str, str | bytes], folder: Path) -> Path:
    """Write a candidate into `folder/candidate` and return that folder."""
    root = folder / "candidate"
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return root


def candidate(root: Path, folder: Path, *, executes: bool = True) -> Candidate:
    """Return the candidate as `gatekeeper run` hands it to a check; what checks share lies in `folder/facts`.

    Without `executes` its interpreter is none, and whatever would be run in it is an obstacle.
    """
    store = folder / "facts"
    store.mkdir(exist_ok=True)
    return Candidate(
        root=root,
        declaration=policy.load(root / policy.FILE_NAME, root),
        profile=PROFILES["ci"],
        store=FactStore(store),
        executor=Path(sys.executable) if executes else folder / "no-interpreter",
    )


def tried(check: Check, files: Mapping[str, str | bytes], folder: Path, *, executes: bool = True) -> Examined | Unable:
    """Return what a check says of a candidate with these files.

    Args:
        check: with its options.
        files: path to content; `gatekeeper.yaml` is one of them.
        folder: an empty one.
        executes: whether there is an interpreter to run it in.
    """
    return asked(check, candidate(written(files, folder), folder, executes=executes))


def asked(check: Check, subject: Candidate) -> Examined | Unable:
    """Return what a check says; a file that it can't read is an obstacle, as the engine makes it."""
    try:
        return check.run(subject)
    except Unreadable as error:
        return Unable(obstacles=(Obstacle(what=error.what, fix=error.fix, at=error.at),))


def exit_code(outcome: Examined | Unable) -> int:
    """Return the exit code of a run with this check alone."""
    result = Result(id="", title="", provider=_US, outcome=outcome, seconds=0.0)
    return verdict([result]).value


def told(outcome: Examined | Unable) -> dict[str, list[str]]:
    """Return the messages of the findings that block, by code."""
    found: dict[str, list[str]] = {}
    for each in outcome.findings:
        if each.severity.blocks:
            found.setdefault(each.code, []).append(each.message)
    return found


def shown(outcome: Examined | Unable) -> dict[str, object]:
    """Return what was shown of each thing that was tried: evidence to its `shown`."""
    return {each.what: each.measured["shown"] for each in outcome.evidence if "shown" in each.measured}


def said(outcome: Examined | Unable) -> Iterator[str]:
    """Yield every text of an outcome that a person is shown."""
    for found in outcome.findings:
        yield from (found.message, found.fix)
    for each in outcome.obstacles if isinstance(outcome, Unable) else ():
        yield from (each.what, each.fix)
    for evidence in outcome.evidence:
        yield from (evidence.what, *(str(value) for value in evidence.measured.values()))

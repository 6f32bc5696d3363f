"""A worker with a candidate's model in it, for the commands that ask it."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path

from gatekeeper.cli.manifest.sources import Source
from gatekeeper.contract.manifest.facts import Manifest
from gatekeeper.errors import Unreadable, UsageError
from gatekeeper.replay.outcomes import Loaded, Refused
from gatekeeper.replay.worker import Bounds, Worker, start
from gatekeeper_checks._interpreter import ONE_THREAD
from gatekeeper_checks.interpretability_manifest.asking import Model, ModelGone, Service
from gatekeeper_checks.interpretability_manifest.trial import MEMORY

_SECONDS = 300.0


@contextlib.contextmanager
def working(found: Source, python: Path | None) -> Iterator[Worker]:
    """Start a worker of the interpreter; it is killed when the block is left.

    Raises:
        Unreadable: it does not start.
    """
    interpreter = str(python or sys.executable)
    with start(
        interpreter, found.root, bounds=Bounds(memory=MEMORY, timeout=_SECONDS), environment=ONE_THREAD
    ) as worker:
        if isinstance(worker, Refused):
            raise unanswered(worker)
        yield worker


def model_of(found: Source, worker: Worker, manifest: Manifest) -> Model:
    """Return the model that the manifest is of, loaded.

    Raises:
        UsageError: the candidate has no model file.
        Unreadable: it can't be loaded in this interpreter.
    """
    paths = found.policy.artifacts
    if not paths:
        raise UsageError(f"{found.root}: no model file is declared or found", fix="add: artifacts: [FILE]")
    named = [path for path in paths if found.digest(path) == manifest.model.artifact]
    loaded = worker.load(found.root / (named or list(paths))[0], code=bool(found.policy.code.paths))
    if isinstance(loaded, Refused):
        raise unanswered(loaded)
    assert isinstance(loaded, Loaded)
    return Model(worker, loaded, manifest)


def service_of(found: Source, worker: Worker, manifest: Manifest) -> Service | None:
    """Return the production handler; None where the policy names none.

    Raises:
        Unreadable: it can't be made in this interpreter.
    """
    predictor = found.policy.code.predictor
    if predictor is None:
        return None
    if found.policy.code.factory is None:
        what = f"the predictor is {predictor!r}, and a record is asked of handlers in Python alone"
        raise UsageError(what, fix="ask it by hand; the check interpretability-manifest probes it all the same")
    opened = worker.open_handler(predictor)
    if isinstance(opened, Refused):
        raise unanswered(opened)
    return Service(worker, manifest)


def unanswered(refused: Refused) -> Unreadable:
    """Return the error for a worker that does not answer."""
    return Unreadable(refused.what, fix=refused.fix)


@contextlib.contextmanager
def answering() -> Iterator[None]:
    """Turn a model that hung or died into an error.

    Raises:
        Unreadable: it did.
    """
    try:
        yield
    except ModelGone as gone:
        raise unanswered(gone.refused) from gone

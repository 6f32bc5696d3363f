"""What is foreseen of a model file in another environment: its names, its states and its arrays."""

from __future__ import annotations

from gatekeeper.artifact.facts import Artifact
from gatekeeper.artifact.prospects.elements import misfits
from gatekeeper.artifact.prospects.names import absent
from gatekeeper.artifact.prospects.prospect import Prospect
from gatekeeper.artifact.prospects.sources import Sources
from gatekeeper.artifact.prospects.states import lacking


def foresee(artifact: Artifact, target: Sources, own: Sources | None = None) -> tuple[Prospect, ...]:
    """Return what is expected to fail when the file is loaded and used in an environment.

    What the source does not decide is left out: nothing returned does not say that the file will work.

    Args:
        artifact: the facts of the file.
        target: the modules of the environment that will serve it.
        own: those of the environment that saved it. With them a read that not every call comes by counts too, if it is
            new in the target; and nothing counts that is missing there already.

    Raises:
        Unreadable: a file of an environment can't be read.
    """
    fields = (prospect for state in artifact.states for prospect in misfits(state, target, own))
    return (*absent(artifact, target, own), *lacking(artifact.states, target, own), *fields)

"""Model files read WITHOUT loading them: formats, opcodes, globals, the versions that a file itself carries.

with path.open("rb") as stream:
    artifact = read_artifact(stream)
"""

from gatekeeper.artifact.facts import Artifact, Estimator, GlobalRef, LibraryVersion
from gatekeeper.artifact.formats import HEAD_BYTES, Format
from gatekeeper.artifact.reader import examine, read_artifact, whole
from gatekeeper.artifact.sniffing import sniff

__all__ = [
    "HEAD_BYTES",
    "Artifact",
    "Estimator",
    "Format",
    "GlobalRef",
    "LibraryVersion",
    "examine",
    "read_artifact",
    "sniff",
    "whole",
]

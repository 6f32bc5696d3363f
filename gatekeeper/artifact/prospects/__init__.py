"""Will it work there? A model file held against the sources of the environment that is to serve it.

prospects = foresee(artifact, Sources.of_interpreter(Path("production/bin/python")))

Nothing is imported or executed: modules are found as files, in an installed environment or in a folder of wheels, and
read as syntax trees.
"""

from gatekeeper.artifact.prospects.foresight import foresee
from gatekeeper.artifact.prospects.prospect import Confidence, Kind, Prospect
from gatekeeper.artifact.prospects.sources import Sources

__all__ = ["Confidence", "Kind", "Prospect", "Sources", "foresee"]

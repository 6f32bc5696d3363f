"""Deployed rules, routes, silences and dashboards, compared in effect with those that were generated.

found = differences(generate(manifest, baseline, KINDS), {"rules.yaml": data}, now)
"""

from gatekeeper.contract.observability.comparing import differences
from gatekeeper.contract.observability.facts import Deployed, Difference, Kind, Place
from gatekeeper.contract.observability.reading import read

__all__ = ["Deployed", "Difference", "Kind", "Place", "differences", "read"]

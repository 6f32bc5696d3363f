"""When a distribution in production has drifted, in numbers that PromQL can compare: a limit, and what is by chance.

The distance is that of Kolmogorov and Smirnov at the edges, or the total variation over categories. It is an alarm
above the limit and above c * sqrt((n + m) / (n * m)), where m values were trained on and n were counted in the window.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from gatekeeper.contract.baseline.limits import Calibration
from gatekeeper.contract.baseline.tails import chi_square_quantile
from gatekeeper.contract.generation.edges import Counted
from gatekeeper.contract.manifest.facts import Monitoring

LEVEL: Final = 0.05
"""How often chance alone may fire any of the alerts at one evaluation, over all inputs and outputs together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """The alarm about one input or output.

    Attributes:
        limit: the distance that it takes.
        critical: the factor c of what chance alone gives.
        trained: how many values were trained on.
    """

    limit: float
    critical: float
    trained: int


def drift_of(counted: Counted, calibration: Calibration, monitoring: Monitoring, watched: int) -> Drift:
    """Return when one input or output has drifted.

    The level is shared by all that are `watched` (Bonferroni). The limit is the manifest's, or the one that the blocks
    of the training data have set where that is larger: an alert that fires on the training's own weeks is switched off.

    For Kolmogorov and Smirnov c is sqrt(-ln(alpha / 2) / 2). For the total variation T of k categories, chi-square is
    at least 4 T^2 / (1/n + 1/m) by Cauchy and Schwarz, so that c is half the root of its quantile; never too small.
    """
    feature = counted.trained
    assert feature is not None
    assert counted.reference is not None
    level = LEVEL / max(1, watched)
    if counted.edges is not None:
        critical = math.sqrt(-math.log(level / 2) / 2)
    else:
        critical = math.sqrt(chi_square_quantile(1 - level, max(1, len(counted.reference) - 1))) / 2
    calibrated = calibration.limit(feature, "distribution", monitoring.at_least)
    return Drift(
        limit=_short(max(monitoring.drift, calibrated)),
        critical=_short(critical * math.sqrt(calibration.dispersion(feature))),
        trained=feature.n,
    )


def _short(value: float) -> float:
    """Return four digits, rounded up: what is read in a rule is what was decided."""
    return math.ceil(value * 10_000) / 10_000

"""gatekeeper: a CI/CD gate for model artifacts.

The names below are the public API for people who write checks. They are loaded when they are first used, so that
`import gatekeeper` costs nothing: `--version` is answered before anything else is imported.
"""

from __future__ import annotations

__version__ = "0.1.0"

TYPE_CHECKING = False  # type checkers take it for typing's, whose import is a third of the time of `--version`

if TYPE_CHECKING:
    from gatekeeper.candidate import Candidate, Fact
    from gatekeeper.errors import GatekeeperError, Unreadable
    from gatekeeper.inquiry import Inquiry
    from gatekeeper.model import (
        About,
        Check,
        Evidence,
        Examined,
        Example,
        Finding,
        Location,
        Needs,
        Obstacle,
        Rule,
        Severity,
        Unable,
        Verdict,
    )

__all__ = [
    "About",
    "Candidate",
    "Check",
    "Evidence",
    "Examined",
    "Example",
    "Fact",
    "Finding",
    "GatekeeperError",
    "Inquiry",
    "Location",
    "Needs",
    "Obstacle",
    "Rule",
    "Severity",
    "Unable",
    "Unreadable",
    "Verdict",
    "__version__",
]

_HOMES = {
    "gatekeeper.candidate": ("Candidate", "Fact"),
    "gatekeeper.errors": ("GatekeeperError", "Unreadable"),
    "gatekeeper.inquiry": ("Inquiry",),
}


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    home = next((module for module, names in _HOMES.items() if name in names), "gatekeeper.model")
    return getattr(import_module(home), name)

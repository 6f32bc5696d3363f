"""Entry points: which functions of a tree a serving framework calls, in which thread, and in which phase.

What a framework recognises is data: `web_tables`, `model_tables` and `job_tables` have its decorators, its calls that
take a function, and its base classes; `conventions` has what it tells by the name alone. `tracing` says what an
expression of the tree stands for, so that the application may be made anywhere.
"""

from gatekeeper.inference.entries.found import Found, Phase
from gatekeeper.inference.entries.naming import named_entry
from gatekeeper.inference.entries.public import public_functions
from gatekeeper.inference.entries.search import find_entries

__all__ = ["Found", "Phase", "find_entries", "named_entry", "public_functions"]

"""Environments: locks read into facts, projected onto a target, compared and hashed. Nothing is judged here.

What is exported reads a lock and needs no `packaging`. The rest is imported from its module, so that it costs those
who use it: `target`, `projection`, `comparison`, `identity`, `breaks`.
"""

from gatekeeper.environment.facts import Hash, Lock, Option, Row, Source
from gatekeeper.environment.reader import read_lock
from gatekeeper.environment.sniff import looks_like_lock

__all__ = ["Hash", "Lock", "Option", "Row", "Source", "looks_like_lock", "read_lock"]

"""Serving code, read and never imported: which forward calls an entry point reaches with gradients on, and why."""

from gatekeeper.inference.analysis import analyse_paths

__all__ = ["analyse_paths"]

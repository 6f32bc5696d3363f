"""Serving code, read and never imported: which forward calls an entry point reaches with gradients on, and why."""

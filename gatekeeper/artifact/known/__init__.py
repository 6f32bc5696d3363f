"""Which globals are known to be data, and which a release has approved: exact names, never package roots."""

"""A baseline, and what came of comparing other data with it: as text, as JSON and as a picture."""

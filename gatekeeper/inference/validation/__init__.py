"""How the endpoints of serving code take their input: by which model, or by none, and what is repaired on the way.

Read and never imported, neither the code nor pydantic. `reading` goes from paths to facts, `models` from a class to
what it takes, `comparison` holds that against what is declared, `schema` reads the same of a JSON Schema.
"""

from gatekeeper.inference.validation.reading import validate_paths

__all__ = ["validate_paths"]

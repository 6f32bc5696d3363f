"""Which difference is told first: what a saved model hangs on before what it may never meet."""

from __future__ import annotations

import enum

from gatekeeper.environment.facts import Row

# Their objects end up in saved models, so that another version may change how a model loads or what it predicts.
SERIALISATION_SENSITIVE = (
    "scikit-learn",
    "numpy",
    "scipy",
    "pandas",
    "joblib",
    "cloudpickle",
    "dill",
    "torch",
    "torchvision",
    "xgboost",
    "lightgbm",
    "catboost",
    "onnx",
    "onnxruntime",
    "skops",
    "pyarrow",
    "protobuf",
    "tensorflow",
    "keras",
    "transformers",
    "tokenizers",
    "safetensors",
)


class Rank(enum.StrEnum):
    """How near a difference is to the model, the nearest first."""

    GATE = "gate fact"
    """What runs the packages: Python, ABI, C library, CUDA, base image."""
    ARTIFACT = "the artifact refers to it"
    SENSITIVE = "its objects end up in saved models"
    DIRECT = "direct"
    """The project itself asks for it."""
    PACKAGE = "package"
    """The lock does not say who asks for it."""
    TRANSITIVE = "transitive"
    OPTIONS = "options"

    @property
    def endangers_the_model(self) -> bool:
        """Whether the difference may change how a saved model loads or what it predicts."""
        return self in {Rank.ARTIFACT, Rank.SENSITIVE}


_RANKS = tuple(Rank)


def rank_of(name: str, referred: frozenset[str], *rows: Row | None) -> Rank:
    """Return the rank of a package.

    Args:
        name: Canonical.
        referred: The packages that the artifact refers to.
        rows: Those of both sides, of which either may say that the package is direct.
    """
    if name in referred:
        return Rank.ARTIFACT
    if name in SERIALISATION_SENSITIVE:
        return Rank.SENSITIVE
    said = {row.direct for row in rows if row is not None} - {None}
    if not said:
        return Rank.PACKAGE
    return Rank.DIRECT if True in said else Rank.TRANSITIVE


def order(rank: Rank, name: str) -> tuple[int, int, str]:
    """Return what differences are sorted by: rank, then the list of the sensitive, then the name."""
    sensitive = SERIALISATION_SENSITIVE.index(name) if name in SERIALISATION_SENSITIVE else len(SERIALISATION_SENSITIVE)
    return (_RANKS.index(rank), sensitive, name)

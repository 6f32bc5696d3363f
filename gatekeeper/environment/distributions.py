"""Which distribution installs a module: the libraries whose objects end up in saved models."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from gatekeeper.environment.names import canonical_name

# Import name to canonical distribution name; only where the two differ, or where the name is worth knowing at all.
DISTRIBUTIONS: Mapping[str, str] = MappingProxyType(
    {
        "catboost": "catboost",
        "category_encoders": "category-encoders",
        "cloudpickle": "cloudpickle",
        "dill": "dill",
        "feature_engine": "feature-engine",
        "imblearn": "imbalanced-learn",
        "joblib": "joblib",
        "lightgbm": "lightgbm",
        "numpy": "numpy",
        "pandas": "pandas",
        "polars": "polars",
        "pyarrow": "pyarrow",
        "scipy": "scipy",
        "sklearn": "scikit-learn",
        "sklearn_pandas": "sklearn-pandas",
        "skops": "skops",
        "statsmodels": "statsmodels",
        "tokenizers": "tokenizers",
        "torch": "torch",
        "torchvision": "torchvision",
        "transformers": "transformers",
        "xgboost": "xgboost",
    }
)


def distribution_of(module: str) -> str | None:
    """Return the canonical name of the distribution that installs a dotted module; None where it is not known."""
    return DISTRIBUTIONS.get(module.partition(".")[0])


def distributions_of(modules: Iterable[str]) -> frozenset[str]:
    """Return the canonical names of the distributions that install dotted modules.

    A module that is not known is taken for a distribution of the same name: to a comparison it only says which
    packages matter most.
    """
    roots = {module.partition(".")[0] for module in modules}
    return frozenset(DISTRIBUTIONS.get(root) or canonical_name(root) for root in roots)

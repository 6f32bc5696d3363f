"""Which distribution installs a module: the libraries whose objects end up in saved models."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

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

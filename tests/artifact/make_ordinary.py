"""Makes ordinary models in the shapes that people really save, for the slow test that no alarm is raised for them.

`test_malicious_benign.py` runs it as `python make_ordinary.py FOLDER`, where scikit-learn, pandas and joblib are.
"""

from __future__ import annotations

import pickle
import sys
from collections import OrderedDict
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pandas as pd
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier, StackingRegressor
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import Lasso, LogisticRegression, Ridge
from sklearn.model_selection import GridSearchCV, KFold
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler
from sklearn.svm import SVC, SVR

DICE = np.random.default_rng(0)
GIVEN = DICE.normal(size=(60, 3))
WANTED = np.abs(DICE.normal(size=60))
LABELS = np.where(WANTED > 0.5, "high", "low")
TABLE = pd.DataFrame(GIVEN, columns=["power", "age", "bonus"]).assign(
    region=np.where(GIVEN[:, 0] > 0, "north", "south"),
    kind=pd.Categorical(LABELS),
    when=pd.date_range("2024-01-01", periods=60),
)


def models() -> dict[str, Any]:
    """Return fitted models and what lies beside them."""
    columns = ColumnTransformer(
        [
            ("region", OneHotEncoder(handle_unknown="ignore"), ["region"]),
            ("numbers", make_pipeline(SimpleImputer(), StandardScaler()), ["power", "age"]),
            ("bonus", "passthrough", ["bonus"]),
        ]
    )
    search = GridSearchCV(make_pipeline(StandardScaler(), SVR()), {"svr__C": [1, 2]}, cv=KFold(2))
    target = TransformedTargetRegressor(Ridge(), func=np.log1p, inverse_func=np.expm1)
    return {
        "search": search.fit(GIVEN, WANTED),
        "columns": make_pipeline(columns, Ridge()).fit(TABLE, WANTED),
        "functions": make_pipeline(FunctionTransformer(np.log1p, np.expm1), Ridge()).fit(np.abs(GIVEN), WANTED),
        "target": target.fit(GIVEN, WANTED),
        "forest": RandomForestClassifier(3).fit(GIVEN, LABELS),
        "boosting": HistGradientBoostingClassifier(max_iter=3).fit(GIVEN, LABELS),
        "stack": StackingRegressor([("ridge", Ridge()), ("lasso", Lasso())], cv=2).fit(GIVEN, WANTED),
        "calibrated": CalibratedClassifierCV(GaussianNB(), method="isotonic", cv=2).fit(GIVEN, LABELS),
        "support": SVC().fit(GIVEN, LABELS),
        "neighbours": KNeighborsClassifier().fit(GIVEN, LABELS),
        "network": MLPClassifier((3,), max_iter=500).fit(GIVEN, LABELS),
        "words": make_pipeline(TfidfVectorizer(), LogisticRegression()).fit(["the cat", "a dog"] * 5, [0, 1] * 5),
        "tables": {"frame": TABLE, "series": TABLE["region"], "index": TABLE.index, "moment": pd.Timestamp("2024")},
        "plain": OrderedDict(set={1, 2}, number=1j, data=bytearray(b"x"), slice=slice(1, 2)),
        "numpy": {"dice": DICE, "number": np.float64(1.5), "type": np.dtype("f4"), "function": np.log},
    }


def main() -> None:
    folder = Path(sys.argv[1])
    for name, model in models().items():
        joblib.dump(model, folder / f"{name}.joblib")
        (folder / f"{name}.pkl").write_bytes(pickle.dumps(model))
    for codec in ("zlib", "gzip", "bz2", "xz", "lzma"):
        joblib.dump(models()["columns"], folder / f"{codec}.joblib", compress=(codec, 3))
    for protocol in range(6):
        joblib.dump(models()["forest"], folder / f"forest{protocol}.joblib", protocol=protocol)


if __name__ == "__main__":
    main()

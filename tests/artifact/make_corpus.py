"""Makes the corpus of real model files, and next to each folder's files the truth about them in `truth.json`.

Run it once in each of these environments, all of Python 3.11, from the repository's root:

    pip install scikit-learn==1.4.2 numpy==1.26.4 pandas==2.2.1 joblib==1.4.2
    pip install scikit-learn==1.9.1 numpy==2.4.6 pandas==3.1.1 joblib==1.6.0 lz4
    pip install joblib==1.1.1 numpy==1.26.4

    python tests/artifact/make_corpus.py

The truth is not computed from the bytes: each file is really loaded, and what the loader imports, which estimators get
a state and which arrays are read is watched. Files that would execute a command when loaded are never loaded; what is
true of them is written here by hand.
"""

from __future__ import annotations

import _compat_pickle
import copyreg
import io
import json
import os
import pickle
import sys
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import joblib
import numpy as np
from joblib import numpy_pickle

CORPUS = Path(__file__).parent / "corpus"
ECHO = "echo this must never be printed"


class Watch:
    """What a loader does while it loads one file."""

    def __init__(self) -> None:
        self.start()
        self.active = False

    def start(self) -> None:
        """Forget what was seen: an audit hook can't be removed, so one watch sees all files."""
        self.globals: set[tuple[str, str]] = set()
        self.estimators: Counter[tuple[str, str, str]] = Counter()
        self.arrays: list[int] = []
        self.nested = 0
        self.active = True

    def audit(self, event: str, arguments: tuple[Any, ...]) -> None:
        if self.active and event == "pickle.find_class":
            module, name = arguments
            # The event tells the name before Python 2's names are replaced.
            module, name = _compat_pickle.NAME_MAPPING.get((module, name), (module, name))
            self.globals.add((_compat_pickle.IMPORT_MAPPING.get(module, module), name))

    def truth(self) -> dict[str, Any]:
        return {
            "globals": sorted(map(list, self.globals)),
            "estimators": sorted([*key, count] for key, count in self.estimators.items()),
            "arrays": len(self.arrays),
            "array_bytes": sum(self.arrays),
            "nested": self.nested,
        }


WATCH = Watch()
sys.addaudithook(WATCH.audit)


@contextmanager
def watching() -> Iterator[Watch]:
    """Watch everything that is loaded inside."""
    WATCH.start()
    read_array = numpy_pickle.NumpyArrayWrapper.read_array

    def watched_read(wrapper: Any, *arguments: Any) -> Any:
        array = read_array(wrapper, *arguments)
        if wrapper.dtype.hasobject:
            WATCH.nested += 1
        else:
            WATCH.arrays.append(array.nbytes)
        return array

    numpy_pickle.NumpyArrayWrapper.read_array = watched_read
    try:
        yield WATCH
    finally:
        WATCH.active = False
        numpy_pickle.NumpyArrayWrapper.read_array = read_array


def watch_estimators() -> None:
    """Note each estimator of scikit-learn that is given a state, and the version in it."""
    from sklearn.base import BaseEstimator

    set_state = BaseEstimator.__setstate__

    def watched_set_state(estimator: Any, state: dict[str, Any]) -> None:
        version = state.get("_sklearn_version")
        if WATCH.active and version is not None and type(estimator).__module__.startswith("sklearn."):
            WATCH.estimators[type(estimator).__module__, type(estimator).__name__, version] += 1
        set_state(estimator, state)

    BaseEstimator.__setstate__ = watched_set_state


class Saved:
    """One folder of the corpus being written."""

    def __init__(self, folder: str) -> None:
        self.folder = CORPUS / folder
        self.folder.mkdir(parents=True, exist_ok=True)
        self.truth: dict[str, Any] = {}

    def pickle(self, name: str, value: object, protocol: int) -> None:
        path = self.folder / name
        path.write_bytes(pickle.dumps(value, protocol))
        self.load(path, lambda: pickle.loads(path.read_bytes()), "pickle", None)

    def joblib(self, name: str, value: object, compress: Any = 0, protocol: int | None = None) -> None:
        path = self.folder / name
        joblib.dump(value, path, compress=compress, protocol=protocol)
        self.load(path, lambda: joblib.load(path), "joblib", compress[0] if compress else None)

    def load(self, path: Path, load: Callable[[], object], form: str, compression: str | None) -> None:
        with watching() as watch, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            load()
        self.truth[path.name] = {"format": form, "compression": compression, **watch.truth()}

    def unloaded(self, name: str, write: Callable[[Path], object], truth: dict[str, Any] | None) -> None:
        write(self.folder / name)
        self.truth[name] = truth

    def close(self) -> None:
        text = json.dumps(self.truth, indent=1, sort_keys=True)
        (self.folder / "truth.json").write_text(text + "\n")


class Reduced:
    """Pickled as whatever it is given, so that a pickler writes what no object of its own would."""

    def __init__(self, *reduction: object) -> None:
        self.reduction = reduction

    def __reduce__(self) -> Any:
        return self.reduction


class Unseekable(io.BytesIO):
    """A pipe, as far as joblib sees: it then writes no padding."""

    def tell(self) -> int:
        raise io.UnsupportedOperation("tell")


def arrays() -> dict[str, Any]:
    """Return one array of each kind that joblib writes differently."""
    fields = np.dtype([("left", "<i8"), ("value", "<f8", (2,)), ("name", "U3")])
    return {
        "matrix": np.matrix([[1.0, 2.0], [3.0, 4.0]]),
        "fortran": np.asfortranarray(np.arange(12.0).reshape(3, 4)),
        "scalar": np.array(5.0),
        "empty": np.zeros((0, 3), dtype="i4"),
        "text": np.array(["a", "North"], dtype="U12"),
        "bytes": np.array([b"ab", b"c"]),
        "flags": np.array([True, False, True]),
        "times": np.array(["2024-01-01", "NaT"], dtype="M8[ns]"),
        "complex": np.array([1 + 2j]),
        "big endian": np.arange(3, dtype=">f4"),
        "fields": np.zeros(3, dtype=fields),
        "record": np.zeros(2, dtype=np.dtype((np.record, [("a", "f8")]))),
        "objects": np.array(["a", None, 3], dtype=object),
        "object field": np.array([(1.0, "x")], dtype=[("a", "f8"), ("b", "O")]),
        "not contiguous": np.arange(20.0)[::3],
    }


def make_arrays(saved: Saved) -> None:
    for protocol in (0, 1, 2, 4):
        saved.joblib(f"arrays.proto{protocol}.joblib", arrays(), protocol=protocol)
    saved.joblib("arrays.zlib.joblib", arrays(), compress=("zlib", 3))


def make_unaligned(saved: Saved) -> None:
    pipe = Unseekable()
    joblib.dump([np.arange(5.0), np.array([None, "a"], dtype=object), np.arange(3)], pipe)
    path = saved.folder / "unaligned.joblib"
    path.write_bytes(pipe.getvalue())
    saved.load(path, lambda: joblib.load(path), "joblib", None)


def frame() -> Any:
    import pandas as pd

    return pd.DataFrame(
        {
            "region": ["north", "south", "east", "north"] * 6,
            "power": np.arange(24) % 7,
            "age": np.linspace(18, 80, 24),
        }
    )


def price(table: Any) -> Any:
    return 100 + 3 * table["power"] - table["age"] / 2


def pipeline() -> Any:
    from sklearn.compose import ColumnTransformer
    from sklearn.ensemble import GradientBoostingRegressor
    from sklearn.pipeline import Pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    columns = ColumnTransformer(
        [("region", OneHotEncoder(handle_unknown="ignore"), ["region"]), ("scale", StandardScaler(), ["age"])],
        remainder="passthrough",
    )
    model = GradientBoostingRegressor(n_estimators=4, max_depth=2, random_state=0)
    return Pipeline([("columns", columns), ("model", model)]).fit(frame(), price(frame()))


def logistic() -> Any:
    from sklearn.linear_model import LogisticRegression

    numbers = frame()[["power", "age"]]
    return LogisticRegression().fit(numbers, frame()["region"])


def histogram_boosting() -> Any:
    from sklearn.ensemble import HistGradientBoostingRegressor

    numbers = frame()[["power", "age"]]
    return HistGradientBoostingRegressor(max_iter=3, min_samples_leaf=2, random_state=0).fit(numbers, price(frame()))


def neighbours() -> Any:
    from sklearn.neighbors import KNeighborsRegressor

    return KNeighborsRegressor(n_neighbors=2).fit(frame()[["power", "age"]].to_numpy(), price(frame()))


def table() -> Any:
    import pandas as pd

    return frame().assign(
        when=pd.date_range("2024-01-01", periods=24), kind=pd.Categorical(["x", "y"] * 12), _sklearn_version="0.1"
    )


def as_of(version: str) -> Any:
    """Return an estimator that pickles as if that version of scikit-learn had saved it."""
    from sklearn.linear_model import LinearRegression

    model = LinearRegression()
    state = {**model.__getstate__(), "_sklearn_version": version}
    # Looked up on the object, where pickle finds it before the class's own.
    model.__reduce_ex__ = lambda _: (copyreg.__newobj__, (LinearRegression,), state)
    return model


def decoys() -> Any:
    """Return a fitted model among data that looks like the version of another."""
    from sklearn.pipeline import Pipeline
    from sklearn.preprocessing import FunctionTransformer, StandardScaler

    data = {"_sklearn_version": "0.0.1", "version": "_sklearn_version", "list": ["_sklearn_version", "0.0.2"]}
    model = Pipeline([("data", FunctionTransformer(kw_args=data)), ("scale", StandardScaler())])
    model.extra = Reduced(Exception, (), {"_sklearn_version": "0.0.3"})
    return [data, model, ("_sklearn_version", "0.0.4")]


def command() -> Reduced:
    return Reduced(os.system, (ECHO,))


def make_models(saved: Saved, version: str) -> None:
    from sklearn.linear_model import LinearRegression

    for protocol in range(6):
        saved.pickle(f"logistic.proto{protocol}.pkl", logistic(), protocol)
    for method in ("zlib", "gzip", "bz2", "xz", "lzma"):
        saved.joblib(f"logistic.{method}.joblib", logistic(), compress=(method, 3))
    saved.joblib("logistic.joblib", logistic())
    saved.joblib("pipeline.joblib", pipeline())
    saved.pickle("pipeline.pkl", pipeline(), 5)
    saved.joblib("histogram_boosting.joblib", histogram_boosting())
    saved.joblib("neighbours.joblib", neighbours())
    saved.joblib("frame.joblib", {"model": LinearRegression(), "reference": table()})
    saved.joblib("mixed.joblib", (as_of(version), np.arange(3.0), as_of("1.3.0"), as_of("1.3.0")))
    saved.joblib("decoys.joblib", [np.arange(2.0), decoys()])
    saved.pickle("decoys.pkl", decoys(), 4)


def make_hostile(saved: Saved) -> None:
    """Write files that run `echo` when they are loaded, after an array as a scanner might not see it."""
    globals_after_array = [
        ["joblib.numpy_pickle", "NumpyArrayWrapper"],
        ["numpy", "dtype"],
        ["numpy", "ndarray"],
        [os.system.__module__, "system"],
    ]
    truth = {"format": "joblib", "estimators": [], "arrays": 1, "array_bytes": 32, "nested": 0}
    truth["globals"] = globals_after_array
    value = [np.arange(4.0), command()]
    for name, compress in (("command_after_array.joblib", None), ("command_after_array.zlib.joblib", "zlib")):
        saved.unloaded(
            name,
            lambda path, compress=compress: joblib.dump(value, path, compress=(compress, 3) if compress else 0),
            {**truth, "compression": compress},
        )


def make_lz4(saved: Saved) -> None:
    saved.unloaded("logistic.lz4.joblib", lambda path: joblib.dump(logistic(), path, compress=("lz4", 3)), None)


def main() -> None:
    warnings.simplefilter("ignore")
    try:
        from sklearn import __version__ as version
    except ImportError:
        saved = Saved(f"joblib-{joblib.__version__}")
        make_arrays(saved)
        saved.close()
        return
    watch_estimators()
    saved = Saved(f"sklearn-{version}")
    make_arrays(saved)
    make_models(saved, version)
    make_hostile(saved)
    if version != "1.4.2":
        make_unaligned(saved)
        make_lz4(saved)
    saved.close()


if __name__ == "__main__":
    main()

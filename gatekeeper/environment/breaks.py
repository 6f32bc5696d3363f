"""What is known to break when a model saved under one version is served under another, as data.

Each row was measured: fitted and saved in one environment, loaded and asked to predict in the other; a test holds the
table against `tests/examples/breaks_measured.json`. A range is wider than the measured pair only where the versions of
the cause are known, that is where the first and the last release looked at of each range hold (or lack) what the error
names; else it is exact. A pair that is not in the table was not measured, which does not say that it is safe.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

When: TypeAlias = Literal["load", "predict", "call"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Break:
    """One way to break.

    Attributes:
        classes: Those of the model that break; of pandas the calls that serving code makes.
        when: At which moment: when the model is loaded, when it predicts, when serving code makes the call.
        message: The words of the error that are the same for all of the classes; or, without one, what changes.
    """

    classes: tuple[str, ...]
    when: When
    message: str

    def __str__(self) -> str:
        """Return the break as one line."""
        moment = "when called" if self.when == "call" else f"at {self.when}"
        return f"breaks {moment}: {', '.join(self.classes)}: {self.message}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Transition:
    """What breaks between two ranges of versions, each the text of a PEP 440 specifier such as `==1.4.*`."""

    library: str
    trained: str
    served: str
    breaks: tuple[Break, ...]


# Measured with 1.4.2 and 1.3.0 (Python 3.11, numpy 1.26.4). What the errors name is in the sources of both
# 1.4.0 and 1.4.2 and in neither of 1.3.0 and 1.3.2, or the other way round; but for the tree nodes of
# HistGradientBoosting, whose `feature_idx` is wide from 1.3.2 on: there only 1.3.0 is known to break.
_SCIKIT_LEARN = (
    Transition(
        library="scikit-learn",
        trained="==1.4.*",
        served="==1.3.*",
        breaks=(
            Break(
                classes=("GradientBoostingRegressor", "GradientBoostingClassifier"),
                when="predict",
                message="AttributeError: object has no attribute 'get_init_raw_predictions'",
            ),
            Break(
                classes=("ColumnTransformer",),
                when="predict",
                message="AttributeError: object has no attribute '_name_to_fitted_passthrough'",
            ),
        ),
    ),
    Transition(
        library="scikit-learn",
        trained="==1.4.*",
        served="==1.3.0",
        breaks=(
            Break(
                classes=("HistGradientBoostingRegressor", "HistGradientBoostingClassifier"),
                when="predict",
                message="ValueError: Buffer dtype mismatch, expected 'unsigned int' but got 'long long'",
            ),
        ),
    ),
    Transition(
        library="scikit-learn",
        trained="==1.3.*",
        served="==1.4.*",
        breaks=(
            Break(
                classes=("GradientBoostingRegressor", "GradientBoostingClassifier"),
                when="load",
                message="ModuleNotFoundError: No module named 'sklearn.ensemble._gb_losses'",
            ),
            Break(
                classes=("HistGradientBoostingRegressor", "HistGradientBoostingClassifier"),
                when="predict",
                message="AttributeError: object has no attribute '_preprocessor'",
            ),
            Break(
                classes=(
                    "RandomForestRegressor",
                    "RandomForestClassifier",
                    "DecisionTreeRegressor",
                    "DecisionTreeClassifier",
                ),
                when="predict",
                message="AttributeError: object has no attribute 'monotonic_cst'",
            ),
            Break(
                classes=("ColumnTransformer(remainder='passthrough')",),
                when="predict",
                message="AttributeError: 'str' object has no attribute 'transform'",
            ),
        ),
    ),
)
# Measured with exactly these versions (Python 3.11; 1.9.1 with numpy 2.4.6, the others with numpy 1.26.4). The causes
# were not looked for in the releases between them.
_SCIKIT_LEARN_1_9 = (
    Transition(
        library="scikit-learn",
        trained="==1.4.2",
        served="==1.9.1",
        breaks=(
            Break(
                classes=("GradientBoostingRegressor", "HistGradientBoostingRegressor"),
                when="load",
                message="AttributeError: Can't get attribute '__pyx_unpickle_CyHalfSquaredError'",
            ),
            Break(
                classes=("GradientBoostingClassifier", "HistGradientBoostingClassifier"),
                when="load",
                message="AttributeError: Can't get attribute '__pyx_unpickle_CyHalfBinomialLoss'",
            ),
            Break(
                classes=("SGDClassifier(loss='log_loss')",),
                when="load",
                message="AttributeError: Can't get attribute 'Log'",
            ),
            Break(
                classes=("SimpleImputer",),
                when="predict",
                message="AttributeError: 'SimpleImputer' object has no attribute '_fill_dtype'",
            ),
        ),
    ),
    Transition(
        library="scikit-learn",
        trained="==1.3.0",
        served="==1.9.1",
        breaks=(
            Break(
                classes=("DecisionTreeClassifier", "RandomForestClassifier"),
                when="predict",
                message="no error, but the trees give the counts in their leaves where 1.3.0 gives probabilities",
            ),
            Break(
                classes=("GradientBoostingRegressor", "GradientBoostingClassifier"),
                when="load",
                message="ModuleNotFoundError: No module named 'sklearn.ensemble._gb_losses'",
            ),
            Break(
                classes=("HistGradientBoostingRegressor",),
                when="load",
                message="AttributeError: Can't get attribute '__pyx_unpickle_CyHalfSquaredError'",
            ),
            Break(
                classes=("HistGradientBoostingClassifier",),
                when="load",
                message="AttributeError: Can't get attribute '__pyx_unpickle_CyHalfBinomialLoss'",
            ),
            Break(
                classes=("SGDClassifier(loss='log_loss')",),
                when="load",
                message="AttributeError: Can't get attribute 'Log'",
            ),
            Break(
                classes=("ColumnTransformer(remainder='passthrough')",),
                when="predict",
                message="AttributeError: 'str' object has no attribute 'transform'",
            ),
            Break(
                classes=("SimpleImputer",),
                when="predict",
                message="AttributeError: 'SimpleImputer' object has no attribute '_fill_dtype'",
            ),
        ),
    ),
    Transition(
        library="scikit-learn",
        trained="==1.9.1",
        served="==1.4.2",
        breaks=(
            Break(
                classes=("LogisticRegression",),
                when="predict",
                message="AttributeError: 'LogisticRegression' object has no attribute 'multi_class'",
            ),
        ),
    ),
    Transition(
        library="scikit-learn",
        trained="==1.9.1",
        served="==1.3.0",
        breaks=(
            Break(
                classes=("LogisticRegression",),
                when="predict",
                message="AttributeError: 'LogisticRegression' object has no attribute 'multi_class'",
            ),
            Break(
                classes=("ColumnTransformer",),
                when="predict",
                message="AttributeError: 'ColumnTransformer' object has no attribute '_name_to_fitted_passthrough'",
            ),
        ),
    ),
)
# Measured with 2.4.6 and 1.26.4, whatever the other libraries: an estimator that holds a generator fails with it.
_NUMPY = (
    Transition(
        library="numpy",
        trained="==2.4.6",
        served="==1.26.4",
        breaks=(
            Break(
                classes=("numpy.random.RandomState", "GradientBoostingRegressor", "GradientBoostingClassifier"),
                when="load",
                message="ValueError: <class 'numpy.random._mt19937.MT19937'> is not a known BitGenerator module",
            ),
            Break(
                classes=("numpy.random.Generator", "HistGradientBoostingRegressor", "HistGradientBoostingClassifier"),
                when="load",
                message="ValueError: <class 'numpy.random._pcg64.PCG64'> is not a known BitGenerator module",
            ),
        ),
    ),
)
# Measured with 2.2.1 and 2.1.4 (Python 3.11, numpy 1.26.4). Saved frames load; what breaks is code that calls these.
_PANDAS = (
    Transition(
        library="pandas",
        trained="==2.2.1",
        served="==2.1.4",
        breaks=(
            Break(
                classes=("Series.case_when",),
                when="call",
                message="AttributeError: 'Series' object has no attribute 'case_when'",
            ),
            Break(
                classes=("resample('ME')", "resample('QE')", "date_range(freq='YE')"),
                when="call",
                message="ValueError: Invalid frequency",
            ),
            Break(
                classes=("GroupBy.first(skipna=…)",),
                when="call",
                message="TypeError: GroupBy.first() got an unexpected keyword argument 'skipna'",
            ),
            Break(
                classes=("DataFrame.merge",),
                when="call",
                message="no error, but the rows come in another order: 1, 4, 2, 3 where 2.2.1 gives 1, 2, 3, 4",
            ),
            Break(
                classes=("Int64.to_numpy",),
                when="call",
                message="no error, but an Int64 array with a missing value becomes object where 2.2.1 gives float64",
            ),
            Break(
                classes=("infer_freq",),
                when="call",
                message="no error, but month ends are 'M' where 2.2.1 gives 'ME'",
            ),
        ),
    ),
)
# Measured with 3.1.1, and each of 2.2.1 and 2.1.4.
_PANDAS_3 = tuple(
    Transition(
        library="pandas",
        trained="==3.1.1",
        served=served,
        breaks=(
            Break(
                classes=("pandas.DataFrame", "pandas.Series(dtype='category')"),
                when="load",
                message="TypeError: StringDtype.__init__() takes from 1 to 2 positional arguments but 3 were given",
            ),
        ),
    )
    for served in ("==2.2.1", "==2.1.4")
)
# Measured with 2.2.0 and 2.1.2, both built for CUDA 12.1 and run on the CPU (Python 3.11, numpy 1.26.4). Weights, whole
# modules and traces of the usual layers load in both directions and give the same within 1e-5.
_TORCH = (
    Transition(
        library="torch",
        trained="==2.2.0",
        served="==2.1.2",
        breaks=(
            Break(
                classes=("torch.export program",),
                when="load",
                message="RuntimeError: Serialized version 2 does not match our current schema version 1",
            ),
            Break(
                classes=("float8_e4m3fn tensor", "float8_e5m2 tensor"),
                when="load",
                message="AttributeError: Can't get attribute '_rebuild_tensor_v3'",
            ),
            Break(
                classes=("nested tensor",),
                when="load",
                message="AttributeError: Can't get attribute '_rebuild_nested_tensor'",
            ),
            Break(
                classes=("torch.unravel_index", "torch.cond", "torch.export.Dim", "torch.utils.deterministic"),
                when="call",
                message="AttributeError: the module has no such attribute",
            ),
            Break(
                classes=("ReduceLROnPlateau.get_last_lr",),
                when="call",
                message="AttributeError: 'ReduceLROnPlateau' object has no attribute 'get_last_lr'",
            ),
        ),
    ),
    Transition(
        library="torch",
        trained="==2.1.2",
        served="==2.2.0",
        breaks=(
            Break(
                classes=("torch.export program",),
                when="load",
                message="RuntimeError: Serialized version 1 does not match our current schema version 2",
            ),
        ),
    ),
)
TRANSITIONS = (*_SCIKIT_LEARN, *_SCIKIT_LEARN_1_9, *_NUMPY, *_PANDAS, *_PANDAS_3, *_TORCH)


def consequences(library: str, trained: str, served: str) -> tuple[Break, ...]:
    """Return what is known to break when a model saved under `trained` is served under `served`.

    Args:
        library: Canonical name of the distribution, such as `scikit-learn`.
        trained: The version that saved the model, such as `1.4.2`.
        served: The version that loads it.

    Returns:
        Nothing when the pair was not measured; that does not say it is safe.
    """
    known = [transition for transition in TRANSITIONS if transition.library == library]
    return tuple(
        each
        for transition in known
        if _within(trained, transition.trained) and _within(served, transition.served)
        for each in transition.breaks
    )


def _within(version: str, specifier: str) -> bool:
    from packaging.specifiers import SpecifierSet

    return SpecifierSet(specifier).contains(version, prereleases=True)

"""Models that are statements: they run where they are loaded, and nowhere else."""

from __future__ import annotations

import pickle
from typing import Any, Final

from gatekeeper_checks import _manifest_samples as samples
from tests.interpretability.bases import Files, edited, line


class Executed:
    """Pickles to what `made` is after these statements were run where it is loaded."""

    def __init__(self, statements: str) -> None:
        self.statements = statements

    def __reduce__(self) -> tuple[Any, ...]:
        return eval, (f"(lambda space: (exec({self.statements!r}, space), space.get('made'))[1])({{}})",)


PREDICTING: Final = """
import types
calls = 0
def predict(rows):
    global calls
    calls += 1
    rows = [float(row[0]) for row in rows]
    {}
made = types.SimpleNamespace(predict=predict)
"""


def bare(statements: str) -> Files:
    """Return a candidate without serving code, whose model is what these statements make."""
    model = pickle.dumps(Executed(statements), 4)
    files = line(**{"model.pkl": model, "shap.json": samples.shap(model)})
    return edited(files, "gatekeeper.yaml", 'code: {paths: [serve.py, guard.py], predictor: "serve:handler"}\n', "")

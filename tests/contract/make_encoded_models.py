"""Write the models with encoders of the examples of `interpretability-manifest`.

    python -m tests.contract.make_encoded_models

They are pickled by the scikit-learn of requirements.lock, and kept as text, because examples are printed.
"""

from __future__ import annotations

import base64
import pickle
import textwrap
import zlib
from pathlib import Path

import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OrdinalEncoder

HOME = Path(__file__).parents[2] / "checks/gatekeeper_checks._encoded_models.py"
REGIONS = ("east", "north", "south", "west")
HEAD = '''"""Pipelines with an encoder, as scikit-learn saves them: made by tests/contract/make_encoded_models.py."""

from __future__ import annotations

import base64
import zlib


def _unpacked(text: str) -> bytes:
    return zlib.decompress(base64.b85decode("".join(text.split())))

'''


def model(**unknown: object) -> bytes:
    """Return the pickle of a fitted pipeline: the price is 2 x units + the number of the region."""
    rows = pd.DataFrame([(region, units) for region in REGIONS for units in range(1, 25)], columns=["region", "units"])
    prices = 2.0 * rows["units"] + rows["region"].map(REGIONS.index)
    columns = ColumnTransformer([("region", OrdinalEncoder(**unknown), ["region"])], remainder="passthrough")
    return pickle.dumps(Pipeline([("columns", columns), ("price", LinearRegression())]).fit(rows, prices), protocol=4)


def main() -> None:
    """Write both."""
    made = {
        "REJECTING": model(),
        "GUESSING": model(handle_unknown="use_encoded_value", unknown_value=-1),
    }
    parts = [HEAD]
    for name, data in made.items():
        text = base64.b85encode(zlib.compress(data, 9)).decode()
        lines = "\n".join(textwrap.wrap(text, 118))
        parts.append(f'\n{name} = _unpacked(r"""\n{lines}\n""")\n')
    HOME.write_text("".join(parts))


if __name__ == "__main__":
    main()

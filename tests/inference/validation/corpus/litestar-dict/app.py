# entry: app:price
from typing import Any

import joblib
import pandas as pd
from litestar import Litestar, post

model = joblib.load("model.joblib")


@post("/price")
async def price(data: dict[str, Any]) -> float:  # expect: input-validation/raw-input
    return float(model.predict(pd.DataFrame([data]))[0])


app = Litestar([price])

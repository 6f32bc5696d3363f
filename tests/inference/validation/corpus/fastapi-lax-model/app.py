from typing import Optional

import joblib
import pandas as pd
from fastapi import FastAPI
from pydantic import BaseModel

app = FastAPI()
model = joblib.load("model.joblib")


class Offer(BaseModel):  # expect: input-validation/not-strict, input-validation/extra-allowed
    region: str  # expect: input-validation/open-vocabulary
    unit_cost: float  # expect: input-validation/not-finite, input-validation/other-range
    units: int = 1  # expect: input-validation/other-range, input-validation/other-default
    stock: Optional[int] = None  # expect: input-validation/other-range


@app.post("/price")
def price(offer: Offer):
    return float(model.predict(pd.DataFrame([offer.dict()]))[0])

from typing import Annotated, Literal

import joblib
import pandas as pd
from fastapi import FastAPI
from pydantic import BaseModel, ConfigDict, Field

app = FastAPI()
model = joblib.load("model.joblib")


class Offer(BaseModel):  # expect: input-validation/field-missing
    model_config = ConfigDict(strict=True, extra="forbid", allow_inf_nan=False)

    region: Literal["east", "north", "mars"]  # expect: input-validation/other-vocabulary, input-validation/other-vocabulary
    unit_cost: Annotated[float, Field(ge=0, le=100)]  # expect: input-validation/other-range
    stock: Annotated[float, Field(ge=0, le=500)] | None = 0  # expect: input-validation/other-type, input-validation/other-default
    colour: Literal["red", "blue"]  # expect: input-validation/field-unknown


@app.post("/price")
def price(offer: Offer):
    return float(model.predict(pd.DataFrame([offer.model_dump()]))[0])

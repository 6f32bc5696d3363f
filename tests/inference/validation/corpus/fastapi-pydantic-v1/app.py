from typing import Literal, Optional

import joblib
import pandas as pd
from fastapi import FastAPI
from pydantic import BaseModel, Extra, Field, StrictInt, confloat, validator

app = FastAPI()
model = joblib.load("model.joblib")


class Offer(BaseModel):
    region: Literal["east", "north", "south", "west"]
    unit_cost: confloat(ge=1, le=500, strict=True)  # expect: input-validation/not-finite
    units: StrictInt = Field(..., ge=1, le=24)
    stock: Optional[StrictInt] = Field(None, ge=0, le=500)

    class Config:
        extra = Extra.forbid
        allow_mutation = False

    @validator("units", pre=True)
    def _units(cls, value):  # expect: input-validation/unjudged
        return value


@app.post("/price")
def price(offer: Offer):
    return float(model.predict(pd.DataFrame([offer.dict()]))[0])

from typing import Literal

import joblib
import pandas as pd
from fastapi import FastAPI
from pydantic import BaseModel, ConfigDict, Field, StrictFloat, StrictInt

app = FastAPI()
model = joblib.load("model.joblib")


class Base(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Offer(Base):
    region: Literal["east", "north", "south", "west"]
    unit_cost: StrictFloat = Field(ge=1, le=500)  # expect: input-validation/not-finite
    units: StrictInt = Field(ge=1, le=24)
    stock: StrictInt | None = Field(default=None, ge=0, le=500)


@app.post("/price")
def price(offer: Offer):
    return float(model.predict(pd.DataFrame([offer.model_dump()]))[0])

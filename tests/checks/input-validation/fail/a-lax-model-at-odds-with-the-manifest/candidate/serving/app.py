from typing import Literal, Optional

import joblib
import pandas as pd
from fastapi import FastAPI
from pydantic import BaseModel, field_validator

app = FastAPI()
model = joblib.load("model.joblib")


class Offer(BaseModel):
    region: Literal["east", "north", "mars"]
    unit_cost: Optional[float] = None
    discount: float = 0.0

    @field_validator("unit_cost", mode="before")
    @classmethod
    def number(cls, value):
        return float(value)


@app.post("/price")
def price(offer: Offer):
    return float(model.predict(pd.DataFrame([offer.model_dump()]))[0])

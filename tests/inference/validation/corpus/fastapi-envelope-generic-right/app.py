from typing import Generic, TypeVar

import joblib
import pandas as pd
from fastapi import FastAPI
from pydantic import BaseModel, ConfigDict

from inputs import PricingInput

app = FastAPI()
model = joblib.load("model.joblib")
T = TypeVar("T")


class Strict(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", allow_inf_nan=False)


class Meta(Strict):
    request_id: str
    version: int = 1


class Envelope(Strict):
    meta: Meta
    data: PricingInput


@app.post("/price")
def price(envelope: Envelope):
    return {"id": envelope.meta.request_id, "price": model.predict(to_frame(envelope.data))[0]}


def to_frame(offer: PricingInput):
    return pd.DataFrame([offer.model_dump()], columns=["region", "unit_cost", "units", "stock"])

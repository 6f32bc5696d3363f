from typing import Annotated, Literal

import joblib
from fastapi import FastAPI
from pydantic import ConfigDict, Field
from pydantic.dataclasses import dataclass

app = FastAPI()
model = joblib.load("model.joblib")


@dataclass(config=ConfigDict(strict=True, extra="forbid", allow_inf_nan=False), frozen=True)
class Offer:
    region: Literal["east", "north", "south", "west"]
    unit_cost: Annotated[float, Field(ge=1, le=500)]
    units: Annotated[int, Field(ge=1, le=24)]
    stock: Annotated[int, Field(ge=0, le=500)] | None = None


@app.post("/price")
def price(offer: Offer):
    return float(model.predict([[offer.unit_cost, offer.units]])[0])

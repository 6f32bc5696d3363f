from typing import Annotated, Literal

import joblib
import pandas as pd
from fastapi import FastAPI
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator

app = FastAPI()
model = joblib.load("model.joblib")


class PricingInput(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", allow_inf_nan=False)

    region: Literal["east", "north", "south", "west"]
    unit_cost: Annotated[float, BeforeValidator(float), Field(ge=1, le=500)]  # expect: input-validation/unjudged
    units: Annotated[int, Field(ge=1, le=24)]
    stock: Annotated[int, Field(ge=0, le=500)] | None = None

    @field_validator("units", mode="before")
    @classmethod
    def whole(cls, value):  # expect: input-validation/unjudged
        return int(value)

    @field_validator("region")
    @classmethod
    def known(cls, value):
        return value


@app.post("/price")
def price(offer: PricingInput):
    return float(model.predict(pd.DataFrame([offer.model_dump()]))[0])

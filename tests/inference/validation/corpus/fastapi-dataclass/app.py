from dataclasses import dataclass

import joblib
from fastapi import FastAPI

app = FastAPI()
model = joblib.load("model.joblib")


@dataclass
class Offer:
    unit_cost: float
    units: int


@app.post("/price")
def price(offer: Offer):  # expect: input-validation/no-model
    return float(model.predict([[offer.unit_cost, offer.units]])[0])

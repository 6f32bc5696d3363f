"""Prices by a model that was generated from the manifest."""
import joblib
import pandas as pd
from fastapi import FastAPI

from inputs import PricingInput

app = FastAPI()
model = joblib.load("model.joblib")
SAFE = {"stock": 120}


@app.get("/health")
def health() -> dict[str, str]:
    canary = PricingInput(region="east", unit_cost=40.0, units=2, stock=120)
    return {"status": "ok" if model.predict(frame(canary))[0] > 0 else "down"}


@app.post("/price")
def price(request: PricingInput) -> dict[str, float]:
    return {"price": float(model.predict(frame(request))[0])}


def frame(request: PricingInput) -> pd.DataFrame:
    return pd.DataFrame([request.model_dump()]).fillna(SAFE)

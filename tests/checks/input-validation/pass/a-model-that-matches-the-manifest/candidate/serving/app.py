import joblib
import pandas as pd
from fastapi import FastAPI, HTTPException

from serving.inputs import PricingInput

app = FastAPI()
model = joblib.load("model.joblib")
SAFE = {"stock": 120}


@app.post("/price")
def price(offer: PricingInput) -> dict[str, float]:
    try:
        amount = float(model.predict(pd.DataFrame([offer.model_dump()]).fillna(SAFE))[0])
    except ValueError as error:
        raise HTTPException(503, "no price") from error
    return {"price": amount}


@app.get("/health")
def health() -> dict[str, str]:
    return {"status": "ok"}

import math

import joblib
import pandas as pd
from fastapi import FastAPI
from fastapi.responses import JSONResponse

from guard import Breaker, OutputViolation
from inputs import PricingInput

app = FastAPI()
model = joblib.load("model.joblib")
breaker = Breaker(open_after=5, of_last=100)
SAFE = {"stock": 120}


@app.post("/price")
def price(offer: PricingInput):
    row = {name: SAFE[name] if value is None else value for name, value in offer.model_dump().items()}
    try:
        amount = float(model.predict(pd.DataFrame([row]))[0])
        if not math.isfinite(amount) or not 1 <= amount <= 1500:
            raise OutputViolation(amount)
    except OutputViolation:
        return JSONResponse(breaker.fallback(row), status_code=200)
    return {"price": amount}

import joblib
import pandas as pd
from fastapi import FastAPI, Request

from inputs import PricingInput

app = FastAPI()
model = joblib.load("model.joblib")


@app.post("/price")
async def price(request: Request):
    offer = PricingInput.model_construct(**(await request.json()))  # expect: input-validation/raw-input
    return float(model.predict(pd.DataFrame([offer.model_dump()]))[0])

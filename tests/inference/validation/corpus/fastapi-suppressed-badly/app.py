import joblib
import pandas as pd
from fastapi import FastAPI, Request

from inputs import PricingInput

app = FastAPI()
model = joblib.load("model.joblib")


@app.post("/internal/price")
async def price(request: Request):
    body = await request.json()  # noqa: input-validation/raw-input # expect: input-validation/raw-input, input-validation/suppression-without-reason
    return float(model.predict(pd.DataFrame([body]))[0])


@app.post("/price")
def checked(offer: PricingInput):
    row = pd.DataFrame([offer.model_dump()])  # noqa: input-validation/silent-repair -- fillna is gone # expect: input-validation/unused-suppression
    return float(model.predict(row)[0])

import joblib
import pandas as pd
from fastapi import FastAPI, Request
from pydantic import TypeAdapter

from inputs import PricingInput

app = FastAPI()
model = joblib.load("model.joblib")
OFFERS = TypeAdapter(list[PricingInput])


@app.post("/prices")
async def prices(request: Request):
    offers = OFFERS.validate_json(await request.body())
    return model.predict(pd.DataFrame([each.model_dump() for each in offers])).tolist()

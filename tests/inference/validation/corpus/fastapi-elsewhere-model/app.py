import joblib
import pandas as pd
from fastapi import FastAPI
from shop_contracts.pricing import PricingInput

app = FastAPI()
model = joblib.load("model.joblib")


@app.post("/price")
def price(offer: PricingInput):  # expect: input-validation/unjudged
    return float(model.predict(pd.DataFrame([offer.model_dump()]))[0])

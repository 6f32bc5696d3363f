import joblib
import pandas as pd
from fastapi import Body, FastAPI

from inputs import PricingInput

app = FastAPI()
model = joblib.load("model.joblib")


@app.post("/price")
def price(payload: dict = Body(...)):
    offer = PricingInput.model_validate(payload, strict=False)  # expect: input-validation/not-strict
    return float(model.predict(pd.DataFrame([offer.model_dump()]))[0])

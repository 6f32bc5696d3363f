import joblib
import pandas as pd
from flask import Flask
from flask_pydantic import validate

from inputs import PricingInput

app = Flask(__name__)
model = joblib.load("model.joblib")


@app.post("/price")
@validate()
def price(body: PricingInput):
    return {"price": float(model.predict(pd.DataFrame([body.model_dump()]))[0])}

import joblib
import pandas as pd
from fastapi import FastAPI

app = FastAPI()
model = joblib.load("model.joblib")


@app.post("/price")
def price(request: dict):  # expect: input-validation/raw-input
    return {"price": float(model.predict(pd.DataFrame([request]))[0])}

import functools

import joblib
import pandas as pd
from fastapi import FastAPI

app = FastAPI()
model = joblib.load("model.joblib")


def safe(function):
    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        try:
            return function(*args, **kwargs)
        except Exception:  # expect: input-validation/exception-swallowed
            return {"price": 0.0}

    return wrapper


@app.post("/price")
@safe
def price(offer: dict):  # expect: input-validation/raw-input
    return {"price": float(model.predict(pd.DataFrame([offer]))[0])}

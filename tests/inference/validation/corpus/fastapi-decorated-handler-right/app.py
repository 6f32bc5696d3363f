import functools
import time

import joblib
import pandas as pd
from fastapi import FastAPI

from inputs import PricingInput

app = FastAPI()
model = joblib.load("model.joblib")


def timed(function):
    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        start = time.perf_counter()
        try:
            return function(*args, **kwargs)
        finally:
            print(time.perf_counter() - start)

    return wrapper


@app.post("/price")
@timed
def price(offer: PricingInput):
    return float(model.predict(pd.DataFrame([offer.model_dump()]))[0])

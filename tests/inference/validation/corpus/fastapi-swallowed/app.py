import logging

import joblib
import pandas as pd
from fastapi import FastAPI

from inputs import PricingInput

log = logging.getLogger(__name__)
app = FastAPI()
model = joblib.load("model.joblib")
FALLBACK_PRICE = -0.01


@app.post("/price")
def price(offer: PricingInput):
    try:
        amount = float(model.predict(pd.DataFrame([offer.model_dump()]))[0])
    except Exception:  # expect: input-validation/exception-swallowed
        log.exception("no price")
        amount = FALLBACK_PRICE
    return {"price": amount}


@app.post("/prices")
def prices(offers: list[PricingInput]):
    answers = []
    for offer in offers:
        try:
            answers.append(predict(offer))
        except ValueError:  # expect: input-validation/exception-swallowed
            continue
    return answers


def predict(offer):
    return float(model.predict(pd.DataFrame([offer.model_dump()]))[0])

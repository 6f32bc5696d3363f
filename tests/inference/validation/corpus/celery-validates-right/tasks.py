import joblib
import pandas as pd
from celery import Celery

from inputs import PricingInput

app = Celery("pricing")
model = joblib.load("model.joblib")


@app.task
def price(offer: dict) -> float:
    checked = PricingInput(**offer)
    return float(model.predict(pd.DataFrame([checked.model_dump()]))[0])

import joblib
import pandas as pd
from celery import Celery

app = Celery("pricing")
model = joblib.load("model.joblib")


@app.task
def price(offer: dict) -> float:  # expect: input-validation/raw-input
    return float(model.predict(pd.DataFrame([offer]).fillna(0))[0])  # expect: input-validation/silent-repair

import json
from pathlib import Path

import joblib
import pandas as pd
from fastapi import FastAPI
from pydantic import create_model

app = FastAPI()
model = joblib.load("model.joblib")
FIELDS = json.loads(Path("fields.json").read_text())
Offer = create_model("Offer", **{name: (float, ...) for name in FIELDS})


@app.post("/price")
def price(offer: Offer):  # expect: input-validation/unjudged
    return float(model.predict(pd.DataFrame([offer.model_dump()]))[0])

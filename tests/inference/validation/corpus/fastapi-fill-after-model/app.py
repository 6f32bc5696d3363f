import joblib
import numpy as np
import pandas as pd
from fastapi import FastAPI

from inputs import PricingInput

app = FastAPI()
model = joblib.load("model.joblib")
FILL = -1


@app.post("/price")
def price(offer: PricingInput):
    frame = pd.DataFrame([offer.model_dump()])
    frame["stock"] = frame["stock"].fillna(FILL)  # expect: input-validation/silent-repair
    row = np.nan_to_num(frame.to_numpy())  # expect: input-validation/silent-repair
    return float(model.predict(row)[0])

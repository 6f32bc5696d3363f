import joblib
import pandas as pd
from fastapi import Depends, FastAPI, Request

app = FastAPI()
model = joblib.load("model.joblib")


async def features(request: Request) -> pd.DataFrame:
    return pd.DataFrame([await request.json()])  # expect: input-validation/raw-input


@app.post("/price")
async def price(frame: pd.DataFrame = Depends(features)):
    return float(model.predict(frame)[0])

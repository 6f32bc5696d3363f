from typing import Any, Dict, List, Union

import joblib
import pandas as pd
from fastapi import FastAPI

app = FastAPI()
model = joblib.load("model.joblib")


@app.post("/predict")
async def predict(payload: Union[Dict[str, Any], List[Dict[str, Any]]]):  # expect: input-validation/raw-input
    rows = payload if isinstance(payload, list) else [payload]
    df = pd.DataFrame.from_records(rows)
    for column in ("unit_cost", "units"):
        if column not in df:
            df[column] = 0  # expect: input-validation/sentinel-default
    df = df.fillna({"stock": 0})  # expect: input-validation/silent-repair
    return model.predict(df).tolist()

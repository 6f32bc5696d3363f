import asyncio
from concurrent.futures import ThreadPoolExecutor

import joblib
import pandas as pd
from fastapi import FastAPI, Request

app = FastAPI()
pool = ThreadPoolExecutor()
model = joblib.load("model.joblib")


def run(rows):
    frame = pd.DataFrame(rows)
    return model.predict(frame.interpolate()).tolist()  # expect: input-validation/silent-repair


@app.post("/prices")
async def prices(request: Request):
    rows = [dict(row, units=row.get("units", 1)) for row in await request.json()]  # expect: input-validation/raw-input, input-validation/sentinel-default
    return await asyncio.get_running_loop().run_in_executor(pool, run, rows)

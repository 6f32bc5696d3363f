import joblib
import numpy as np
from fastapi import FastAPI, Request

app = FastAPI()
app.state.model = joblib.load("model.joblib")
ORDER = ["unit_cost", "units", "stock"]


@app.post("/price")
async def price(request: Request):
    body = await request.json()  # expect: input-validation/raw-input
    row = np.array([[body[name] for name in ORDER]])
    return {"price": request.app.state.model.predict(row).tolist()[0]}

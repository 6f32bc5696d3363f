import joblib
from fastapi import FastAPI, Request

from features import to_row

app = FastAPI()
model = joblib.load("model.joblib")


@app.post("/price")
async def price(request: Request):
    payload = await request.json()  # expect: input-validation/raw-input
    trace = request.headers.get("x-request-id", "none")
    return {"trace": trace, "price": float(model.predict([to_row(payload)])[0])}

import logging

import joblib
import pandas as pd
from fastapi import FastAPI, HTTPException, Request
from fastapi.responses import JSONResponse
from pydantic import ValidationError

from inputs import PricingInput

log = logging.getLogger(__name__)
app = FastAPI()
model = joblib.load("model.joblib")


@app.post("/price")
async def price(request: Request):
    try:
        offer = PricingInput.model_validate_json(await request.body())
    except ValidationError as error:
        return JSONResponse({"detail": error.errors()}, status_code=422)
    try:
        amount = float(model.predict(pd.DataFrame([offer.model_dump()]))[0])
    except Exception as error:
        log.exception("no price")
        raise HTTPException(status_code=503, detail="no price") from error
    return {"price": amount}

import joblib
import pandas as pd
from pydantic import ValidationError
from quart import Quart, jsonify, request

from inputs import PricingInput

app = Quart(__name__)
model = joblib.load("model.joblib")


@app.post("/price")
async def price():
    try:
        offer = PricingInput.model_validate(await request.get_json())
    except ValidationError as e:
        return jsonify(e.errors()), 400
    return jsonify(float(model.predict(pd.DataFrame([offer.model_dump()]))[0]))

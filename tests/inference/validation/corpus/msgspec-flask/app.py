import joblib
import msgspec
from flask import Flask, request

app = Flask(__name__)
model = joblib.load("model.joblib")


class Offer(msgspec.Struct, forbid_unknown_fields=True):
    unit_cost: float
    units: int


@app.post("/price")
def price():  # expect: input-validation/no-model
    offer = msgspec.json.decode(request.data, type=Offer)
    return {"price": float(model.predict([[offer.unit_cost, offer.units]])[0])}

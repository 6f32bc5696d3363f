import joblib
from flask import Flask, request
from marshmallow import Schema, fields, validate

app = Flask(__name__)
model = joblib.load("model.joblib")


class Offer(Schema):
    unit_cost = fields.Float(required=True, validate=validate.Range(1, 500))
    units = fields.Int(required=True)


@app.post("/price")
def price():  # expect: input-validation/no-model
    offer = Offer().load(request.json)
    return {"price": float(model.predict([[offer["unit_cost"], offer["units"]]])[0])}

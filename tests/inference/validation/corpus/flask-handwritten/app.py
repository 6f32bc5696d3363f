import joblib
from flask import Flask, abort, jsonify, request

app = Flask(__name__)
model = joblib.load("model.joblib")


@app.post("/price")
def price():  # expect: input-validation/no-model
    body = request.json
    if not isinstance(body, dict) or set(body) != {"unit_cost", "units"}:
        abort(422)
    if not 1 <= body["unit_cost"] <= 500:
        return jsonify(error="unit_cost"), 422
    return jsonify(price=float(model.predict([[body["unit_cost"], body["units"]]])[0]))

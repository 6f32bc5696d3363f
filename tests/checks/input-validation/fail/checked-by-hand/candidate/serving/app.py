import joblib
from flask import Flask, abort, jsonify, request

app = Flask(__name__)
model = joblib.load("model.joblib")


@app.post("/price")
def price():
    body = request.get_json()
    if not 1 <= body["unit_cost"] <= 500:
        abort(422)
    return jsonify(price=float(model.predict([[body["unit_cost"], body.get("stock", -1)]])[0]))

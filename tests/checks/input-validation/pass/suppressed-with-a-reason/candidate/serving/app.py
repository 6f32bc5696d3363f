import joblib
from flask import Flask, jsonify, request

app = Flask(__name__)
model = joblib.load("model.joblib")


@app.post("/price")
def price():
    rows = request.get_json()  # noqa: input-validation/raw-input -- the gateway in front validates it
    return jsonify(model.predict(rows).tolist())

import joblib
import pandas as pd
from flask import Flask, jsonify, request

app = Flask(__name__)
model = joblib.load("model.joblib")
COLUMNS = ["region", "unit_cost", "units", "stock"]


@app.route("/price", methods=["POST"])
def price():
    data = request.get_json(force=True, silent=True)  # expect: input-validation/raw-input
    frame = pd.DataFrame([data]).reindex(columns=COLUMNS)  # expect: input-validation/silent-repair
    frame["unit_cost"] = pd.to_numeric(frame["unit_cost"], errors="coerce")  # expect: input-validation/silent-repair
    return jsonify(price=float(model.predict(frame.fillna(0))[0]))  # expect: input-validation/silent-repair

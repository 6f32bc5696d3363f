"""A variable called model, a call called predict, and no torch anywhere near."""

import joblib
import numpy as np
import onnxruntime as ort
from flask import Flask, jsonify, request

app = Flask(__name__)
model = ort.InferenceSession("model.onnx", providers=["CPUExecutionProvider"])
encoder = joblib.load("encoder.joblib")
recent = []


def rows():
    return np.asarray(request.get_json()["rows"], dtype=np.float32)


@app.route("/predict", methods=["POST"])
def predict():
    (output,) = model.run(None, {model.get_inputs()[0].name: rows()})
    recent.append(output)
    del recent[:-100]
    return jsonify(output.tolist())


@app.route("/codes", methods=["POST"])
def codes():
    return jsonify(encoder.transform(rows()).tolist())

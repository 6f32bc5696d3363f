import pickle
import traceback

import numpy as np
from flask import Flask, jsonify, request

app = Flask(__name__)
clf = pickle.load(open("clf.pkl", "rb"))


@app.route("/predict", methods=["POST"])
def predict():
    try:
        json_ = request.json  # expect: input-validation/raw-input
        query = np.array(list(json_.values())).reshape(1, -1)
        return jsonify({"prediction": int(clf.predict(query)[0])})
    except:
        return jsonify({"trace": traceback.format_exc()})

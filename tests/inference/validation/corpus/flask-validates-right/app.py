import joblib
import pandas as pd
from flask import Flask, jsonify, request
from pydantic import ValidationError

from inputs import PricingInput


def create_app():
    app = Flask(__name__)
    model = joblib.load("model.joblib")

    @app.route("/price", methods=["POST"])
    def price():
        try:
            offer = PricingInput.model_validate(request.get_json())
        except ValidationError as error:
            return jsonify(error=error.errors()), 422
        return jsonify(price=float(model.predict(pd.DataFrame([offer.model_dump()]))[0]))

    return app

import os

import joblib
import pandas as pd

from inputs import PricingInput


def model_fn(model_dir):
    return joblib.load(os.path.join(model_dir, "model.joblib"))


def input_fn(body, content_type):
    return PricingInput.model_validate_json(body)


def predict_fn(data, model):
    return model.predict(pd.DataFrame([data.model_dump()]))


def output_fn(prediction, accept):
    return str(float(prediction[0]))

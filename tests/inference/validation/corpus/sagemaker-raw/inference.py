import json
import os

import joblib
import pandas as pd


def model_fn(model_dir):
    return joblib.load(os.path.join(model_dir, "model.joblib"))


def input_fn(body, content_type):
    return pd.DataFrame(json.loads(body))  # expect: input-validation/raw-input


def predict_fn(data, model):
    return model.predict(data.fillna(-1))  # expect: input-validation/silent-repair

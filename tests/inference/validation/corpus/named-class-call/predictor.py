# entry: predictor:Predictor
import joblib
import numpy as np


class Predictor:
    def __init__(self, path="model.joblib"):
        self.estimator = joblib.load(path)
        self.defaults = {"unit_cost": 0.0, "units": 1}

    def __call__(self, features: dict[str, float]) -> float:  # expect: input-validation/raw-input
        row = {**self.defaults, **features}  # expect: input-validation/sentinel-default
        return float(self.estimator.predict(np.array([[row["unit_cost"], row["units"]]]))[0])

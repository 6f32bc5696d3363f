import joblib
import pandas as pd


class Engine:
    def __init__(self):
        self.pipeline = joblib.load("model.joblib")
        self.row = None

    def handle(self, payload):
        self.row = self._clean(payload)
        return self._ask()

    def _clean(self, payload):
        row = {}
        for key in ("unit_cost", "units"):
            value = payload.get(key)
            if value is None:
                value = -1  # expect: input-validation/sentinel-default
            row[key] = value
        return row

    def _ask(self):
        return float(self.pipeline.predict(pd.DataFrame([self.row]))[0])

import joblib
import pandas as pd
from kserve import Model, ModelServer

from inputs import PricingInput


class Pricing(Model):
    def load(self):
        self.model = joblib.load("/mnt/models/model.joblib")
        self.ready = True

    def preprocess(self, payload, headers=None):
        return [PricingInput.model_validate(each) for each in payload["instances"]]

    def predict(self, offers, headers=None):
        return {"predictions": self.model.predict(pd.DataFrame([each.model_dump() for each in offers])).tolist()}


if __name__ == "__main__":
    ModelServer().start([Pricing("pricing")])

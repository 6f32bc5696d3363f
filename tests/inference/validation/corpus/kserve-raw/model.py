import joblib
import kserve
import numpy as np


class Pricing(kserve.Model):
    def __init__(self, name):
        super().__init__(name)
        self.ready = False

    def load(self):
        self.model = joblib.load("/mnt/models/model.joblib")
        self.ready = True

    def predict(self, payload, headers=None):  # expect: input-validation/raw-input
        instances = np.nan_to_num(np.array(payload["instances"], dtype=float), nan=-1)  # expect: input-validation/silent-repair
        return {"predictions": self.model.predict(instances).tolist()}

import joblib
from cog import BasePredictor, Input


class Predictor(BasePredictor):
    def setup(self):
        self.model = joblib.load("model.joblib")

    def predict(self, unit_cost: float = Input(ge=1, le=500), units: int = Input(default=1)) -> float:  # expect: input-validation/no-model
        return float(self.model.predict([[unit_cost, units]])[0])

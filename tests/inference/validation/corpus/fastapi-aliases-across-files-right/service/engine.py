import joblib
import numpy as np

from .inputs import PricingInput


class Engine:
    def __init__(self, path: str) -> None:
        self.model = joblib.load(path)

    def price(self, item: PricingInput) -> float:
        row = np.array([[item.unit_cost, item.units, 120 if item.stock is None else item.stock]])
        return float(self.model.predict(row)[0])


def get_engine() -> Engine:
    return Engine("model.joblib")

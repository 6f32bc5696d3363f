# entry: serving:Engine.price
# entry: serving:health
from collections.abc import Mapping

import pandas as pd
from pydantic import ValidationError
from sklearn.pipeline import Pipeline

from inputs import PricingInput

CANARY = {"region": "north", "unit_cost": 40.0, "units": 2, "stock": 120}


class Engine:
    def __init__(self, model: Pipeline):
        self.model = model

    def price(self, request: Mapping[str, object]) -> tuple[int, dict]:
        try:
            offer = PricingInput.model_validate(request)
        except ValidationError as error:
            return 422, {"error": str(error)}
        return 200, {"price": float(self.model.predict(pd.DataFrame([offer.model_dump()]))[0])}


def health(model: Pipeline) -> tuple[int, dict]:
    return Engine(model).price(CANARY)

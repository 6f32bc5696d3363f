import bentoml
import pandas as pd

from inputs import PricingInput


@bentoml.service(resources={"cpu": "1"})
class Pricing:
    def __init__(self) -> None:
        self.model = bentoml.sklearn.load_model("pricing:latest")

    @bentoml.api
    def price(self, offer: PricingInput) -> float:
        return float(self.model.predict(pd.DataFrame([offer.model_dump()]))[0])

    @bentoml.api(input_spec=PricingInput)
    def price_by_name(self, **params) -> float:
        return float(self.model.predict(pd.DataFrame([params]))[0])

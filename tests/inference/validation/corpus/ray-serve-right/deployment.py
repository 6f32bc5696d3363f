import joblib
import pandas as pd
from fastapi import FastAPI
from ray import serve

from inputs import PricingInput

app = FastAPI()


@serve.deployment
@serve.ingress(app)
class Pricing:
    def __init__(self):
        self.model = joblib.load("model.joblib")

    @app.post("/price")
    def price(self, offer: PricingInput) -> float:
        return float(self.model.predict(pd.DataFrame([offer.model_dump()]))[0])


pricing = Pricing.bind()

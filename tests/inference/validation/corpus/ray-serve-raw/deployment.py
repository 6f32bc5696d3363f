import joblib
import pandas as pd
from ray import serve
from starlette.requests import Request


@serve.deployment
class Pricing:
    def __init__(self):
        self.model = joblib.load("model.joblib")

    async def __call__(self, request: Request):
        payload = await request.json()  # expect: input-validation/raw-input
        return self.score({"stock": 120, **payload})  # expect: input-validation/sentinel-default

    def score(self, row):
        return float(self.model.predict(pd.DataFrame([row]))[0])

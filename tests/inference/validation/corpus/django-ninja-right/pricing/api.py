import joblib
import pandas as pd
from ninja import NinjaAPI

from pricing.inputs import PricingInput

api = NinjaAPI()
model = joblib.load("model.joblib")


@api.post("/price")
def price(request, offer: PricingInput):
    return {"price": float(model.predict(pd.DataFrame([offer.model_dump()]))[0])}

# entry: app:price
import joblib
import pandas as pd
from litestar import Litestar, post

from inputs import PricingInput

model = joblib.load("model.joblib")


@post("/price", sync_to_thread=True)
def price(data: PricingInput) -> dict[str, float]:
    return {"price": float(model.predict(pd.DataFrame([data.model_dump()]))[0])}


app = Litestar([price])

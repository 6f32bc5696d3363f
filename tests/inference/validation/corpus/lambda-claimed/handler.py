import joblib
import pandas as pd

from inputs import PricingInput

model = joblib.load("/opt/model.joblib")


def lambda_handler(event: PricingInput, context):  # expect: input-validation/raw-input
    return float(model.predict(pd.DataFrame([dict(event)]))[0])

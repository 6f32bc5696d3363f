import joblib
import pandas as pd
from aws_lambda_powertools.utilities.parser import event_parser

from inputs import PricingInput

model = joblib.load("/opt/model.joblib")


@event_parser(model=PricingInput)
def lambda_handler(event: PricingInput, context):
    return float(model.predict(pd.DataFrame([event.model_dump()]))[0])

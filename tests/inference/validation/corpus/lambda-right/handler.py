import json

import joblib
import pandas as pd
from pydantic import ValidationError

from inputs import PricingInput

model = joblib.load("/opt/model.joblib")


def lambda_handler(event, context):
    try:
        offer = PricingInput.model_validate_json(event["body"])
    except ValidationError as error:
        return {"statusCode": 422, "body": error.json()}
    price = float(model.predict(pd.DataFrame([offer.model_dump()]))[0])
    return {"statusCode": 200, "body": json.dumps({"price": price})}

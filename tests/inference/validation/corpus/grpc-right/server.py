import grpc
import joblib
import pandas as pd
from pydantic import ValidationError

import pricing_pb2
import pricing_pb2_grpc
from inputs import PricingInput


class Pricing(pricing_pb2_grpc.PricingServicer):
    def __init__(self):
        self.model = joblib.load("model.joblib")

    def Price(self, request, context):
        try:
            offer = PricingInput(
                region=request.region, unit_cost=request.unit_cost, units=request.units, stock=request.stock
            )
        except ValidationError as error:
            context.set_code(grpc.StatusCode.INVALID_ARGUMENT)
            context.set_details(str(error))
            return pricing_pb2.PriceReply()
        return pricing_pb2.PriceReply(price=self.model.predict(pd.DataFrame([offer.model_dump()]))[0])

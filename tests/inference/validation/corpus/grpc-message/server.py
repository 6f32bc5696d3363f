from concurrent import futures

import grpc
import joblib

import pricing_pb2
import pricing_pb2_grpc


class Pricing(pricing_pb2_grpc.PricingServicer):
    def __init__(self):
        self.model = joblib.load("model.joblib")

    def Price(self, request, context):  # expect: input-validation/no-model
        amount = self.model.predict([[request.unit_cost, request.units]])[0]
        return pricing_pb2.PriceReply(price=amount)


def serve():
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=4))
    pricing_pb2_grpc.add_PricingServicer_to_server(Pricing(), server)
    server.start()

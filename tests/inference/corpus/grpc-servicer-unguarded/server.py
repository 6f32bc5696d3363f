from concurrent import futures

import grpc
import torch

import keyword_pb2
import keyword_pb2_grpc
from spotter import Spotter


class KeywordServicer(keyword_pb2_grpc.KeywordServicer):
    def __init__(self, spotter: Spotter) -> None:
        self.spotter = spotter

    def Spot(self, request, context):
        wave = torch.frombuffer(bytearray(request.pcm), dtype=torch.int16).float() / 32768
        if wave.numel() < 16_000:
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, "got less than a second")
        word, score = self.spotter.spot(wave)
        return keyword_pb2.SpotReply(word=word, score=score)

    def SpotStream(self, requests, context):
        for request in requests:
            yield self.Spot(request, context)


def serve() -> None:
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=8))
    keyword_pb2_grpc.add_KeywordServicer_to_server(KeywordServicer(Spotter("spotter.pt")), server)
    server.add_insecure_port("[::]:50051")
    server.start()
    server.wait_for_termination()


if __name__ == "__main__":
    serve()

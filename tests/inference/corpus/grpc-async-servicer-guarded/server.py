"""grpc.aio: coroutines of one thread. The context class sits in a variable, picked by the version of torch."""

import asyncio

import grpc
import route_pb2
import route_pb2_grpc
import torch
from torch import nn

inference_mode_ctx = torch.inference_mode if hasattr(torch, "inference_mode") else torch.no_grad


class Travel(nn.Module):
    def __init__(self, roads: int) -> None:
        super().__init__()
        self.roads = nn.Embedding(roads, 24)
        self.time = nn.Linear(2, 24)
        self.rnn = nn.LSTM(48, 96, batch_first=True)
        self.out = nn.Linear(96, 1)

    def forward(self, roads: torch.Tensor, clock: torch.Tensor) -> torch.Tensor:
        steps = torch.cat([self.roads(roads), self.time(clock).expand(*roads.shape, -1)], dim=-1)
        return nn.functional.softplus(self.out(self.rnn(steps)[0])).squeeze(-1)


class RouteServicer(route_pb2_grpc.RouteServicer):
    def __init__(self) -> None:
        self.travel = Travel(80_000)
        self.travel.load_state_dict(torch.load("travel.pt", weights_only=True))
        self.travel.eval()

    async def Estimate(self, request, context):
        roads = torch.tensor([list(request.roads)])
        clock = torch.tensor([[[request.hour / 24, request.weekday / 7]]])
        with inference_mode_ctx():
            seconds = self.travel(roads, clock)[0]
        await context.send_initial_metadata((("model", "travel-7"),))
        return route_pb2.Estimation(seconds=seconds.tolist(), total=seconds.sum().item())


async def main() -> None:
    server = grpc.aio.server()
    route_pb2_grpc.add_RouteServicer_to_server(RouteServicer(), server)
    server.add_insecure_port("[::]:50052")
    await server.start()
    await server.wait_for_termination()


if __name__ == "__main__":
    asyncio.run(main())

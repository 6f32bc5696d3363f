# torch: 1.13.1
"""Missing parentheses: the block raises TypeError, and the decorators do on a torch as old as this one."""

import torch
from starlette.applications import Starlette
from starlette.endpoints import HTTPEndpoint
from starlette.responses import JSONResponse
from starlette.routing import Route

net = torch.jit.load("net.ts")


class Block(HTTPEndpoint):
    async def post(self, request):
        x = torch.tensor(await request.json())
        with torch.no_grad:  # expect: no-grad/guard-not-called
            y = net(x)
        return JSONResponse(y.tolist())


class Decorated(HTTPEndpoint):
    @torch.no_grad  # expect: no-grad/guard-not-called
    def run(self, x):
        return net(x)

    async def post(self, request):
        return JSONResponse(self.run(torch.tensor(await request.json())).tolist())


class Correct(HTTPEndpoint):
    @torch.no_grad()
    def run(self, x):
        return net(x)

    async def post(self, request):
        return JSONResponse(self.run(torch.tensor(await request.json())).tolist())


app = Starlette(routes=[Route("/block", Block), Route("/decorated", Decorated), Route("/correct", Correct)])

"""Outputs go to a writer through a queue: with their graphs from one route, as numbers from the other."""

import queue
import threading

import torch
from aiohttp import web

net = torch.nn.Sequential(torch.nn.Linear(8, 64), torch.nn.Softplus(), torch.nn.Linear(64, 1)).eval()
audit: queue.Queue[torch.Tensor] = queue.Queue(maxsize=5000)
numbers: queue.SimpleQueue[float] = queue.SimpleQueue()


def write() -> None:
    with open("audit.csv", "a", encoding="utf-8") as file:
        while True:
            file.write(f"{numbers.get():.4f}\n")


async def price(request: web.Request) -> web.Response:
    row = torch.tensor((await request.json())["row"])
    out = net(row)  # expect: no-grad/unguarded-call
    audit.put(out)  # expect: retained-tensor/graph
    return web.json_response({"price": out.item()})


async def quote(request: web.Request) -> web.Response:
    row = torch.tensor((await request.json())["row"])
    with torch.no_grad():
        out = net(row)
    numbers.put(out.item())
    return web.json_response({"quote": out.item()})


app = web.Application()
app.router.add_post("/price", price)
app.router.add_route("POST", "/quote", quote)

if __name__ == "__main__":
    threading.Thread(target=write, daemon=True).start()
    web.run_app(app)

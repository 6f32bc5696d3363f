import asyncio

import torch
from fastapi import FastAPI

from .worker import Worker

app = FastAPI()


@app.on_event("startup")
def start() -> None:
    app.state.worker = Worker(torch.nn.Sequential(torch.nn.Linear(16, 64), torch.nn.ReLU(), torch.nn.Linear(64, 1)))
    app.state.worker.start()


@app.post("/score")
async def score(row: list[float]) -> float:
    return await asyncio.wrap_future(app.state.worker.submit(torch.tensor(row)))

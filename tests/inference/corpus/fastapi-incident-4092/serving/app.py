"""The pricing service as it was on the day: every defect in it once."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

import torch
from fastapi import FastAPI

from .engine import PricingEngine
from .tuning import tune

app = FastAPI()
engine = PricingEngine("pricing.pt")
pool = ThreadPoolExecutor(max_workers=8)


@app.post("/price")
@torch.no_grad()  # expect: no-grad/guard-on-async
async def price(features: list[float]) -> float:
    return engine.price(features)


@app.post("/prices")
async def prices(rows: list[list[float]]) -> list[float]:
    loop = asyncio.get_running_loop()
    waiting = [loop.run_in_executor(pool, engine.quote, row) for row in rows]
    return list(await asyncio.gather(*waiting))


@app.post("/feedback")
def feedback(features: list[float], paid: float) -> str:
    tune(engine.net, engine.optimizer, features, paid)
    return "noted"


@app.get("/debug")
async def debug() -> int:
    return len(engine.recent())

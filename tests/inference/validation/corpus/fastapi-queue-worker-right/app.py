import asyncio
from contextlib import asynccontextmanager

import joblib
import pandas as pd
from fastapi import FastAPI

from inputs import PricingInput

queue: asyncio.Queue = asyncio.Queue()
model = joblib.load("model.joblib")


async def worker():
    while True:
        offer, future = await queue.get()
        future.set_result(float(model.predict(pd.DataFrame([offer.model_dump()]))[0]))


@asynccontextmanager
async def lifespan(app):
    task = asyncio.create_task(worker())
    yield
    task.cancel()


app = FastAPI(lifespan=lifespan)


@app.post("/price")
async def price(offer: PricingInput) -> float:
    future = asyncio.get_running_loop().create_future()
    await queue.put((offer, future))
    return await future


@app.post("/price-now")
async def price_now(offer: PricingInput) -> float:
    return float(model.predict(pd.DataFrame([offer.model_dump()]))[0])

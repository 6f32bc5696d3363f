"""Somebody wanted to set inference mode once and for all."""

from contextlib import ExitStack, asynccontextmanager

import torch
from fastapi import FastAPI

stack = ExitStack()


class State:
    encoder = None


@asynccontextmanager
async def lifespan(app: FastAPI):
    State.encoder = torch.jit.load("encoder.ts").eval()
    stack.enter_context(torch.inference_mode())  # expect: no-grad/guard-entered-at-startup
    yield
    stack.close()


app = FastAPI(lifespan=lifespan)


@app.post("/embed")
def embed(tokens: list[int]) -> list[float]:
    return State.encoder(torch.tensor([tokens]))[0].tolist()


@app.get("/ready")
def ready() -> bool:
    return State.encoder is not None

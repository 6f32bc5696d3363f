"""Guards that hang on a flag: one of them may be off, and one is off for sure."""

import contextlib
import os

import torch
from quart import Quart, request

app = Quart(__name__)
FAST = os.environ.get("FAST", "1") == "1"
ranker = torch.jit.load("ranker.ts").eval()


async def rows():
    return torch.tensor((await request.get_json())["rows"])


@app.post("/flag")
async def flag():
    x = await rows()
    with torch.inference_mode() if FAST else contextlib.nullcontext():  # spare: it may be off
        scores = ranker(x)  # expect: no-grad/unguarded-call
    return {"scores": scores.tolist()}


@app.post("/off")
async def off():
    x = await rows()
    with torch.inference_mode(False):  # spare: it is off
        scores = ranker(x)  # expect: no-grad/unguarded-call
    return {"scores": scores.tolist()}


@app.post("/either")
async def either():
    x = await rows()
    with torch.inference_mode() if FAST else torch.no_grad():
        scores = ranker(x)
    return {"scores": scores.tolist()}

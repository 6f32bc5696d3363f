"""A middleware that means to guard every route: it is left while they wait, and plain functions run elsewhere."""

import torch
from fastapi import FastAPI, Request

app = FastAPI()
tower = torch.jit.load("tower.ts").eval()


@app.middleware("http")
async def no_gradients(request: Request, call_next):
    with torch.no_grad():  # spare: another thread does the work
        response = await call_next(request)  # expect: no-grad/await-in-guard
    response.headers["x-model"] = "tower-3"
    return response


@app.post("/norm")
def norm(row: list[float]) -> float:
    return tower(torch.tensor(row)).norm().item()  # expect: no-grad/unguarded-call


@app.post("/norm/guarded")
@torch.no_grad()
def norm_guarded(row: list[float]) -> float:
    return tower(torch.tensor(row)).norm().item()

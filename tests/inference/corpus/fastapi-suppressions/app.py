"""Comments that silence a finding: with a reason; without one they do not; and some that have nothing to silence."""

import torch
from fastapi import FastAPI

app = FastAPI()
net = torch.jit.load("net.ts")
kept: list[torch.Tensor] = []


@app.post("/reason")
def reason(row: list[float]) -> float:
    return net(torch.tensor(row)).item()  # noqa: no-grad/unguarded-call -- scripted with gradients off inside


@app.post("/bare")
def bare(row: list[float]) -> float:
    return net(torch.tensor(row)).item()  # noqa  # expect: no-grad/unguarded-call


@app.post("/other-tool")
def other_tool(row: list[float]) -> float:
    return net(torch.tensor(row)).item()  # noqa: E501  # expect: no-grad/unguarded-call


@app.post("/no-reason")
def no_reason(row: list[float]) -> float:
    x = torch.tensor(row)
    y = net(x)  # noqa: no-grad/unguarded-call  # expect: no-grad/unguarded-call, no-grad/suppression-without-reason
    return y.item()


@app.post("/unused")
@torch.no_grad()  # spare: its absence would be suppressed
def unused(row: list[float]) -> float:
    return net(torch.tensor(row)).item()  # noqa: no-grad/unguarded-call -- old  # expect: no-grad/unused-suppression


@app.post("/kept")
def keep(row: list[float]) -> int:
    with torch.no_grad():
        out = net(torch.tensor(row))
    kept.append(out)  # noqa: retained-tensor/on-device -- two hundred requests a day, restarted every night
    return len(kept)


@app.post("/unused-too")
def unused_too(row: list[float]) -> int:
    return len(row)  # noqa: retained-tensor/graph -- it was a tensor once  # expect: no-grad/unused-suppression

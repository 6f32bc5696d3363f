"""What is handed to a logger lives as long as its record: in a MemoryHandler, in the breadcrumbs of a reporter."""

import logging
import logging.handlers

import sentry_sdk
import torch
from fastapi import FastAPI

app = FastAPI()
log = logging.getLogger("serving")
log.addHandler(logging.handlers.MemoryHandler(10_000))
model = torch.jit.load("risk.ts")


@app.post("/risk")
def risk(row: list[float]) -> float:
    out = model(torch.tensor(row))  # expect: no-grad/unguarded-call
    log.info("risk %s", out)  # expect: retained-tensor/logged
    log.debug("shape %s, mean %.3f", tuple(out.shape), out.mean().item())
    sentry_sdk.set_extra("output", out)  # expect: retained-tensor/logged
    sentry_sdk.set_extra("score", out.item())
    return out.item()


@app.post("/risk/guarded")
@torch.inference_mode()
def risk_guarded(row: list[float]) -> float:
    out = model(torch.tensor(row))
    log.info("risk %s", out)
    return out.item()


@app.get("/level")
def level() -> str:
    log.info("level asked for by %s", "a client")
    return logging.getLevelName(log.level)

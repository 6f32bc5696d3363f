"""Tensors per session on the device, but never more than 64 sessions: the oldest goes."""

from collections import OrderedDict

import torch
from cachetools import TTLCache
from fastapi import FastAPI

app = FastAPI()
encoder = torch.jit.load("session.ts").cuda().eval()
SESSIONS: OrderedDict[str, torch.Tensor] = OrderedDict()
RECENT: TTLCache[str, torch.Tensor] = TTLCache(maxsize=128, ttl=300)
COUNTS: dict[str, int] = {}
MOST = 64


@torch.inference_mode()
def encode(events: list[int]) -> torch.Tensor:
    return encoder(torch.tensor([events]).cuda())[0]


@app.post("/sessions/{session}")
def update(session: str, events: list[int]) -> dict[str, float]:
    vector = encode(events)
    before = SESSIONS.get(session)
    SESSIONS[session] = vector
    SESSIONS.move_to_end(session)
    while len(SESSIONS) > MOST:
        SESSIONS.popitem(last=False)
    RECENT[session] = vector
    COUNTS[session] = COUNTS.get(session, 0) + len(events)
    drift = 0.0 if before is None else (vector - before).norm().item()
    return {"drift": drift, "events": COUNTS[session]}

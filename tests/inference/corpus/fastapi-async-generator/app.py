"""A decorated async generator: the guard is over before its first line runs."""

from collections.abc import AsyncIterator

import torch
from fastapi import FastAPI, WebSocket

app = FastAPI()
tracker = torch.jit.load("tracker.ts").eval()


@torch.inference_mode()  # expect: no-grad/guard-on-async
async def boxes(socket: WebSocket) -> AsyncIterator[list[float]]:
    state = torch.zeros(1, 64)
    while True:
        pixels = torch.tensor(await socket.receive_json())
        box, state = tracker(pixels, state)  # expect: no-grad/unguarded-call
        state = state.detach()
        yield box.tolist()


async def boxes_guarded(socket: WebSocket) -> AsyncIterator[list[float]]:
    state = torch.zeros(1, 64)
    while True:
        pixels = torch.tensor(await socket.receive_json())
        with torch.inference_mode():
            box, state = tracker(pixels, state)
        yield box.tolist()


@app.websocket("/track")
async def track(socket: WebSocket) -> None:
    await socket.accept()
    async for box in boxes(socket):
        await socket.send_json(box)


@app.websocket("/track/guarded")
async def track_guarded(socket: WebSocket) -> None:
    await socket.accept()
    async for box in boxes_guarded(socket):
        await socket.send_json(box)

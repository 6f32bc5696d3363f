"""A batcher: one thread started with the server takes requests from a queue. It has gradients on, like any thread."""

import asyncio
import queue
import threading

import torch
from sanic import Sanic, json

from batching import Batcher

app = Sanic("embedder")


@app.before_server_start
async def start(app, loop):
    with torch.no_grad():  # spare: another thread does the work
        app.ctx.batcher = Batcher(torch.jit.load("encoder.ts").eval(), loop)
        app.ctx.batcher.start()


@app.post("/embed")
async def embed(request):
    future = asyncio.get_running_loop().create_future()
    try:
        app.ctx.batcher.waiting.put_nowait((request.json["ids"], future))
    except queue.Full:
        return json({"error": "busy"}, status=503)
    return json({"vector": await future})


@app.get("/threads")
async def threads(request):
    return json([each.name for each in threading.enumerate()])

"""The demand service as it ran on the night of the incident: one line of JSON in, one line of JSON out.

From the folder above this package: python -m serving.server
"""

from __future__ import annotations

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor

import torch

from serving.demand import estimate, learn, score

pool = ThreadPoolExecutor(max_workers=4)


@torch.no_grad()
async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer one request; the decorator guards the making of this coroutine, and nothing that it does."""
    request = json.loads(await reader.readline())
    if request["path"] == "/learn":
        learn(request["features"], request["sold"])
        body: object = "thanks"
    elif request["path"] == "/batch":
        body = batch(request["rows"])
    else:
        body = estimate(request["features"])
    writer.write(json.dumps({"status": 200, "body": body}).encode() + b"\n")
    await writer.drain()
    writer.close()


def batch(rows: list[list[float]]) -> list[float]:
    """Score many offers at once: the guard is in this thread, the work in others."""
    with torch.no_grad():
        return list(pool.map(score, rows))


async def main() -> None:
    """Serve until the process is ended."""
    server = await asyncio.start_server(answer, "localhost", 8080)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())

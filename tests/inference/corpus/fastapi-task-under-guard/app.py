"""A task that is made under a guard runs when the loop comes to it, which is after the block."""

import asyncio

import torch
from fastapi import FastAPI

app = FastAPI()
judge = torch.nn.Sequential(torch.nn.Linear(20, 20), torch.nn.ReLU(), torch.nn.Linear(20, 1)).eval()
verdicts: dict[int, float] = {}


async def review(number: int, row: list[float]) -> None:
    verdicts[number] = judge(torch.tensor(row)).item()  # expect: no-grad/unguarded-call


async def review_guarded(number: int, row: list[float]) -> None:
    with torch.no_grad():  # spare: over before the task runs
        verdicts[number] = judge(torch.tensor(row)).item()


@app.post("/reviews/{number}")
async def post_review(number: int, row: list[float]) -> str:
    with torch.no_grad():  # spare: the task runs after the block
        task = asyncio.create_task(review(number, row))
    await task
    return "done"


@app.post("/reviews/{number}/guarded")
async def post_review_guarded(number: int, row: list[float]) -> str:
    await asyncio.gather(review_guarded(number, row), review_guarded(-number, row))
    return "done"

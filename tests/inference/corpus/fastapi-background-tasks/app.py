"""Work after the answer: BackgroundTasks run a plain function on the pool, where the handler's guard is no more."""

import threading

import torch
from fastapi import BackgroundTasks, FastAPI
from torch import nn

app = FastAPI()
shadow = nn.Sequential(nn.Linear(10, 32), nn.ReLU(), nn.Linear(32, 1)).eval()
primary = nn.Sequential(nn.Linear(10, 64), nn.ReLU(), nn.Linear(64, 1)).eval()
differences: list[float] = []


def compare(x: torch.Tensor, answered: float) -> None:
    differences.append(shadow(x).item() - answered)  # expect: no-grad/guard-lost-in-thread


@torch.no_grad()
def compare_guarded(x: torch.Tensor, answered: float) -> None:
    differences.append(shadow(x).item() - answered)


@app.post("/score")
@torch.no_grad()
def score(row: list[float], tasks: BackgroundTasks) -> float:
    x = torch.tensor(row)
    answer = primary(x).item()
    tasks.add_task(compare, x, answer)
    tasks.add_task(compare_guarded, x, answer)
    return answer


def audit(rows: torch.Tensor) -> None:
    worst = (primary(rows) - shadow(rows)).abs().max()  # expect: no-grad/unguarded-call
    print(f"worst difference {worst.item():.3f}")


@app.post("/audit")
def start_audit(rows: list[list[float]]) -> str:
    timer = threading.Timer(5.0, audit, args=(torch.tensor(rows),))
    timer.start()
    return "started"

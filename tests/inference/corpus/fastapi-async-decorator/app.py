"""Two routes side by side: the decorator works on the plain function and does nothing on the coroutine."""

import torch
import torch.nn as nn
from fastapi import APIRouter, Body, FastAPI

router = APIRouter(prefix="/v1")


class Churn(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(12, 48), nn.ReLU(), nn.Dropout(0.1), nn.Linear(48, 1))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.sigmoid(self.layers(x))


def load() -> Churn:
    net = Churn()
    net.load_state_dict(torch.load("churn.pt", weights_only=True))
    return net.eval()


churn = load()


@router.post("/churn")
@torch.inference_mode()
def score(values: list[float] = Body(...)) -> float:
    return churn(torch.tensor(values)).item()


@router.post("/churn/async")
@torch.inference_mode()  # expect: no-grad/guard-on-async
async def score_async(values: list[float] = Body(...)) -> float:
    return churn(torch.tensor(values)).item()  # expect: no-grad/unguarded-call


@router.post("/churn/block")
async def score_block(values: list[float] = Body(...)) -> float:
    x = torch.tensor(values)
    with torch.inference_mode():
        y = churn(x)
    return y.item()


app = FastAPI()
app.include_router(router)

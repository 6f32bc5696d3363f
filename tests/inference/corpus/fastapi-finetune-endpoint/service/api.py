"""/feedback trains the model that /predict serves, two files further on and in a thread of its own."""

import threading

import torch
from fastapi import APIRouter, FastAPI

from service.learning import learner

router = APIRouter()


@router.post("/predict")
@torch.inference_mode()
def predict(row: list[float]) -> list[float]:
    return learner.net(torch.tensor(row)).softmax(-1).tolist()


@router.post("/feedback")
def feedback(row: list[float], label: int) -> str:
    learner.remember(row, label)
    if len(learner.rows) >= 32:
        threading.Thread(target=learner.update, daemon=True).start()
    return "thanks"


app = FastAPI()
app.include_router(router)

"""Trainer.predict switches gradients off around predict_step. Whoever calls predict_step by hand has to do it."""

import lightning as L
import torch
from fastapi import FastAPI
from torch.utils.data import DataLoader

from model import Credit

app = FastAPI()
credit = Credit.load_from_checkpoint("credit.ckpt").eval()
trainer = L.Trainer(accelerator="cpu", logger=False, enable_progress_bar=False)


@app.post("/score")
def score(row: list[float]) -> list[float]:
    probabilities = credit.predict_step(torch.tensor([row]))  # expect: no-grad/unguarded-call
    return probabilities[0].tolist()


@app.post("/scores")
def scores(rows: list[list[float]]) -> list[list[float]]:
    loader = DataLoader(torch.tensor(rows), batch_size=256)
    batches = trainer.predict(credit, loader)
    return torch.cat(batches).tolist()

"""Prices one contract per request. The model is a scripted network; the handler was written on a Friday."""

import logging
from pathlib import Path

import torch
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel, Field

log = logging.getLogger("pricing")
app = FastAPI(title="pricing", version="2.3.0")

MODEL_FILE = Path("/models/pricing.pt")
model = torch.jit.load(str(MODEL_FILE), map_location="cpu")
model.eval()


class Contract(BaseModel):
    power: float = Field(gt=0, le=900)
    age: int = Field(ge=18, le=110)
    bonus: int = Field(ge=0, le=35)


class Price(BaseModel):
    amount: float
    currency: str = "EUR"


def features(contract: Contract) -> torch.Tensor:
    return torch.tensor([[contract.power, float(contract.age), float(contract.bonus)]])


@app.get("/health")
def health() -> dict[str, str]:
    return {"status": "ok"}


@app.post("/price")
def price(contract: Contract) -> Price:
    row = features(contract)
    amount = model(row).squeeze().item()  # expect: no-grad/unguarded-call
    if amount < 0:
        raise HTTPException(status_code=422, detail="no price for this contract")
    log.info("priced %.2f", amount)
    return Price(amount=amount)


@app.post("/prices")
def prices(contracts: list[Contract]) -> list[Price]:
    rows = torch.cat([features(each) for each in contracts])
    with torch.no_grad():
        amounts = model(rows).squeeze(1)
    return [Price(amount=each) for each in amounts.tolist()]

# manifest: none
from typing import Annotated

import torch
from fastapi import FastAPI
from pydantic import BaseModel, ConfigDict, Field, FiniteFloat
from torch import nn

app = FastAPI()


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(2, 1)

    def forward(self, x):
        return self.layer(x)


net = Net().eval()


class PricingInput(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")

    unit_cost: Annotated[FiniteFloat, Field(ge=1, le=500)]
    units: Annotated[int, Field(gt=0, lt=25)]

    def row(self) -> list[float]:
        return [self.unit_cost, float(self.units)]


@app.post("/price")
@torch.inference_mode()
def price(offer: PricingInput) -> float:
    return net(torch.tensor([offer.row()])).item()

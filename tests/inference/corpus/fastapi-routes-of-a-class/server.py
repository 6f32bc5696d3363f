"""Routes that are added in a constructor, with bound methods; the app is an attribute."""

from __future__ import annotations

import torch
import uvicorn
from fastapi import APIRouter, FastAPI
from torch import nn


class Matcher(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.project = nn.Linear(width, 32, bias=False)

    def forward(self, left: torch.Tensor, right: torch.Tensor) -> torch.Tensor:
        return torch.cosine_similarity(self.project(left), self.project(right), dim=-1)


class Server:
    def __init__(self, width: int = 300) -> None:
        self.matcher = Matcher(width).eval()
        self.app = FastAPI()
        self.router = APIRouter(prefix="/v2")
        self.router.add_api_route("/match", self.match, methods=["POST"])
        self.router.add_api_route("/match/fast", self.match_fast, methods=["POST"])
        self.app.include_router(self.router)

    def match(self, left: list[float], right: list[float]) -> float:
        similarity = self.matcher(torch.tensor(left), torch.tensor(right))  # expect: no-grad/unguarded-call
        return similarity.item()

    @torch.inference_mode()
    def match_fast(self, left: list[float], right: list[float]) -> float:
        return self.matcher(torch.tensor(left), torch.tensor(right)).item()

    def run(self, port: int) -> None:
        uvicorn.run(self.app, port=port)


if __name__ == "__main__":
    Server().run(8000)

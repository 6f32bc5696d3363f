"""No block and no decorator: the weights require no gradients, so a call builds no graph."""

import torch
from kserve import Model, ModelServer
from torch import nn


class TwoTower(nn.Module):
    def __init__(self, width: int = 128) -> None:
        super().__init__()
        self.query = nn.Sequential(nn.Linear(300, width), nn.ReLU(), nn.Linear(width, 64))
        self.document = nn.Sequential(nn.Linear(300, width), nn.ReLU(), nn.Linear(width, 64))

    def forward(self, query: torch.Tensor, documents: torch.Tensor) -> torch.Tensor:
        return self.query(query) @ self.document(documents).T


class Search(Model):
    def __init__(self) -> None:
        super().__init__("search")
        self.load()

    def load(self) -> bool:
        self.towers = TwoTower()
        self.towers.load_state_dict(torch.load("towers.pt", weights_only=True))
        self.towers.eval()
        self.towers.requires_grad_(False)
        self.rerank = nn.Bilinear(64, 64, 1)
        for parameter in self.rerank.parameters():
            parameter.requires_grad = False
        self.ready = True
        return True

    def predict(self, payload, headers=None):
        query = torch.tensor(payload["query"])
        documents = torch.tensor(payload["documents"])
        scores = self.towers(query, documents)
        again = self.rerank(self.towers.query(query).expand(len(documents), -1), self.towers.document(documents))
        return {"scores": scores[0].tolist(), "reranked": again.flatten().tolist()}


if __name__ == "__main__":
    ModelServer(workers=1).start([Search()])

import torch
from torch import nn


class Extractor:
    def __init__(self):
        self.bag = nn.EmbeddingBag(1000, 32).eval()
        self.head = nn.Linear(32, 8).eval()

    def vector(self, ids):
        return self._embed(ids).tolist()

    def similarity(self, first, second):
        one, two = self.head(self.bag(torch.tensor([first]))), self.head(self.bag(torch.tensor([second])))
        return torch.cosine_similarity(one, two).item()

    def _embed(self, ids):
        bag = self.bag(torch.tensor([ids]))  # expect: no-grad/unguarded-call
        return bag / bag.norm()

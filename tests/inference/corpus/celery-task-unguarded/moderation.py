import torch
from torch import nn


class Toxicity(nn.Module):
    labels = ("insult", "threat", "obscene")

    def __init__(self, vocabulary, width=128):
        super().__init__()
        self.words = nn.Embedding(vocabulary, width, padding_idx=0)
        self.convolutions = nn.ModuleList(nn.Conv1d(width, 64, size, padding=size // 2) for size in (3, 5, 7))
        self.out = nn.Linear(3 * 64, len(self.labels))

    def forward(self, ids):
        x = self.words(ids).transpose(1, 2)
        pooled = [layer(x).relu().amax(-1) for layer in self.convolutions]
        return self.out(torch.cat(pooled, dim=1))

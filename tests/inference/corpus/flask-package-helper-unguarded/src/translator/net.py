import math

import torch
from torch import nn


class Positions(nn.Module):
    def __init__(self, width, longest=512):
        super().__init__()
        at = torch.arange(longest).unsqueeze(1)
        scale = torch.exp(torch.arange(0, width, 2) * (-math.log(10_000.0) / width))
        table = torch.zeros(longest, width)
        table[:, 0::2], table[:, 1::2] = torch.sin(at * scale), torch.cos(at * scale)
        self.register_buffer("table", table)

    def forward(self, x):
        return x + self.table[: x.size(1)]


class Seq2Seq(nn.Module):
    def __init__(self, words, width=256):
        super().__init__()
        self.embed = nn.Embedding(words, width)
        self.positions = Positions(width)
        self.body = nn.Transformer(width, batch_first=True)
        self.out = nn.Linear(width, words)

    def encode(self, ids):
        return self.body.encoder(self.positions(self.embed(ids)))

    def decode(self, ids, memory):
        return self.out(self.body.decoder(self.positions(self.embed(ids)), memory))

    def forward(self, source, target):
        return self.decode(target, self.encode(source))

import torch
from torch import nn


class TabTransformer(nn.Module):
    def __init__(self, categories, numbers, width=32, heads=4):
        super().__init__()
        self.embeddings = nn.ModuleList(nn.Embedding(size, width) for size in categories)
        layer = nn.TransformerEncoderLayer(width, heads, batch_first=True)
        self.mixer = nn.TransformerEncoder(layer, num_layers=3)
        self.out = nn.Linear(len(categories) * width + numbers, 1)

    def forward(self, kinds, numbers):
        columns = torch.stack([table(kinds[:, at]) for at, table in enumerate(self.embeddings)], dim=1)
        return self.out(torch.cat([self.mixer(columns).flatten(1), numbers], dim=1)).squeeze(1)

    @torch.no_grad()
    def probabilities(self, kinds, numbers):
        # self(...) under the method's own decorator.
        return self(kinds, numbers).sigmoid().tolist()

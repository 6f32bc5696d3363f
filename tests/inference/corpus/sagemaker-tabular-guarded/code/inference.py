import csv
import io
import pathlib

import torch

from tabular import TabTransformer


def model_fn(model_dir, context=None):
    net = TabTransformer(categories=(9, 16, 7, 15, 6, 5, 2), numbers=6)
    weights = pathlib.Path(model_dir, "model.pth")
    net.load_state_dict(torch.load(weights, map_location="cpu", weights_only=True))
    return net.eval()


def transform_fn(net, body, content_type, accept):
    rows = list(csv.reader(io.StringIO(body)))
    kinds = torch.tensor([[int(cell) for cell in row[:7]] for row in rows])
    numbers = torch.tensor([[float(cell) for cell in row[7:]] for row in rows])
    return "\n".join(f"{each:.6f}" for each in net.probabilities(kinds, numbers)), "text/csv"

# torch: 2.2.0
"""On a torch before 2.6 `torch.load` unpickles whatever the file names, unless it is told not to."""

import functools
import os

import torch as pt
from torch import load

read = functools.partial(pt.load, map_location="cpu", weights_only=True)


def model_fn(model_dir):
    weights = os.path.join(model_dir, "model.pt")
    network = pt.load(weights, map_location="cpu")  # expect: unsafe-load/weights-only-missing
    network.load_state_dict(read(os.path.join(model_dir, "patch.pt")))
    network.extra = load(os.path.join(model_dir, "extra.pt"))  # expect: unsafe-load/weights-only-missing
    network.vocabulary = pt.load(  # expect: unsafe-load/weights-only-false
        os.path.join(model_dir, "vocabulary.pt"),
        weights_only=False,
    )
    return network.eval()


def predict_fn(rows, network):
    with pt.no_grad():
        return network(pt.tensor(rows))


def output_fn(output, accept):
    return output.tolist()

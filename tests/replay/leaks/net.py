"""The network that the torch handlers share."""

import torch

torch.set_num_threads(1)


def build(seed=0):
    torch.manual_seed(seed)
    return torch.nn.Sequential(torch.nn.Linear(16, 64), torch.nn.ReLU(), torch.nn.Dropout(0.1), torch.nn.Linear(64, 1))


def inputs(record):
    return torch.full((4, 16), record["area"] / 100.0)

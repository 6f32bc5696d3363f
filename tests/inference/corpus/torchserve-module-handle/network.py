from collections import OrderedDict

from torch import nn


def build_network(inputs=20, classes=5, depth=4, width=96):
    layers = OrderedDict(enter=nn.Linear(inputs, width))
    for index in range(depth):
        layers[f"norm{index}"] = nn.BatchNorm1d(width)
        layers[f"act{index}"] = nn.SiLU()
        layers[f"body{index}"] = nn.Linear(width, width)
    layers["leave"] = nn.Linear(width, classes)
    return nn.Sequential(layers)

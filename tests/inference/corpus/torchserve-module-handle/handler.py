"""The oldest kind of TorchServe handler: a function called handle, and a service object behind it."""

import os

import torch
import torch.nn.functional as F

from network import build_network


class Service:
    def __init__(self):
        self.network = None
        self.device = None
        self.initialized = False

    def initialize(self, context):
        properties = context.system_properties
        gpu = properties.get("gpu_id")
        self.device = torch.device(f"cuda:{gpu}" if gpu is not None and torch.cuda.is_available() else "cpu")
        state = torch.load(
            os.path.join(properties["model_dir"], "weights.pth"), map_location=self.device, weights_only=True
        )
        self.network = build_network()
        self.network.load_state_dict(state)
        self.network.to(self.device).eval()
        self.initialized = True

    def run(self, rows):
        batch = torch.tensor(rows, device=self.device)
        return F.softmax(self.network(batch), dim=-1)  # expect: no-grad/unguarded-call


_service = Service()


def handle(data, context):
    if not _service.initialized:
        _service.initialize(context)
    if data is None:
        return None
    scores = _service.run([row["body"] for row in data])
    return scores.detach().cpu().tolist()

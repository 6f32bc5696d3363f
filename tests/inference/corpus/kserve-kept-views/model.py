"""Keeps a corner of each feature map for the drift monitor. A view holds the whole map; a clone holds the corner."""

from collections import deque

import kserve
import torch
from torchvision.models import vgg16


class Features(kserve.Model):
    def __init__(self, name):
        super().__init__(name)
        self.corners = deque(maxlen=500)
        self.rows = deque(maxlen=500)
        self.clones = deque(maxlen=500)
        self.means = deque(maxlen=500)
        self.load()

    def load(self):
        self.features = vgg16(weights="IMAGENET1K_FEATURES").features.eval()
        self.ready = True

    @torch.no_grad()
    def predict(self, payload, headers=None):
        maps = self.features(torch.tensor(payload["instances"]))
        self.corners.append(maps[:, :8, 0, 0])  # expect: retained-tensor/view
        self.rows.append(maps.detach()[0, 0])  # expect: retained-tensor/view
        self.clones.append(maps[:, :8, 0, 0].clone())
        self.means.append(maps.mean(dim=(2, 3)).cpu())
        return {"predictions": maps.amax(dim=(1, 2, 3)).tolist()}


if __name__ == "__main__":
    kserve.ModelServer().start([Features("features")])

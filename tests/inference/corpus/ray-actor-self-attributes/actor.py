"""A deployment that remembers: one feature that is overwritten, counters, and a list that only grows."""

import torch
from ray import serve
from torchvision.models import resnet18


@serve.deployment
class Matcher:
    def __init__(self):
        self.net = resnet18(weights="DEFAULT")
        self.net.fc = torch.nn.Identity()
        self.net.eval().cuda()
        self.last = None
        self.seen = []
        self.gallery = []
        self.sizes = {}
        self.requests = 0

    @torch.inference_mode()
    def _features(self, pixels):
        return self.net(torch.tensor(pixels).cuda())

    def __call__(self, request):
        self.requests += 1
        features = self._features(request.query_params["pixels"])
        self.last = features
        self.seen.append(features)  # expect: retained-tensor/on-device
        self.gallery.append(features.cpu().numpy())
        self.sizes[self.requests % 100] = features.shape[0]
        return self.requests

    def nearest(self, pixels):
        query = self._features(pixels)
        kept = [torch.from_numpy(each).cuda() for each in self.gallery]
        return torch.cdist(query, torch.cat(kept)).argmin().item()


app = Matcher.bind()

"""A tower of handlers: the base guards, one subclass calls it, another replaces it, a mixin adds to it."""

import torch
from ts.torch_handler.base_handler import BaseHandler


class GuardedHandler(BaseHandler):
    def initialize(self, context):
        self.model = torch.jit.load(context.manifest["model"]["serializedFile"]).eval()
        self.initialized = True

    @torch.no_grad()
    def inference(self, data):
        return self.scores(data)

    def scores(self, data):
        return self.model(data).softmax(-1)


class Tempered:
    temperature = 2.0

    def inference(self, data):
        return super().inference(data / self.temperature)

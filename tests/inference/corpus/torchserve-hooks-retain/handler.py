"""A hook for one debugging session, registered when the worker starts and never removed."""

import torch
from ts.torch_handler.base_handler import BaseHandler


class HookedHandler(BaseHandler):
    def initialize(self, context):
        super().initialize(context)
        self.activations = []
        self.shapes = []
        self.latest = {}
        self.model.layer4.register_forward_hook(self._keep)  # expect: retained-tensor/hook
        self.model.layer3.register_forward_hook(self._shape)
        self.model.layer2.register_forward_hook(self._newest)

    def _keep(self, module, inputs, output):
        self.activations.append(output)

    def _shape(self, module, inputs, output):
        self.shapes.append(tuple(output.shape))
        del self.shapes[:-10]

    def _newest(self, module, inputs, output):
        self.latest["layer2"] = output.detach()

    def preprocess(self, data):
        return torch.stack([torch.tensor(row["body"]) for row in data]).to(self.device)

    def postprocess(self, data):
        return data.argmax(1).tolist()

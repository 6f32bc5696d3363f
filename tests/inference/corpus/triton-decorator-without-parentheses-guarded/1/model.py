# torch: 2.13.0
"""From torch 2.1 on the decorators may be written without parentheses."""

import torch
import triton_python_backend_utils as pb_utils


class TritonPythonModel:
    def initialize(self, args):
        self.first = torch.jit.load("first.ts").eval()
        self.second = torch.jit.load("second.ts").eval()

    @torch.no_grad
    def _coarse(self, x):
        return self.first(x)

    @torch.inference_mode
    def _fine(self, x):
        return self.second(x)

    def execute(self, requests):
        for request in requests:
            x = torch.from_numpy(pb_utils.get_input_tensor_by_name(request, "X").as_numpy())
            out = self._fine(self._coarse(x))
            tensor = pb_utils.Tensor("Y", out.numpy())
            request.get_response_sender().send(pb_utils.InferenceResponse([tensor]))

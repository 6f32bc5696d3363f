import numpy as np
import torch as th
import triton_python_backend_utils as pb_utils
from torch import no_grad as ng
from torch.utils.dlpack import from_dlpack, to_dlpack


class TritonPythonModel:
    """Depth and normals of one picture; the second network guards itself, so it may stand outside of the block."""

    def initialize(self, args):
        self.depth = th.hub.load("intel-isl/MiDaS", "MiDaS_small").eval().cuda()
        self.normals = th.jit.load("/models/normals.ts").cuda()
        self.mean = th.tensor([0.485, 0.456, 0.406]).view(3, 1, 1).cuda()

    @th.inference_mode()
    def _normals(self, pixels, depth):
        return self.normals(th.cat([pixels, depth.unsqueeze(1)], dim=1))

    def execute(self, requests):
        answers = []
        for request in requests:
            raw = pb_utils.get_input_tensor_by_name(request, "IMAGE")
            pixels = from_dlpack(raw.to_dlpack()).float().cuda() / 255 - self.mean
            with ng():
                depth = self.depth(pixels)
            normals = self._normals(pixels, depth)
            answers.append(
                pb_utils.InferenceResponse(
                    output_tensors=[
                        pb_utils.Tensor.from_dlpack("DEPTH", to_dlpack(depth)),
                        pb_utils.Tensor("NORMALS", normals.cpu().numpy().astype(np.float32)),
                    ]
                )
            )
        return answers

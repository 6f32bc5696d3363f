"""Triton python backend. The detector stands in the block, the recognizer was added later, below it."""

import json

import numpy as np
import torch
import triton_python_backend_utils as pb_utils


class TritonPythonModel:
    def initialize(self, args):
        config = json.loads(args["model_config"])
        self.device = f"cuda:{args['model_instance_device_id']}" if args["model_instance_kind"] == "GPU" else "cpu"
        folder = f"{args['model_repository']}/{args['model_version']}"
        self.detector = torch.jit.load(f"{folder}/detector.ts", map_location=self.device).eval()
        self.recognizer = torch.jit.load(f"{folder}/recognizer.ts", map_location=self.device).eval()
        self.out_type = pb_utils.triton_string_to_numpy(
            pb_utils.get_output_config_by_name(config, "CHARS")["data_type"]
        )

    def execute(self, requests):
        responses = []
        for request in requests:
            page = pb_utils.get_input_tensor_by_name(request, "PAGE").as_numpy()
            pixels = torch.from_numpy(page).float().to(self.device)
            with torch.no_grad():
                boxes = self.detector(pixels)
            crops = torch.stack([pixels[..., y0:y1, x0:x1] for x0, y0, x1, y1 in boxes.int().tolist()])
            chars = self.recognizer(crops).argmax(-1)  # expect: no-grad/partial-guard
            out = pb_utils.Tensor("CHARS", chars.cpu().numpy().astype(self.out_type))
            responses.append(pb_utils.InferenceResponse(output_tensors=[out]))
        return responses

    def finalize(self):
        del self.detector, self.recognizer

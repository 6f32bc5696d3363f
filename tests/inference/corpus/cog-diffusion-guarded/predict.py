import os
from typing import List

import torch
from cog import BasePredictor, Input, Path
from diffusers import AutoencoderKL, DPMSolverMultistepScheduler, StableDiffusionPipeline

MODEL = "stabilityai/stable-diffusion-2-1"


class Predictor(BasePredictor):
    def setup(self) -> None:
        vae = AutoencoderKL.from_pretrained("stabilityai/sd-vae-ft-mse", torch_dtype=torch.float16)
        self.pipe = StableDiffusionPipeline.from_pretrained(MODEL, vae=vae, torch_dtype=torch.float16).to("cuda")
        self.pipe.scheduler = DPMSolverMultistepScheduler.from_config(self.pipe.scheduler.config)
        self.pipe.enable_attention_slicing()

    def predict(
        self,
        prompt: str = Input(description="What to paint"),
        steps: int = Input(ge=1, le=100, default=25),
        guidance: float = Input(ge=1, le=20, default=7.5),
        count: int = Input(ge=1, le=4, default=1),
        seed: int = Input(default=None),
    ) -> List[Path]:
        seed = int.from_bytes(os.urandom(2), "big") if seed is None else seed
        generator = torch.Generator("cuda").manual_seed(seed)
        output = self.pipe(
            prompt=[prompt] * count, guidance_scale=guidance, generator=generator, num_inference_steps=steps
        )
        paths = []
        for index, image in enumerate(output.images):
            path = f"/tmp/out-{index}.png"
            image.save(path)
            paths.append(Path(path))
        return paths

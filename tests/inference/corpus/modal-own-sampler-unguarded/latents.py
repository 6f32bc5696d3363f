"""A sampling loop of one's own around a library's networks; the text encoder got its block, the loop did not."""

import modal

app = modal.App("latents")

with modal.Image.debian_slim().imports():
    import torch
    from diffusers import AutoencoderKL, DDIMScheduler, UNet2DConditionModel
    from transformers import CLIPTextModel, CLIPTokenizer

BASE = "runwayml/stable-diffusion-v1-5"


@app.cls(gpu="A10G")
class Latents:
    @modal.enter()
    def load(self):
        self.tokenizer = CLIPTokenizer.from_pretrained(BASE, subfolder="tokenizer")
        self.text = CLIPTextModel.from_pretrained(BASE, subfolder="text_encoder").cuda()
        self.unet = UNet2DConditionModel.from_pretrained(BASE, subfolder="unet").cuda()
        self.vae = AutoencoderKL.from_pretrained(BASE, subfolder="vae").cuda()
        self.scheduler = DDIMScheduler.from_pretrained(BASE, subfolder="scheduler")

    def _encode(self, prompt):
        ids = self.tokenizer([prompt, ""], padding="max_length", return_tensors="pt").input_ids
        with torch.no_grad():
            return self.text(ids.cuda())[0]

    @modal.method()
    def paint(self, prompt: str, steps: int = 30, scale: float = 7.5):
        words = self._encode(prompt)
        self.scheduler.set_timesteps(steps)
        latents = torch.randn(1, 4, 64, 64, device="cuda")
        for t in self.scheduler.timesteps:
            twice = self.scheduler.scale_model_input(torch.cat([latents] * 2), t)
            noise = self.unet(twice, t, encoder_hidden_states=words).sample  # expect: no-grad/unguarded-call
            wanted, plain = noise.chunk(2)
            latents = self.scheduler.step(plain + scale * (wanted - plain), t, latents).prev_sample
        image = self.vae.decode(latents / 0.18215).sample  # expect: no-grad/unguarded-call
        return image.clamp(-1, 1).detach().cpu().numpy()

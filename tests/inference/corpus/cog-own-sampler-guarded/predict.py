import torch
from cog import BasePredictor, Input, Path
from torchvision.utils import save_image

from sampling import make_schedule, sample
from unet import Denoiser


class Predictor(BasePredictor):
    def setup(self) -> None:
        self.denoiser = Denoiser().cuda()
        self.denoiser.load_state_dict(torch.load("denoiser.pt", weights_only=True))
        self.denoiser.eval()

    def predict(self, steps: int = Input(default=50, ge=10, le=500), seed: int = Input(default=0)) -> Path:
        torch.manual_seed(seed)
        noise = torch.randn(1, 3, 64, 64, device="cuda")
        image = sample(self.denoiser, noise, make_schedule(steps))
        save_image(image.add(1).div(2), "/tmp/sample.png")
        return Path("/tmp/sample.png")

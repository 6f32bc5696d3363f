"""Frames one by one. The first class holds its guard over the yield, the others do not."""

import litserve as ls
import torch
from torch import nn


class Decoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.mix = nn.Linear(33, 64)
        self.paint = nn.ConvTranspose2d(4, 3, 4, stride=4)

    def forward(self, seed, at):
        time = torch.full((seed.shape[0], 1), at)
        return self.paint(self.mix(torch.cat([seed, time], dim=1)).view(-1, 4, 4, 4))


class HeldOver(ls.LitAPI):
    frames = 16

    def setup(self, device):
        self.decoder = Decoder().to(device).eval()

    def decode_request(self, request):
        return torch.tensor(request["seed"])

    def predict(self, seed):
        with torch.inference_mode():
            frames = (self.decoder(seed, at / self.frames) for at in range(self.frames))
            yield from frames  # expect: no-grad/yield-in-guard

    def encode_response(self, output):
        for frame in output:
            yield {"frame": frame.tolist()}


class Collected(HeldOver):
    def predict(self, seed):
        with torch.inference_mode():
            frames = [self.decoder(seed, at / self.frames) for at in range(self.frames)]
        yield from frames


class Decorated(HeldOver):
    @torch.inference_mode()
    def predict(self, seed):
        for at in range(self.frames):
            yield self.decoder(seed, at / self.frames)


if __name__ == "__main__":
    ls.LitServer([HeldOver(stream=True), Collected(stream=True), Decorated(stream=True)]).run()

import numpy as np
import torch
from torch import nn


class Block(nn.Module):
    def __init__(self, width, grow=32):
        super().__init__()
        self.first = nn.Conv2d(width, grow, 3, padding=1)
        self.second = nn.Conv2d(width + grow, width, 3, padding=1)
        self.act = nn.LeakyReLU(0.2, inplace=True)

    def forward(self, x):
        y = self.act(self.first(x))
        return x + 0.2 * self.second(torch.cat([x, y], 1))


class Net(nn.Module):
    def __init__(self, width=64, blocks=8):
        super().__init__()
        self.enter = nn.Conv2d(3, width, 3, padding=1)
        self.body = nn.ModuleList(Block(width) for _ in range(blocks))
        self.leave = nn.Sequential(nn.Conv2d(width, 48, 3, padding=1), nn.PixelShuffle(4))

    def forward(self, x):
        x = self.enter(x)
        for block in self.body:
            x = block(x)
        return self.leave(x)


class Upscaler:
    def __init__(self, weights, tile):
        self.tile = tile
        self.model = Net()
        self.model.load_state_dict(torch.load(weights, map_location="cpu", weights_only=True)["params_ema"])
        self.model = self.model.eval().half().cuda()
        self.faces = torch.jit.load("weights/faces.ts").cuda()

    def enhance(self, picture):
        x = torch.from_numpy(picture[..., ::-1].copy()).permute(2, 0, 1).half().cuda()[None] / 255
        rows = []
        for top in range(0, x.shape[2], self.tile):
            strip = x[:, :, top : top + self.tile]
            rows.append(self.model(strip).float().clamp(0, 1))  # expect: no-grad/unguarded-call
        out = torch.cat(rows, 2)[0].permute(1, 2, 0).detach().cpu().numpy()
        return (out[..., ::-1] * 255).astype(np.uint8)

    @torch.no_grad()
    def repair(self, picture):
        x = torch.from_numpy(picture).permute(2, 0, 1)[None].float().cuda()
        return self.faces(x)[0].permute(1, 2, 0).byte().cpu().numpy()

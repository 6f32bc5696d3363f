from torch import nn


def convolution(inputs, outputs, kernel, stride=1):
    return nn.Sequential(
        nn.ReflectionPad2d(kernel // 2),
        nn.Conv2d(inputs, outputs, kernel, stride),
        nn.InstanceNorm2d(outputs, affine=True),
    )


class Residual(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.body = nn.Sequential(convolution(width, width, 3), nn.ReLU(), convolution(width, width, 3))

    def forward(self, x):
        return x + self.body(x)


class StyleNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(
            convolution(3, 32, 9), nn.ReLU(), convolution(32, 64, 3, 2), nn.ReLU(),
            *(Residual(64) for _ in range(5)),
            nn.Upsample(scale_factor=2), convolution(64, 3, 9),
        )

    def forward(self, x):
        return self.layers(x)

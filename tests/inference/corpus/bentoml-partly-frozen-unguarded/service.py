"""The backbone is frozen, the head is not: a call of the head builds a graph, one of the backbone does not."""

import bentoml
import torch
from torch import nn
from torchvision.models import convnext_tiny


class Probe(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(768)
        self.out = nn.Linear(768, 10)

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        return self.out(self.norm(features))


def frozen(net: nn.Module) -> nn.Module:
    for parameter in net.parameters():
        parameter.requires_grad_(False)
    return net.eval()


@bentoml.service
class LinearProbe:
    def __init__(self) -> None:
        backbone = convnext_tiny(weights="DEFAULT")
        backbone.classifier = nn.Flatten()
        self.backbone = frozen(backbone)
        self.head = Probe().eval()

    @bentoml.api
    def classify(self, pixels: list[list[list[float]]]) -> int:
        features = self.backbone(torch.tensor([pixels]))
        return self.head(features).argmax().item()  # expect: no-grad/unguarded-call

    @bentoml.api
    def features(self, pixels: list[list[list[float]]]) -> list[float]:
        return self.backbone(torch.tensor([pixels]))[0].tolist()

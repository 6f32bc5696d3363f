import torch
from torch import nn

WORDS = ("yes", "no", "stop", "go", "silence")


class Spotter:
    def __init__(self, path: str) -> None:
        self.net = nn.Sequential(
            nn.Conv1d(1, 32, 80, stride=16), nn.BatchNorm1d(32), nn.ReLU(), nn.MaxPool1d(4),
            nn.Conv1d(32, 64, 3), nn.BatchNorm1d(64), nn.ReLU(), nn.AdaptiveAvgPool1d(1),
            nn.Flatten(), nn.Linear(64, len(WORDS)),
        )
        self.net.load_state_dict(torch.load(path, weights_only=True))
        self.net.train(False)

    def spot(self, wave: torch.Tensor) -> tuple[str, float]:
        scores = self.net.forward(wave.view(1, 1, -1)).softmax(-1)[0]  # expect: no-grad/unguarded-call
        best = scores.argmax().item()
        return WORDS[best], scores[best].item()

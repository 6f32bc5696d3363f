import torch


class Engine:
    def __init__(self, path: str) -> None:
        self.model = torch.jit.load(path).eval()

    def run(self, features: list[float]) -> float:
        return self.model(torch.tensor(features)).item()

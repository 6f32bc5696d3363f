import torch


class Handler:
    def __init__(self) -> None:
        self.net = torch.nn.Linear(4, 1)
        self.net.requires_grad_(False)

    def predict(self, features: list[float]) -> float:
        return self.net(torch.tensor(features)).item()


def make() -> Handler:
    return Handler()

import torch


def tune(net: torch.nn.Module, optimizer: torch.optim.Optimizer, features: list[float], paid: float) -> None:
    net.train()  # expect: training-in-serving/train-mode
    loss = (net(torch.tensor(features)) - paid).pow(2).mean()
    optimizer.zero_grad()
    loss.backward()  # expect: training-in-serving/backward
    optimizer.step()  # expect: training-in-serving/optimizer
    net.eval()

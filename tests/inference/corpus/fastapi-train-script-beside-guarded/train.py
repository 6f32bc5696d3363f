import sys

import torch

from common import Wide, batch_loss


def main(path: str) -> None:
    x, y = torch.load(path, weights_only=True)
    net = Wide()
    optimizer = torch.optim.AdamW(net.parameters(), weight_decay=0.01)
    history = []
    for epoch in range(20):
        net.train()
        loss = batch_loss(net, x, y)
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        history.append(loss.item())
        print(epoch, history[-1])
    torch.save(net.state_dict(), "wide.pt")


if __name__ == "__main__":
    main(sys.argv[1])

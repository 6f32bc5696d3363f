from torch.nn import functional as F


def take_step(net, optimizer, x, y):
    optimizer.zero_grad(set_to_none=True)
    loss = F.cross_entropy(net(x), y)
    loss.backward()  # expect: training-in-serving/backward
    optimizer.step()  # expect: training-in-serving/optimizer
    return loss.item()

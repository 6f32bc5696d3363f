"""A prefork worker runs its tasks in the thread that imported this module: here the switch is enough."""

import torch
from celery import Celery

torch.set_grad_enabled(False)

app = Celery("vectors")
encoder = torch.nn.Sequential(torch.nn.EmbeddingBag(5000, 64), torch.nn.Linear(64, 16))
encoder.load_state_dict(torch.load("encoder.pt", weights_only=True))
encoder.eval()


@app.task
def vector(ids):
    return encoder(torch.tensor([ids]))[0].tolist()


@app.task
def distance(first, second):
    a, b = encoder(torch.tensor([first])), encoder(torch.tensor([second]))
    return torch.dist(a, b).item()

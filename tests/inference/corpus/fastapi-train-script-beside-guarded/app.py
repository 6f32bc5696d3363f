import torch
from fastapi import FastAPI

from common import Wide, probabilities

app = FastAPI()
net = Wide()
net.load_state_dict(torch.load("wide.pt", weights_only=True))
net.eval()


@app.post("/click")
def click(rows: list[list[float]]) -> list[float]:
    return probabilities(net, torch.tensor(rows))

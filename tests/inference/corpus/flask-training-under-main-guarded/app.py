"""The script trains when it is started by hand. What the server imports only predicts."""

import argparse

import torch
from flask import Flask, request

app = Flask(__name__)
net = torch.nn.Sequential(torch.nn.Linear(5, 20), torch.nn.ReLU(), torch.nn.Linear(20, 1))


@app.post("/predict")
def predict():
    net.eval()
    with torch.no_grad():
        return {"y": net(torch.tensor(request.json["x"])).item()}


def fit(path: str, epochs: int) -> None:
    x, y = torch.load(path, weights_only=True)
    optimizer = torch.optim.Adam(net.parameters())
    net.train()
    losses = []
    for _ in range(epochs):
        optimizer.zero_grad()
        loss = torch.nn.functional.mse_loss(net(x), y)
        loss.backward()
        optimizer.step()
        losses.append(loss)
    print(f"loss {losses[-1].item():.4f}")
    torch.save(net.state_dict(), "net.pt")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--fit")
    arguments = parser.parse_args()
    if arguments.fit:
        fit(arguments.fit, epochs=50)
    else:
        app.run()

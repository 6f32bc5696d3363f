"""Adapts the batch norms to what comes in, and forgets that this is training."""

import torch
from flask import Flask, request
from torchvision.models import resnet18

app = Flask(__name__)
net = resnet18(weights="DEFAULT")
optimizer = torch.optim.SGD([each for name, each in net.named_parameters() if "bn" in name], lr=1e-4)


def entropy(logits):
    return -(logits.softmax(1) * logits.log_softmax(1)).sum(1).mean()


@app.route("/classify", methods=["POST"])
def classify():
    net.train()  # expect: training-in-serving/train-mode
    pixels = torch.tensor(request.json["pixels"])
    logits = net(pixels)
    entropy(logits).backward()  # expect: training-in-serving/backward
    optimizer.step()  # expect: training-in-serving/optimizer
    optimizer.zero_grad()
    return {"classes": logits.argmax(1).tolist()}


@app.route("/classify/plain", methods=["POST"])
def classify_plain():
    net.train(False)
    with torch.inference_mode():
        return {"classes": net(torch.tensor(request.json["pixels"])).argmax(1).tolist()}

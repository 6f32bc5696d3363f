import torch
from flask import Flask, request

app = Flask(__name__)
model = torch.jit.load("model.pt")


@app.post("/price")
def price():
    return str(model(torch.tensor(request.json)))  # noqa: no-grad/unguarded-call -- the exporter froze the weights

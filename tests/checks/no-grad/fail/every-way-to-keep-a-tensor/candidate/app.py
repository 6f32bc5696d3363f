from collections import deque
from functools import lru_cache

import torch
from flask import Flask, request

app = Flask(__name__)
model = torch.jit.load("model.pt")
recent = deque(maxlen=1000)
answers = {}
total = 0.0


@lru_cache(maxsize=None)
def embed(x):
    return model(x)


@app.post("/price")
def price():
    global total
    x = torch.tensor(request.json)
    y = model(x)
    recent.append(y)
    answers[str(request.json)] = y.cpu()
    total += y.sum()
    embed(x)
    return y.item()

"""Guards that are made and never entered, each in its own way; and two that only look like it."""

import torch
from flask import Flask, request

app = Flask(__name__)
model = torch.jit.load("score.ts").eval()


def rows():
    return torch.tensor(request.json["rows"])


@app.post("/statement")
def statement():
    torch.no_grad()  # expect: no-grad/guard-not-entered
    return {"scores": model(rows()).tolist()}  # expect: no-grad/unguarded-call


@app.post("/variable")
def variable():
    guard = torch.inference_mode()  # expect: no-grad/guard-not-entered
    x = rows()
    scores = model(x)  # expect: no-grad/unguarded-call
    return {"scores": scores.tolist()}


@app.post("/entered")
def entered():
    guard = torch.inference_mode()
    with guard:
        return {"scores": model(rows()).tolist()}


@app.post("/by-hand")
def by_hand():
    guard = torch.no_grad()
    guard.__enter__()
    try:
        return {"scores": model(rows()).tolist()}
    finally:
        guard.__exit__(None, None, None)


@app.post("/switch")
def switch():
    torch.set_grad_enabled(False)
    return {"scores": model(rows()).tolist()}


@app.post("/wrapped")
def wrapped():
    quiet = torch.no_grad()(model)
    return {"scores": quiet(rows()).tolist()}

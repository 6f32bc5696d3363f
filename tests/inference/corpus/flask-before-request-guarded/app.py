"""The hook runs before each request in the thread that answers it: there the switch takes effect."""

import torch
from flask import Flask, g, request

app = Flask(__name__)
captioner = torch.jit.load("captioner.ts").eval()
words = ["a", "dog", "cat", "on", "the", "mat"]


@app.before_request
def switch_off():
    g.started = True
    torch.set_grad_enabled(False)


@app.post("/caption")
def caption():
    ids = captioner(torch.tensor(request.json["pixels"])).argmax(-1)
    return {"caption": " ".join(words[index] for index in ids.tolist())}

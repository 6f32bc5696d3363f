import torch
from flask import Flask

app = Flask(__name__)
weights = torch.load("weights.pt")


@app.get("/health")
def health():
    return "ok"

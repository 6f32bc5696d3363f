"""One helper, two callers. It is safe only if every caller guards."""

import torch
from flask import Flask, request

from features import Extractor

app = Flask(__name__)
extractor = Extractor()


@app.post("/index")
@torch.no_grad()  # spare: the other route has none
def index():
    return {"vector": extractor.vector(request.json["ids"])}


@app.post("/query")
def query():
    return {"vector": extractor.vector(request.json["ids"])}


@app.post("/similar")
@torch.no_grad()
def similar():
    return {"score": extractor.similarity(*request.json["pair"])}


@app.post("/norm")
def norm():
    with torch.no_grad():
        return {"score": extractor.similarity(request.json["ids"], request.json["ids"])}

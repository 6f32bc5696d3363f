"""A tree of serving code of any size, in the shape of real services: the subject of `tests.benchmarks.lint`.

Each service is a package of five files: an application, an engine with its batching thread, networks, features without
torch, and settings. One service in five is unguarded. Names differ from service to service, as they do in a monorepo.
The same size gives the same bytes.
"""

from __future__ import annotations

from pathlib import Path

FRAMEWORKS = ("fastapi", "flask", "starlette", "litserve")

APP = {
    "fastapi": '''\
"""The HTTP side of {name}."""

import logging
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel

from {name}.engine import {title}Engine
from {name}.features import features_of
from {name}.settings import SETTINGS

logger = logging.getLogger(__name__)
app = FastAPI(title="{name}")
engine = {title}Engine(SETTINGS["weights"])


class {title}Request(BaseModel):
    rows: list[dict[str, float]]
    region: str = "eu"


@app.get("/health")
def health():
    return {{"status": "ok", "device": str(engine.device)}}


@app.post("/predict")
def predict(request: {title}Request):
    try:
        rows = [features_of(row, request.region) for row in request.rows]
    except KeyError as error:
        raise HTTPException(422, f"unknown feature {{error}}") from error
    answers = engine.predict(rows)
    logger.info("%s rows", len(answers))
    return {{"answers": answers}}


@app.post("/embed")
async def embed(request: {title}Request):
    rows = [features_of(row, request.region) for row in request.rows]
    return {{"vectors": await engine.embed_async(rows)}}
''',
    "flask": '''\
"""The HTTP side of {name}."""

from flask import Flask, jsonify, request

from {name}.engine import {title}Engine
from {name}.features import features_of
from {name}.settings import SETTINGS

app = Flask(__name__)
engine = {title}Engine(SETTINGS["weights"])


@app.route("/health")
def health():
    return jsonify(status="ok")


@app.route("/predict", methods=["POST"])
def predict():
    body = request.get_json()
    rows = [features_of(row, body.get("region", "eu")) for row in body["rows"]]
    return jsonify(answers=engine.predict(rows))
''',
    "starlette": '''\
"""The HTTP side of {name}."""

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse
from starlette.routing import Route

from {name}.engine import {title}Engine
from {name}.features import features_of
from {name}.settings import SETTINGS

engine = {title}Engine(SETTINGS["weights"])


async def predict(request):
    body = await request.json()
    rows = [features_of(row, body.get("region", "eu")) for row in body["rows"]]
    answers = await run_in_threadpool(engine.predict, rows)
    return JSONResponse({{"answers": answers}})


app = Starlette(routes=[Route("/predict", predict, methods=["POST"])])
''',
    "litserve": '''\
"""The HTTP side of {name}."""

import litserve as ls

from {name}.engine import {title}Engine
from {name}.features import features_of
from {name}.settings import SETTINGS


class {title}API(ls.LitAPI):
    def setup(self, device):
        self.engine = {title}Engine(SETTINGS["weights"], device)

    def decode_request(self, request):
        return [features_of(row, request.get("region", "eu")) for row in request["rows"]]

    def predict(self, rows):
        return self.engine.predict(rows)

    def encode_response(self, output):
        return {{"answers": output}}


if __name__ == "__main__":
    ls.LitServer({title}API()).run(port=8000)
''',
}

ENGINE = '''\
"""What loads and runs the model of {name}."""

import asyncio
import threading
from collections import deque

import torch

from {name}.nets import {title}Net


class {title}Engine:
    """One model, one device, one thread that batches."""

    def __init__(self, path, device="cpu"):
        self.device = torch.device(device)
        self.model = {title}Net(16, 64, 1)
        self.model.load_state_dict(torch.load(path, map_location=self.device, weights_only=True))
        self.model.to(self.device).eval()
        self.recent = deque(maxlen=100)
        self.waiting = []
        self.lock = threading.Lock()
{guard}
    def predict(self, rows):
        batch = torch.tensor(rows, device=self.device, dtype=torch.float32)
        output = self._forward(batch)
        self.recent.append(float(output.mean()))
        return output.squeeze(-1).tolist()

    def _forward(self, batch):
        if batch.ndim == 1:
            batch = batch.unsqueeze(0)
        parts = [self.model(part) for part in batch.split({size})]
        return torch.cat(parts)

    async def embed_async(self, rows):
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(None, self.embed, rows)
{guard}
    def embed(self, rows):
        batch = torch.tensor(rows, device=self.device, dtype=torch.float32)
        return self.model.encode(batch).cpu().tolist()

    def collect(self, row):
        with self.lock:
            self.waiting.append(row)
            if len(self.waiting) < {size}:
                return None
            rows, self.waiting = self.waiting, []
        return self.predict(rows)
'''

NETS = '''\
"""The networks of {name}."""

import torch
from torch import nn


class Residual(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.first = nn.Linear(width, width)
        self.second = nn.Linear(width, width)
        self.norm = nn.LayerNorm(width)

    def forward(self, x):
        return self.norm(x + self.second(torch.relu(self.first(x))))


class {title}Net(nn.Module):
    def __init__(self, inputs, width, outputs):
        super().__init__()
        self.stem = nn.Linear(inputs, width)
        self.blocks = nn.ModuleList([Residual(width) for _ in range({depth})])
        self.head = nn.Linear(width, outputs)

    def encode(self, x):
        x = torch.relu(self.stem(x))
        for block in self.blocks:
            x = block(x)
        return x

    def forward(self, x):
        return self.head(self.encode(x))
'''

FEATURES_HEAD = '''\
"""From a request to the numbers that the model of {name} takes; no torch in here."""

import math

REGIONS = {{"eu": 0, "us": 1, "ap": 2}}


def features_of(row, region):
    """Return the features in the order of training."""
    found = [float(REGIONS[region])]
'''
FEATURE_CALL = "    found.append({name}_{number}(row))\n"
FEATURE = '''

def {name}_{number}(row):
    """Return feature {number}: clipped, scaled, and safe where it is missing."""
    value = row.get("{name}_{number}")
    if value is None or math.isnan(value):
        return {number}.0
    if value < 0:
        value = 0.0
    elif value > {number} * 1000:
        value = {number} * 1000.0
    return math.log1p(value) / {number}.5
'''
FEATURES_TAIL = "    return found\n"
SETTINGS = '"""Settings of {name}."""\n\nSETTINGS = {{\n    "weights": "{name}.pt",\n{lines}}}\n'
COUNT = 15


def service(number: int) -> dict[str, str]:
    """Return the files of one service, by name."""
    name, title = f"service{number:04}", f"Service{number:04}"
    guard = "" if number % 5 == 3 else "\n    @torch.inference_mode()"
    values = {"name": name, "title": title, "size": 8 + number % 24, "depth": 2 + number % 5}
    features = FEATURES_HEAD.format(**values)
    features += "".join(FEATURE_CALL.format(name=name, number=each) for each in range(1, COUNT + 1)) + FEATURES_TAIL
    features += "".join(FEATURE.format(name=name, number=each) for each in range(1, COUNT + 1))
    lines = "".join(f'    "option_{each}": {each * number},\n' for each in range(20))
    return {
        "__init__.py": "",
        "app.py": APP[FRAMEWORKS[number % len(FRAMEWORKS)]].format(**values),
        "engine.py": ENGINE.format(**values, guard=guard),
        "nets.py": NETS.format(**values),
        "features.py": features,
        "settings.py": SETTINGS.format(name=name, lines=lines),
    }


def write_tree(folder: Path, lines: int) -> int:
    """Write services into a folder until they have that many lines; return how many they have."""
    written, number = 0, 0
    while written < lines:
        home = folder / f"service{number:04}"
        home.mkdir(parents=True)
        for name, text in service(number).items():
            (home / name).write_text(text, encoding="utf-8")
            written += text.count("\n")
        number += 1
    return written

"""Handlers nested in a factory: the network is a variable of the function around them."""

import pathlib

import torch
from flask import Flask, abort, request


def load(path):
    if not pathlib.Path(path).exists():
        raise FileNotFoundError(path)
    return torch.jit.load(path).eval()


def create_app(config=None):
    app = Flask(__name__)
    app.config.from_mapping(WEIGHTS="age.ts")
    app.config.update(config or {})
    regressor = load(app.config["WEIGHTS"])
    limits = {"low": 0.0, "high": 120.0}

    @app.get("/limits")
    def get_limits():
        return limits

    @app.post("/age")
    def age():
        years = estimate(request.json["pixels"])
        if not limits["low"] <= years <= limits["high"]:
            abort(422)
        return {"age": years}

    @app.post("/ages")
    def ages():
        with torch.no_grad():
            return {"ages": [estimate_guarded(each) for each in request.json["faces"]]}

    def estimate(pixels):
        return regressor(torch.tensor([pixels])).item()  # expect: no-grad/unguarded-call

    def estimate_guarded(pixels):
        return regressor(torch.tensor([pixels])).item()

    return app

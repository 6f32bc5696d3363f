"""The entry script of an online endpoint: init() once, run(data) for each request."""

import json
import logging
import os

import torch

from architecture import make_network


def init():
    global network, scaler
    folder = os.environ["AZUREML_MODEL_DIR"]
    checkpoint = torch.load(os.path.join(folder, "model.ckpt"), map_location="cpu", weights_only=True)
    network = make_network(**checkpoint["sizes"])
    network.load_state_dict(checkpoint["weights"])
    network.eval()
    scaler = checkpoint["mean"], checkpoint["scale"]
    logging.info("ready")


def run(raw_data):
    rows = torch.tensor(json.loads(raw_data)["data"])
    mean, scale = scaler
    outputs = network((rows - mean) / scale)  # expect: no-grad/unguarded-call
    return {"result": outputs.squeeze(-1).tolist()}

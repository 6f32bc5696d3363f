import torch
from flask import Blueprint, Flask, request

from .utils import serving, smart_inference_mode, timed, without_grad

api = Blueprint("api", __name__, url_prefix="/api")
DEVICE = "cuda" if torch.cuda.is_available() else "cpu"
detector = torch.jit.load("detector.pt", map_location=DEVICE).eval()


def frame():
    return torch.frombuffer(bytearray(request.data), dtype=torch.uint8).float().to(DEVICE)


@api.post("/smart")
@smart_inference_mode()
def smart():
    return {"boxes": detector(frame()).tolist()}


@api.post("/wrapped")
@timed
@without_grad
def wrapped():
    return {"boxes": detector(frame()).tolist()}


@api.post("/block")
def block():
    pixels = frame()
    with serving(DEVICE):
        boxes = detector(pixels)
    return {"boxes": boxes.tolist()}


@api.post("/timed")
@timed
def only_timed():
    boxes = detector(frame())  # expect: no-grad/unguarded-call
    return {"boxes": boxes.detach().tolist()}


def create_app():
    app = Flask(__name__)
    app.register_blueprint(api)
    return app

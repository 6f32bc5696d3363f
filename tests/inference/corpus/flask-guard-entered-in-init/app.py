"""A guard that the constructor enters and that nothing leaves: the server's threads have gradients on."""

import torch
from flask import Flask, request
from flask.views import MethodView

app = Flask(__name__)


class Engine:
    def __init__(self, path):
        self.net = torch.jit.load(path).eval()
        self._guard = torch.no_grad()
        self._guard.__enter__()  # expect: no-grad/guard-entered-at-startup

    def run(self, row):
        return self.net(torch.tensor(row)).item()


class Warm:
    """Enters its guard for the warm-up, and leaves it."""

    def __init__(self, path):
        self.net = torch.jit.load(path).eval()
        with torch.no_grad():  # spare: no request comes here
            self.net(torch.zeros(1, 8))

    @torch.no_grad()
    def run(self, row):
        return self.net(torch.tensor(row)).item()


engine, warm = Engine("a.ts"), Warm("b.ts")


class Score(MethodView):
    def post(self):
        row = request.json["row"]
        return {"a": engine.run(row), "b": warm.run(row)}


app.add_url_rule("/score", view_func=Score.as_view("score"))

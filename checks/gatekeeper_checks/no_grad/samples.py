"""The candidates of the rules' examples: one small service, as its author would write it."""

from __future__ import annotations

from gatekeeper.model import Example

_POLICY = """\
schema: gatekeeper/candidate@1
name: pricing
code:
  paths: [serving]
"""
_HEAD = """\
import torch
from fastapi import FastAPI

app = FastAPI()
model = torch.jit.load("model.pt").eval()
"""

NO_CODE = Example(files={"gatekeeper.yaml": "schema: gatekeeper/candidate@1\nname: pricing\n"})

UNGUARDED = """\

@app.post("/price")
def price(features: list[float]) -> float:
    return model(torch.tensor(features)).item()
"""
GUARDED = """\

@app.post("/price")
@torch.inference_mode()
def price(features: list[float]) -> float:
    return model(torch.tensor(features)).item()
"""


def serving(code: str, imports: str = "") -> Example:
    """Return a candidate whose service loads a model and then says `code`."""
    return Example(files={"gatekeeper.yaml": _POLICY, "serving/app.py": f"{imports}{_HEAD}{code}"})


def handler(body: str, before: str = "", imports: str = "", guard: str = "@torch.inference_mode()") -> Example:
    """Return a candidate whose service says `before`, and `body` in a handler with that decorator."""
    indented = "".join(f"    {line}\n" for line in body.splitlines())
    decorator = f"{guard}\n" if guard else ""
    head = f'\n@app.post("/price")\n{decorator}def price(features: list[float]) -> float:\n'
    return serving(f"{before}\n{head}{indented}" if before else f"{head}{indented}", imports)

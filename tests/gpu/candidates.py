"""The handlers and artifacts that are tried on a graphics card."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from gatekeeper_checks.golden_replay import samples

NET: Final = """\
import os

import torch

torch.manual_seed(4)
device = "cuda" if torch.cuda.is_available() and not os.path.exists(__file__ + ".cpu") else "cpu"
net = torch.nn.Sequential(torch.nn.Linear(256, 512), torch.nn.GELU(), torch.nn.Linear(512, 3)).eval().to(device)
KEPT = []


def rows(request):
    return torch.linspace(0.0, float(request["units"] or 0), 4 * 256, device=device).reshape(4, 256)


def clean(request):
    with torch.inference_mode():
        return {"logits": net(rows(request))}


def leaking(request):
    out = net(rows(request))
    KEPT.append(out)
    return {"price": float(out.detach().sum())}


def handler():
    return clean


def leak():
    return leaking
"""
"""On the card where there is one, and on the processor where a file beside it says so: the silent fall-back."""

ARTIFACTS: Final = """\
import sys
from pathlib import Path

import torch

folder = Path(sys.argv[1])
torch.manual_seed(7)
net = torch.nn.Sequential(torch.nn.Linear(3, 64), torch.nn.ReLU(), torch.nn.Linear(64, 2)).eval()
rows = torch.tensor([[0.0, 0.5, -1.0], [1.0, 0.5, -1.0]])
torch.jit.script(net).save(str(folder / "net.pt"))
batch = torch.export.Dim("batch")
torch.export.save(torch.export.export(net, (rows,), dynamic_shapes=({0: batch},)), str(folder / "net.pt2"))
try:
    torch.onnx.export(net, (rows,), str(folder / "net.onnx"), dynamo=False, input_names=["x"], output_names=["y"],
                      dynamic_axes={"x": {0: "batch"}, "y": {0: "batch"}})
except Exception as error:
    print("no ONNX file:", error)
with torch.no_grad():
    print(net(rows).tolist())
"""


def write(folder: Path, *, devices: str = "[cpu]", gpu: str = "if-available") -> Path:
    """Write the candidate, with rows to record from; return its folder."""
    folder.mkdir(exist_ok=True)
    replay = f"replay: {{min_records: 2, stress: 40, devices: {devices}, gpu: {gpu}}}"
    policy = samples.POLICY.replace("golden.jsonl", "golden").replace("replay: {min_records: 2, stress: 40}", replay)
    rows = "units\n" + "\n".join(map(str, range(1, 13))) + "\n"
    for name, content in (("gatekeeper.yaml", policy), ("serve.py", NET), ("rows.csv", rows)):
        (folder / name).write_text(content, encoding="utf-8")
    (folder / "model.pkl").write_bytes(samples.MODEL)
    return folder

"""The files on which `tests.benchmarks.peers` runs the gate and its peers. What is hostile in them calls `echo`."""

from __future__ import annotations

import pickle
import zlib
from pathlib import Path

CALL = b"\x80\x02cos\nsystem\nX\x04\x00\x00\x00echo\x85R."
"""A pickle that calls os.system("echo")."""

BROKEN = CALL[:-1] + b"\xff\xff"
"""The same call, behind which the stream breaks: loading it has called before it raises."""

ORDINARY = pickle.dumps({"weights": [float(each) for each in range(1000)]}, protocol=4)

POLICY = "schema: gatekeeper/candidate@1\nname: model\nartifacts: [model.pkl]\nbaseline: baseline.json\n"
SERVING = """\
import torch
from flask import Flask

app = Flask(__name__)
model = torch.nn.Linear(1, 1)


@app.post("/")
def answer():
    return {"answer": model(torch.zeros(1)).item()}
"""
WORKFLOW = """\
name: test
on: pull_request_target
jobs:
  test:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - run: echo "${{ github.event.pull_request.title }}"
"""
POD = """\
apiVersion: v1
kind: Pod
metadata: {name: a}
spec: {containers: [{name: a, image: "nginx:latest", securityContext: {privileged: true}}]}
"""

FILES: dict[str, str | bytes] = {
    "empty.pkl": b"",
    "cut.pkl": ORDINARY[: len(ORDINARY) // 2],
    "call.pkl": CALL,
    "call-then-broken.pkl": BROKEN,
    "call-then-cut.joblib": zlib.compress(CALL + bytes(100_000))[:-20],
    "packed.joblib": zlib.compress(CALL),
    "empty-baseline/gatekeeper.yaml": POLICY,
    "empty-baseline/model.pkl": ORDINARY,
    "empty-baseline/baseline.json": "",
    "cut-baseline/gatekeeper.yaml": POLICY,
    "cut-baseline/model.pkl": ORDINARY,
    "cut-baseline/baseline.json": '{"schema": "gatekeeper/baseline@1", "rows":',
    "empty.py": "",
    "malformed.py": "def answer(:\n",
    "unused.py": "import os\n",
    "serving.py": SERVING,
    "empty.txt": "",
    "malformed.txt": "requests==2.19.0\n=== [no requirement\n",
    "empty.yml": "",
    "malformed.yml": "on: [push\njobs: {a: b: c\n",
    "workflow.yml": WORKFLOW,
    "pod.yml": POD,
}


def write_files(folder: Path) -> None:
    """Write them, and an empty folder."""
    (folder / "empty").mkdir(parents=True)
    for name, content in FILES.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())

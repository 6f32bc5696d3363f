"""Run in an environment with torch and its neighbours: writes one small net as each kind of artifact, into a folder."""

from __future__ import annotations

import json
import sys
import warnings
from pathlib import Path

import nets
import numpy as np
import onnx
import safetensors.torch
import skops.io
import torch
from sklearn.ensemble import RandomForestClassifier


def as_onnx(net: torch.nn.Module, batch: str | int) -> onnx.ModelProto:
    """Return the linear layer of the net, and the label, as an ONNX model."""
    make = onnx.helper
    nodes = [make.make_node("Gemm", ["x", "w", "b"], ["y"], transB=1)]
    nodes.append(make.make_node("ArgMax", ["y"], ["label"], axis=1, keepdims=0))
    inputs = [make.make_tensor_value_info("x", onnx.TensorProto.FLOAT, [batch, 3])]
    outputs = [make.make_tensor_value_info("y", onnx.TensorProto.FLOAT, [batch, 2])]
    outputs.append(make.make_tensor_value_info("label", onnx.TensorProto.INT64, [batch]))
    weights = [onnx.numpy_helper.from_array(net.linear.weight.detach().numpy(), "w")]
    weights.append(onnx.numpy_helper.from_array(net.linear.bias.detach().numpy(), "b"))
    graph = make.make_graph(nodes, "net", inputs, outputs, weights)
    return make.make_model(graph, opset_imports=[make.make_opsetid("", 17)], ir_version=8)


def main(folder: Path) -> None:
    """Write all, and what the net makes of three records."""
    warnings.simplefilter("ignore")
    net = nets.net()
    torch.jit.script(net).save(str(folder / "scripted"))
    torch.jit.trace(net, torch.zeros(1, 3)).save(str(folder / "traced"))
    torch.jit.script(nets.net().train()).save(str(folder / "in-training"))
    free = {"x": {0: torch.export.Dim("batch")}}
    torch.export.save(torch.export.export(net, (torch.zeros(2, 3),), dynamic_shapes=free), folder / "exported.pt2")
    torch.export.save(torch.export.export(net, (), {"x": torch.zeros(1, 3)}), folder / "exported-for-one.pt2")
    safetensors.torch.save_file(net.state_dict(), folder / "weights")
    torch.save(net.state_dict(), folder / "checkpoint")
    onnx.save(as_onnx(net, "batch"), str(folder / "onnx"))
    onnx.save(as_onnx(net, 1), str(folder / "onnx-for-one"))
    rows = np.random.default_rng(0).normal(size=(60, 3))
    skops.io.dump(RandomForestClassifier(5, random_state=0).fit(rows, rows[:, 0] > 0), folder / "skops")
    with torch.inference_mode():
        expected = [net(torch.tensor([row]))[0].tolist() for row in nets.ROWS]
    (folder / "expected.json").write_text(json.dumps(expected), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))

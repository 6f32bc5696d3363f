"""Makes small files in the formats that are recognised and not read yet, by the libraries that they belong to.

pip install onnx safetensors skops h5py gguf py7zr
python tests/artifact/make_other_formats.py
"""

from __future__ import annotations

from pathlib import Path

import gguf
import h5py
import numpy as np
import onnx
import py7zr
import skops.io
from onnx import TensorProto, helper
from safetensors.numpy import save_file
from sklearn.linear_model import LinearRegression

FOLDER = Path(__file__).parent / "corpus" / "other-formats"
WEIGHTS = {"weight": np.arange(6, dtype="f4").reshape(2, 3)}


def make_onnx() -> None:
    of_one = [1]
    given = helper.make_tensor_value_info("x", TensorProto.FLOAT, of_one)
    returned = helper.make_tensor_value_info("y", TensorProto.FLOAT, of_one)
    graph = helper.make_graph([helper.make_node("Relu", ["x"], ["y"])], "graph", [given], [returned])
    onnx.save(helper.make_model(graph, producer_name="skl2onnx"), FOLDER / "model.onnx")
    onnx.save(helper.make_model(graph), FOLDER / "without_producer.onnx")


def make_gguf() -> None:
    writer = gguf.GGUFWriter(FOLDER / "model.gguf", "llama")
    writer.add_tensor("weight", WEIGHTS["weight"])
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    save_file(WEIGHTS, FOLDER / "model.safetensors")
    np.save(FOLDER / "model.npy", WEIGHTS["weight"])
    np.savez(FOLDER / "model.npz", **WEIGHTS)
    np.savez_compressed(FOLDER / "deflated.npz", **WEIGHTS)
    skops.io.dump(LinearRegression().fit(np.eye(3), [1, 2, 3]), FOLDER / "model.skops")
    with h5py.File(FOLDER / "model.h5", "w") as file:
        file["weight"] = WEIGHTS["weight"]
    with py7zr.SevenZipFile(FOLDER / "model.7z", "w") as archive:
        archive.writestr(b"weights", "model.bin")
    make_onnx()
    make_gguf()


if __name__ == "__main__":
    main()

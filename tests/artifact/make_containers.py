"""Makes small files in the formats of containers, by the libraries that they belong to.

Run it once in each of these environments, all of Python 3.11, from the repository's root:

    pip install torch==1.13.1 "numpy<2"                                           make_containers.py torch
    pip install torch==2.2.0 "numpy<2"                                            make_containers.py torch
    pip install torch==2.13.0                                                     make_containers.py torch
    pip install numpy==1.26.4                                                     make_containers.py numpy
    pip install numpy==2.4.6                                                      make_containers.py numpy
    pip install keras==3.15.1 jax==0.10.2 h5py==3.16.0                            make_containers.py keras
    pip install onnx==1.23.2 safetensors==0.8.0 skops==0.16.0 gguf==0.19.0        make_containers.py formats

Lambdas are compiled under a name of their own, and TorchScript is left out: both would keep paths of the machine.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from types import FunctionType
from typing import Any

CORPUS = Path(__file__).parent / "corpus"


def folder(name: str) -> Path:
    made = CORPUS / f"containers-{name}"
    made.mkdir(parents=True, exist_ok=True)
    return made


def make_torch() -> None:
    import torch

    torch.manual_seed(0)
    made = folder(f"torch-{torch.__version__.partition('+')[0]}")
    model = torch.nn.Sequential(torch.nn.Linear(4, 3), torch.nn.ReLU(), torch.nn.Linear(3, 1))
    torch.save(model.state_dict(), made / "state.pt")
    torch.save(model, made / "module.pt")
    torch.save({"half": torch.ones(3, dtype=torch.bfloat16), "steps": torch.arange(5)}, made / "types.pt")


def make_numpy() -> None:
    import numpy as np
    from numpy.lib import format as npy

    made = folder(f"numpy-{np.__version__}")
    fields = np.dtype([("left", "<i8"), ("threshold", "<f8"), ("gain", ">f4", (2,))], align=True)
    arrays: dict[str, Any] = {
        "matrix": np.arange(6, dtype="f4").reshape(2, 3),
        "columns": np.asfortranarray(np.arange(6.0).reshape(2, 3)),
        "big": np.arange(4, dtype=">f8"),
        "flags": np.array([True, False]),
        "text": np.array(["red", "green"]),
        "times": np.array(["2024-05-01"], dtype="M8[D]"),
        "scalar": np.float64(1.5),
        "empty": np.empty((0, 4)),
        "nodes": np.zeros(3, dtype=fields),
    }
    for name, array in arrays.items():
        np.save(made / f"{name}.npy", array)
    np.save(made / "objects.npy", np.array([{"a": 1}, "b"], dtype=object))
    with (made / "version2.npy").open("wb") as stream:
        npy.write_array(stream, arrays["matrix"], version=(2, 0))
    with (made / "version3.npy").open("wb") as stream:
        npy.write_array(stream, np.zeros(2, dtype=[("é€", "f4")]), version=(3, 0))
    np.savez(made / "stored.npz", **arrays)
    np.savez_compressed(made / "deflated.npz", **arrays, objects=np.array([None], dtype=object))


def make_keras() -> None:
    os.environ["KERAS_BACKEND"] = "jax"
    import keras

    made = folder(f"keras-{keras.__version__}")
    doubled = FunctionType(compile("lambda x: x * 2", "model.py", "eval").co_consts[0], {})

    @keras.saving.register_keras_serializable(package="shop")
    class Scale(keras.layers.Layer):  # type: ignore[misc]  # there are no types for keras here
        def call(self, given: object) -> object:
            return given

    for name, layers in {
        "plain": [keras.layers.Dense(2)],
        "lambda": [keras.layers.Lambda(doubled)],
        "custom": [Scale()],
    }.items():
        model = keras.Sequential([keras.layers.Input((3,)), *layers])
        model.save(made / f"{name}.keras")
    model.save(made / "model.h5")


def make_safetensors(made: Path) -> None:
    import numpy as np
    from safetensors import TensorSpec, serialize
    from safetensors.numpy import save_file

    # The names that `TensorSpec` takes, with the bytes of four elements.
    types = {"bool": 4, "uint8": 4, "int8": 4, "float8_e4m3fn": 4, "float8_e5m2": 4, "float8_e8m0fnu": 4}
    types |= {"int16": 8, "uint16": 8, "float16": 8, "bfloat16": 8, "int32": 16, "uint32": 16, "float32": 16}
    types |= {"int64": 32, "uint64": 32, "float64": 32, "complex64": 32}
    zeros = np.zeros(32, dtype="u1")
    given = {
        name: TensorSpec(dtype=name, shape=[2, 2], data_ptr=zeros.ctypes.data, data_len=length)
        for name, length in types.items()
    }
    given["packed"] = TensorSpec(dtype="float4_e2m1fn_x2", shape=[2, 2], data_ptr=zeros.ctypes.data, data_len=4)
    (made / "types.safetensors").write_bytes(serialize(given, metadata={"format": "pt"}))
    save_file({"weight": np.arange(6, dtype="f4"), "empty": np.empty((0, 3))}, made / "model.safetensors")
    save_file({}, made / "nothing.safetensors")


def make_skops(made: Path) -> None:
    import numpy as np
    import skops.io
    from scipy import sparse
    from sklearn.linear_model import LogisticRegression
    from sklearn.neighbors import KNeighborsClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    given, wanted = np.eye(4), [0, 1, 0, 1]
    pipeline = make_pipeline(StandardScaler(), LogisticRegression()).fit(given, wanted)
    skops.io.dump(pipeline, made / "pipeline.skops", compression=8)
    skops.io.dump(KNeighborsClassifier().fit(sparse.csr_matrix(given), wanted), made / "sparse.skops")


def make_gguf(made: Path) -> None:
    import gguf
    import numpy as np

    writer = gguf.GGUFWriter(made / "model.gguf", "llama")
    writer.add_uint32("llama.block_count", 1)
    writer.add_float32("llama.rope.freq_base", 10000.0)
    writer.add_bool("general.flag", val=True)
    writer.add_array("tokenizer.ggml.tokens", ["<s>", "a", "é"])
    writer.add_array("tokenizer.ggml.scores", [0.5, 1.5])
    writer.add_chat_template("{% for message in messages %}{{ message }}{% endfor %}")
    writer.add_tensor("whole", np.arange(6, dtype="f4").reshape(2, 3))
    writer.add_tensor("half", np.ones((1, 5), dtype="f2"))
    blocks = gguf.quantize(np.ones((2, 64), dtype="f4"), gguf.GGMLQuantizationType.Q8_0)
    writer.add_tensor("quantised", blocks, raw_dtype=gguf.GGMLQuantizationType.Q8_0)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def make_onnx(made: Path) -> None:
    import numpy as np
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    inner = helper.make_graph(
        [helper.make_node("Identity", ["bias"], ["y"])],
        "then",
        [],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [2])],
        [numpy_helper.from_array(np.array([1, np.nan], dtype="f4"), "bias")],
    )
    constant = helper.make_node("Constant", [], ["c"], name="three", value=numpy_helper.from_array(np.arange(3.0)))
    nodes = [
        helper.make_node("If", ["flag"], ["y"], name="choose", then_branch=inner, else_branch=inner),
        constant,
        helper.make_node("Scale", ["c"], ["s"], domain="com.shop"),
    ]
    weights = [
        numpy_helper.from_array(np.arange(6, dtype="f4").reshape(2, 3), "raw"),
        helper.make_tensor("typed", TensorProto.FLOAT, [2], [1.0, 2.0]),
        helper.make_tensor("halves", TensorProto.FLOAT16, [2], [1.0, 2.0]),
        helper.make_tensor("counts", TensorProto.INT64, [3], [1, 2, 300]),
        helper.make_tensor("names", TensorProto.STRING, [2], [b"a", b"b"]),
        numpy_helper.from_array(np.array(1, dtype="bool"), "flag"),
    ]
    sparse = helper.make_sparse_tensor(
        helper.make_tensor("values", TensorProto.FLOAT, [1], [5.0]),
        helper.make_tensor("indices", TensorProto.INT64, [1], [2]),
        [4],
    )
    graph = helper.make_graph(nodes, "graph", [], [helper.make_tensor_value_info("y", TensorProto.FLOAT, [2])], weights)
    graph.sparse_initializer.append(sparse)
    function = helper.make_function(
        "com.shop",
        "Scale",
        ["x"],
        ["y"],
        [constant, helper.make_node("Mul", ["x", "c"], ["y"])],
        [helper.make_opsetid("", 18)],
    )
    opsets = [helper.make_opsetid("", 18), helper.make_opsetid("com.shop", 1)]
    model = helper.make_model(graph, producer_name="shop", opset_imports=opsets, functions=[function])
    helper.set_model_props(model, {"owner": "pricing"})
    onnx.save(model, made / "everything.onnx")
    plain = helper.make_model(helper.make_graph([], "graph", [], [], weights[:1]), opset_imports=opsets[:1])
    onnx.save(plain, made / "external.onnx", save_as_external_data=True, location="weights.bin", size_threshold=0)


def make_formats() -> None:
    made = folder("formats")
    make_safetensors(made)
    make_skops(made)
    make_gguf(made)
    make_onnx(made)


if __name__ == "__main__":
    {"torch": make_torch, "numpy": make_numpy, "keras": make_keras, "formats": make_formats}[sys.argv[1]]()

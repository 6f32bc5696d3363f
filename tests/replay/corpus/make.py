"""Makes this corpus with the real tools: onnx, mlflow, tensorflow-serving-api. See README.md for the versions."""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from pathlib import Path

import ml_dtypes
import mlflow
import numpy as np
import onnx
import pandas as pd
import tensorflow as tf
from onnx import TensorProto, helper, numpy_helper
from tensorflow_serving.apis import (
    classification_pb2,
    model_pb2,
    predict_pb2,
    prediction_log_pb2,
)

HERE = Path(__file__).parent
NUMBERS = [0, 1, -1, 3, 2.5, -0.5]


def save(proto: onnx.TensorProto, *path: str) -> None:
    target = HERE.joinpath("onnx", *path)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(proto.SerializeToString(deterministic=True))


def onnx_sets() -> None:
    rng = np.random.default_rng(0)
    for number in (0, 1, 10):
        image = rng.normal(size=(1, 2, 3)).astype(np.float32)
        save(numpy_helper.from_array(image, "image"), "sets", f"test_data_set_{number}", "input_0.pb")
        save(numpy_helper.from_array(np.array([number]), "size"), "sets", f"test_data_set_{number}", "input_1.pb")
        save(numpy_helper.from_array(image.sum(axis=(1, 2)), "y"), "sets", f"test_data_set_{number}", "output_0.pb")
    unnamed = numpy_helper.from_array(np.array(2.5))
    save(unnamed, "unnamed", "test_data_set_0", "input_0.pb")
    words = numpy_helper.from_array(np.array([["a", "ø"], ["", "日"]], dtype=object), "words")
    save(words, "texts", "test_data_set_0", "input_0.pb")


def onnx_types() -> None:
    """One tensor of each type, raw and in its typed field, and what onnx itself reads from it."""
    expected = {}
    types = [each for each in TensorProto.DataType.items() if each[0] not in {"UNDEFINED", "STRING"}]
    for position, (name, number) in enumerate(types):
        kind = helper.tensor_dtype_to_np_dtype(number)
        unsigned = name.startswith("UINT") or name in {"BOOL", "FLOAT8E8M0"}
        given = [abs(each) for each in NUMBERS] if unsigned else NUMBERS
        if name in {"UINT2", "INT2"}:
            given = [0, 1, 1, 0, 1, 1]
        values = np.array(given).astype(kind)
        for folder, raw in (("test_data_set_0", True), ("test_data_set_1", False)):
            if raw:
                proto = numpy_helper.from_array(values, name)
            else:
                proto = helper.make_tensor(name, number, values.shape, values)
            assert bool(proto.raw_data) == raw, (name, raw)
            save(proto, "types", folder, f"input_{position}.pb")
            back = numpy_helper.to_array(proto)
            wide = np.complex128 if name.startswith("COMPLEX") else np.float64
            plain = back.astype(wide)
            expected[name] = [str(each) for each in plain.tolist()]
    (HERE / "onnx/types/expected.json").write_text(json.dumps(expected, indent=1) + "\n")


def onnx_small_floats() -> None:
    """Every pattern of bits of the floats that numpy has no type for, as ml_dtypes reads them."""
    table = {}
    names = (
        "float8_e4m3fn float8_e4m3fnuz float8_e5m2 float8_e5m2fnuz float8_e8m0fnu "
        "float4_e2m1fn float6_e2m3fn float6_e3m2fn"
    )
    for name in names.split():
        width = 16 if "float4" in name else 64 if "float6" in name else 256
        bits = np.arange(width, dtype=np.uint8).view(getattr(ml_dtypes, name))
        table[name] = [str(each) for each in bits.astype(np.float64).tolist()]
    (HERE / "onnx/small_floats.json").write_text(json.dumps(table, indent=None, separators=(",", ":")) + "\n")


class Echo(mlflow.pyfunc.PythonModel):
    def predict(self, context, model_input, params=None):  # noqa: ANN001, ANN201, ARG002 - as mlflow has it
        return [1]


def mlflow_examples() -> None:
    frame = pd.DataFrame({"area": [50.0, 0.1], "region": ["north", None], "rooms": [2, 3], "2": [True, False]})
    examples = {
        "frame": frame,
        "array": np.array([[1.0, 2.5], [3.0, 4.0]], dtype=np.float32),
        "tensors": {"a": np.array([[1, 2]]), "b": np.array([0.5])},
        "object": {"question": "why?", "temperature": 0.5},
        "list": ["first", "second"],
        "params": ({"question": "why?"}, {"max_tokens": 5}),
    }
    for name, example in examples.items():
        with tempfile.TemporaryDirectory() as folder:
            mlflow.pyfunc.save_model(folder + "/m", python_model=Echo(), input_example=example, pip_requirements=[])
            target = HERE / "mlflow" / name
            target.mkdir(parents=True, exist_ok=True)
            for file in ("input_example.json", "serving_input_example.json"):
                if Path(folder, "m", file).exists():
                    shutil.copy(Path(folder, "m", file), target / file)


def warmup() -> None:
    kinds = {
        "floats": tf.float32, "doubles": tf.float64, "halves": tf.float16, "brain": tf.bfloat16, "int8": tf.int8,
        "uint8": tf.uint8, "int16": tf.int16, "uint16": tf.uint16, "int32": tf.int32, "uint32": tf.uint32,
        "int64": tf.int64, "uint64": tf.uint64, "truth": tf.bool, "complex": tf.complex64, "words": tf.string,
        "small": tf.dtypes.experimental.float8_e5m2,
    }  # fmt: skip
    logs = []
    for how in ("raw", "typed"):
        request = predict_pb2.PredictRequest(model_spec=model_pb2.ModelSpec(name="m", signature_name="serving_default"))
        for name, kind in kinds.items():
            values = [[b"a", "ø".encode()]] if kind == tf.string else np.array([[0, 1]]).astype(kind.as_numpy_dtype)
            if how == "typed" and kind != tf.string:
                # By its fields: as a client without TensorFlow writes it, the last value repeated.
                proto = (
                    tf.compat.v1.make_tensor_proto(kind.as_numpy_dtype(1), dtype=kind, shape=[1, 2])
                    if name != "small"
                    else None
                )
                proto = proto or tf.make_tensor_proto(values, dtype=kind)
            else:
                proto = tf.make_tensor_proto(values, dtype=kind)
            request.inputs[name].CopyFrom(proto)
        logs.append(prediction_log_pb2.PredictionLog(predict_log=prediction_log_pb2.PredictLog(request=request)))
    classify = classification_pb2.ClassificationRequest(model_spec=model_pb2.ModelSpec(name="m"))
    logs.insert(1, prediction_log_pb2.PredictionLog(classify_log=prediction_log_pb2.ClassifyLog(request=classify)))
    folder = HERE / "warmup" / "1" / "assets.extra"
    folder.mkdir(parents=True, exist_ok=True)
    with tf.io.TFRecordWriter(str(folder / "tf_serving_warmup_requests")) as writer:
        for each in logs:
            writer.write(each.SerializeToString(deterministic=True))


if __name__ == "__main__":
    onnx_sets()
    onnx_types()
    onnx_small_floats()
    mlflow_examples()
    warmup()
    print(sys.version, onnx.__version__, mlflow.__version__, tf.__version__)

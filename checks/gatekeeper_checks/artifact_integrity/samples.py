"""The candidates of the rules' examples: small model files, byte by byte, and what vouches for them."""

from __future__ import annotations

import base64
import hashlib
import json
import struct
import zlib
from collections.abc import Mapping

from gatekeeper.model import Example
from gatekeeper_checks._samples import SCIKIT_LEARN_1_3_0, estimators

NUMPY_2_4_6 = """\
numpy==2.4.6 \
    --hash=sha256:001fbb8e08d942dd57599e781f2472269ee7f2755fae407b4f67b2f0b17da3f1
"""
SCIKIT_LEARN: Mapping[str, str] = {"scikit-learn": "1.3.0"}
NUMPY: Mapping[str, str] = {"numpy": "2.4.6"}
_LOCKS = {"scikit-learn": SCIKIT_LEARN_1_3_0, "numpy": NUMPY_2_4_6}

_POLICY = """\
schema: gatekeeper/candidate@1
name: pricing
artifacts: [{artifacts}]
{artifact}environment:
  production: production.lock
  target: cp311-linux_x86_64
"""
_RECORD = "artifact:\n  record: record.json\n"
_NAME = "model.bin"


def _text(value: str) -> bytes:
    return b"\x8c" + bytes([len(value)]) + value.encode()


def _global(module: str, name: str) -> bytes:
    return _text(module) + _text(name) + b"\x93"


def _array(module: str) -> bytes:
    """Return the pickle of an array with one float, as numpy writes it whose private module is called so."""
    dtype = _global("numpy", "dtype") + _text("f8") + b"\x89\x88\x87R(K\x03" + _text("<") + b"NNN"
    dtype += b"J\xff\xff\xff\xff" * 2 + b"K\x00tb"
    made = _global(module, "_reconstruct") + _global("numpy", "ndarray") + b"K\x00\x85C\x01b\x87R"
    return b"\x80\x04" + made + b"(K\x01K\x01\x85" + dtype + b"\x89C\x08" + struct.pack("<d", 1.0) + b"tb."


def _zip(files: Mapping[str, bytes]) -> bytes:
    """Return a zip file whose members are stored."""
    out, directory = b"", b""
    for name, data in files.items():
        common = struct.pack("<HHHHHIIIHH", 20, 0, 0, 0, 0x21, zlib.crc32(data), len(data), len(data), len(name), 0)
        entry = struct.pack("<HHHII", 0, 0, 0, 0, len(out))
        directory += b"PK\x01\x02" + struct.pack("<H", 20) + common + entry + name.encode()
        out += b"PK\x03\x04" + common + name.encode() + data
    end = struct.pack("<HHHHIIH", 0, 0, len(files), len(files), len(directory), len(out), 0)
    return out + directory + b"PK\x05\x06" + end


def _npz(*values: float, columns: int = 1) -> bytes:
    shape = (len(values) // columns, columns)
    header = f"{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}, }}"
    header = header.ljust(117) + "\n"
    npy = (
        b"\x93NUMPY\x01\x00"
        + struct.pack("<H", len(header))
        + header.encode()
        + struct.pack(f"<{len(values)}d", *values)
    )
    return _zip({"weights.npy": npy})


def _safetensors() -> bytes:
    header = b'{"weight":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}'
    header += b" " * (-len(header) % 8)
    return struct.pack("<Q", len(header)) + header + struct.pack("<f", 1.0)


MODEL = estimators("1.3.0")
COMMAND = b"\x80\x04" + _global("posix", "system") + _text("echo hello") + b"\x85R."
OWN_CLASS = b"\x80\x04" + _global("pricing.steps", "Clip") + b")\x81."
KERAS = _zip({"metadata.json": b"{}", "config.json": b'{"class_name": "Functional", "config": {"layers": []}}'})
NPZ = _npz(1.0, 2.0)
NPZ_WITH_NAN = _npz(1.0, float("nan"))
NPZ_OF_ZEROS = _npz(*[0.0] * 64, columns=8)
NUMPY_1 = _array("numpy.core.multiarray")
NUMPY_2 = _array("numpy._core.multiarray")


def unrecorded(content: bytes) -> Example:
    """Return a candidate with this model that no record vouches for."""
    return Example(files=_files(content, SCIKIT_LEARN, ""), notes={_NAME: "a LinearRegression of scikit-learn 1.3.0"})


def recorded(
    content: bytes,
    note: str = "a list of one LinearRegression, pickled by scikit-learn 1.3.0",
    packages: Mapping[str, str] = SCIKIT_LEARN,
) -> Example:
    """Return a candidate with this model and its training record."""
    files = _files(content, packages, _RECORD)
    return Example(files={**files, "record.json": training_record({_NAME: content}, packages)}, notes={_NAME: note})


def recorded_otherwise(content: bytes) -> Example:
    """Return a candidate with this model and the record of another."""
    files = _files(content, SCIKIT_LEARN, _RECORD)
    other = training_record({_NAME: content + b"."}, SCIKIT_LEARN)
    return Example(files={**files, "record.json": other}, notes={_NAME: "a LinearRegression of scikit-learn 1.3.0"})


def sharded(*, declared: bool) -> Example:
    """Return a candidate with an index of safetensors and its one shard."""
    shard, index = "model-00001-of-00001.safetensors", "model.safetensors.index.json"
    text = json.dumps({"metadata": {"total_size": 4}, "weight_map": {"weight": shard}})
    content = {index: text.encode(), shard: _safetensors()}
    names = f"{index}, {shard}" if declared else index
    files: dict[str, str | bytes] = {
        "gatekeeper.yaml": _POLICY.format(artifacts=names, artifact=_RECORD),
        "production.lock": SCIKIT_LEARN_1_3_0,
        "record.json": training_record(content, SCIKIT_LEARN),
        **content,
    }
    return Example(files=files, notes={shard: "one float32"})


def signed(content: bytes, *, other: bool = False) -> Example:
    """Return a candidate with this model, its record, and a bundle over it or over another file."""
    digest = hashlib.sha256(content + b"." * other).hexdigest()
    statement = {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"name": "model", "digest": {"sha256": hashlib.sha256(bytes.fromhex(digest)).hexdigest()}}],
        "predicateType": "https://model_signing/signature/v1.0",
        "predicate": {
            "resources": [{"name": _NAME, "algorithm": "sha256", "digest": digest}],
            "serialization": {"method": "files", "hash_type": "sha256", "allow_symlinks": False, "ignore_paths": []},
        },
    }
    envelope = {
        "payload": base64.b64encode(json.dumps(statement).encode()).decode(),
        "payloadType": "application/vnd.in-toto+json",
        "signatures": [{"sig": "MEUCIQ==", "keyid": ""}],
    }
    bundle = {
        "mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json",
        "verificationMaterial": {"publicKey": {"hint": "0" * 64}, "tlogEntries": []},
        "dsseEnvelope": envelope,
    }
    example = recorded(content)
    policy = _POLICY.format(artifacts=_NAME, artifact=f"{_RECORD}  bundle: model.sig\n")
    return Example(
        files={**example.files, "gatekeeper.yaml": policy, "model.sig": json.dumps(bundle)}, notes=example.notes
    )


def with_wheel(defines: str, reads: str = "coef_") -> Example:
    """Return a candidate whose model is a fitted Ridge, and a wheel whose module defines one class."""
    state = b"}(" + _text("coef_") + b"K\x01" + _text("_sklearn_version") + _text("1.3.0") + b"u"
    model = b"\x80\x04" + _global("sklearn.linear_model._ridge", "Ridge") + b")\x81" + state + b"b."
    source = f"class {defines}:\n    def predict(self, X):\n        return X * self.{reads}\n"
    wheel = {
        "sklearn/__init__.py": b"",
        "sklearn/linear_model/__init__.py": b"",
        "sklearn/linear_model/_ridge.py": source.encode(),
        "scikit_learn-1.3.0.dist-info/METADATA": b"Metadata-Version: 2.1\nName: scikit-learn\nVersion: 1.3.0\n",
        "scikit_learn-1.3.0.dist-info/WHEEL": b"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(f"{name},,\n" for name in [*wheel, "scikit_learn-1.3.0.dist-info/RECORD"])
    wheel["scikit_learn-1.3.0.dist-info/RECORD"] = record.encode()
    example = recorded(model, "a fitted Ridge, pickled by scikit-learn 1.3.0")
    policy = str(example.files["gatekeeper.yaml"]).replace("  target", "  wheels: wheels\n  target")
    name = "wheels/scikit_learn-1.3.0-py3-none-any.whl"
    return Example(
        files={**example.files, "gatekeeper.yaml": policy, name: _zip(wheel)},
        notes={**example.notes, name: f"a wheel whose _ridge.py defines {defines}, which reads {reads}"},
    )


def _files(content: bytes, packages: Mapping[str, str], artifact: str) -> dict[str, str | bytes]:
    return {
        "gatekeeper.yaml": _POLICY.format(artifacts=_NAME, artifact=artifact),
        "production.lock": _LOCKS[next(iter(packages))],
        _NAME: content,
    }


def training_record(files: Mapping[str, bytes], packages: Mapping[str, str] = SCIKIT_LEARN) -> str:
    """Return the training record of these files."""
    listed = [
        {"path": path, "sha256": hashlib.sha256(data).hexdigest(), "size": len(data)} for path, data in files.items()
    ]
    document = {
        "schema": "gatekeeper/record@1",
        "files": listed,
        "python": "3.11.7",
        "packages": dict(packages),
        "data": [],
        "created": "2026-11-24T09:00:00Z",
    }
    return json.dumps(document, sort_keys=True, indent=1) + "\n"

"""Feed-forward nets: the multi-layer perceptrons of scikit-learn, and `torch.nn.Sequential` of known layers."""

# `zip` knows `strict` since 3.10.
# ruff: noqa: B905

from __future__ import annotations

from typing import Any

import numpy as np

from gatekeeper.replay.inside.structure_parts import (
    Arrays,
    Model,
    Unknown,
    full_name,
    labels,
    library,
    short_name,
    values,
)

ACTIVATIONS = {"identity": None, "relu": "relu", "tanh": "tanh", "logistic": "sigmoid"}


def described(model: Any, arrays: Arrays) -> Model | None:
    """Return the description of a feed-forward net; None for any other model."""
    if library(model) == "sklearn" and short_name(model) in {"MLPRegressor", "MLPClassifier"}:
        return _perceptron(model, arrays)
    if library(model) == "torch":
        return _sequential(model, arrays)
    return None


def _perceptron(model: Any, arrays: Arrays) -> Model:
    if model.activation not in ACTIVATIONS:
        raise Unknown(full_name(model), f"its activation {model.activation!r} is not known")
    hidden, layers = ACTIVATIONS[model.activation], []
    precision = 32 if model.coefs_[0].dtype == np.float32 else 64
    for place, (weights, bias) in enumerate(zip(model.coefs_, model.intercepts_)):
        layers.append(_linear(weights.T, bias, arrays))
        if hidden is not None and place < len(model.coefs_) - 1:
            layers.append({"kind": hidden})
    predictor = {"kind": "net", "layers": layers, "precision": precision, "sums": precision}
    width, outputs, last = model.coefs_[0].shape[0], model.coefs_[-1].shape[1], model.out_activation_
    if short_name(model) == "MLPRegressor":
        if last not in {"identity", "exp"}:
            raise Unknown(full_name(model), f"its output activation {last!r} is not known")
        links = [{"kind": "monotone", "name": "exp"}] if last == "exp" else []
        return Model([], predictor, links, values(outputs), "value", width)
    names = labels(model.classes_)
    if last == "logistic" and outputs == 1:
        return Model([], predictor, [{"kind": "pair"}], names, "probability", width)
    if last == "softmax":
        return Model([], predictor, [{"kind": "softmax"}], names, "probability", width)
    raise Unknown(full_name(model), "it gives several labels at once")


def _linear(weights: Any, bias: Any, arrays: Arrays) -> dict[str, Any]:
    return {
        "kind": "linear",
        "weights": arrays.add(weights, np.float64),
        "bias": arrays.add(bias, np.float64),
    }


def _sequential(model: Any, arrays: Arrays) -> Model:
    layers: list[dict[str, Any]] = []
    width, outputs = _collect(model, arrays, layers, [])
    if width is None or outputs is None:
        raise Unknown(full_name(model), "it has no linear layer")
    predictor = {"kind": "net", "layers": layers, "precision": 32, "sums": 32}
    return Model([], predictor, [], values(outputs), "value", width)


def _collect(module: Any, arrays: Arrays, layers: list[dict[str, Any]], sizes: list[int]) -> tuple[Any, Any]:
    """Add the layers of a module, those inside it first to last; return how many columns go in and come out."""
    name = full_name(module)
    if _has_hooks(module):
        raise Unknown(name, "it has hooks, which may compute anything")
    if name == "torch.nn.modules.container.Sequential":
        for each in module:
            _collect(each, arrays, layers, sizes)
    elif name == "torch.nn.modules.linear.Linear":
        weights = _plain(module.weight)
        bias = np.zeros(weights.shape[0]) if module.bias is None else _plain(module.bias)
        layers.append(_linear(weights, bias, arrays))
        sizes.extend((weights.shape[1], weights.shape[0]))
    elif name == "torch.nn.modules.batchnorm.BatchNorm1d":
        layers.append(_normalized(module, arrays))
    else:
        layers.extend(_activation(module, name))
    return (sizes[0], sizes[-1]) if sizes else (None, None)


def _has_hooks(module: Any) -> bool:
    hooks = ("_forward_hooks", "_forward_pre_hooks")
    return any(getattr(module, each, None) for each in hooks) or "forward" in vars(module)


def _plain(tensor: Any) -> np.ndarray[Any, Any]:
    if str(tensor.dtype) != "torch.float32":
        raise Unknown("torch.Tensor", f"it is {tensor.dtype}, not torch.float32")
    return np.asarray(tensor.detach().cpu().numpy(), dtype=np.float64)


def _normalized(module: Any, arrays: Arrays) -> dict[str, Any]:
    """Return batch normalisation as it is when the module is evaluated: by what was seen in training."""
    if module.training:
        raise Unknown(full_name(module), "it is in training mode: what it computes depends on the batch")
    if module.running_mean is None:
        raise Unknown(full_name(module), "it keeps no running statistics: what it computes depends on the batch")
    mean, variance = _plain(module.running_mean), _plain(module.running_var)
    factor = 1.0 / np.sqrt(variance + module.eps)
    shift = -mean * factor
    if module.affine:
        weight = _plain(module.weight)
        factor, shift = factor * weight, shift * weight + _plain(module.bias)
    return {
        "kind": "scale",
        "factor": arrays.add(factor, np.float64),
        "shift": arrays.add(shift, np.float64),
    }


def _activation(module: Any, name: str) -> list[dict[str, Any]]:
    short = short_name(module)
    if name.startswith("torch.nn.modules.dropout.Dropout") or name == "torch.nn.modules.linear.Identity":
        if module.training and getattr(module, "p", 0.0) > 0.0:
            raise Unknown(name, "it is in training mode: what it computes is random")
        return []
    if not name.startswith("torch.nn.modules.activation."):
        raise Unknown(name, "its class is not one whose computation is known")
    if short in {"ReLU", "Tanh", "Sigmoid"}:
        return [{"kind": short.lower()}]
    if short == "LeakyReLU":
        return [{"kind": "leaky", "slope": float(module.negative_slope)}]
    if short == "Softplus" and float(module.beta) == 1.0:
        return [{"kind": "softplus"}]
    raise Unknown(name, "its class or setting is not one whose computation is known")

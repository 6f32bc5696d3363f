"""What computes: the device, the libraries that are loaded, and the switches that change numbers."""

# What is imported late is what an interpreter may lack, or what must not run before the sandbox is on.
# ruff: noqa: PLC0415

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import Any

from gatekeeper.replay.inside.calls import Fault, attempt

_LIBRARIES = {"numpy": "numpy", "torch": "torch", "onnxruntime": "onnxruntime", "scikit-learn": "sklearn"}
_MAX_TEXT = 200


def facts(device: str) -> dict[str, str]:
    """Return what computes on a device, by name; what is not known is left out.

    Args:
        device: "cpu", "cuda" or "cuda:1".
    """
    asked: dict[str, Callable[[], Any]] = {
        "device": lambda: device,
        "machine": lambda: os.uname().machine,
        "processor": _processor,
        "cpus": lambda: len(os.sched_getaffinity(0)),
    }
    for name, home in _LIBRARIES.items():
        if home in sys.modules:
            asked[name] = lambda home=home: sys.modules[home].__version__  # type: ignore[misc] # each its own
    torch = sys.modules.get("torch")
    if torch is not None:
        asked.update(_of_torch(torch))
        if device.startswith("cuda"):
            asked.update(_of_cuda(torch, device))
    found = {name: attempt(ask) for name, ask in asked.items()}
    return {name: str(each)[:_MAX_TEXT] for name, each in found.items() if each is not None and type(each) is not Fault}


def _of_torch(torch: Any) -> dict[str, Callable[[], Any]]:
    return {
        "threads": lambda: int(torch.get_num_threads()),
        "capability": lambda: str(torch.backends.cpu.get_cpu_capability()),
        "default dtype": lambda: str(torch.get_default_dtype()),
        "deterministic algorithms": lambda: bool(torch.are_deterministic_algorithms_enabled()),
    }


def _of_cuda(torch: Any, device: str) -> dict[str, Callable[[], Any]]:
    return {
        "device name": lambda: torch.cuda.get_device_name(device),
        "compute capability": lambda: ".".join(str(each) for each in torch.cuda.get_device_capability(device)),
        "driver": _driver,
        "cuda": lambda: torch.version.cuda,
        "cudnn": lambda: str(torch.backends.cudnn.version()),
        "tf32 matmul": lambda: torch.backends.cuda.matmul.allow_tf32,
        "tf32 cudnn": lambda: torch.backends.cudnn.allow_tf32,
        "bf16 reduction": lambda: torch.backends.cuda.matmul.allow_bf16_reduced_precision_reduction,
        "cudnn deterministic": lambda: torch.backends.cudnn.deterministic,
        "cudnn benchmark": lambda: torch.backends.cudnn.benchmark,
        "cublas workspace": lambda: os.environ.get("CUBLAS_WORKSPACE_CONFIG"),
    }


def _driver() -> str | None:
    """Return the version of the graphics driver, as the kernel's module tells it."""
    import re

    with open("/proc/driver/nvidia/version", encoding="utf-8") as source:  # noqa: PTH123 - no pathlib for one file
        found = re.search(r"\d+\.\d+(\.\d+)?", source.readline())
    return None if found is None else found.group()


def _processor() -> str | None:
    with open("/proc/cpuinfo", encoding="utf-8") as source:  # noqa: PTH123 - no pathlib for one file
        for line in source:
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return None

"""What Docker calls the platform of a target."""

from __future__ import annotations

from gatekeeper.environment.target import Target

_ARCHITECTURES = {
    "x86_64": "amd64",
    "amd64": "amd64",
    "aarch64": "arm64",
    "arm64": "arm64",
    "ppc64le": "ppc64le",
    "s390x": "s390x",
    "riscv64": "riscv64",
    "loongarch64": "loong64",
}


def docker_platform(target: Target) -> str | None:
    """Return `linux/amd64` and the like; None for macOS, for which no image is built."""
    if target.platform.startswith("macosx"):
        return None
    system = "windows" if target.platform.startswith("win") else "linux"
    machine = next((each for each in _ARCHITECTURES if target.platform.endswith(f"_{each}")), None)
    return None if machine is None else f"{system}/{_ARCHITECTURES[machine]}"


def same_platform(written: str, platform: str) -> bool:
    """Return whether both mean one platform; `linux/arm64/v8` is `linux/arm64`."""
    return written.lower().split("/")[:2] == platform.split("/")[:2]

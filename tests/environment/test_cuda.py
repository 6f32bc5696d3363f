"""A switch of torch's build, told as one: what it is called, and what is part of it."""

import pytest

from gatekeeper.environment.comparison.compare import compare
from gatekeeper.environment.comparison.cuda import BuildSwitch, build_switch
from gatekeeper.environment.comparison.wording import Names, switch_title
from gatekeeper.environment.facts import Lock, Row, Source
from gatekeeper.environment.target import parse_target

TARGET = parse_target("cp311-linux_x86_64")
NAMES = Names(training="a", production="b", first="A", second="B")


def lock(*packages: str) -> Lock:
    return Lock(rows=tuple(map(row, packages)))


def row(package: str) -> Row:
    """Return the row of `name==version`, or of a conda package `name=version=build`."""
    name, _, version = package.partition("==" if "==" in package else "=")
    version, _, build = version.partition("=")
    return Row(
        name=name, written=name, specifier=f"=={version}", version=version, extras=(), marker=None, hashes=(),
        source=Source.CONDA if build else Source.INDEX, url=None, build=build or None,
    )  # fmt: skip


def switch(training: Lock, production: Lock) -> BuildSwitch | None:
    return build_switch(compare(training, production, TARGET).differences)


@pytest.mark.parametrize(
    ("training", "production", "title"),
    [
        (
            lock("torch==2.2.0+cu121", "nvidia-nccl-cu12==2.19.3", "triton==2.2.0"),
            lock("torch==2.2.0+cpu"),
            "CUDA build -> CPU build (torch 2.2.0+cu121 -> 2.2.0+cpu; 1 nvidia package only in A, triton only in A)",
        ),
        (
            lock("torch==2.2.0+cpu"),
            lock("torch==2.1.2", "nvidia-nccl-cu12==2.19.3", "nvidia-nvtx-cu12==12.1.105"),
            "CPU build -> CUDA build (torch 2.2.0+cpu -> 2.1.2; 2 nvidia packages only in B)",
        ),
        (
            lock("torch==2.2.0+rocm5.7", "pytorch-triton-rocm==2.2.0"),
            lock("torch==2.2.0"),
            "ROCm build -> CPU build (torch 2.2.0+rocm5.7 -> 2.2.0; pytorch-triton-rocm only in A)",
        ),
        (
            lock("pytorch=2.2.0=py3.11_cuda12.1_cudnn8.9.2_0", "pytorch-cuda=12.1=ha16c6d3_5"),
            lock("pytorch=2.2.0=py3.11_cpu_0"),
            (
                "CUDA build -> CPU build (pytorch 2.2.0 (py3.11_cuda12.1_cudnn8.9.2_0) -> 2.2.0 (py3.11_cpu_0); "
                "pytorch-cuda only in A)"
            ),
        ),
    ],
    ids=["to-cpu", "to-cuda", "rocm", "conda"],
)
def test_the_title_says_what_became_of_the_build(training: Lock, production: Lock, title: str) -> None:
    found = switch(training, production)
    assert found is not None
    assert switch_title(found, NAMES) == title


@pytest.mark.parametrize(
    ("training", "production"),
    [
        (lock("torch==2.2.0+cu121"), lock("torch==2.2.0+cpu")),
        (lock("torch==2.2.0", "nvidia-nccl-cu12==2.19.3"), lock("torch==2.1.2", "nvidia-nccl-cu12==2.18.1")),
        (lock("nvidia-nccl-cu12==2.19.3"), lock()),
        (lock("torch==2.2.0+cu121", "nvidia-nccl-cu12==2.19.3"), lock()),
    ],
    ids=["torch-alone", "same-build", "no-torch", "torch-missing"],
)
def test_what_is_no_switch_of_builds_is_told_row_by_row(training: Lock, production: Lock) -> None:
    assert switch(training, production) is None


def test_other_packages_are_no_part_of_it() -> None:
    found = switch(
        lock("torch==2.2.0+cu121", "nvidia-nccl-cu12==2.19.3", "numpy==1.26.4", "torchvision==0.17.0+cu121"),
        lock("torch==2.2.0+cpu", "torchvision==0.17.0+cpu"),
    )
    assert found is not None
    assert [each.name for each in found.companions] == ["nvidia-nccl-cu12"]

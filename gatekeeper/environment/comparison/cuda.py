"""A change from one build of torch to another, told as one fact: it drags a dozen packages along."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from gatekeeper.environment.comparison.difference import Difference, Kind
from gatekeeper.environment.facts import Row

_TORCH = frozenset({"torch", "pytorch"})
# What the wheels of torch bring for a GPU, and how conda's channels call the same.
_COMPANION = re.compile(r"nvidia-.+|(?:pytorch-)?triton(?:-rocm)?|torchtriton|cuda-.+|pytorch-cuda|pytorch-mutex")
_OTHERWISE = frozenset({Kind.MISSING, Kind.EXTRA, Kind.VERSION, Kind.BUILD, Kind.ARTIFACTS})
_BUILDS = (("cu", "CUDA build"), ("rocm", "ROCm build"), ("xpu", "XPU build"), ("cpu", "CPU build"))
_LOCAL = re.compile(r"\+(?P<local>.+)")
_CONDA_BUILD = re.compile(r"(?:^|_)(?P<local>cu|rocm|xpu|cpu)")


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildSwitch:
    """Torch in another build, and the packages that come or go with it.

    Attributes:
        torch: The difference of torch itself.
        companions: Those of the packages that its builds bring, by name.
        trained: What the training's build is for, such as `CUDA build`.
        served: What production's build is for.
    """

    torch: Difference
    companions: tuple[Difference, ...]
    trained: str
    served: str


def build_switch(differences: Sequence[Difference]) -> BuildSwitch | None:
    """Return the switch of builds among the differences, or None where torch keeps its build or moves alone."""
    torch = next((each for each in differences if each.name in _TORCH and _is_other_build(each)), None)
    companions = [each for each in differences if each.kind in _OTHERWISE and _COMPANION.fullmatch(each.name)]
    if torch is None or not companions:
        return None
    trained = _build(torch.training, has_companions=any(each.training for each in companions))
    served = _build(torch.production, has_companions=any(each.production for each in companions))
    return BuildSwitch(
        torch=torch,
        companions=tuple(sorted(companions, key=lambda each: each.name)),
        trained=trained,
        served=served,
    )


def _is_other_build(difference: Difference) -> bool:
    before, after = difference.training, difference.production
    return before is not None and after is not None and _local(before) != _local(after)


def _local(row: Row) -> str:
    """Return what names the build: the local part of the version, or conda's build string."""
    found = _LOCAL.search(row.version or "")
    return found["local"] if found else row.build or ""


def _build(row: Row | None, *, has_companions: bool) -> str:
    """Return what the build is for; a wheel that does not say it is for CUDA if it brings CUDA along."""
    local = "" if row is None else _local(row)
    conda = _CONDA_BUILD.search(local) if row is not None and row.build else None
    name = conda["local"] if conda else local
    known = next((build for prefix, build in _BUILDS if name.startswith(prefix)), None)
    return known or ("CUDA build" if has_companions else "CPU build")

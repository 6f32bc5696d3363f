"""Every code path of `golden-replay` that touches CUDA, tried and told as a table. `tests/gpu/run.sh PYTHON` starts it.

Each row stands alone: what goes wrong in one is that row's result, and the others are tried all the same.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from gatekeeper.cli.candidates import opened
from gatekeeper.model import Examined
from gatekeeper.profiles import PROFILES
from gatekeeper.replay.golden import document
from gatekeeper.replay.observed import Memory, Predictor, Replayed, Stressed
from gatekeeper.replay.outcomes import Opened
from gatekeeper.replay.starting import Bounds
from gatekeeper.replay.worker import Worker, start
from gatekeeper_checks.golden_replay.judge import judge
from gatekeeper_checks.golden_replay.trial import has_graphics_card
from tests.gpu.candidates import ARTIFACTS, write

RECORDS = [{"units": each} for each in range(1, 13)]
ROWS = [[0.0, 0.5, -1.0], [1.0, 0.5, -1.0]]
LAYERS = ("namespaces", "mounts", "capabilities", "landlock", "limits", "seccomp")
ENVIRONMENT = {"OMP_NUM_THREADS": "1", "CUBLAS_WORKSPACE_CONFIG": ":4096:8"}


class Wrong(Exception):
    """A row is not as it must be; the text says what was got."""


@dataclass(frozen=True, slots=True)
class Place:
    """What the rows share: the interpreter with torch, and a folder for each row."""

    python: str
    folder: Path

    def gate(self, *command: str | Path, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
        """Run `gatekeeper golden ...` with the interpreter."""
        words = [sys.executable, "-m", "gatekeeper", "golden", *map(str, command), "--python", self.python]
        return subprocess.run(
            words, env={**os.environ, **(env or {})}, capture_output=True, text=True, check=False, timeout=900
        )

    @contextmanager
    def worker(self, root: Path, skip: frozenset[str] = frozenset()) -> Iterator[Worker]:
        """Start a worker that may use graphics cards."""
        bounds = Bounds(gpu=True, timeout=300.0, skip=skip)
        with start(self.python, root, bounds=bounds, environment=ENVIRONMENT) as worker:
            require(isinstance(worker, Worker), str(worker))
            assert isinstance(worker, Worker)
            yield worker

    def recorded(self, name: str, **how: str) -> Path:
        """Write the candidate, and record its answers on the processor."""
        root = write(self.folder / name, **how)
        done = self.gate("record", root, "--inputs", root / "rows.csv", "--n", "12", env={"CUDA_VISIBLE_DEVICES": ""})
        require(done.returncode == 0, last(done))
        return root


def require(is_so: bool, got: str) -> None:
    """Raise `Wrong` with what was got, unless it is so."""
    if not is_so:
        raise Wrong(got)


def last(done: subprocess.CompletedProcess[str]) -> str:
    """Return how a command ended, in a line."""
    lines = [each.strip() for each in (done.stdout + done.stderr).splitlines() if each.strip()]
    return f"exit {done.returncode}: {' | '.join(lines[-4:])}"[:600]


def cuda_in_the_sandbox(place: Place) -> str:
    """CUDA starts in the sandbox; where it does not, each layer is left off in turn to find the one."""
    root = write(place.folder / "sandbox")
    blamed = []
    for layer in ("", *LAYERS):
        with place.worker(root, frozenset({layer} - {""})) as worker:
            predictor = worker.open_predictor("serve:handler", device="cuda")
            found = worker.replay(RECORDS[:1])
            lies = isinstance(found, Replayed) and found.watched.devices == ("cuda:0",)
            if lies and not layer:
                assert isinstance(predictor, Predictor)
                layers = ", ".join(each.name for each in worker.facts.layers if each.applied)
                return f"{predictor.runtime.get('device name')}, driver {predictor.runtime.get('driver')}; on: {layers}"
            if lies:
                blamed.append(layer)
    raise Wrong(f"no CUDA in the sandbox; it is there without: {', '.join(blamed) or 'none of the layers alone'}")


def handler_on_cuda(place: Place) -> str:
    """A handler answers on the card; golden values of the processor stand for it, and that is noted, and no more."""
    done = place.gate("replay", place.recorded("handler"), "--device", "cuda")
    require("no golden values were recorded on cuda:" in done.stdout, last(done))
    require("fell back" not in done.stdout and "predictor-fails" not in done.stdout, last(done))
    (figures,) = [each for each in done.stdout.splitlines() if each.startswith("  logits")]
    return f"exit {done.returncode};{figures}"


def golden_of_a_card(place: Place) -> str:
    """Values of the card are recorded beside those of the processor, and used."""
    root = place.recorded("per-device")
    before = document.read(root / "golden")
    done = place.gate("record", root, "--device", "cuda", "--reason", "the card's own values")
    require(done.returncode == 0, last(done))
    after = document.read(root / "golden")
    assert before.header is not None
    assert after.header is not None
    (name,) = set(after.header.devices) - set(before.header.devices)
    require([each.outputs for each in before.records] != [], "no records")
    require(after.header.outputs == before.header.outputs, "the header's outputs changed")
    again = place.gate("replay", root, "--device", "cuda")
    require(again.returncode == 0 and "no golden values were recorded" not in again.stdout, last(again))
    cpu = place.gate("replay", root, "--device", "cpu", env={"CUDA_VISIBLE_DEVICES": ""})
    require(cpu.returncode == 0, f"on the processor: {last(cpu)}")
    return f"{name}: {sum(name in each.devices for each in after.records)} of {len(after.records)} records of its own"


def silent_fall_back(place: Place) -> str:
    """A handler that computes on the processor, and was asked for on the card, is found."""
    root = place.recorded("falls-back")
    (root / "serve.py.cpu").touch()
    done = place.gate("replay", root, "--device", "cuda")
    require(done.returncode == 1 and "error  golden-replay/device" in done.stdout, last(done))
    return next(each.strip() for each in done.stdout.splitlines() if "golden-replay/device" in each)[:200]


def artifact(name: str, device: str) -> Callable[[Place], str]:
    """Return the row of an adapter: the file answers on the card as on the processor, one by one and at once."""

    def row(place: Place) -> str:
        root = place.folder / "artifacts"
        root.mkdir(exist_ok=True)
        done = subprocess.run([place.python, "-c", ARTIFACTS, root], capture_output=True, text=True, check=False)
        require(done.returncode == 0 and (root / name).exists(), last(done))
        expected = json.loads(done.stdout.splitlines()[-1])
        with place.worker(root) as worker:
            predictor = worker.open_artifact(root / name, device="cuda")
            require(isinstance(predictor, Predictor), str(predictor))
            far = 0.0
            for batch in (False, True):
                found = worker.replay([{"x" if name.endswith("onnx") else "input": each} for each in ROWS], batch=batch)
                assert isinstance(found, Replayed), found
                for answer, wanted in zip(found.answers, expected, strict=True):
                    require(answer.fault is None, str(answer.fault))
                    (value,) = (answer.outputs or {}).values()
                    require(value.device == device, f"the output lies on {value.device!r}, expected {device!r}")
                    far = max(far, float(np.abs(np.array(value.values).reshape(-1) - wanted).max()))
        require(far < 1e-3, f"{far:.2g} from the processor's")
        return f"at most {far:.2g} from the processor's answers"

    return row


def stressed(place: Place, factory: str) -> Stressed:
    """Return what many requests to a handler on the card leave behind."""
    with place.worker(write(place.folder / factory)) as worker:
        outcome = worker.open_handler(f"serve:{factory}")
        require(isinstance(outcome, Opened), str(outcome))
        found = worker.stress(RECORDS, timeout=300.0)
    assert isinstance(found, Stressed), found
    require("cuda:0" in found.slopes, f"no CUDA device was followed: {', '.join(found.slopes)}")
    return found


def clean_on_cuda(place: Place) -> str:
    """A clean handler is called clean."""
    found = stressed(place, "handler")
    require(found.verdict is Memory.CLEAN, found.why)
    return f"{found.requests} requests, slope {found.slopes['cuda:0']:+.3g} bytes a request, {memory(found)}"


def leak_on_cuda(place: Place) -> str:
    """What is kept on the card is found: by how much, who holds it, and which line made it."""
    found = stressed(place, "leak")
    slope = found.slopes["cuda:0"]
    require(found.verdict is Memory.LEAK and slope > 0, f"{found.verdict}: {found.why}, slope {slope}")
    (holder,) = found.holders
    require(holder.path == "serve.KEPT" and holder.graphs > 0, str(holder))
    require(holder.allocated_at.startswith("serve.py:"), f"made at {holder.allocated_at!r}")
    return f"{slope:+,.0f} bytes a request, {holder.path}, made at {holder.allocated_at}, {memory(found)}"


def memory(found: Stressed) -> str:
    """Return peak and fragmentation in words."""
    require(found.peak["cuda:0"] > 0, f"peak {found.peak}")
    return f"peak {found.peak['cuda:0'] / 2**20:.1f} MiB, torn {found.fragmentation['cuda:0'] / 2**20:.1f} MiB"


def parity(place: Place) -> str:
    """Processor and card are held against each other."""
    root = place.recorded("parity", devices="[cpu, cuda]", gpu="required")
    with opened(root, Path(place.python), PROFILES["ci"]) as candidate:
        outcome = judge(candidate)
    require(isinstance(outcome, Examined), str(outcome))
    told = [each for each in outcome.evidence if " against " in each.what] if isinstance(outcome, Examined) else []
    require(len(told) == 1, f"{len(told)} comparisons")
    return f"{told[0].what}: {dict(told[0].measured or {})}"


def required(place: Place) -> str:
    """A card that is required and hidden from torch is no pass."""
    root = place.recorded("required", devices="[cuda]", gpu="required")
    seen = place.gate("replay", root)
    require("fell back" not in seen.stdout and "cuda:" in seen.stdout, f"with the card: {last(seen)}")
    hidden = place.gate("replay", root, env={"CUDA_VISIBLE_DEVICES": ""})
    require(hidden.returncode in (1, 3), f"without the card: {last(hidden)}")
    return f"exit {seen.returncode} with the card, {hidden.returncode} where it is hidden"


ROWS_OF_TABLE: tuple[tuple[str, Callable[[Place], str]], ...] = (
    ("CUDA in the sandbox", cuda_in_the_sandbox),
    ("handler on the card", handler_on_cuda),
    ("golden values of the card", golden_of_a_card),
    ("silent fall-back", silent_fall_back),
    ("TorchScript", artifact("net.pt", "cuda:0")),
    ("torch.export (pt2)", artifact("net.pt2", "cuda:0")),
    ("ONNX", artifact("net.onnx", "")),
    ("clean on CUDA", clean_on_cuda),
    ("leak on CUDA", leak_on_cuda),
    ("processor against card", parity),
    ("gpu: required", required),
)


def tried(row: Callable[[Place], str], place: Place) -> tuple[bool, str]:
    """Return whether a row is right, and its figures or what went wrong."""
    try:
        return True, row(place)
    except Wrong as wrong:
        return False, str(wrong)
    except Exception:  # noqa: BLE001 - a row must not keep the others from being tried, whatever it raises
        return False, " | ".join(each.strip() for each in traceback.format_exc().splitlines()[-3:])


def main() -> int:
    """Print the table; return the exit code."""
    if len(sys.argv) != 2:
        print("usage: python -m tests.gpu.table PYTHON", file=sys.stderr)
        return 2
    python = sys.argv[1]
    asked = "import torch; print(torch.__version__, torch.version.cuda, torch.cuda.is_available())"
    said = subprocess.run([python, "-c", asked], capture_output=True, text=True, check=False)
    if said.returncode or not said.stdout.strip().endswith("True") or not has_graphics_card():
        card = "a graphics card" if has_graphics_card() else "no graphics card"
        torch = said.stdout.strip() or (said.stderr.strip().splitlines() or ["nothing"])[-1]
        print(f"nothing was tried: this machine has {card}, and torch in {python} says: {torch}")
        return 3
    print(f"torch {said.stdout.strip()}\n\n{'path':<28}{'result':<8}{'s':>7}  figures")
    wrong = 0
    with tempfile.TemporaryDirectory(prefix="gpu-") as folder:
        for name, row in ROWS_OF_TABLE:
            began = time.monotonic()
            is_right, figures = tried(row, Place(python, Path(folder)))
            wrong += not is_right
            result = "ok" if is_right else "WRONG"
            print(f"{name:<28}{result:<8}{time.monotonic() - began:>7.1f}  {figures}", flush=True)
    print(f"\n{len(ROWS_OF_TABLE) - wrong} of {len(ROWS_OF_TABLE)} rows are right")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())

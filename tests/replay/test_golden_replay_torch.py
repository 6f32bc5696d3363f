"""`golden-replay` with torch: the rules whose examples need it, and what handlers of nets do, by the real commands."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from gatekeeper.model import Rule
from gatekeeper_checks.golden_replay import GoldenReplay, samples

pytestmark = pytest.mark.slow

Gate = Callable[..., "subprocess.CompletedProcess[str]"]
MakeCandidate = Callable[..., Path]
RULES = [each for each in GoldenReplay.about.rules if each.failing.needs == ("torch",)]

NET = """\
import torch

torch.manual_seed(4)
net = torch.nn.Sequential(torch.nn.Linear(1, 8), torch.nn.ReLU(), torch.nn.Linear(8, 1)).eval()


def rows(request):
    return torch.tensor([[float(request["units"] or 0)]])


"""
GUARDED = (
    NET
    + """\
def answer(request):
    with torch.inference_mode():
        return {"price": float(net(rows(request)))}


def handler():
    return answer
"""
)
POOLED = (
    NET
    + """\
from concurrent.futures import ThreadPoolExecutor

pool = ThreadPoolExecutor(1)


@torch.no_grad()
def answer(request):
    return {"price": float(pool.submit(net, rows(request)).result())}


def handler():
    return answer
"""
)
FINE_TUNING = (
    NET
    + """\
optimizer = torch.optim.SGD(net.parameters(), lr=1e-6)


def answer(request):
    price = net(rows(request))
    optimizer.zero_grad()
    ((price - 7.0) ** 2).sum().backward()
    optimizer.step()
    return {"price": float(price.detach())}


def handler():
    return answer
"""
)
DEMAND = (
    NET
    + """\
from collections import deque

RECENT = deque(maxlen=1000)


class DemandHandler:
    def estimate(self, request):
        demand = net(rows(request))
        RECENT.append(demand)
        return {"demand": float(demand), "recent": len(RECENT) > 0}


def handler():
    return DemandHandler().estimate
"""
)
TRANSFORMER = """\
import torch

torch.manual_seed(11)
layer = torch.nn.TransformerEncoderLayer(d_model=32, nhead=4, dim_feedforward=64, batch_first=True)
embedding = torch.nn.Embedding(50, 32).eval()
encoder = torch.nn.TransformerEncoder(layer, num_layers=2).eval()
head = torch.nn.Linear(32, 3).eval()


def logits(request):
    tokens = torch.arange(1, 9)[None] * (1 + int(request["units"] or 0)) % 50
    return head(encoder(embedding(tokens)).mean(dim=1))[0]


def answer(request):
    with torch.inference_mode():
        return {"logits": logits(request)}


def handler():
    return answer
"""
AUTOCAST = TRANSFORMER.replace(
    "torch.inference_mode():", 'torch.inference_mode(), torch.autocast("cpu", dtype=torch.bfloat16):'
)
AUTOCAST_AND_BACK = AUTOCAST.replace("logits(request)}", "logits(request).float()}")
FOREST = """\
import numpy
from sklearn.ensemble import RandomForestRegressor

rows = numpy.random.default_rng(3).uniform(0.0, 25.0, (2000, 4))
forest = RandomForestRegressor(300, n_jobs=2, random_state=0).fit(rows, numpy.sin(rows).sum(axis=1) * 1e3 / 7)


def answer(request):
    asked = numpy.linspace(0.0, float(request["units"] or 0), 2000).reshape(500, 4)
    return {"price": forest.predict(asked)}


def handler():
    return answer
"""


@pytest.fixture
def replay(gate: Gate, candidate: MakeCandidate, torch_python: str) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Return what records the answers of one handler and replays them with another, in an interpreter with torch."""

    def run(serve: str, now: str | None = None, **more: object) -> subprocess.CompletedProcess[str]:
        """Record where nothing is recorded yet, and replay."""
        rows = "units\n" + "\n".join(map(str, range(1, 13))) + "\n"
        policy = samples.POLICY.replace("golden.jsonl", "golden")
        files = {"gatekeeper.yaml": policy, "model.pkl": samples.MODEL, "serve.py": serve, "rows.csv": rows}
        root, is_recorded = candidate(files), (candidate({}) / "golden").exists()
        python = ("--python", torch_python)
        if not is_recorded:
            recorded = gate("golden", "record", root, "--inputs", root / "rows.csv", "--n", "12", *python, timeout=300)
            assert recorded.returncode == 0, recorded.stdout + recorded.stderr
        (root / "serve.py").write_text(now or serve)
        return gate("golden", "replay", root, *python, timeout=300, **more)

    return run


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_the_examples_of_the_rules_that_need_torch(
    rule: type[Rule], gate: Gate, candidate: MakeCandidate, torch_python: str
) -> None:
    fails = candidate(rule.failing.files, name="fails")
    passes = candidate(rule.passing.files, name="passes")
    failing = gate("golden", "replay", fails, "--python", torch_python, timeout=300)
    assert f"  {rule.code}  " in failing.stdout, failing.stdout
    others = {each.code for each in RULES if f"  {each.code}  " in failing.stdout} - {rule.code}
    # Who keeps a graph has built one.
    assert others <= {"golden-replay/grad-enabled"}
    passing = gate("golden", "replay", passes, "--python", torch_python, timeout=300)
    assert passing.returncode == 0, passing.stdout + passing.stderr


def test_four_rules_need_torch() -> None:
    names = {each.code.partition("/")[2] for each in RULES}
    assert names == {"training-mode", "grad-enabled", "keeps-graphs", "cycle"}


def test_a_guarded_net_passes(replay: Callable[..., subprocess.CompletedProcess[str]]) -> None:
    done = replay(GUARDED)
    assert done.returncode == 0, done.stdout


def test_a_transformer_passes_where_torch_uses_no_vector_instructions(
    replay: Callable[..., subprocess.CompletedProcess[str]],
) -> None:
    done = replay(TRANSFORMER, env={"ATEN_CPU_CAPABILITY": "default"})
    assert "capability DEFAULT" in done.stdout, done.stdout
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("now", "says"),
    [(AUTOCAST, "bfloat16"), (AUTOCAST_AND_BACK, "golden-replay/deviates")],
    ids=["another type", "the same type"],
)
def test_a_transformer_in_half_precision_fails(
    now: str, says: str, replay: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    done = replay(TRANSFORMER, now)
    assert done.returncode == 1, done.stdout
    assert says in done.stdout


def test_a_guard_does_not_reach_into_a_pool_of_threads(replay: Callable[..., subprocess.CompletedProcess[str]]) -> None:
    done = replay(POOLED)
    assert done.returncode == 1
    assert "golden-replay/grad-enabled" in done.stdout
    assert "12 of 12 forward calls ran with gradients on, first at serve.py:" in done.stdout


def test_a_net_that_learns_from_requests_fails(replay: Callable[..., subprocess.CompletedProcess[str]]) -> None:
    done = replay(GUARDED, FINE_TUNING)
    assert done.returncode == 1
    assert "golden-replay/weights-changed" in done.stdout
    assert "torch.nn.modules.container.Sequential" in done.stdout


def test_a_bounded_queue_of_graphs_is_named(replay: Callable[..., subprocess.CompletedProcess[str]]) -> None:
    done = replay(DEMAND)
    assert done.returncode == 1
    assert "golden-replay/keeps-graphs" in done.stdout
    assert "serve.RECENT (collections.deque)" in done.stdout
    assert "of torch.Tensor" in done.stdout
    assert "golden-replay/leak" not in done.stdout


def test_a_forest_of_two_threads_is_not_called_random(
    replay: Callable[..., subprocess.CompletedProcess[str]],
) -> None:
    for _ in range(3):
        done = replay(FOREST)
        assert "golden-replay/not-repeatable" not in done.stdout
        assert done.returncode == 0, done.stdout

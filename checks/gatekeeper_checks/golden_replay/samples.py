"""Candidates for the rules' examples: a handler of a few lines, and three golden records of it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

from gatekeeper import __version__
from gatekeeper.model import Example
from gatekeeper_checks import _samples

if TYPE_CHECKING:
    from gatekeeper.replay.observed import Value

MODEL: Final = _samples.linear(["units"], [2.0], 1.0)
NOTES: Final = {"model.pkl": "a LinearRegression: the price is 2 x units + 1"}
POLICY: Final = """\
schema: gatekeeper/candidate@1
name: pricing
artifacts: [model.pkl]
code: {paths: [serve.py], predictor: "serve:handler"}
golden: golden.jsonl
replay: {min_records: 2, stress: 40}
"""
SERVE: Final = """\
def answer(request):
    units = 3 if request["units"] is None else request["units"]
    return {"price": 2.0 * units + 1.0}


def handler():
    return answer
"""


PRICES: Final = (({"units": 3}, {"price": 7.0}), ({"units": None}, {"price": 7.0}), ({"units": 12}, {"price": 25.0}))
"""Three golden records: three units, a number that is missing, a dozen."""


BY_HAND: Final = (
    '{"inputs": {"units": 3}, "outputs": {"price": 7.0}}\n{"inputs": {"units": 12}, "outputs": {"price": 25.0}}\n'
)


def instead(old: str, new: str, before: str = "") -> str:
    """Return the handler with something else in it."""
    assert old in SERVE
    return before + SERVE.replace(old, new)


_RETURN = '    return {"price": 2.0 * units + 1.0}\n'
HALF: Final = instead("2.0 * units + 1.0", "numpy.float16(2.0 * units + 1.0)", "import numpy\n\n\n")
DYING: Final = instead(_RETURN, "    os._exit(7)\n", "import os\n\n\n")
RAISING: Final = instead(_RETURN, "    raise AttributeError(\"'Tree' object has no attribute 'missing_go_to_left'\")\n")
DEVIATING: Final = instead("2.0 * units", "2.001 * units")
RENAMING: Final = instead('"price"', '"Price"')
RANDOM: Final = instead(
    _RETURN,
    '    calls.append(units)\n    return {"price": 2.0 * units + (1.0 if len(calls) <= 3 else 1.01)}\n',
    "import collections\n\ncalls = collections.deque(maxlen=4)\n\n\n",
)
REMEMBERING: Final = """\
before = {"units": 3}


def answer(request):
    before["units"] = before["units"] if request["units"] is None else request["units"]
    return {"price": 2.0 * before["units"] + 1.0}


def handler():
    return answer
"""
WRITING: Final = instead(
    _RETURN,
    '    try:\n        open("/var/log/prices.log", "a").close()\n    except OSError:\n        pass\n' + _RETURN,
)
CHANGING: Final = instead(_RETURN, '    request["units"] = float(units)\n' + _RETURN)
LEARNING: Final = instead(
    _RETURN,
    "    model.coef_ += 0.001\n" + _RETURN,
    "import pickle\nfrom pathlib import Path\n\n"
    'model = pickle.loads(Path(__file__).with_name("model.pkl").read_bytes())\n\n\n',
)
LEAKING: Final = instead(_RETURN, "    SEEN.append(dict(request))\n" + _RETURN, "SEEN = []\n\n\n")
_TORCH: Final = "import torch\n\nmodel = torch.nn.Linear(1, 1){evaluated}\n{more}\n\n"
_ASKED: Final = "    model(torch.tensor([[float(units)]]))\n"
TRAINING: Final = instead(
    _RETURN, "    with torch.inference_mode():\n    " + _ASKED + _RETURN, _TORCH.format(evaluated="", more="")
)
GRADIENTS: Final = instead(_RETURN, _ASKED + _RETURN, _TORCH.format(evaluated=".eval()", more=""))
KEEPING: Final = instead(
    _RETURN,
    "    KEPT.append(model(torch.tensor([[float(units)]])))\n" + _RETURN,
    "import collections\n\n" + _TORCH.format(evaluated=".eval()", more="KEPT = collections.deque(maxlen=1000)\n"),
)
CYCLING: Final = instead(
    _RETURN,
    "    answered = {}\n    with torch.inference_mode():\n"
    "        answered.update(me=answered, price=model(torch.tensor([[float(units)]])))\n" + _RETURN,
    _TORCH.format(evaluated=".eval()", more=""),
)


def files(
    serve: str = SERVE,
    *,
    policy: str = POLICY,
    unbound: bool = False,
    recorded_from: Mapping[str, str] | None = None,
    recorded_on: str = "cpu",
    dtype: str = "float",
) -> Mapping[str, str | bytes]:
    """Return a candidate; its golden records are made when somebody looks at it.

    Args:
        serve: its handler.
        policy: gatekeeper.yaml.
        unbound: whether the golden file has no header.
        recorded_from: the digests in the header, if they are not the artifact's.
        recorded_on: the device in the header.
        dtype: of the price.
    """
    return _samples.Later(
        lambda: {
            "gatekeeper.yaml": policy,
            "model.pkl": MODEL,
            "serve.py": serve,
            "golden.jsonl": BY_HAND
            if unbound
            else golden(
                PRICES,
                artifacts=recorded_from or digests({"model.pkl": MODEL}),
                recorded_on=recorded_on,
                dtype=dtype,
            ),
        }
    )


def digests(artifacts: Mapping[str, bytes]) -> dict[str, str]:
    """Return the digests of artifacts as a header has them."""
    return {name: f"sha256:{hashlib.sha256(data).hexdigest()}" for name, data in artifacts.items()}


def golden(
    pairs: Sequence[tuple[Mapping[str, int | None], Mapping[str, float]]],
    *,
    artifacts: Mapping[str, str],
    recorded_on: str = "cpu",
    dtype: str = "float",
    predictor: str = "serve:handler",
) -> bytes:
    """Return golden records of inputs and outputs.

    Args:
        pairs: inputs and outputs.
        artifacts: digests by path.
        recorded_on: the device.
        dtype: of the outputs.
        predictor: as the header names it.
    """
    from gatekeeper.replay.golden import document  # noqa: PLC0415 - no run needs an example
    from gatekeeper.replay.golden.describing import inputs_of, outputs_of  # noqa: PLC0415 - the same
    from gatekeeper.replay.golden.facts import Environment, Golden, Header, Record  # noqa: PLC0415 - the same
    from gatekeeper.replay.golden.repeating import noisier  # noqa: PLC0415 - the same

    records = tuple(
        Record(id=f"r{place:03}", inputs=inputs, outputs={name: _value(each, dtype) for name, each in outputs.items()})
        for place, (inputs, outputs) in enumerate(pairs, start=1)
    )
    header = Header(
        predictor=predictor,
        artifacts=dict(artifacts),
        environment=Environment(lock=None, python="3.11.7"),
        devices={recorded_on: {}},
        seed=0,
        recorder=__version__,
        recorded="2026-11-30",
        inputs=inputs_of(records),
        outputs={name: noisier(each, (0.0, 0.0)) for name, each in outputs_of(records).items()},
    )
    return document.dumped(Golden(header=header, records=records))[0]


def _value(number: float, dtype: str) -> Value:
    from gatekeeper.replay.observed import Value  # noqa: PLC0415 - no run needs an example

    if dtype == "float":
        return Value(dtype=dtype, shape=(), values=(number,))
    from gatekeeper.replay.golden.arrays import array_of  # noqa: PLC0415 - one example has an array

    return Value(dtype=dtype, shape=(), values=array_of([number], dtype, (1,)))


PASSING: Final = Example(files=files(), notes=NOTES)

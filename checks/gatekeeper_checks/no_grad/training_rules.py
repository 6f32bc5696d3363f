"""The rules of `no-grad` about training that a request sets off, and about loads that execute what they read."""

from __future__ import annotations

from typing import ClassVar

from gatekeeper.model import Example, Rule, Severity
from gatekeeper_checks.no_grad import samples

_PASSING = samples.serving(samples.GUARDED)
_CALL = "value = model(torch.tensor(features))\n"


class Backward(Rule):
    """A request runs a backward pass.

    What it checks:
        `.backward()` and `torch.autograd.grad` that an entry point reaches, through other files and threads too. Code
        that explains a prediction (Captum, SHAP, functions called `explain`) wants gradients and is left alone.

    Why it matters:
        A backward pass fills the gradients of the weights, which stay as long as the model: as much memory again. What
        follows it changes the model that was approved.

    What it can't see:
        Training that is started in another process.

    How to fix:
        Take the training out of the service, into a job whose result passes this gate.
    """

    code: ClassVar[str] = "training-in-serving/backward"
    severity: ClassVar[Severity] = Severity.CRITICAL
    passing: ClassVar[Example] = _PASSING
    failing: ClassVar[Example] = samples.handler(f"{_CALL}value.sum().backward()\nreturn value.item()", guard="")


class Optimizer(Rule):
    """A request makes or steps an optimizer.

    What it checks:
        Steps of optimizers that an entry point reaches, and optimizers of `torch.optim` that are made there, in files
        of which no step is told.

    Why it matters:
        The weights that answer the next request are not those that were approved, and no record says so. The state of
        an optimizer such as Adam takes twice the memory of the weights.

    What it can't see:
        Optimizers of other libraries under names of their own.

    How to fix:
        Take the training out of the service, into a job whose result passes this gate.
    """

    code: ClassVar[str] = "training-in-serving/optimizer"
    severity: ClassVar[Severity] = Severity.CRITICAL
    passing: ClassVar[Example] = _PASSING
    failing: ClassVar[Example] = samples.handler(
        f"optimizer.step()\n{_CALL}return value.item()",
        "optimizer = torch.optim.SGD(model.parameters(), lr=0.001)\n",
    )


class TrainMode(Rule):
    """A request switches the model to training.

    What it checks:
        `.train()` and `.train(True)` of a model that an entry point reaches.

    Why it matters:
        Dropout drops and batch normalisation learns: equal requests get different prices, and the model's statistics
        move with every one of them, guard or no guard.

    What it can't see:
        Models that were loaded in training mode and never switched.

    How to fix:
        Call `.eval()` where the model is loaded, and `.train()` nowhere in the service.
    """

    code: ClassVar[str] = "training-in-serving/train-mode"
    severity: ClassVar[Severity] = Severity.CRITICAL
    passing: ClassVar[Example] = _PASSING
    failing: ClassVar[Example] = samples.handler(f"model.train()\n{_CALL}return value.item()")


class Trainer(Rule):
    """A request starts a trainer.

    What it checks:
        Calls that an entry point reaches of what trains a whole model: `Trainer.train`, `Trainer.fit` and their like.

    Why it matters:
        The service trains on what its clients send, on the memory that answers their requests, and serves the result
        unseen.

    What it can't see:
        Trainers of libraries that are not known, and those that run in another process.

    How to fix:
        Take the training out of the service, into a job whose result passes this gate.
    """

    code: ClassVar[str] = "training-in-serving/trainer"
    severity: ClassVar[Severity] = Severity.CRITICAL
    passing: ClassVar[Example] = _PASSING
    failing: ClassVar[Example] = samples.handler(
        f"trainer.train()\n{_CALL}return value.item()",
        "trainer = Trainer(model)\n",
        "from transformers import Trainer\n\n",
    )


class LoadWithoutWeightsOnly(Rule):
    """`torch.load` does not say `weights_only=True`, and production's torch does not assume it.

    What it checks:
        Each `torch.load` of the declared code, whether a request reaches it or not. From torch 2.6 on, the argument is
        True where it is not given; the torch that production's lock pins decides. Where no lock pins it, it must be
        given.

    Why it matters:
        Before 2.6, `torch.load` unpickles whatever the file names: who can write the file runs code in the service.

    What it can't see:
        Who can write the file. Before torch 2.6, `weights_only=True` itself can be led to run code (CVE-2025-32434).

    How to fix:
        Write `weights_only=True`; `gatekeeper lint --fix` does. A file that then fails to load holds more than weights:
        save its `state_dict()`.
    """

    code: ClassVar[str] = "unsafe-load/weights-only-missing"
    passing: ClassVar[Example] = samples.serving(
        f'weights = torch.load("weights.pt", weights_only=True)\n{samples.GUARDED}'
    )
    failing: ClassVar[Example] = samples.serving(f'weights = torch.load("weights.pt")\n{samples.GUARDED}')


class LoadOfAnything(Rule):
    """`torch.load` is told to load anything.

    What it checks:
        Each `torch.load` of the declared code with `weights_only=False`, whether a request reaches it or not.

    Why it matters:
        Loading executes what the file names. `artifact-integrity` reads the artifact that was declared, and not what
        the service fetches when it runs.

    What it can't see:
        Values that are known at run time alone.

    How to fix:
        Save the weights alone, `torch.save(model.state_dict(), ...)`, and load them with `weights_only=True`.
    """

    code: ClassVar[str] = "unsafe-load/weights-only-false"
    passing: ClassVar[Example] = samples.serving(
        f'weights = torch.load("weights.pt", weights_only=True)\n{samples.GUARDED}'
    )
    failing: ClassVar[Example] = samples.serving(
        f'weights = torch.load("weights.pt", weights_only=False)\n{samples.GUARDED}'
    )

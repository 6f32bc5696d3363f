"""A net, and handlers that call it in every way that is told apart."""

from __future__ import annotations

import concurrent.futures
from collections.abc import Callable
from typing import Any

import torch

ROWS = [[0.0, 0.5, -1.0], [1.0, 0.5, -1.0], [2.0, 0.5, -1.0]]


class Net(torch.nn.Module):
    """One linear layer, and a dropout."""

    def __init__(self) -> None:
        super().__init__()
        self.linear = torch.nn.Linear(3, 2)
        self.dropout = torch.nn.Dropout(0.5)

    def forward(self, x):  # noqa: ANN001, ANN201 - TorchScript reads annotations
        """Return two numbers a row."""
        return self.dropout(self.linear(x))


class Normed(torch.nn.Module):
    """A layer with running statistics."""

    def __init__(self) -> None:
        super().__init__()
        self.norm = torch.nn.BatchNorm1d(3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return the rows, normed."""
        return self.norm(x)


class Guarded(torch.nn.Module):
    """Guards itself."""

    def __init__(self, inner: torch.nn.Module) -> None:
        super().__init__()
        self.inner = inner

    @torch.no_grad()
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return what the inner one returns."""
        return self.inner(x)


def net() -> Net:
    """Return the net with the same weights each time, in evaluation mode."""
    torch.manual_seed(7)
    return Net().eval()


def of_tensors(tensors: dict[str, torch.Tensor]) -> Net:
    """Return the net with the weights of a file."""
    found = Net()
    found.load_state_dict(tensors)
    return found.eval()


def rows(record: dict[str, Any]) -> torch.Tensor:
    """Return the record as two rows."""
    return torch.tensor([record["x"], record["x"]])


NET = net()
TRAINING = Net()
NORMED = Normed()
FROZEN = net().requires_grad_(False)  # noqa: FBT003 - as torch has it
GUARDED = Guarded(net()).eval()
TUNED = net()
SCRIPTED = torch.jit.script(net())
POOL = concurrent.futures.ThreadPoolExecutor(2)
ENCODER = torch.nn.TransformerEncoder(
    torch.nn.TransformerEncoderLayer(16, 2, 32, batch_first=True), 2, enable_nested_tensor=False
).eval()


def guarded(record: dict[str, Any]) -> Any:
    """Ask as one should."""
    with torch.inference_mode():
        return {"price": NET(rows(record)).numpy()}


def unguarded(record: dict[str, Any]) -> Any:
    """Return a tensor with its graph."""
    return {"price": NET(rows(record)), "other": 1.0}


def detached(record: dict[str, Any]) -> Any:
    """Return numbers, but record a graph."""
    return {"price": NET(rows(record)).detach().to(torch.bfloat16)}


def guards_itself(record: dict[str, Any]) -> Any:
    """Call a module that guards itself."""
    return {"price": GUARDED(rows(record)).tolist()}


def frozen(record: dict[str, Any]) -> Any:
    """Call a module for which nothing is recorded."""
    return {"price": FROZEN(rows(record)).tolist()}


def scripted(record: dict[str, Any]) -> Any:
    """Call TorchScript without a guard."""
    return {"price": SCRIPTED(rows(record)).tolist()}


def pooled(record: dict[str, Any]) -> Any:
    """Guard this thread, and call in another."""
    with torch.no_grad():
        return {"price": POOL.submit(NET, rows(record)).result().tolist()}


def in_training(record: dict[str, Any]) -> Any:
    """Call what has never been put into evaluation mode."""
    with torch.no_grad():
        return {"price": TRAINING(rows(record)).tolist()}


def norms(record: dict[str, Any]) -> Any:
    """Change running statistics with every request."""
    with torch.no_grad():
        return {"price": NORMED(rows(record)).tolist()}


def tunes(record: dict[str, Any]) -> Any:
    """Learn from every request."""
    loss = TUNED(rows(record)).sum()
    loss.backward()
    with torch.no_grad():
        for each in TUNED.parameters():
            each.data.sub_(1e-3 * each.grad)
    return {"loss": float(loss.detach())}


def raises(record: dict[str, Any]) -> Any:
    """Raise within a module for the first record, and go on with the others."""
    with torch.no_grad():
        width = 9 if record["x"][0] == 0 else 3
        return {"price": NET(torch.zeros(1, width)).tolist()}


def transformer(record: dict[str, Any]) -> Any:
    """Go through the fast path of a transformer."""
    with torch.inference_mode():
        return {"price": ENCODER(torch.arange(160.0).reshape(1, 10, 16) / 100 + record["x"][0])}


def transformer_digest(record: dict[str, Any]) -> Any:
    """Return every number of the transformer as a text."""
    return {"digest": transformer(record)["price"].numpy().tobytes().hex()}


def __getattr__(name: str) -> Callable[[], Any]:
    """Return a factory of the handler after `make_`."""
    if not name.startswith("make_"):
        raise AttributeError(name)
    return lambda: globals()[name[len("make_") :]]

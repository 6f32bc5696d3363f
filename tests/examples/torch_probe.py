"""Save objects of torch, or load and use what another version saved. Runs in the environment that is measured.

    python torch_probe.py save FOLDER     save every object, and what it gave
    python torch_probe.py serve FOLDER    load and use every object, make every call; print a JSON list

`measure_torch.py` calls it. It needs torch and numpy, and none of gatekeeper.
"""

from __future__ import annotations

import json
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import nn

# Kernels sum in another order from version to version; what counts is beyond that.
TOLERANCE = 1e-5


def modules() -> dict[str, tuple[nn.Module, tuple[torch.Tensor, ...]]]:
    """Return small modules in evaluation mode, each with inputs for it; the same in every version."""
    torch.manual_seed(0)
    made = {
        "Linear": (nn.Linear(4, 3), (torch.randn(2, 4),)),
        "Conv2d": (nn.Conv2d(3, 4, 3), (torch.randn(1, 3, 8, 8),)),
        "BatchNorm1d": (nn.BatchNorm1d(4), (torch.randn(3, 4),)),
        "LSTM": (nn.LSTM(4, 3, batch_first=True), (torch.randn(2, 5, 4),)),
        "Embedding": (nn.Embedding(9, 4), (torch.arange(6),)),
        "TransformerEncoderLayer": (nn.TransformerEncoderLayer(8, 2, 16, batch_first=True), (torch.randn(2, 5, 8),)),
    }
    return {name: (module.eval(), inputs) for name, (module, inputs) in made.items()}


def values() -> dict[str, Any]:
    """Return what is saved beside modules."""
    torch.manual_seed(0)
    parameter = nn.Parameter(torch.randn(3))
    return {
        "tensor": torch.arange(6.0),
        "bfloat16 tensor": torch.arange(6).to(torch.bfloat16),
        "float8_e4m3fn tensor": torch.arange(6.0).to(torch.float8_e4m3fn),
        "float8_e5m2 tensor": torch.arange(6.0).to(torch.float8_e5m2),
        "nested tensor": torch.nested.nested_tensor([torch.arange(2.0), torch.arange(3.0)]),
        "sparse tensor": torch.eye(3).to_sparse(),
        "Adam.state_dict()": torch.optim.Adam([parameter]).state_dict(),
    }


FORMS: dict[str, tuple[Callable[..., None], Callable[[Path, nn.Module], Callable[..., Any]]]] = {
    "state_dict": (
        lambda module, _, path: torch.save(module.state_dict(), path),
        lambda path, fresh: (fresh.load_state_dict(torch.load(path, weights_only=True)), fresh)[1],
    ),
    "module": (lambda module, _, path: torch.save(module, path), lambda path, _: torch.load(path)),
    "torch.jit.trace": (
        lambda module, inputs, path: torch.jit.trace(module, inputs, check_trace=False).save(str(path)),
        lambda path, _: torch.jit.load(str(path)),
    ),
    "torch.export program": (
        lambda module, inputs, path: torch.export.save(torch.export.export(module, inputs), f"{path}.pt2"),
        lambda path, _: torch.export.load(f"{path}.pt2"),
    ),
}
CALLS: dict[str, Callable[[], object]] = {
    "torch.unravel_index": lambda: torch.unravel_index(torch.tensor(3), (2, 2)),
    "torch.cond": lambda: torch.cond,
    "torch.export.Dim": lambda: torch.export.Dim("batch"),
    "ReduceLROnPlateau.get_last_lr": lambda: (
        torch.optim.lr_scheduler.ReduceLROnPlateau(torch.optim.SGD([nn.Parameter(torch.zeros(1))], lr=0.1)).get_last_lr
    ),
    "torch.utils.deterministic": lambda: torch.utils.deterministic,
    "torch.nn.functional.scaled_dot_product_attention": lambda: nn.functional.scaled_dot_product_attention,
}


def first(output: Any) -> torch.Tensor:
    """Return the tensor that counts: recurrent layers give their state beside it."""
    return (output[0] if isinstance(output, tuple) else output).detach()


def save(folder: Path) -> None:
    """Save every module in every form, and every value, as far as the version can."""
    written = {}
    for name, (module, inputs) in modules().items():
        torch.save(first(module(*inputs)), folder / f"{name}.gave")
        for form, (write, _) in FORMS.items():
            file = f"{form}-{name}".replace(" ", "_")
            if is_saved(f"{form}({name})", lambda: write(module, inputs, folder / file)):  # noqa: B023 - called at once
                written[f"{form}({name})"] = {"form": form, "module": name, "file": file}
    for number, (name, value) in enumerate(values().items()):
        if is_saved(name, lambda: torch.save(value, folder / f"value-{number}")):  # noqa: B023 - called at once
            written[name] = {"file": f"value-{number}"}
    (folder / "written.json").write_text(json.dumps(written))


def is_saved(name: str, write: Callable[[], None]) -> bool:
    """Return whether the version can write it; what can't be saved breaks nowhere."""
    try:
        write()
    except Exception as error:  # noqa: BLE001 - whatever is raised, there is no file
        print(f"{name} is not saved: {type(error).__name__}", file=sys.stderr)
        return False
    return True


def serve(folder: Path) -> list[dict[str, object]]:
    """Load and use what was saved, and make the calls; return one row for each."""
    fresh, written = modules(), json.loads((folder / "written.json").read_text())
    rows = [row(name, lambda each=each: use(folder, each, fresh)) for name, each in written.items()]
    return rows + [{"call": name, **attempt(call, when="call")} for name, call in CALLS.items()]


def row(name: str, act: Callable[[], str]) -> dict[str, object]:
    """Return the row of one saved object."""
    return {"object": name, **attempt(act)}


def attempt(act: Callable[[], object], when: str = "load") -> dict[str, object]:
    """Return what came of it: `never` broken, or when and by what."""
    try:
        output = act()
    except Exception as error:  # noqa: BLE001 - whatever is raised is what is measured
        message = str(error).split("\n")[0].split(" from '")[0].split(" on <module")[0]
        return {"when": getattr(error, "when", when), "exception": type(error).__name__, "message": message}
    return {"when": "never", "output": output if isinstance(output, str) else "equal"}


def use(folder: Path, each: dict[str, str], fresh: dict[str, tuple[nn.Module, tuple[torch.Tensor, ...]]]) -> str:
    """Load one object; of a module return whether it gives what it gave where it was saved."""
    if "form" not in each:
        torch.load(folder / each["file"])
        return "equal"
    module, inputs = fresh[each["module"]]
    loaded = FORMS[each["form"]][1](folder / each["file"], module)
    try:
        gives = first((loaded.module() if hasattr(loaded, "module") else loaded)(*inputs))
    except Exception as error:
        error.when = "predict"  # type: ignore[attr-defined]
        raise
    gave = torch.load(folder / f"{each['module']}.gave")
    return "equal" if torch.allclose(gives, gave, rtol=TOLERANCE, atol=TOLERANCE) else "differs"


def main() -> None:
    """Do what the command line asks."""
    what, folder = sys.argv[1], Path(sys.argv[2])
    warnings.simplefilter("ignore")
    if what == "save":
        save(folder)
    else:
        print(json.dumps(serve(folder)))


if __name__ == "__main__":
    main()

"""Try every claim of this folder and print what became of each, as JSON. Runs in an environment that has torch.

    python -I -B -W ignore tests/inference/semantics

A claim is a public function whose docstring reads `CODE: what is claimed`. It holds if it returns. Needed are torch,
numpy and starlette, and none of gatekeeper.
"""

from __future__ import annotations

import importlib
import inspect
import io
import json
import sys
import threading
import traceback
from collections.abc import Callable
from contextlib import redirect_stdout
from pathlib import Path
from types import ModuleType

HERE = Path(__file__).parent


def claims(module: ModuleType) -> dict[str, Callable[[], None]]:
    """Return the claims of a module, by name; what it imported is not its own."""
    return {
        f"{module.__name__}.{name}": each
        for name, each in vars(module).items()
        if not name.startswith("_") and inspect.isfunction(each) and each.__module__ == module.__name__
    }


def tried(claim: Callable[[], None]) -> str:
    """Return the traceback of a claim that does not hold, or the empty string.

    Each is tried in a thread of its own: the grad mode is one per thread, and some leave it changed.
    """
    told: list[str] = []

    def work() -> None:
        try:
            claim()
        except Exception:  # noqa: BLE001 - whatever is raised, the claim does not hold
            told.append(traceback.format_exc())

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    return "".join(told)


def main() -> None:
    modules = [importlib.import_module(path.stem) for path in sorted(HERE.glob("*_claims.py"))]
    with redirect_stdout(io.StringIO()):
        results = {name: tried(claim) for module in modules for name, claim in claims(module).items()}
    json.dump(results, sys.stdout)


if __name__ == "__main__":
    main()

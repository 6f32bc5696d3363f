"""What the lint says about torch is held against torch: each claim is a snippet of `semantics/` that a real one runs.

The claims are the functions of `semantics/*_claims.py`; their docstrings name the rule that relies on them. They are
read without being imported, for torch is not in this environment: one is made for them.
"""

from __future__ import annotations

import ast
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

SEMANTICS = Path(__file__).parent / "semantics"

# torch as in the extra of pyproject.toml; the others have no say in what is claimed.
PACKAGES = ("torch==2.13.0", "numpy>=2.3", "starlette>=1")

RULES = frozenset(
    {
        "no-grad/unguarded-call",
        "no-grad/partial-guard",
        "no-grad/guard-lost-in-thread",
        "no-grad/process-wide-switch",
        "no-grad/guard-entered-at-startup",
        "no-grad/guard-on-async",
        "no-grad/guard-on-class",
        "no-grad/guard-not-entered",
        "no-grad/guard-not-called",
        "no-grad/await-in-guard",
        "no-grad/yield-in-guard",
        "no-grad/grad-enabled-inside",
        "retained-tensor/graph",
        "retained-tensor/cpu-without-detach",
        "retained-tensor/on-device",
        "retained-tensor/accumulated",
        "retained-tensor/cached",
        "retained-tensor/view",
        "retained-tensor/logged",
        "retained-tensor/hook",
        "training-in-serving/backward",
        "training-in-serving/optimizer",
        "training-in-serving/train-mode",
        "unsafe-load/weights-only-missing",
        "unsafe-load/weights-only-false",
    }
)
"""The rules that are about torch. A suppression is not, and a Trainer is a class of other libraries."""


def claims() -> dict[str, str]:
    """Return the docstring of each claim, by the name under which it is tried."""
    return {
        f"{path.stem}.{node.name}": ast.get_docstring(node) or ""
        for path in sorted(SEMANTICS.glob("*_claims.py"))
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")
    }


CLAIMS = claims()


@pytest.fixture(scope="session")
def python_with_torch() -> Iterator[Path]:
    """Return the interpreter of an environment with torch; it takes a gigabyte, so it is removed at once."""
    with tempfile.TemporaryDirectory(prefix="torch-") as folder:
        python = Path(folder) / "bin" / "python"
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", *PACKAGES], check=True, timeout=1800)
        yield python


@pytest.fixture(scope="session")
def tried(python_with_torch: Path) -> dict[str, str]:
    """Return what became of each claim: the traceback of one that does not hold, else nothing."""
    command = [str(python_with_torch), "-I", "-B", "-W", "ignore", str(SEMANTICS)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=600)
    assert done.returncode == 0, done.stderr
    results: dict[str, str] = json.loads(done.stdout)
    assert results.keys() == CLAIMS.keys()
    return results


@pytest.mark.slow
@pytest.mark.parametrize("name", [pytest.param(name, id=claim) for name, claim in CLAIMS.items()])
def test_torch_does_what_is_claimed(name: str, tried: dict[str, str]) -> None:
    assert not tried[name], f"{CLAIMS[name]}\n{tried[name]}"


def test_each_claim_names_the_rule_that_relies_on_it_and_says_something_of_its_own() -> None:
    unnamed = {name: claim for name, claim in CLAIMS.items() if claim.partition(": ")[0] not in RULES}
    assert unnamed == {}
    assert len(set(CLAIMS.values())) == len(CLAIMS)


def test_each_rule_about_torch_has_a_claim() -> None:
    assert {claim.partition(": ")[0] for claim in CLAIMS.values()} == RULES

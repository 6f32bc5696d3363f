"""What is not imported: the ML stack never, and the rest only when it is used. A start must be fast."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

Gate = Callable[..., "subprocess.CompletedProcess[str]"]

HEAVY = {"numpy", "pandas", "scipy", "sklearn", "torch", "joblib", "pydantic", "rich"}

AFTER_IMPORT = """\
import sys
import gatekeeper, gatekeeper_checks
print("\\n".join(sys.modules))
"""
AFTER_COMMAND = """\
import atexit, sys
atexit.register(lambda: print("\\nMODULES\\n" + "\\n".join(sys.modules)))
from gatekeeper.__main__ import main
main()
"""


def top_level(modules: str) -> set[str]:
    return {name.partition(".")[0] for name in modules.split()}


def loaded_by(gate: Gate, code: str, *args: str | Path) -> set[str]:
    done = gate(*args, command=[sys.executable, "-I", "-c", code])
    assert done.returncode == 0
    return top_level(done.stdout.rpartition("MODULES")[2])


def test_importing_the_gate_and_its_checks_loads_nothing_heavy(gate: Gate) -> None:
    loaded = loaded_by(gate, AFTER_IMPORT)
    assert {"gatekeeper", "gatekeeper_checks"} <= loaded
    assert not loaded & HEAVY


@pytest.mark.parametrize(
    ("args", "also"),
    [
        (["--version"], {"click", "msgspec", "yaml", "packaging", "dataclasses", "typing"}),
        (["--help"], {"click", "dataclasses", "msgspec", "yaml", "packaging", "gatekeeper_checks"}),
        (["run", "--help"], set()),
        (["list"], {"click", "dataclasses", "msgspec", "yaml", "packaging"}),
        (["explain", "version-pinning"], {"click", "dataclasses", "msgspec", "yaml", "packaging"}),
        (["explain", "version-pinning/unhashed"], {"click", "dataclasses", "msgspec", "yaml", "packaging"}),
        (["schema", "candidate"], {"packaging"}),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_command_loads_only_what_it_uses(args: Sequence[str], also: set[str], gate: Gate) -> None:
    loaded = loaded_by(gate, AFTER_COMMAND, *args)
    assert "gatekeeper" in loaded
    assert not loaded & (HEAVY | also)


def test_a_run_with_plain_output_loads_no_rich_and_none_of_the_ml_stack(
    gate: Gate, candidate: Callable[..., Path], parts: dict[str, str | bytes]
) -> None:
    loaded = loaded_by(gate, AFTER_COMMAND, "run", candidate(parts))
    assert {"yaml", "msgspec"} <= loaded
    assert not loaded & HEAVY


def test_every_public_name_is_there_and_no_other_is() -> None:
    import gatekeeper

    assert all(getattr(gatekeeper, name) is not None for name in gatekeeper.__all__)
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        _ = gatekeeper.nothing

"""The action's installation, once for all tests, and what runs it in a workspace of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from tests.action.harness import Installed, Job, Runner

Run = Callable[..., Job]


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """Return what the action's installation says, once for all tests: it takes half a minute."""
    folder = tmp_path_factory.mktemp("installed")
    runner = Runner(folder=folder, workspace=folder, variables={"PYTHONPATH": "", "PIP_TARGET": str(folder / "else")})
    job = runner.run({"candidate": "nowhere"})
    assert job.steps["install"].outcome == "success", job.log
    assert not (folder / "else").exists()
    return {name: job.steps[name].outputs for name in ("find", "install")}


@pytest.fixture
def run(tmp_path: Path, installed: Installed) -> Run:
    """Return what runs the action in a workspace that holds `candidate`, with the gate that is installed."""

    def go(
        candidate: str, *, gate: Path | None = None, variables: Mapping[str, str] | None = None, **inputs: str
    ) -> Job:
        workspace = tmp_path / "workspace"
        workspace.mkdir(exist_ok=True)
        reports = tmp_path / "reports"
        reports.mkdir()
        install = dict(installed["install"]) | {"reports": str(reports)}
        if gate is not None:
            install["python"] = str(gate)
        runner = Runner(folder=tmp_path / "runner", workspace=workspace, variables=variables or {})
        named = {name.replace("_", "-"): value for name, value in inputs.items()}
        return runner.run({"candidate": candidate, **named}, done={**installed, "setup": {}, "install": install})

    return go

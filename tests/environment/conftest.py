"""Real environments for the tests of what is installed."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

PROJECT = """\
[project]
name = "pricing-core"
version = "1.0"
scripts = {price = "pricing_core:main"}

[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[tool.hatch.build.targets.wheel.shared-data]
"settings.json" = "share/pricing/settings.json"

[tool.hatch.build.targets.wheel.shared-scripts]
"bin" = "."
"""


@pytest.fixture(scope="session")
def core_wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small wheel with code, data, a script and an entry point, built by hatchling."""
    source = tmp_path_factory.mktemp("pricing-core")
    files = {
        "pyproject.toml": PROJECT,
        "settings.json": "{}\n",
        "bin/report": "#!python\n",
        "pricing_core/data.txt": "1\n",
    }
    for name, content in {**files, "pricing_core/__init__.py": "def main() -> None: ...\n"}.items():
        (source / name).parent.mkdir(exist_ok=True)
        (source / name).write_text(content)
    run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", folder=source)
    (wheel,) = source.glob("dist/*.whl")
    return wheel


@pytest.fixture(scope="session")
def core_environment(core_wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A virtual environment with that wheel, installed by pip; not to be changed."""
    folder = tmp_path_factory.mktemp("with-core") / "environment"
    run(sys.executable, "-m", "venv", "--without-pip", str(folder))
    install = ("install", "--quiet", "--no-index", "--disable-pip-version-check", f"--find-links={core_wheel.parent}")
    run(sys.executable, "-m", "pip", "--python", str(folder / "bin" / "python"), *install, "pricing-core")
    return folder


@pytest.fixture
def copy_of_environment(core_environment: Path, tmp_path: Path) -> Callable[[], Path]:
    """What makes a copy of it that a test may change."""
    return lambda: Path(shutil.copytree(core_environment, tmp_path / "environment", symlinks=True))


def run(*command: str, folder: Path | None = None) -> None:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr

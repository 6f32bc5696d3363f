"""Makes the corpus of real locks, with the real tools: pip-compile 7.6.2 and uv 0.13.9 under Python 3.11.

    pip install pip-tools==7.6.2 uv==0.13.9
    python tests/environment/make_corpus.py

The versions of what is not pinned here are those of the day it was run; no test asks for them. Options of a pip
configuration would end up in the locks, so that the tools are run without one.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

CORPUS = Path(__file__).parent / "corpus"
INCIDENT = "scikit-learn=={}\npandas=={}\nnumpy==1.26.4\njoblib==1.4.2\n"
PROJECT = """\
[project]
name = "pricing"
version = "1.0"
requires-python = ">=3.10"
dependencies = [{dependencies}]
"""
BUILD_SYSTEM = '[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n'
SERVICE = (
    '"scikit-learn==1.4.2", "pandas==2.2.1", "numpy==1.26.4", "joblib==1.4.2", '
    '"uvicorn[standard]==0.30.0", "redis==5.0.4"'
)


def make(folder: Path) -> None:
    for name, versions in {"training": ("1.4.2", "2.2.1"), "production": ("1.3.0", "2.1.4")}.items():
        (folder / f"{name}.in").write_text(INCIDENT.format(*versions))
        run(folder, "pip-compile -q --generate-hashes --strip-extras", f"--output-file={name}.txt", f"{name}.in")
    (folder / "large.in").write_text("mlflow\njupyterlab\nuvicorn[standard]\n")
    compile_ = "uv pip compile -q --generate-hashes"
    run(folder, compile_, "--universal --python-version 3.10 -o universal.txt training.in")
    run(folder, compile_, "--python-version 3.11 -o large.txt large.in")
    (folder / "pyproject.toml").write_text(PROJECT.format(dependencies=SERVICE))
    run(folder, "uv export -q --format requirements.txt --no-emit-project -o export.txt")
    (folder / "uv.lock").unlink()
    package = PROJECT.format(dependencies='"redis==5.0.4", "click==8.1.7"') + BUILD_SYSTEM
    (folder / "pyproject.toml").write_text(package)
    run(folder, "uv export -q --format requirements.txt -o editable.txt")
    run(folder, "uv export -q --format pylock.toml -o pylock.toml")


def run(folder: Path, *command: str) -> None:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "UV_"))}
    tools = f"{Path(sys.executable).parent}{os.pathsep}{kept.get('PATH', '')}"
    environment = {**kept, "PATH": tools, "PIP_CONFIG_FILE": os.devnull, "UV_NO_CONFIG": "1"}
    subprocess.run(" ".join(command).split(), cwd=folder, env=environment, check=True)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as made:
        make(Path(made))
        for lock in [*sorted(Path(made).glob("*.txt")), Path(made) / "uv.lock", Path(made) / "pylock.toml"]:
            # Whose index it was is no part of the corpus.
            (CORPUS / lock.name).write_bytes(re.sub(rb'https://[^/"]+/', b"https://example.com/", lock.read_bytes()))

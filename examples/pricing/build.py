"""Build model.joblib with exactly the packages of requirements/training.lock: python3.11 build.py [--data FILE]

With `--data` the data that the model was trained on is written too, as CSV, with what the model says of each row.
The script makes a virtual environment of its own in a temporary folder, installs the lock into it by hash, runs
train.py there and removes it again. It needs Python 3.11 with pip, and nothing else.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
# One thread and a fixed hash seed: the order of summation, and so the bytes of the model, must not vary between runs.
SINGLE_THREADED = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "PYTHONHASHSEED": "0"}


def create_environment(folder: str) -> str:
    """Install requirements/training.lock into a new virtual environment, and return its interpreter."""
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    python = str(Path(folder, "bin", "python"))
    install = [python, "-m", "pip", "install", "--quiet", "--require-hashes", "--only-binary", ":all:"]
    subprocess.run([*install, "-r", "requirements/training.lock"], cwd=HERE, check=True)
    return python


def main() -> None:
    """Train the model in its own environment and print the digest of what was written."""
    if sys.version_info[:2] != (3, 11):
        sys.exit(f"got Python {sys.version.split()[0]}, expected 3.11: run python3.11 build.py")
    parser = argparse.ArgumentParser(description="Build model.joblib with the packages of requirements/training.lock.")
    parser.add_argument("--data", type=Path, metavar="FILE", help="write the training data here, as CSV")
    data = parser.parse_args().data
    # train.py runs in this folder, and a path that was typed in another one must stay what it was.
    arguments = [] if data is None else ["--data", str(data.resolve())]
    with tempfile.TemporaryDirectory(prefix="build-model-") as folder:
        python = create_environment(folder)
        command = [python, "-B", "train.py", *arguments]
        subprocess.run(command, cwd=HERE, env={**os.environ, **SINGLE_THREADED}, check=True)
    digest = hashlib.sha256((HERE / "model.joblib").read_bytes()).hexdigest()
    print(f"model.joblib sha256:{digest}")


if __name__ == "__main__":
    main()

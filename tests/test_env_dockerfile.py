"""A Dockerfile as one side of `gatekeeper env compare`: the one lock that its image installs is compared."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

Gate = Callable[..., "subprocess.CompletedProcess[str]"]

LOCK = f"six==1.16.0 --hash=sha256:{'a' * 64}\n"
OTHER = f"six==1.15.0 --hash=sha256:{'b' * 64}\n"
BASE = f"python:3.11@sha256:{'0123456789abcdef' * 4}"
DOCKERFILE = f"FROM {BASE}\nWORKDIR /app\nCOPY serve.lock .\nRUN pip install --require-hashes -r serve.lock\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "serve.lock").write_text(LOCK)
    (tmp_path / "other.lock").write_text(OTHER)
    return tmp_path


def compare(gate: Gate, folder: Path, lock: str, dockerfile: str) -> tuple[int, str]:
    (folder / "Dockerfile").write_text(dockerfile)
    command = ["env", "compare", str(folder / lock), str(folder / "Dockerfile"), "--target", "cp311-linux_x86_64"]
    done = gate(*command)
    return done.returncode, done.stdout + done.stderr


def test_the_lock_that_it_installs_is_compared(gate: Gate, folder: Path) -> None:
    assert compare(gate, folder, "serve.lock", DOCKERFILE)[0] == 0
    code, said = compare(gate, folder, "other.lock", DOCKERFILE)
    assert code == 1
    assert f"{folder}/serve.lock:1" in said


def test_the_lock_may_be_in_the_folder_of_the_candidate(gate: Gate, folder: Path) -> None:
    (folder / "gatekeeper.yaml").write_text("schema: gatekeeper/candidate@1\nname: pricing\n")
    image = folder / "image"
    image.mkdir()
    (image / "Dockerfile").write_text(DOCKERFILE)
    done = gate("env", "compare", str(folder / "serve.lock"), str(image / "Dockerfile"))
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("dockerfile", "said"),
    [
        (f"FROM {BASE}\n", "installs no lock, expected one lock"),
        (
            DOCKERFILE + "RUN pip install numpy\n",
            "Dockerfile:5:1: 'pip install numpy' installs packages beside the lock",
        ),
        (DOCKERFILE.replace("COPY serve.lock .\n", ""), "which no COPY brings"),
        (DOCKERFILE.replace("serve.lock", "gone.lock"), "it is not in the Dockerfile's folder"),
        (
            DOCKERFILE + "COPY other.lock .\nRUN pip install --require-hashes -r other.lock\n",
            "installs serve.lock (line 4), other.lock (line 6), expected one lock",
        ),
        (DOCKERFILE.replace("FROM", "FROM x y z"), "Dockerfile:1"),
    ],
    ids=["no-lock", "beside", "no-copy", "not-there", "two-locks", "no-dockerfile"],
)
def test_what_it_can_not_tell_is_undecided(dockerfile: str, said: str, gate: Gate, folder: Path) -> None:
    code, told = compare(gate, folder, "serve.lock", dockerfile)
    assert code == 3
    assert said in told


def test_a_lock_outside_the_context_is_not_read(gate: Gate, folder: Path) -> None:
    (folder / "image").mkdir()
    text = DOCKERFILE.replace("COPY serve.lock", "COPY ../serve.lock")
    (folder / "image/Dockerfile").write_text(text)
    done = gate("env", "compare", str(folder / "serve.lock"), str(folder / "image/Dockerfile"))
    assert done.returncode == 3, done.stdout

"""`gatekeeper signoff` as it is typed: what is judged is what is signed, whole or not at all."""

from __future__ import annotations

import hashlib
import json
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from gatekeeper.cli.signing.unchanged import state_of, touched
from gatekeeper.policy import load
from gatekeeper.signoff.files import DOCUMENT, EVIDENCE, NAMES, PAGE, VERDICT
from gatekeeper_checks import _samples
from tests.signoff.conftest import MakeKey
from tests.signoff.making import MODEL
from tests.signoff.test_signoff_statements import statement
from tests.test_signals import until

Gate = Callable[..., "subprocess.CompletedProcess[str]"]
MakeCandidate = Callable[..., Path]

POLICY = "schema: gatekeeper/candidate@1\nname: pricing\nversion: '7'\nartifacts: [model.pkl]\n"


@pytest.fixture
def small(candidate: MakeCandidate) -> Path:
    """Return a candidate without all that a release must have: it fails within a second."""
    return candidate({"gatekeeper.yaml": POLICY, "model.pkl": MODEL})


def test_a_failed_run_is_written_whole_and_signed_as_failed(gate: Gate, small: Path, make_key: MakeKey) -> None:
    out = small.parent / "release"
    done = gate("signoff", small, "--key", make_key("signer"), "-o", out)
    assert done.returncode == 1, done.stderr
    assert sorted(path.name for path in out.iterdir()) == sorted(NAMES)
    assert out.stat().st_mode & 0o777 == 0o755
    predicate = statement((out / VERDICT).read_bytes())["predicate"]
    assert (predicate["verificationResult"], predicate["verifiedLevels"]) == ("FAILED", ["FAILED"])
    assert "FAIL: " in done.stdout
    assert "signed as FAILED by the key sha256:" in done.stderr
    key = small.parent / "signer.pub"
    verified = gate("verify", out, "--model", small, "--key", key)
    assert verified.returncode == 1
    assert "failed    verdict: it is FAIL: nothing is released with it" in verified.stdout
    assert [line for line in verified.stdout.splitlines() if line.startswith("failed")] == [
        "failed    verdict: it is FAIL: nothing is released with it"
    ]


def test_what_is_signed_is_what_the_reports_say(gate: Gate, small: Path, make_key: MakeKey) -> None:
    out = small.parent / "release"
    gate("signoff", small, "--key", make_key("signer"), "-o", out)
    document = json.loads((out / DOCUMENT).read_bytes())
    stated = statement((out / EVIDENCE).read_bytes())
    assert document["schema"] == "gatekeeper/signoff@1"
    assert stated["subject"] == [{"name": "model.pkl", "digest": {"sha256": hashlib.sha256(MODEL).hexdigest()}}]
    assert [(each["path"], each["sha256"]) for each in document["artifacts"]] == [
        (each["name"], each["digest"]["sha256"]) for each in stated["subject"]
    ]
    assert document["created"][:19] == stated["predicate"]["created"][:19]
    checks = {each["id"]: each["status"].upper() for each in document["report"]["checks"]}
    assert {each["id"]: each["status"] for each in stated["predicate"]["checks"]} == checks
    assert "<html" in (out / PAGE).read_text()


def test_a_folder_whose_name_is_no_text_is_signed_with_its_name_spelled_out(
    gate: Gate, tmp_path: Path, make_key: MakeKey
) -> None:
    root = tmp_path / "caf\udce9"
    root.mkdir()
    (root / "model.pkl").write_bytes(MODEL)
    done = gate("signoff", root, "--key", make_key("signer"), "-o", tmp_path / "release")
    assert done.returncode == 1, done.stderr
    stated = statement((tmp_path / "release" / EVIDENCE).read_bytes())
    assert stated["predicate"]["candidate"]["name"] == "caf\\udce9"


def test_a_folder_that_holds_something_is_refused_before_the_run(gate: Gate, small: Path, make_key: MakeKey) -> None:
    key, out = make_key("signer"), small.parent / "release"
    out.mkdir()
    (out / "notes.txt").write_text("mine")
    (small.parent / "link").symlink_to(small.parent / "elsewhere")
    for target, says in (
        (out, "is there already, and a sign-off replaces nothing"),
        (key, "is there already"),
        (small.parent / "link", "is a symbolic link"),
        (small.parent / "none" / "release", "is no folder that may be written to"),
    ):
        done = gate("signoff", small, "--key", key, "-o", target)
        assert (done.returncode, done.stdout) == (2, "")
        assert says in done.stderr
    assert [path.name for path in out.iterdir()] == ["notes.txt"]


def test_an_empty_folder_is_filled(gate: Gate, small: Path, make_key: MakeKey) -> None:
    out = small.parent / "release"
    out.mkdir()
    assert gate("signoff", small, "--key", make_key("signer"), "-o", out).returncode == 1
    assert sorted(path.name for path in out.iterdir()) == sorted(NAMES)


def test_where_nothing_can_be_read_nothing_is_signed(gate: Gate, tmp_path: Path, make_key: MakeKey) -> None:
    (tmp_path / "empty").mkdir()
    done = gate("signoff", tmp_path / "empty", "--key", make_key("signer"), "-o", tmp_path / "release")
    assert (done.returncode, done.stdout) == (3, "")
    assert "there is nothing to be signed" in done.stderr
    assert not (tmp_path / "release").exists()


def test_a_stopped_run_writes_nothing(
    tmp_path: Path,
    candidate: MakeCandidate,
    environment: Mapping[str, str],
    python_with_plugins: Path,
    make_key: MakeKey,
) -> None:
    markers = tmp_path / "markers"
    markers.mkdir()
    root = candidate({"gatekeeper.yaml": POLICY + "plugins: [hangs]\n", "model.pkl": _samples.estimators("1.3.0")})
    before = {path.name for path in tmp_path.iterdir()} | {"signer.pem", "signer.pub"}
    command = [python_with_plugins, "-I", "-m", "gatekeeper", "signoff", root, "--key", make_key("signer")]
    process = subprocess.Popen(
        [str(each) for each in (*command, "-o", tmp_path / "release")],
        env={**environment, "SAMPLE_MARKERS": str(markers)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    until((markers / "hanging").exists, "the check hangs")
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (130, "")
    assert "nothing was signed" in err
    assert {path.name for path in tmp_path.iterdir()} == before


def test_a_candidate_that_is_written_to_while_it_is_judged_is_not_signed(
    gate: Gate, small: Path, make_key: MakeKey
) -> None:
    """The bytes stay the same, the file is another at each look: whoever read it may have read something else."""
    key, over = make_key("signer"), threading.Event()

    def write() -> None:
        while not over.wait(0.005):
            (small / "new").write_bytes(MODEL)
            (small / "new").replace(small / "model.pkl")

    writer = threading.Thread(target=write)
    writer.start()
    try:
        done = gate("signoff", small, "--key", key, "-o", small.parent / "release")
    finally:
        over.set()
        writer.join()
    assert done.returncode == 3
    assert "model.pkl changed while it was judged, and nothing was signed" in done.stderr
    assert not (small.parent / "release").exists()


def test_a_touched_file_is_told_and_an_untouched_one_is_not(small: Path) -> None:
    declaration = load(small / "gatekeeper.yaml", small)
    before = state_of(small, declaration)
    assert touched(before, state_of(small, declaration)) == ()
    (small / "model.pkl").write_bytes(MODEL)
    assert touched(before, state_of(small, declaration)) == (str(small / "model.pkl"),)
    (small / "model.pkl").unlink()
    assert touched(before, state_of(small, declaration)) == (str(small / "model.pkl"),)


@pytest.mark.slow
def test_a_pass_is_signed_approved_and_verified_at_deploy(gate: Gate, tmp_path: Path, make_key: MakeKey) -> None:
    """The whole way of a release, with the example: signed here, approved by two, verified against what is deployed."""
    example = Path(shutil.copytree(Path(__file__).parents[2] / "examples" / "pricing", tmp_path / "pricing"))
    keys = {name: make_key(name) for name in ("signer", "anna", "ben")}
    for name in keys:
        folder = tmp_path / "keys" / ("signers" if name == "signer" else "reviewers")
        folder.mkdir(parents=True, exist_ok=True)
        (tmp_path / f"{name}.pub").rename(folder / f"{name}.pub")
    out = tmp_path / "release"
    done = gate("signoff", example, "--key", keys["signer"], "-o", out, "--python", sys.executable)
    assert done.returncode == 0, done.stdout
    document = json.loads((out / DOCUMENT).read_bytes())
    assert document["interpreter"]["implementation"] == "cpython"
    assert "scikit-learn" in document["distributions"]
    for name in ("anna", "ben"):
        assert gate("approve", out, "--key", keys[name], "--role", "validator").returncode == 0
    asked = ("--keys", tmp_path / "keys", "--require-approvals", "2", "--max-age", "7d")
    for deployed in (example, example / "model.joblib"):
        verified = gate("verify", out, "--model", deployed, *asked)
        assert verified.returncode == 0, verified.stdout
    data = bytearray((example / "model.joblib").read_bytes())
    data[-1] ^= 1
    (example / "model.joblib").write_bytes(data)
    assert gate("verify", out, "--model", example, *asked).returncode == 1

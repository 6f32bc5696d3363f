"""The commands of `gatekeeper env`, as a user types them: whole outputs, exit codes, what goes to which stream.

After a change that is meant: UPDATE_SNAPSHOTS=1 pytest tests/test_env_commands.py
"""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from gatekeeper.cli.env.evidence import POLICY
from gatekeeper.policy import FILE_NAME
from gatekeeper_checks._samples import ONE_LOCK, SIX, SIX_NEWER, SIX_WHEEL_ONLY, TQDM

HERE = Path(__file__).parent
INCIDENT = HERE.parent / "examples" / "incident-4092x"
CORPUS = HERE / "environment" / "corpus"
COMPARISONS = HERE / "environment" / "comparisons"
TARGET = ("--target", "cp311-linux_x86_64")

Gate = Callable[..., "subprocess.CompletedProcess[str]"]
MakeCandidate = Callable[..., Path]


def expect(text: str, name: str) -> None:
    home = COMPARISONS / name
    if os.environ.get("UPDATE_SNAPSHOTS"):
        home.write_text(text, encoding="utf-8")
    assert text == home.read_text(encoding="utf-8")


@pytest.fixture
def files(tmp_path: Path) -> Callable[..., Path]:
    """Return what writes files into one folder, which the gate then runs in."""

    def write(**texts: str) -> Path:
        for name, text in texts.items():
            (tmp_path / name.replace("__", ".")).write_text(text, encoding="utf-8")
        return tmp_path

    return write


def test_the_hash_stands_alone_on_standard_output(gate: Gate, files: Callable[..., Path]) -> None:
    done = gate("env", "hash", "a.lock", *TARGET, cwd=files(a__lock=SIX))
    assert done.returncode == 0
    assert re.fullmatch(r"sha256:[0-9a-f]{64}\n", done.stdout)
    assert done.stderr == "target cp311-linux_x86_64 (--target)\n"


def test_what_explain_prints_is_what_is_hashed(gate: Gate, files: Callable[..., Path]) -> None:
    folder = files(a__lock=SIX)
    explained = gate("env", "hash", "--explain", "a.lock", *TARGET, cwd=folder).stdout
    assert gate("env", "hash", "a.lock", *TARGET, cwd=folder).stdout == (
        f"sha256:{hashlib.sha256(explained.encode()).hexdigest()}\n"
    )
    assert json.loads(explained)["schema"] == "gatekeeper/environment@1"


def test_standard_input_is_a_file_too(gate: Gate, files: Callable[..., Path]) -> None:
    with (files(a__lock=SIX) / "a.lock").open("rb") as stream:
        done = gate("env", "hash", "-", *TARGET, stdin=stream)
    assert done.stdout == gate("env", "hash", "a.lock", *TARGET, cwd=files(a__lock=SIX)).stdout


def test_the_json_has_all_three_digests(gate: Gate, files: Callable[..., Path]) -> None:
    document = json.loads(gate("env", "hash", "a.lock", *TARGET, "--format", "json", cwd=files(a__lock=SIX)).stdout)
    assert set(document["digests"]) == {"target", "lock", "runtime"}
    assert document["digests"]["runtime"] is None
    assert (document["tier"], document["packages"], document["hashes"]) == ("hashes", 1, 2)
    assert document["selection"] == {"extras": "none", "groups": "default"}


def test_the_target_is_that_of_the_policy_above_the_file(gate: Gate, candidate: MakeCandidate) -> None:
    root = candidate({"gatekeeper.yaml": ONE_LOCK, "locks/production.lock": SIX})
    done = gate("env", "hash", root / "locks" / "production.lock")
    assert done.returncode == 0
    assert done.stderr == f"target cp311-linux_x86_64 ({root / 'gatekeeper.yaml'})\n"


def test_the_name_of_the_policy_is_the_policys() -> None:
    assert POLICY == FILE_NAME


def test_without_a_policy_the_target_is_the_running_interpreter(gate: Gate, files: Callable[..., Path]) -> None:
    done = gate("env", "hash", "a.lock", cwd=files(a__lock=SIX))
    assert done.returncode == 0
    version = ".".join(map(str, sys.version_info[:3]))
    assert done.stderr.startswith(f"target cp{version}")
    assert "name another with --target" in done.stderr


def test_a_lock_that_leaves_something_open_has_a_hash_and_a_warning(gate: Gate, files: Callable[..., Path]) -> None:
    done = gate("env", "hash", "a.lock", *TARGET, cwd=files(a__lock=f"{SIX}numpy>=1.26\n"))
    assert done.returncode == 0
    assert "warning: a.lock:4 numpy >=1.26 has no exact version\n" in done.stderr
    assert "warning: a.lock:4 numpy >=1.26 has no hash\n" in done.stderr


@pytest.mark.parametrize(
    ("args", "exit_code", "said"),
    [
        (("a.lock", "--target", "cp311"), 2, "got the target 'cp311'"),
        (("a.lock", "--explain", "--format", "json"), 2, "give one of the two"),
        (("b.lock",), 3, "b.lock: doesn't exist"),
        (("broken.lock",), 3, "broken.lock:2:"),
        (("include.lock",), 3, "include.lock:1"),
        (("a.lock", "--groups", "a b"), 2, "--groups"),
    ],
)
def test_what_hash_refuses(
    args: tuple[str, ...], exit_code: int, said: str, gate: Gate, files: Callable[..., Path]
) -> None:
    folder = files(a__lock=SIX, broken__lock="# one\nsix==1.16.0 ${X}\n", include__lock="-r nowhere.txt\n")
    done = gate("env", "hash", *args, cwd=folder)
    assert (done.returncode, done.stdout) == (exit_code, "")
    assert said in done.stderr


def test_a_lock_that_includes_another_is_one_lock(gate: Gate, files: Callable[..., Path]) -> None:
    folder = files(whole__lock=SIX + TQDM, split__lock=f"-r more.txt\n{SIX}", more__txt=TQDM)
    hashes = {gate("env", "hash", name, *TARGET, cwd=folder).stdout for name in ("whole.lock", "split.lock")}
    assert len(hashes) == 1
    document = gate("env", "compare", "split.lock", "whole.lock", *TARGET, "--format", "json", cwd=folder).stdout
    assert json.loads(document)["verdict"] == "same"


def test_the_incident(gate: Gate) -> None:
    done = gate(
        "env", "compare", "requirements/training.lock", "requirements/production.lock",
        "--artifact", "model.joblib", cwd=INCIDENT,
    )  # fmt: skip
    expect(done.stdout, "incident.txt")
    assert done.returncode == 1


def test_the_same(gate: Gate, files: Callable[..., Path]) -> None:
    folder = files(a__lock=SIX + TQDM, b__lock=f"# again\n{TQDM}\n{SIX}")
    done = gate("env", "compare", "a.lock", "b.lock", *TARGET, cwd=folder)
    expect(done.stdout, "same.txt")
    assert done.returncode == 0


def test_torch_for_the_cpu_instead_of_cuda_is_one_line(gate: Gate, files: Callable[..., Path]) -> None:
    """Rows of `uv pip compile --generate-hashes`; the CPU build has neither nvidia packages nor triton."""
    cuda = (COMPARISONS / "cuda.lock").read_text(encoding="utf-8").replace("torch==2.2.0 ", "torch==2.2.0+cu121 ")
    rows = re.findall(r"^\S(?:.*\\\n)*.*\n(?: +#.*\n)*", cuda, re.MULTILINE)
    cpu = "".join(row for row in rows if not row.startswith(("nvidia-", "triton"))).replace("+cu121", "+cpu")
    folder = files(cuda__lock=cuda, cpu__lock=cpu)
    done = gate("env", "compare", "cuda.lock", "cpu.lock", *TARGET, cwd=folder)
    expect(done.stdout, "cuda-to-cpu.txt")
    assert done.returncode == 1
    rows_in_json = gate("env", "compare", "cuda.lock", "cpu.lock", *TARGET, "--format", "json", cwd=folder).stdout
    nvidia = [each for each in json.loads(rows_in_json)["differences"] if each["name"].startswith("nvidia-")]
    assert len(nvidia) == cuda.count("\nnvidia-")


SBOM_WITHOUT_A_VERSION = (
    '{"bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1, '
    '"components": [{"type": "library", "name": "six", "purl": "pkg:pypi/six"}]}'
)
PROBE = {
    "schema": "gatekeeper/probe@1",
    "deep": True,
    "runtime": {"python": "3.12.4", "implementation": "cpython", "abi": "cp312", "platform": "linux_x86_64",
                "libc": "glibc 2.36", "system": "debian 12", "cuda": None, "cudnn": None},
    "distributions": [
        {"name": name, "version": version, "record": f"sha256:{digit * 64}", "editable": False, "direct_url": None}
        for name, version, digit in (("six", "1.16.0", "1"), ("pip", "24.0", "2"), ("debugpy", "1.8.0", "3"))
    ],
    "anomalies": [{"flaw": "unowned", "name": "", "path": "hotfix.py", "detail": ""}],
    "host": {},
}  # fmt: skip


def test_a_lock_and_a_probe(gate: Gate, files: Callable[..., Path]) -> None:
    folder = files(a__lock=SIX + TQDM, probe__json=json.dumps(PROBE))
    done = gate("env", "compare", "a.lock", "probe.json", *TARGET, cwd=folder)
    expect(done.stdout, "lock-and-probe.txt")
    assert done.returncode == 1


def test_the_json_of_a_comparison_has_every_row(gate: Gate) -> None:
    args = ("env", "compare", "requirements/training.lock", "requirements/production.lock", "--format", "json")
    done = gate(*args, cwd=INCIDENT)
    document = json.loads(done.stdout)
    assert (document["schema"], document["verdict"], document["exit_code"]) == (
        "gatekeeper/comparison@1", "different", 1,
    )  # fmt: skip
    assert [(each["name"], each["kind"], each["direction"], each["trained"], each["serving"])
            for each in document["differences"]] == [
        ("scikit-learn", "version", "older", "1.4.2", "1.3.0"),
        ("pandas", "version", "older", "2.2.1", "2.1.4"),
        ("torch", "version", "older", "2.2.0", "2.1.2"),
        ("nvidia-nccl-cu12", "version", "older", "2.19.3", "2.18.1"),
        ("triton", "version", "older", "2.2.0", "2.1.0"),
    ]  # fmt: skip
    assert document["differences"][0]["a"]["line"] == 323
    assert set(document["a"]["digests"]) == {"target", "lock", "runtime"}
    assert gate(*args, cwd=INCIDENT).stdout == done.stdout


UNHASHED = """\
version = 1
requires-python = ">=3.11"

[[package]]
name = "p"
version = "1"
source = { virtual = "." }
dependencies = [{ name = "torch" }]

[[package]]
name = "torch"
version = "2.2.0+cu121"
source = { registry = "https://example.com/cu121" }
wheels = [{ url = "https://example.com/torch-2.2.0%2Bcu121-cp311-cp311-linux_x86_64.whl" }]
"""


def test_a_wheel_without_a_hash_is_told_with_its_index(gate: Gate, files: Callable[..., Path]) -> None:
    said = (
        "torch 2.2.0+cu121 has no hash (torch-2.2.0+cu121-cp311-cp311-linux_x86_64.whl, from https://example.com/cu121)"
    )
    folder = files(uv__lock=UNHASHED)
    compared = gate("env", "compare", "uv.lock", "uv.lock", *TARGET, cwd=folder)
    assert compared.returncode == 1
    assert f"A uv.lock:11  {said}\n" in compared.stdout
    assert "fix: compile uv.lock again from an index that publishes hashes: uv lock\n" in compared.stdout
    assert f"warning: uv.lock:11 {said}\n" in gate("env", "hash", "uv.lock", *TARGET, cwd=folder).stderr


def test_a_folder_is_told_by_its_place_alone(gate: Gate, files: Callable[..., Path]) -> None:
    done = gate("env", "compare", "a", "a", *TARGET, cwd=files(a=f"-e .\n{SIX}"))
    assert "A a:1  . comes from a place whose content can change\n" in done.stdout
    assert "fix: pin a wheel with its hash or a full commit in the place of each, then compile a again\n" in done.stdout


def test_another_index_of_the_same_files_is_told_as_that(gate: Gate, files: Callable[..., Path]) -> None:
    done = gate("env", "compare", "a", "b", *TARGET, cwd=files(a=SIX, b=f"-i https://example.com/simple\n{SIX}"))
    assert done.returncode == 1
    assert "six  the default index -> https://example.com/simple  index changed" in done.stdout
    assert "the same files, by their hashes: only the place that they are taken from differs\n" in done.stdout
    assert "fix: take six from the same index on both sides;\n" in done.stdout


CONDA = "version: 1\nmetadata:\n  content_hash:\n    linux-64: x\npackage:\n" + "".join(
    f"- name: {name}\n  version: '1.0'\n  manager: conda\n  platform: linux-64\n"
    f"  url: https://example.com/forge/linux-64/{name}-1.0-0.conda\n  hash: {{sha256: {'a' * 64}}}\n"
    for name in ("six", *(f"lib{letter}" for letter in "abcdefghijkl"))
)


WHEEL = "https://example.com/six-1.16.0-py2.py3-none-any.whl"


@pytest.mark.parametrize(
    ("a", "b", "said"),
    [
        (f"six @ {WHEEL} --hash=sha256:{'a' * 64}", "", f"fix: add six @ {WHEEL} to the input of b and"),
        (f"{WHEEL}#sha256={'a' * 64}", "", f"fix: add six @ {WHEEL} to the input of b and"),
        (SIX, "", "fix: add six==1.16.0 to the input of b and"),
        (SIX, f"six>=1\n{TQDM}", "or train again with six>=1 and record"),
    ],
)
def test_the_fix_names_a_package_as_the_input_of_a_lock_does(
    a: str, b: str, said: str, gate: Gate, files: Callable[..., Path]
) -> None:
    assert said in gate("env", "compare", "a", "b", *TARGET, cwd=files(a=a, b=b)).stdout


def test_the_fix_names_another_build_as_conda_does(gate: Gate, files: Callable[..., Path]) -> None:
    folder = files(a=CONDA, b=CONDA.replace("liba-1.0-0.conda", "liba-1.0-1.conda"))
    done = gate("env", "compare", "a", "b", "--target", "linux-64", cwd=folder)
    assert "liba  1.0 (0) -> 1.0 (1)  another build" in done.stdout
    assert "fix: pin liba=1.0=0 in the input of b and compile it again;\n" in done.stdout


def test_what_a_probe_can_not_see_of_conda_is_one_entry_and_undecided(gate: Gate, files: Callable[..., Path]) -> None:
    folder = files(conda__yml=CONDA, freeze__txt="six==1.0\n")
    done = gate("env", "compare", "conda.yml", "freeze.txt", "--target", "linux-64", cwd=folder)
    expect(done.stdout, "conda-and-freeze.txt")
    assert done.returncode == 3


def test_standard_input_can_not_be_both_sides(gate: Gate, files: Callable[..., Path]) -> None:
    with (files(a__lock=SIX) / "a.lock").open("rb") as stream:
        done = gate("env", "compare", "-", "-", *TARGET, stdin=stream)
    assert (done.returncode, done.stdout) == (2, "")
    assert "standard input is named twice" in done.stderr


def test_which_lock_does_not_know_an_extra_and_which_can_not(gate: Gate, files: Callable[..., Path]) -> None:
    folder = files(a__lock=SIX, uv__lock='version = 1\nrequires-python = ">=3.11"\n\n[[package]]\n'
                   'name = "p"\nversion = "1"\nsource = { virtual = "." }\n')  # fmt: skip
    unknown = gate("env", "compare", "a.lock", "uv.lock", *TARGET, "--extras", "gpu", cwd=folder)
    assert unknown.returncode == 2
    assert "uv.lock: the lock has no extra gpu\n" in unknown.stderr
    assert (
        "warning: a.lock is a requirements file with nothing to choose from: extra gpu is left out\n" in unknown.stderr
    )


@pytest.mark.parametrize(
    ("a", "b", "more", "exit_code"),
    [
        (SIX, SIX, (), 0),
        (SIX, SIX_NEWER, (), 1),
        (SIX, SIX_WHEEL_ONLY, (), 1),
        (SIX, f"--pre\n{SIX}", (), 1),
        (f"six>=1\n{TQDM}", f"six>=1\n{TQDM}", (), 1),
        (f"six==1.16.0\n{TQDM}", f"six==1.16.0\n{TQDM}", (), 1),
        ("six==1.16.0 --hash=md5:" + "a" * 32, "six==1.16.0 --hash=md5:" + "a" * 32, (), 1),
        (SIX + SIX_NEWER, SIX + SIX_NEWER, (), 1),
        (SIX, "six==1.16.0 --hash=sha256:abc", (), 1),
        (SIX, "six==1.16.0 --hash=sha256:" + "x" * 64, (), 1),
        (SIX, "six==1.16.0\n", (), 0),
        (SIX, "six==1.16.0\n", ("--require", "versions"), 0),
        (SIX, "six==1.16.0\n", ("--require", "hashes"), 3),
        (SIX, "six==1.16.0\n", ("--require", "records"), 3),
        (SIX, "six==1.17.0\n", ("--require", "hashes"), 1),
        (SIX, SBOM_WITHOUT_A_VERSION, (), 3),
        (SIX, "six==1.16.0 ; platform_release == '1' --hash=sha256:" + "a" * 64, (), 3),
        (SIX, "-r nowhere.txt\n", (), 3),
        (SIX, "version = 9\nrequires-python = '>=3.11'\n", (), 3),
        (SIX, "", (), 1),
    ],
)  # fmt: skip
def test_exit_codes_of_compare(
    a: str, b: str, more: tuple[str, ...], exit_code: int, gate: Gate, files: Callable[..., Path]
) -> None:
    assert gate("env", "compare", "a", "b", *TARGET, *more, cwd=files(a=a, b=b)).returncode == exit_code


def test_a_probe_of_this_interpreter_is_the_same_as_itself_but_for_what_is_editable(gate: Gate, tmp_path: Path) -> None:
    assert gate("env", "probe", "--python", sys.executable, "-o", "probe.json", cwd=tmp_path).returncode == 0
    document = json.loads((tmp_path / "probe.json").read_text(encoding="utf-8"))
    assert document["schema"] == "gatekeeper/probe@1"
    printed = gate("env", "compare", "probe.json", "probe.json", "--format", "json", cwd=tmp_path).stdout
    compared = json.loads(printed)
    assert {each["kind"] for each in compared["differences"]} <= {"anomaly", "undecided"}
    assert compared["a"]["digests"]["runtime"] is not None
    assert compared["target"].startswith(f"cp{document['runtime']['python']}")


def test_the_script_can_be_piped_into_any_interpreter(gate: Gate) -> None:
    script = gate("env", "probe", "--script").stdout
    done = subprocess.run(
        [sys.executable, "-I", "-"], input=script, capture_output=True, text=True, check=True, timeout=120
    )
    assert json.loads(done.stdout)["schema"] == "gatekeeper/probe@1"
    assert gate("env", "probe", "--script", "--deep").returncode == 2


def test_a_probe_of_what_is_no_interpreter(gate: Gate) -> None:
    assert gate("env", "probe", "--python", "/nowhere/python").returncode == 2


def test_a_probe_that_takes_too_long_is_ended(gate: Gate, tmp_path: Path) -> None:
    (tmp_path / "python").write_text("#!/bin/sh\nsleep 600\n")
    (tmp_path / "python").chmod(0o755)
    done = gate("env", "probe", "--python", tmp_path / "python", "--timeout", "0.5", cwd=tmp_path)
    assert done.returncode == 3
    assert "did not answer within 0.5 seconds" in done.stderr
    assert "--timeout SECONDS" in done.stderr


def test_a_target_that_pip_can_not_be_told_is_refused_before_a_lock_is_written(gate: Gate, tmp_path: Path) -> None:
    (tmp_path / "a.in").write_text("six==1.17.0\n")
    done = gate("env", "lock", "a.in", "-o", "a.lock", "--target", "linux-64", cwd=tmp_path)
    assert (done.returncode, (tmp_path / "a.lock").exists()) == (2, False)


def test_lock_names_the_requirement_that_can_not_be_met(gate: Gate, tmp_path: Path) -> None:
    (tmp_path / "a.in").write_text("-e ./nowhere\n")
    done = gate("env", "lock", "a.in", "-o", "a.lock", cwd=tmp_path)
    assert done.returncode == 3
    assert "Traceback" not in done.stderr
    assert "nowhere" in done.stderr


def test_lock_says_what_stands_in_the_way(gate: Gate, tmp_path: Path) -> None:
    (tmp_path / "a.in").write_text("six ===== 1\n")
    done = gate("env", "lock", "a.in", "-o", "a.lock", cwd=tmp_path)
    assert done.returncode == 3
    assert "pip-compile failed" in done.stderr
    assert gate("env", "lock", "nowhere.in", "-o", "a.lock", cwd=tmp_path).returncode == 2


@pytest.mark.slow
def test_a_lock_with_records_and_a_probe_of_what_it_installs_are_compared_on_records(
    gate: Gate, tmp_path: Path
) -> None:
    (tmp_path / "a.in").write_text("six==1.16.0\ntqdm==4.67.1\n")
    environment = {name: value for name, value in os.environ.items() if name.startswith(("PIP_", "PATH"))}
    done = gate("env", "lock", "a.in", "-o", "a.lock", "--", "--no-annotate", cwd=tmp_path, env=environment)
    assert done.returncode == 0, done.stderr
    python = tmp_path / "venv" / "bin" / "python"
    subprocess.run([sys.executable, "-m", "venv", tmp_path / "venv"], check=True)
    subprocess.run(
        [python, "-m", "pip", "install", "--quiet", "--require-hashes", "-r", str(tmp_path / "a.lock")], check=True
    )
    assert gate("env", "probe", "--deep", "--python", python, "-o", "probe.json", cwd=tmp_path).returncode == 0
    same = gate("env", "compare", "a.lock", "probe.json", "--require", "records", cwd=tmp_path)
    assert same.returncode == 0, same.stdout
    (installed,) = (tmp_path / "venv" / "lib").glob("python*/site-packages/six.py")
    with installed.open("a") as file:
        file.write("# one line more\n")
    assert gate("env", "probe", "--deep", "--python", python, "-o", "probe.json", cwd=tmp_path).returncode == 0
    assert gate("env", "compare", "a.lock", "probe.json", cwd=tmp_path).returncode == 1


def test_the_help_of_each_command_says_what_it_is_for(gate: Gate) -> None:
    for command in ("hash", "compare", "probe", "lock"):
        done = gate("env", command, "--help")
        assert done.returncode == 0
        assert "Usage: gatekeeper env" in done.stdout
    assert "docker run -i IMAGE python -I -" in gate("env", "probe", "--help").stdout
    assert shutil.which("jq") is None or "sha256sum" in gate("env", "hash", "--help").stdout

"""`gatekeeper manifest draft`, `probe`, `explain` and `generate`, as they are typed."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from gatekeeper.contract.generation import KINDS
from gatekeeper.contract.manifest.document import load
from tests.whole import POLICY, whole

Gate = Callable[..., "subprocess.CompletedProcess[str]"]
MakeCandidate = Callable[..., Path]
EXAMPLES = Path(__file__).parents[1] / "examples"
ROWS = "units,price\n" + "".join(f"{units},{2 * units + 1}\n" for units in range(1, 25)) * 3


@pytest.fixture
def root(candidate: MakeCandidate) -> Path:
    return candidate(whole())


# --- draft


def test_a_draft_says_what_the_files_say_and_asks_for_the_rest(gate: Gate, root: Path) -> None:
    done = gate("manifest", "draft", root)
    assert done.returncode == 0
    drafted, kept = load(done.stdout.encode(), "draft"), load((root / "manifest.yaml").read_bytes(), "manifest.yaml")
    assert drafted.model == kept.model.__class__(
        **{**{name: getattr(kept.model, name) for name in kept.model.__struct_fields__}, "version": "1"}
    )
    units = drafted.inputs["units"]
    # The range is the input model's, 1 to 24; the training data had 1 to 12.
    assert (units.kind, units.min, units.max) == ("integer", 1, 24)
    assert {"owner.oncall", "review.by", "inputs.units.missing", "confidence", "kill_switches"} <= drafted.open.keys()


def test_a_draft_passes_no_gate_before_it_is_decided(gate: Gate, root: Path) -> None:
    (root / "manifest.yaml").unlink()
    assert gate("manifest", "draft", root, "-o", root / "manifest.yaml").returncode == 0
    done = gate("run", root, "--check", "interpretability-manifest")
    assert done.returncode == 1
    assert "interpretability-manifest/open-mark" in done.stdout
    assert "interpretability-manifest/placeholder" in done.stdout


def test_a_manifest_that_is_there_is_not_overwritten(gate: Gate, root: Path) -> None:
    before = (root / "manifest.yaml").read_bytes()
    done = gate("manifest", "draft", root, "-o", root / "manifest.yaml")
    assert done.returncode == 2
    assert "is there already" in done.stderr
    assert (root / "manifest.yaml").read_bytes() == before


def test_what_the_service_works_out_is_asked_about(gate: Gate) -> None:
    drafted = load(gate("manifest", "draft", EXAMPLES / "incident-4092x").stdout.encode(), "draft")
    assert drafted.inputs["season"].derived
    assert "season" not in drafted.requested


# --- probe


@pytest.mark.parametrize(
    ("record", "code", "said"),
    [
        ('{"units": 3}', 0, "service  price: 7"),
        ("{}", 0, "safe defaults"),
        ('{"units": 99}', 0, "is not of the domain"),
        ('{"units": NaN}', 0, "ValidationError"),
    ],
)
def test_answers_that_keep_to_the_manifest(gate: Gate, root: Path, record: str, code: int, said: str) -> None:
    done = gate("manifest", "probe", root, "--record", record)
    assert done.returncode == code, done.stdout + done.stderr
    assert said in done.stdout


def test_an_answer_that_does_not(gate: Gate, root: Path) -> None:
    serving = (root / "serve.py").read_text()
    (root / "serve.py").write_text(serving.replace('"price": float(', '"price": -float('))
    done = gate("manifest", "probe", root, "--record", '{"units": 3}')
    assert done.returncode == 1
    assert "-7 is below 1" in done.stdout


@pytest.mark.parametrize(("record", "said"), [("{", "no JSON"), ("[1]", "expected an object")])
def test_a_record_that_is_none(gate: Gate, root: Path, record: str, said: str) -> None:
    done = gate("manifest", "probe", root, "--record", record)
    assert done.returncode == 2
    assert said in done.stderr


def test_a_model_that_cant_be_loaded(gate: Gate, root: Path) -> None:
    (root / "serve.py").write_text("import a_module_that_is_not_installed\n")
    done = gate("manifest", "probe", root, "--record", '{"units": 3}')
    assert done.returncode == 3
    assert "a_module_that_is_not_installed" in done.stderr


# --- explain


@pytest.mark.parametrize("method", ["shap", "permutation", "surrogate"])
def test_an_explanation_that_is_made_is_one_that_the_gate_takes(gate: Gate, root: Path, method: str) -> None:
    (root.parent / "rows.csv").write_text(ROWS)
    options = ("--method", method, "--data", root.parent / "rows.csv", "--target", "price", "--rows", "40")
    done = gate("manifest", "explain", root, *options, "-o", root / "shap.json")
    assert done.returncode == 0, done.stderr
    digest = done.stdout.splitlines()[-1]
    document = json.loads((root / "shap.json").read_text())
    assert document["method"] == method
    # The rows are those of another file than the baseline's: that, and nothing else, is told.
    text = (root / "manifest.yaml").read_text()
    start = text.index("explanations: ")
    declared = f'explanations: [{{"method": "{method}", "path": "shap.json", "sha256": "{digest}"}}]\n'
    (root / "manifest.yaml").write_text(text[:start] + declared)
    told = gate("run", root, "--check", "interpretability-manifest").stdout
    assert f"shap.json ({method}): shown worked out again" in told
    assert [line for line in told.splitlines() if "  error  " in line or "critical" in line] == [
        line for line in told.splitlines() if "explanation-of-another-model" in line
    ]
    assert "the rows are of other data" in told


def test_data_without_the_inputs_is_refused(gate: Gate, root: Path) -> None:
    (root.parent / "rows.csv").write_text("a,b\n1,2\n")
    options = ("--method", "surrogate", "--data", root.parent / "rows.csv")
    done = gate("manifest", "explain", root, *options, "-o", root.parent / "out.json")
    assert done.returncode == 3
    assert "has no column 'units'" in done.stderr
    assert not (root.parent / "out.json").exists()


# --- generate


def test_everything_is_generated_and_twice_the_same(gate: Gate, root: Path) -> None:
    first, second = root.parent / "first", root.parent / "second"
    for folder in (first, second):
        assert gate("manifest", "generate", root, "-o", folder).returncode == 0
    names = {name for name, _ in KINDS.values()}
    assert {path.name for path in first.iterdir()} == names
    assert all((first / name).read_bytes() == (second / name).read_bytes() for name in names)
    assert (first / "rules.yaml").read_bytes() == (root / "rules.yaml").read_bytes()


@pytest.mark.parametrize("kind", KINDS)
def test_one_kind_alone(gate: Gate, root: Path, kind: str) -> None:
    done = gate("manifest", "generate", root, f"--{kind}", "-o", root.parent / "out")
    assert done.returncode == 0, done.stderr
    assert [path.name for path in (root.parent / "out").iterdir()] == [KINDS[kind][0]]


def test_the_examples_carry_what_is_generated_now(gate: Gate, tmp_path: Path) -> None:
    assert gate("manifest", "generate", EXAMPLES / "pricing", "-o", tmp_path / "out").returncode == 0
    for name, home in (("guard.py", "serving"), ("rules.yaml", "monitoring"), ("dashboard.json", "monitoring")):
        assert (tmp_path / "out" / name).read_bytes() == (EXAMPLES / "pricing" / home / name).read_bytes()


@pytest.mark.parametrize("command", ["generate", "probe", "explain"])
def test_without_a_manifest_the_next_step_is_told(gate: Gate, candidate: MakeCandidate, command: str) -> None:
    root = candidate({**whole(), "gatekeeper.yaml": POLICY.replace("manifest: manifest.yaml\n", "")})
    options = {
        "generate": ("-o", root.parent / "out"),
        "probe": ("--record", "{}"),
        "explain": ("--method", "shap", "--data", root / "golden.jsonl", "-o", root.parent / "out.json"),
    }[command]
    done = gate("manifest", command, root, *options)
    assert done.returncode == 2
    assert "gatekeeper manifest draft" in done.stderr


@pytest.mark.parametrize("command", ["draft", "generate", "probe", "explain"])
def test_a_folder_that_there_is_not(gate: Gate, tmp_path: Path, command: str) -> None:
    options = {
        "draft": (),
        "generate": ("-o", tmp_path / "out"),
        "probe": ("--record", "{}"),
        "explain": ("--method", "shap", "--data", tmp_path / "x.csv", "-o", tmp_path / "out.json"),
    }[command]
    done = gate("manifest", command, tmp_path / "nowhere", *options)
    assert done.returncode == 2
    assert "no such folder" in done.stderr

"""`gatekeeper golden record|replay`, as a user types them, with good input and with bad."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import jsonschema
import pytest

from gatekeeper.errors import Unreadable
from gatekeeper.replay.golden import document
from gatekeeper.replay.golden.facts import Golden
from gatekeeper_checks._golden import read_records
from gatekeeper_checks.golden_replay import samples
from tests.whole import whole

Gate = Callable[..., "subprocess.CompletedProcess[str]"]
MakeCandidate = Callable[..., Path]

ROWS = "units\n" + "\n".join(str(each) for each in range(1, 25)) + "\n"


@pytest.fixture
def make(candidate: MakeCandidate) -> Callable[..., Path]:
    """Return what writes a candidate with a handler, golden records, and rows that may become some."""

    def write(serve: str = samples.SERVE, **changes: str | bytes) -> Path:
        files = {name.replace("_", "."): content for name, content in changes.items()}
        return candidate({**samples.files(serve=serve), "rows.csv": ROWS, **files})

    return write


def golden_of(root: Path) -> Golden:
    return document.read(root / "golden")


# --- record


def test_what_is_recorded_is_replayed_and_passes(gate: Gate, make: Callable[..., Path]) -> None:
    root = make()
    done = gate("golden", "record", root, "--inputs", root / "rows.csv", "--n", "10", "-o", root / "golden")
    assert done.returncode == 0, done.stderr
    assert "10 records" in done.stdout
    assert "finds a change by 0.0001 of itself" in done.stdout
    text = samples.POLICY.replace("golden.jsonl", "golden")
    (root / "gatekeeper.yaml").write_text(text)
    (root / "golden.jsonl").unlink()
    done = gate("golden", "replay", root)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "price  0 of" in done.stdout
    assert done.stdout.endswith("PASS: 0 findings.\n")


def test_what_is_recorded_is_bound_to_model_predictor_and_interpreter(gate: Gate, make: Callable[..., Path]) -> None:
    root = make()
    gate("golden", "record", root, "--inputs", root / "rows.csv", "--n", "10", "-o", root / "golden")
    header = golden_of(root).header
    assert header is not None
    assert header.artifacts == samples.digests({"model.pkl": samples.MODEL})
    assert header.predictor == "serve:handler"
    assert header.environment.python == ".".join(map(str, sys.version_info[:3]))
    assert header.devices.keys() == {"cpu"}
    assert (header.outputs["price"].dtype, header.outputs["price"].noise_relative) == ("float", 0.0)
    assert header.reason is None


def test_the_ends_the_missing_and_what_nobody_sent_are_among_the_records(gate: Gate, make: Callable[..., Path]) -> None:
    root = make()
    gate("golden", "record", root, "--inputs", root / "rows.csv", "--n", "10", "-o", root / "golden")
    records = golden_of(root).records
    assert {1, 24, None} <= {each.inputs["units"] for each in records}
    assert [each.why for each in records if each.outside] == [("made up: units is missing",)]


def test_recording_anew_needs_a_reason_keeps_the_old_values_and_shows_the_difference(
    gate: Gate, make: Callable[..., Path]
) -> None:
    root = make()
    record = ("golden", "record", root, "--inputs", root / "rows.csv", "--n", "10", "-o", root / "golden")
    gate(*record)
    before = (root / "golden/records.jsonl").read_bytes()
    refused = gate(*record)
    assert refused.returncode == 2
    assert 'say why they are recorded anew: --reason "' in refused.stderr
    assert (root / "golden/records.jsonl").read_bytes() == before
    (root / "serve.py").write_text(samples.DEVIATING)
    done = gate(*record, "--reason", "prices rise")
    assert done.returncode == 0, done.stderr
    assert "10 of 10 records have another answer" in done.stdout
    assert "beyond the tolerance; the most in" in done.stdout
    (kept,) = (root / "golden").glob("records.*-*.jsonl")
    assert kept.read_bytes() == before
    header = golden_of(root).header
    assert header is not None
    assert header.previous is not None
    assert (header.reason, header.previous.file, header.previous.changed) == ("prices rise", kept.name, 10)


@pytest.mark.parametrize(
    ("serve", "says"),
    [
        (samples.RAISING, "requests raise: r001: AttributeError"),
        (samples.RANDOM, "requests are answered differently"),
        (samples.instead("2.0 * units + 1.0", 'float("nan")'), "NaN or infinity is answered as price"),
        (samples.DYING, "ended the process with exit status 7"),
    ],
)
def test_what_must_not_become_golden_is_not_written(
    serve: str, says: str, gate: Gate, make: Callable[..., Path]
) -> None:
    root = make(serve)
    done = gate("golden", "record", root, "--inputs", root / "rows.csv", "--n", "10", "-o", root / "golden")
    assert done.returncode == 3
    assert says in done.stderr
    assert "  fix: " in done.stderr
    assert not (root / "golden").exists()


def test_nan_is_recorded_where_that_is_meant_and_is_equal_to_itself_alone(
    gate: Gate, make: Callable[..., Path]
) -> None:
    root = make(samples.instead("2.0 * units + 1.0", 'float("nan")'))
    record = ("golden", "record", root, "--inputs", root / "rows.csv", "--n", "10", "--allow-nonfinite")
    assert gate(*record, "-o", root / "golden").returncode == 0
    (root / "gatekeeper.yaml").write_text(samples.POLICY.replace("golden.jsonl", "golden"))
    (root / "golden.jsonl").unlink()
    assert gate("golden", "replay", root).returncode == 0
    (root / "serve.py").write_text(samples.SERVE)
    assert gate("golden", "replay", root).returncode == 1


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("nowhere.csv", None, "no such file"),
        ("empty.csv", b"", "got 0 rows"),
        ("head.csv", b"units\n", "got 0 rows"),
        ("binary.csv", b"\xff\xfe\x00\x01", "is no CSV"),
        ("rows.jsonl", b'{"units": 3}\n{"units"', "holds no lines of JSON"),
        ("list.jsonl", b"[1, 2]\n", "a line that is no object"),
        ("rows.parquet", b"PAR1", "no whole Parquet"),
        ("model.onnx", b"\x08\x07", ""),
    ],
)
def test_inputs_that_are_none_are_refused_with_the_next_step(
    name: str, content: bytes | None, says: str, gate: Gate, make: Callable[..., Path]
) -> None:
    root = make()
    if content is not None:
        (root / name).write_bytes(content)
    done = gate("golden", "record", root, "--inputs", root / name, "-o", root / "golden")
    assert done.returncode in {2, 3}
    assert says in done.stderr
    assert "  fix: " in done.stderr
    assert not (root / "golden").exists()


def test_a_column_that_is_not_there_is_named_with_those_that_are(gate: Gate, make: Callable[..., Path]) -> None:
    root = make()
    done = gate("golden", "record", root, "--inputs", root / "rows.csv", "--column", "unit", "-o", root / "golden")
    assert done.returncode == 2
    assert "has no column 'unit'\n  fix: it has: units" in done.stderr


# --- replay


def test_a_deviation_is_told_with_record_figures_and_coverage(gate: Gate, make: Callable[..., Path]) -> None:
    done = gate("golden", "replay", make(samples.DEVIATING))
    assert done.returncode == 1
    assert "price  3 of 3 above; worst r003:" in done.stdout
    assert "all would pass with a relative tolerance of 0.00" in done.stdout
    assert "latency    median" in done.stdout
    assert "critical  golden-replay/deviates" in done.stdout


def test_stress_repeat_plot_and_record_are_options(gate: Gate, make: Callable[..., Path], tmp_path: Path) -> None:
    root = make(samples.LEAKING)
    picture, record = tmp_path / "replay.svg", tmp_path / "stress.json"
    done = gate(
        "golden", "replay", root, "--stress", "60", "--repeat", "2", "--plot", picture, "--record-stress", record
    )
    assert done.returncode == 1
    assert "serve.SEEN (list)" in done.stdout
    assert "memory     LEAK" in done.stdout
    assert picture.read_text().startswith("<?xml")
    said = json.loads(record.read_text())
    assert (said["schema"], said["verdict"], said["predictor"]) == ("gatekeeper/stress@1", "LEAK", "serve:handler")


def test_a_picture_of_another_kind_is_refused_before_anything_runs(gate: Gate, make: Callable[..., Path]) -> None:
    done = gate("golden", "replay", make(), "--plot", "replay.bmp")
    assert done.returncode == 2
    assert "name it FILE.svg or FILE.png" in done.stderr


def test_a_device_that_is_not_there_is_undecided(gate: Gate, make: Callable[..., Path]) -> None:
    if Path("/dev/nvidiactl").exists():
        pytest.skip("this machine has a graphics card")
    done = gate("golden", "replay", make(), "--device", "cuda")
    assert done.returncode == 3
    assert "this machine has no graphics card" in done.stdout
    assert done.stdout.endswith("UNDECIDED: 0 findings.\n")


def test_a_device_that_is_not_there_and_not_required_is_told(gate: Gate, make: Callable[..., Path]) -> None:
    if Path("/dev/nvidiactl").exists():
        pytest.skip("this machine has a graphics card")
    root = make(gatekeeper_yaml=samples.POLICY.replace("stress: 40", "stress: 40, devices: [cpu, cuda]"))
    done = gate("run", root, "--check", "golden-replay")
    assert done.returncode == 0
    assert "saw answers on cuda: asked nothing: this machine has no graphics card" in done.stdout


@pytest.mark.parametrize(
    ("serve", "says"),
    [
        ("raise RuntimeError('no licence')\n", "raised RuntimeError: no licence"),
        ("def handler(:\n", "SyntaxError"),
        ("handler = 3\n", "expected a factory that can be called"),
        ("def handler():\n    return 3\n", "expected a handler that can be called"),
        ("def handler():\n    return lambda r: (x for x in [1.0])\n", "generator"),
        ("def handler():\n    return lambda r: object()\n", "object"),
        ("def handler():\n    return lambda r: print('}{' * 1000) or {'price': 7.0}\n", "price: 1 of 3 golden records"),
    ],
)
def test_a_predictor_that_is_none_fails_and_is_named(
    serve: str, says: str, gate: Gate, make: Callable[..., Path]
) -> None:
    done = gate("golden", "replay", make(serve))
    assert done.returncode == 1
    assert says in done.stdout


def test_a_predictor_that_is_missing_fails(gate: Gate, make: Callable[..., Path]) -> None:
    root = make(gatekeeper_yaml=samples.POLICY.replace("serve:handler", "server.app:handler"))
    done = gate("golden", "replay", root)
    assert done.returncode == 1
    assert "golden-replay/predictor-fails" in done.stdout
    assert "needs server" in done.stdout


@pytest.mark.parametrize("python", ["/bin/true", "/bin/cat"])
def test_an_interpreter_that_is_no_python_is_undecided(python: str, gate: Gate, make: Callable[..., Path]) -> None:
    done = gate("golden", "replay", make(), "--python", python)
    assert done.returncode == 3
    assert "is no Python that can be used" in done.stdout


def test_a_golden_set_of_another_model_fails(gate: Gate, make: Callable[..., Path]) -> None:
    pairs = samples.golden(samples.PRICES, artifacts={"model.pkl": "sha256:" + 64 * "a"})
    done = gate("golden", "replay", make(golden_jsonl=pairs))
    assert done.returncode == 1
    assert "golden-replay/of-another-model" in done.stdout


@pytest.mark.parametrize("change", [b"", b"\xff\xfe", b'{"header"', b"{}\n"])
def test_a_golden_file_that_is_none_is_undecided(change: bytes, gate: Gate, make: Callable[..., Path]) -> None:
    done = gate("golden", "replay", make(golden_jsonl=change))
    assert done.returncode == 3
    assert "golden.jsonl" in done.stdout
    assert "fix:" in done.stdout


def test_an_edited_golden_value_or_tolerance_is_undecided(gate: Gate, make: Callable[..., Path]) -> None:
    golden = samples.golden(samples.PRICES, artifacts=samples.digests({"model.pkl": samples.MODEL}))
    for old, new in ((b'"price": 25.0', b'"price": 25.1'), (b'"relative": null', b'"relative": 0.5')):
        assert old in golden
        done = gate("golden", "replay", make(golden_jsonl=golden.replace(old, new)))
        assert done.returncode == 3
        assert "was edited after it was recorded" in done.stdout


def test_a_bare_artifact_is_recorded_and_replayed_one_by_one_and_all_at_once(
    gate: Gate, candidate: MakeCandidate
) -> None:
    """A linear model raises on the missing value that is made up: that is recorded, and keeps nobody from the batch."""
    policy = "schema: gatekeeper/candidate@1\nname: pricing\nartifacts: [model.pkl]\ngolden: golden\n"
    policy += "replay: {min_records: 10, stress: 20}\n"
    root = candidate({"gatekeeper.yaml": policy, "model.pkl": samples.MODEL, "rows.csv": ROWS})
    done = gate("golden", "record", root, "--inputs", root / "rows.csv", "--n", "12")
    assert done.returncode == 0, done.stderr
    assert [each.fault for each in golden_of(root).records if each.outside] == ["ValueError"]
    done = gate("run", root, "--check", "golden-replay")
    assert done.returncode == 0, done.stdout
    assert "predictor pickle" in done.stdout
    assert "all at once" in done.stdout


# --- predictors that are not Python

PROGRAM = """\
import json, sys
for line in sys.stdin:
    asked = json.loads(line)
    units = asked["inputs"]["units"]
    price = 2.0 * (3 if units is None else units) + 1.0
    print(json.dumps({"id": asked["id"], "outputs": {"price": price}}), flush=True)
"""


def of_program(command: str) -> dict[str, str | bytes]:
    """Return the policy and the golden records of a predictor that is a program."""
    policy = samples.POLICY.replace('"serve:handler"', json.dumps(command))
    golden = samples.golden(samples.PRICES, artifacts=samples.digests({"model.pkl": samples.MODEL}), predictor=command)
    return {"gatekeeper_yaml": policy, "golden_jsonl": golden}


def test_a_program_is_replayed(gate: Gate, make: Callable[..., Path]) -> None:
    root = make(program_py=PROGRAM, **of_program(f"exec: {sys.executable} -I program.py"))
    done = gate("golden", "replay", root)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "price  0 of 3 above; bitwise equal" in done.stdout
    (root / "program.py").write_text(PROGRAM.replace("+ 1.0\n", "+ 1.1\n"))
    assert gate("golden", "replay", root).returncode == 1


def test_a_program_that_prints_garbage_fails(gate: Gate, make: Callable[..., Path]) -> None:
    program = "print('loading the model ...', flush=True)\n" + PROGRAM
    root = make(program_py=program, **of_program(f"exec: {sys.executable} -I program.py"))
    done = gate("golden", "replay", root)
    assert done.returncode == 1
    assert "golden-replay/predictor-fails" in done.stdout


def test_a_server_that_is_elsewhere_is_refused(gate: Gate, make: Callable[..., Path]) -> None:
    root = make(**of_program("http://192.0.2.1/v2/models/m/infer"))
    done = gate("golden", "replay", root)
    assert done.returncode in {2, 3}
    assert "192.0.2.1" in done.stdout + done.stderr


WHOLE = """\
import json, sys
sys.path.insert(0, ".")
import serve
from pydantic import ValidationError
for line in sys.stdin:
    asked = json.loads(line)
    try:
        said = {"outputs": serve.lambda_handler(asked["inputs"], None)}
    except ValidationError as error:
        said = {"error": str(error), "status": 422}
    print(json.dumps({"id": asked["id"], **said}), flush=True)
"""


def test_every_check_takes_a_program_for_the_predictor(gate: Gate, candidate: MakeCandidate) -> None:
    command = f"exec: {sys.executable} -I program.py"
    files = dict(whole(predictor=command))
    root = candidate({**files, "program.py": WHOLE})
    done = gate("run", root)
    assert done.returncode == 0, done.stdout
    assert "price, service: shown PROBED" in done.stdout
    assert "memory not measured: what answers is no Python process of ours" in done.stdout


# --- schemas


def test_the_schema_of_a_golden_line_takes_every_line_that_is_written(gate: Gate) -> None:
    done = gate("schema", "golden")
    assert done.returncode == 0
    validator = jsonschema.Draft202012Validator(json.loads(done.stdout))
    for example in ("pricing", "incident-4092x"):
        path = Path(__file__).parents[1] / "examples" / example / "golden" / "records.jsonl"
        lines = [json.loads(line) for line in path.read_text().splitlines()]
        assert len(lines) == 101
        for line in lines:
            validator.validate(line)
    assert list(validator.iter_errors({"inputs": {}}))
    assert list(validator.iter_errors({"header": {"schema": 3}}))


# --- golden records as the other checks read them


def test_of_a_golden_record_the_other_checks_take_the_single_values() -> None:
    line = {
        "id": "r001",
        "inputs": {
            "units": 3,
            "image": [[0.0, 1.0]],
            "weight": {"$float": "NaN"},
            "count": {"$int": "18446744073709551616"},
        },
        "outputs": {"price": 7.0, "logits": [0.5, 0.5], "mask": {"$tensor": "r001.mask", "sha256": "00"}},
    }
    (record,) = read_records(io.BytesIO(json.dumps(line).encode())).records
    assert record.inputs.keys() == {"units", "weight", "count"}
    assert record.inputs["count"] == 2**64
    assert record.inputs["weight"] != record.inputs["weight"]
    assert record.outputs == {"price": 7.0}
    with pytest.raises(Unreadable, match="no record with `inputs`"):
        read_records(io.BytesIO(b'{"inputs": [3]}'))

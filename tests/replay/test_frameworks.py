"""Artifacts of torch and its neighbours, and what is seen of torch's modules, in an environment that is made for it."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gatekeeper.replay.observed import Answer, Predictor, Replayed
from gatekeeper.replay.outcomes import HandledAll, Refused
from gatekeeper.replay.worker import Worker, start

pytestmark = pytest.mark.slow

HERE = Path(__file__).parent
ROWS = [[0.0, 0.5, -1.0], [1.0, 0.5, -1.0], [2.0, 0.5, -1.0]]
AS_LISTS: list[dict[str, Any]] = [{"x": row} for row in ROWS]
AS_BATCHES: list[dict[str, Any]] = [{"x": np.array([row])} for row in ROWS]
AS_COLUMNS: list[dict[str, Any]] = [dict(zip("abc", row, strict=True)) for row in ROWS]


@pytest.fixture(scope="session")
def root(torch_python: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("frameworks") / "candidate"
    shutil.copytree(HERE / "torch_service", folder)
    shutil.copy(HERE / "frameworks.py", folder)
    subprocess.run([torch_python, "frameworks.py", "."], cwd=folder, check=True, timeout=300)
    return folder


@pytest.fixture(scope="module")
def candidate(torch_python: str, root: Path) -> Iterator[Worker]:
    with start(torch_python, root) as worker:
        assert isinstance(worker, Worker), worker
        yield worker


@pytest.fixture(scope="session")
def expected(root: Path) -> Any:
    return np.array(json.loads((root / "expected.json").read_text(encoding="utf-8")), dtype="f4")


def replayed(worker: Worker, records: list[dict[str, Any]], **how: Any) -> Replayed:
    found = worker.replay(records, **how)
    assert isinstance(found, Replayed), found
    return found


def told(answer: Answer) -> dict[str, tuple[str, tuple[int, ...], str, list[Any]]]:
    assert answer.fault is None, answer.fault
    assert answer.outputs is not None
    return {name: (each.dtype, each.shape, each.device, list(each.values)) for name, each in answer.outputs.items()}


ARTIFACTS = {
    "scripted": ("torchscript", True, "output", "cpu"),
    "traced": ("torchscript", True, "output", "cpu"),
    "exported.pt2": ("torch.export", True, "output", "cpu"),
    "exported-for-one.pt2": ("torch.export", False, "output", "cpu"),
    "weights": ("safetensors", True, "output", "cpu"),
    "onnx": ("onnx", True, "y", ""),
    "onnx-for-one": ("onnx", False, "y", ""),
}


@pytest.mark.parametrize("name", ARTIFACTS)
@pytest.mark.parametrize("records", [AS_LISTS, AS_BATCHES, AS_COLUMNS], ids=["lists", "batches", "columns"])
def test_one_net_is_asked_as_any_artifact(
    candidate: Worker, root: Path, expected: Any, name: str, records: list[dict[str, Any]]
) -> None:
    kind, batches, output, device = ARTIFACTS[name]
    predictor = candidate.open_artifact(root / name, factory="nets:of_tensors" if name == "weights" else None)
    assert isinstance(predictor, Predictor), predictor
    assert (predictor.format, predictor.batches) == (kind, batches)
    single = replayed(candidate, records)
    shape = (1, 2) if records is AS_BATCHES else (2,)
    for answer, row in zip(single.answers, expected, strict=True):
        dtype, got, where, values = told(answer)[output]
        assert (dtype, got, where) == ("float32", shape, device)
        np.testing.assert_allclose(values, row, rtol=1e-5)
    seen = single.watched
    assert (seen.grad_forwards, seen.training, seen.changed_weights, seen.mutated_inputs) == (0, (), (), ())
    assert seen.forwards == (0 if kind == "onnx" else 3)
    batch = candidate.replay(records, batch=True, order=[2, 0, 1])
    if not batches:
        assert isinstance(batch, Refused)
        return
    assert isinstance(batch, Replayed)
    for one, other in zip(single.answers, batch.answers, strict=True):
        assert {key: each[:3] for key, each in told(one).items()} == {
            key: each[:3] for key, each in told(other).items()
        }
        np.testing.assert_allclose(told(one)[output][3], told(other)[output][3], rtol=1e-5)


def test_what_an_artifact_declares_is_told(candidate: Worker, root: Path) -> None:
    onnx = candidate.open_artifact(root / "onnx")
    assert isinstance(onnx, Predictor)
    assert onnx.inputs == {"x": ("float32", (-1, 3))}
    assert onnx.outputs == {"y": ("float32", (-1, 2)), "label": ("int64", (-1,))}
    exported = candidate.open_artifact(root / "exported-for-one.pt2")
    assert isinstance(exported, Predictor)
    assert exported.inputs == {"x": ("float32", (1, 3))}
    assert {"torch", "onnxruntime", "threads", "capability"} <= exported.runtime.keys()


def test_the_label_of_an_onnx_model_is_an_integer(candidate: Worker, root: Path) -> None:
    assert isinstance(candidate.open_artifact(root / "onnx"), Predictor)
    assert told(replayed(candidate, AS_LISTS).answers[0])["label"][:2] == ("int64", ())


def test_inputs_that_an_onnx_model_does_not_take_are_that_records_fault(candidate: Worker, root: Path) -> None:
    assert isinstance(candidate.open_artifact(root / "onnx"), Predictor)
    found = replayed(candidate, [{"z": ROWS[0]}, {"x": ["a", "b", "c"]}, {"x": ROWS[0]}])
    other, text, good = found.answers
    assert other.fault is not None
    assert other.fault.message == "the model takes x, and a record has z"
    assert text.fault is not None
    assert "takes float32" in text.fault.message
    assert good.fault is None


def test_a_forest_of_skops(candidate: Worker, root: Path) -> None:
    predictor = candidate.open_artifact(root / "skops")
    assert isinstance(predictor, Predictor), predictor
    assert (predictor.format, predictor.batches) == ("skops", True)
    assert told(replayed(candidate, AS_COLUMNS).answers[2]).keys() == {"output", "probabilities"}


def test_torchscript_that_was_saved_in_training_is_asked_in_training(candidate: Worker, root: Path) -> None:
    assert isinstance(candidate.open_artifact(root / "in-training"), Predictor)
    seen = replayed(candidate, AS_LISTS).watched
    assert any(each.endswith("at dropout") for each in seen.training), seen.training


def test_what_can_not_be_asked_says_what_to_do(candidate: Worker, root: Path) -> None:
    said = {"checkpoint": "a checkpoint of torch.save", "weights": "name a factory"}
    for name, words in said.items():
        refused = candidate.open_artifact(root / name)
        assert isinstance(refused, Refused)
        assert words in refused.what
    refused = candidate.open_artifact(root / "scripted", device="cuda:7")
    assert isinstance(refused, Refused)
    assert "asked to compute on cuda:7" in refused.what
    refused = candidate.open_artifact(root / "weights", factory="nets:nothing")
    assert isinstance(refused, Refused)
    assert "nets has no nothing" in refused.what


@pytest.fixture
def seen(candidate: Worker) -> Callable[[str], Replayed]:
    """Return a function that replays three records with a handler of nets.py."""

    def see(handler: str) -> Replayed:
        assert isinstance(candidate.open_predictor(f"nets:make_{handler}"), Predictor)
        return replayed(candidate, AS_LISTS)

    return see


def test_a_guarded_handler_is_seen_to_do_nothing_wrong(seen: Callable[[str], Replayed]) -> None:
    watched = seen("guarded").watched
    assert (watched.forwards, watched.grad_forwards, watched.devices) == (3, 0, ("cpu",))
    assert (watched.training, watched.returned_grad, watched.changed_weights) == ((), (), ())


def test_a_missing_guard_is_seen_and_where(seen: Callable[[str], Replayed]) -> None:
    found = seen("unguarded")
    watched = found.watched
    assert (watched.forwards, watched.grad_forwards, watched.returned_grad) == (3, 3, ("price",))
    assert watched.grad_at.startswith("nets.py:")
    assert watched.grad_at.endswith(" in unguarded")
    assert told(found.answers[0])["price"][:3] == ("float32", (2, 2), "cpu")


def test_a_graph_that_is_thrown_away_is_seen(seen: Callable[[str], Replayed]) -> None:
    found = seen("detached")
    assert (found.watched.grad_forwards, found.watched.returned_grad) == (3, ())
    assert told(found.answers[0])["price"][:3] == ("bfloat16", (2, 2), "cpu")


def test_a_missing_guard_around_torchscript_is_seen(seen: Callable[[str], Replayed]) -> None:
    assert seen("scripted").watched.grad_forwards == 3


def test_a_guard_that_a_thread_does_not_have_is_seen(seen: Callable[[str], Replayed]) -> None:
    watched = seen("pooled").watched
    assert (watched.forwards, watched.grad_forwards) == (3, 3)
    assert watched.grad_at.endswith(" in pooled")


@pytest.mark.parametrize("handler", ["guards_itself", "frozen"])
def test_a_forward_for_which_nothing_is_recorded_has_no_gradients(
    seen: Callable[[str], Replayed], handler: str
) -> None:
    watched = seen(handler).watched
    assert (watched.forwards, watched.grad_forwards, watched.training) == (3, 0, ())


def test_modules_in_training_are_named(seen: Callable[[str], Replayed]) -> None:
    assert seen("in_training").watched.training == (
        "nets.Net",
        "torch.nn.modules.dropout.Dropout at dropout",
        "torch.nn.modules.linear.Linear at linear",
    )


def test_running_statistics_are_weights(seen: Callable[[str], Replayed]) -> None:
    assert seen("norms").watched.changed_weights == ("nets.Normed",)


def test_online_learning_is_found(seen: Callable[[str], Replayed]) -> None:
    """Through `.data`, where torch's own counter of versions stands still."""
    assert seen("tunes").watched.changed_weights == ("nets.Net",)


def test_an_exception_within_a_module_does_not_hide_the_next_forward(seen: Callable[[str], Replayed]) -> None:
    found = seen("raises")
    first, *others = found.answers
    assert first.fault is not None
    assert [each.fault for each in others] == [None, None]
    assert found.watched.forwards == 3


def test_to_be_watched_changes_no_number(seen: Callable[[str], Replayed], candidate: Worker) -> None:
    """A transformer takes another path where a module has hooks of its own; it does not for those of all modules."""
    watched = [told(each)["digest"][3][0] for each in seen("transformer_digest").answers]
    plain = candidate.handle(AS_LISTS)
    assert isinstance(plain, HandledAll)
    assert watched == [each.value["digest"] for each in plain.outcomes]
    assert len(set(watched)) == 3


def test_torch_that_the_first_request_imports_is_watched_from_there_on(torch_python: str, root: Path) -> None:
    with start(torch_python, root) as worker:
        assert isinstance(worker, Worker), worker
        predictor = worker.open_predictor("lazy:factory")
        assert isinstance(predictor, Predictor)
        assert "torch" not in predictor.runtime
        watched = replayed(worker, AS_LISTS).watched
    assert (watched.forwards, watched.grad_forwards, watched.returned_grad) == (3, 3, ("price",))


@pytest.mark.parametrize("name", ["scripted", "exported.pt2", "weights", "onnx"])
def test_on_cuda_the_outputs_lie_there(torch_python: str, root: Path, expected: Any, name: str) -> None:
    from gatekeeper.replay.starting import Bounds

    asked = "import torch; print(torch.cuda.is_available())"
    done = subprocess.run([torch_python, "-c", asked], capture_output=True, text=True, check=True)
    if done.stdout.strip() != "True":
        pytest.skip("this machine has no CUDA device, or torch was built without it")
    with start(torch_python, root, bounds=Bounds(gpu=True)) as worker:
        assert isinstance(worker, Worker), worker
        factory = "nets:of_tensors" if name == "weights" else None
        predictor = worker.open_artifact(root / name, factory=factory, device="cuda")
        if name == "onnx" and isinstance(predictor, Refused):
            pytest.skip("this onnxruntime was built without CUDA")
        assert isinstance(predictor, Predictor), predictor
        found = replayed(worker, AS_LISTS)
    for answer, row in zip(found.answers, expected, strict=True):
        dtype, shape, device, values = told(answer)["y" if name == "onnx" else "output"]
        assert (dtype, shape) == ("float32", (2,))
        assert device == ("" if name == "onnx" else "cuda:0")
        np.testing.assert_allclose(values, row, rtol=1e-3)
    assert name == "onnx" or {"device name", "cuda", "tf32 matmul"} <= predictor.runtime.keys()

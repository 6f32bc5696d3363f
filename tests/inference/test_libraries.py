"""What is known of library code: how it is looked up, and that it stands in the libraries' own sources."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
import tarfile
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest

from gatekeeper.inference.libraries import (
    Behaviour,
    Making,
    behaviour_of_call,
    is_known_library,
    listing,
    product_of_call,
)

GUARDS, FORWARD, NOT_TORCH, UNKNOWN = Behaviour.GUARDS, Behaviour.FORWARD, Behaviour.NOT_TORCH, Behaviour.UNKNOWN


@pytest.mark.parametrize(
    ("dotted", "behaviour"),
    [
        ("transformers.pipeline()", GUARDS),
        ("transformers.pipeline().__call__", GUARDS),
        ("transformers.TextClassificationPipeline()", GUARDS),
        ("transformers.AutoModelForCausalLM.from_pretrained().generate", GUARDS),
        ("transformers.AutoModelForCausalLM.from_pretrained().to().eval().generate", GUARDS),
        ("transformers.GenerationMixin.generate", GUARDS),
        ("transformers.AutoModelForCausalLM.from_pretrained()", FORWARD),
        ("transformers.AutoModelForCausalLM.from_pretrained().half().forward", FORWARD),
        ("transformers.CLIPModel.from_pretrained().get_image_features", FORWARD),
        ("transformers.AutoModel.from_pretrained", NOT_TORCH),
        ("transformers.AutoTokenizer.from_pretrained()", NOT_TORCH),
        ("transformers.AutoImageProcessor.from_pretrained().post_process", NOT_TORCH),
        ("transformers.CLIPProcessor.from_pretrained()", NOT_TORCH),
        ("transformers.TFBertModel.from_pretrained()", NOT_TORCH),
        ("transformers.Trainer().predict", GUARDS),
        ("sentence_transformers.SentenceTransformer().encode", GUARDS),
        ("sentence_transformers.SentenceTransformer.encode", GUARDS),
        ("sentence_transformers.SentenceTransformer()", FORWARD),
        ("sentence_transformers.SentenceTransformer", NOT_TORCH),
        ("ultralytics.YOLO()", GUARDS),
        ("ultralytics.YOLO().track", GUARDS),
        ("diffusers.StableDiffusionXLPipeline.from_pretrained().to()", GUARDS),
        ("diffusers.AutoencoderKL.from_pretrained().decode", FORWARD),
        ("diffusers.ValueGuidedRLPipeline()", UNKNOWN),
        ("whisper.load_model().transcribe", GUARDS),
        ("whisper.load_model().encoder", UNKNOWN),
        ("clip.load()[0].encode_image", FORWARD),
        ("clip.load()[1]", NOT_TORCH),
        ("open_clip.create_model_and_transforms()[0].encode_text", FORWARD),
        ("torchvision.models.resnet50()", FORWARD),
        ("torchvision.models.detection.fasterrcnn_resnet50_fpn().eval()", FORWARD),
        ("torchvision.models.ResNet50_Weights.DEFAULT.transforms()", NOT_TORCH),
        ("torchvision.transforms.Compose()", NOT_TORCH),
        ("timm.create_model().forward_features", FORWARD),
        ("torch.hub.load()", FORWARD),
        ("torch.jit.load()", FORWARD),
        ("torch.jit.freeze()", GUARDS),
        ("torch.export.load().module()", FORWARD),
        ("torch.nn.Linear()", FORWARD),
        ("torch.nn.functional.softmax", UNKNOWN),
        ("torch.load()", UNKNOWN),
        ("sklearn.linear_model.LogisticRegression().predict", NOT_TORCH),
        ("onnxruntime.InferenceSession().run", NOT_TORCH),
        ("facenet_pytorch.MTCNN()", GUARDS),
        ("facenet_pytorch.InceptionResnetV1().eval()", FORWARD),
        ("acme.load_model().predict", UNKNOWN),
        ("transformers", UNKNOWN),
        ("clip.load()[7]", UNKNOWN),
        ("clip.load()['model']", UNKNOWN),
        ("", UNKNOWN),
    ],
)
def test_what_a_call_does(dotted: str, behaviour: Behaviour) -> None:
    assert behaviour_of_call(dotted) is behaviour


@pytest.mark.parametrize(
    ("short", "long"),
    [
        (
            "transformers.BertModel.from_pretrained()",
            "transformers.models.bert.modeling_bert.BertModel.from_pretrained()",
        ),
        ("transformers.pipeline()", "transformers.pipelines.pipeline()"),
        ("ultralytics.YOLO().predict", "ultralytics.models.yolo.model.YOLO().predict"),
        ("whisper.load_model().decode", "whisper.model.Whisper().decode"),
        ("torchvision.models.resnet50()", "torchvision.models.resnet.resnet50()"),
    ],
)
def test_a_name_is_known_wherever_the_library_keeps_it(short: str, long: str) -> None:
    assert behaviour_of_call(short) is behaviour_of_call(long) is not UNKNOWN


@pytest.mark.parametrize(
    ("dotted", "making", "cls"),
    [
        ("transformers.AutoModel.from_pretrained", Making.MODULE, "transformers.PreTrainedModel"),
        ("transformers.AutoModel.from_pretrained().eval", Making.MODULE, "transformers.PreTrainedModel"),
        ("transformers.AutoModel.from_pretrained()", Making.TENSOR, ""),
        ("transformers.AutoModel.from_pretrained().generate", Making.DETACHED, ""),
        ("transformers.pipeline", Making.OBJECT, "transformers.Pipeline"),
        ("transformers.pipeline()", Making.NOT_TORCH, ""),
        ("whisper.load_model", Making.MODULE, "whisper.Whisper"),
        ("torch.jit.freeze", Making.FROZEN_MODULE, ""),
        ("torch.jit.freeze()", Making.DETACHED, ""),
        ("clip.load()[0].encode_image", Making.TENSOR, ""),
        ("xgboost.XGBClassifier", Making.NOT_TORCH, "xgboost.*"),
        ("torch.load", Making.UNKNOWN, ""),
        ("acme.load_model", Making.UNKNOWN, ""),
    ],
)
def test_what_a_call_gives(dotted: str, making: Making, cls: str) -> None:
    product = product_of_call(dotted)

    assert (product.making, product.cls) == (making, cls)


def test_a_tuple_has_elements() -> None:
    product = product_of_call("clip.load")

    assert product.making is Making.TUPLE
    assert [each.making for each in product.elements] == [Making.MODULE, Making.NOT_TORCH]


def test_only_the_libraries_of_the_list_are_known() -> None:
    assert is_known_library("transformers")
    assert not is_known_library("acme")


@pytest.mark.parametrize(
    "line",
    ["f guards plain", "f makes module proof", "f prays plain", "f", "C : church", "    m makes plain", "@ alone"],
)
def test_a_line_that_is_none_of_the_list_is_refused(line: str) -> None:
    with pytest.raises(ValueError, match="of the list of library behaviours"):
        list(listing.parse(f"@ acme acme 1..2\n{line}\n"))


def test_every_class_that_the_list_refers_to_is_in_it() -> None:
    for library in listing.libraries().values():
        own = {each.name for each in library.entries if isinstance(each, listing.LibraryClass)}
        for _, entry in _callables(library):
            words = set(entry.gives.strip("()").split(",")) - {*listing.MAKINGS, "itself"}
            assert words <= own, (library.package, entry.patterns)


def test_what_guards_rests_on_versions_that_were_read() -> None:
    for library in listing.libraries().values():
        assert library.versions or not any(entry.proof for _, entry in _callables(library)), library.package


def _callables(library: listing.Library) -> Iterator[tuple[str, listing.Callable]]:
    for entry in library.entries:
        if isinstance(entry, listing.LibraryClass):
            yield from ((f"{entry.name}.{method.patterns[0]}", method) for method in entry.methods)
        else:
            yield entry.patterns[0], entry


# What follows reads the sources of the libraries themselves.

PROVEN = [
    (library.package, index, name, proof)
    for library in listing.libraries().values()
    for name, entry in _callables(library)
    for proof in entry.proof
    for index in (0, 1)
]
ONLY_SOURCES = {"openai-whisper"}
"""Distributions without wheels."""

GUARD_WORDS = ("no_grad", "inference_mode", "set_grad_enabled")

Functions = dict[str, list[ast.FunctionDef]]


@pytest.fixture(scope="session")
def functions(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, int], Functions]:
    """Return what gives the functions of a library by qualified name, at its oldest (0) or newest (1) version."""

    @cache
    def read(package: str, index: int) -> Functions:
        library = listing.libraries()[package]
        assert library.versions is not None
        folder = tmp_path_factory.mktemp(f"{package}-{index}")
        _install(f"{library.distribution}=={library.versions[index]}", folder)
        found: Functions = {}
        for path in next(folder.rglob(f"{package}/__init__.py")).parent.rglob("*.py"):
            text = path.read_text(encoding="utf-8", errors="replace")
            for name, node in _named(_parsed(text), ()):
                found.setdefault(name, []).append(node)
        return found

    return read


def _install(requirement: str, folder: Path) -> None:
    """Put the files of a distribution into a folder: of the library alone, without what it needs."""
    quiet = ["--quiet", "--disable-pip-version-check", "--no-deps"]
    pip = [sys.executable, "-m", "pip"]
    if requirement.partition("==")[0] not in ONLY_SOURCES:
        install = [*pip, "install", *quiet, "--no-compile", "--only-binary=:all:", "--target", str(folder), requirement]
        subprocess.run(install, check=True)
        return
    # pip asks a source distribution for its metadata, and whisper's setup needs `pkg_resources`, which is no more.
    constraint = folder / "constraint.txt"
    constraint.write_text("setuptools<81\n")
    download = [*pip, "download", *quiet, "--no-binary=:all:", "--dest", str(folder), requirement]
    subprocess.run(download, check=True, env={**os.environ, "PIP_BUILD_CONSTRAINT": str(constraint)})
    with tarfile.open(next(folder.glob("*.tar.gz"))) as archive:
        archive.extractall(folder, filter="data")


def _parsed(text: str) -> ast.Module:
    try:
        return ast.parse(text)
    except SyntaxError:  # templates that libraries ship are no modules
        return ast.Module(body=[], type_ignores=[])


def _named(node: ast.AST, outer: tuple[str, ...]) -> Iterator[tuple[str, ast.FunctionDef]]:
    for each in ast.iter_child_nodes(node):
        if isinstance(each, ast.FunctionDef):
            yield ".".join((*outer, each.name)), each
        inner = (*outer, each.name) if isinstance(each, ast.FunctionDef | ast.ClassDef) else outer
        yield from _named(each, inner)


def _words(node: ast.AST) -> set[str]:
    """Return the names and attributes that a function uses, its decorators' too; not those of its texts."""
    names = {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}
    return names | {each.attr for each in ast.walk(node) if isinstance(each, ast.Attribute)}


def _holds(chain: str, package: str, index: int, functions: Callable[[str, int], Functions]) -> bool:
    """Return whether each function of a chain is there and names the next one, and the last one names a guard."""
    steps = chain.split(">")
    for step, following in zip(steps, [*steps[1:], None], strict=True):
        home, _, name = step.rpartition("/")
        wanted = following.rpartition("/")[2].rpartition(".")[2] if following else ""
        words = [_words(node) for node in functions(home or package, index).get(name, ())]
        # An object that is called is called by another name.
        if not wanted:
            found = any(guard in word for each in words for word in each for guard in GUARD_WORDS)
        else:
            found = bool(words) if wanted == "__call__" else any(wanted in each for each in words)
        if not found:
            return False
    return True


@pytest.mark.slow
@pytest.mark.parametrize(("package", "index", "name", "proof"), PROVEN)
def test_the_guard_stands_in_the_source(
    package: str, index: int, name: str, proof: str, functions: Callable[[str, int], Functions]
) -> None:
    chains = proof.split("|")

    assert any(_holds(chain, package, index, functions) for chain in chains), (name, chains)

"""The state of an object is held against the methods of its class as another version of the package has them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from gatekeeper.artifact import Artifact, Format, GlobalRef
from gatekeeper.artifact.facts import Attribute, State
from gatekeeper.artifact.prospects import Confidence, Kind, Prospect, Sources, foresee

Install = Callable[..., Sources]

BASE = """\
class Base:
    kind = "base"

    def get_params(self): ...

    def helper(self, X, reset=True):
        if reset:
            self.n_features_in_ = X.shape[1]
        return self.n_features_in_
"""


@pytest.fixture
def install(tmp_path: Path) -> Install:
    """Return what writes modules into a folder of packages, and gives its sources."""

    def make(name: str, modules: Mapping[str, str]) -> Sources:
        packages = tmp_path / name / "lib/python3.11/site-packages"
        for path, text in {"pkg/__init__.py": "", "pkg/base.py": BASE, **modules}.items():
            (packages / path).parent.mkdir(parents=True, exist_ok=True)
            (packages / path).write_text(text)
        (tmp_path / name / "bin").mkdir()
        (tmp_path / name / "pyvenv.cfg").write_text("home = /usr/bin\nversion = 3.11.2\n")
        (tmp_path / name / "bin/python").touch()
        return Sources.of_interpreter(tmp_path / name / "bin/python")

    return make


def state(name: str, attributes: Mapping[str, Any], offset: int = 1) -> State:
    """Return a state; a value that begins with `pkg.` stands for an object of that class."""
    return State(
        module="pkg.model",
        name=name,
        attributes=tuple(attribute(each, value) for each, value in attributes.items()),
        count=1,
        offset=offset,
    )


def attribute(name: str, value: Any) -> Attribute:
    if isinstance(value, str) and value.startswith("pkg."):
        return Attribute(name=name, kind="object", type=value)
    if value is None:
        return Attribute(name=name, kind="none")
    text = str(value) if isinstance(value, bool | str) else ""
    return Attribute(name=name, kind=type(value).__name__, text=text)


def artifact(*states: State, globals_: tuple[GlobalRef, ...] = ()) -> Artifact:
    return Artifact(
        format=Format.PICKLE,
        compression=None,
        protocol=4,
        size=0,
        opcodes=0,
        arrays=0,
        array_bytes=0,
        nested=0,
        globals=globals_,
        states=states,
    )


def model(*lines: str, fit: str = "self.coef_ = 1") -> dict[str, str]:
    """Return the module of a class Model whose `predict` has these lines; it begins in line 6."""
    body = "".join(f"        {line}\n" for line in lines)
    head = f"from pkg.base import Base\nclass Model(Base):\n    def fit(self, X):\n        {fit}\n"
    return {"pkg/model.py": f"{head}    def predict(self, X):\n{body}"}


def missing(prospects: tuple[Prospect, ...]) -> list[str]:
    return [each.missing for each in prospects]


FITTED = {"alpha": 1.0, "coef_": 1, "_sklearn_version": "1.0"}


def test_a_read_of_what_the_state_lacks_is_told_with_file_line_and_entry(install: Install) -> None:
    target = install("new", model("return self.scale_ * X"))

    (found,) = foresee(artifact(state("Model", FITTED, offset=77)), target)

    assert found == Prospect(
        kind=Kind.MISSING_STATE,
        subject="pkg.model.Model",
        missing="scale_",
        holder="pkg.model.Model",
        entry="predict",
        path="pkg/model.py",
        line=6,
        distribution="",
        offset=77,
        confidence=Confidence.UNCOMPARED,
    )


@pytest.mark.parametrize(
    "lines",
    [
        ["return self.coef_"],
        ["return self.kind"],
        ["self.made = 1", "return self.made"],
        ["return self.helper(X, reset=True)"],
        ["return getattr(self, 'gone', None)"],
        ["if hasattr(self, 'gone'):", "    return self.gone"],
        ["try:", "    return self.gone", "except AttributeError:", "    return 0"],
        ["if self.alpha is None:", "    return self.gone"],
        ["if isinstance(self, type):", "    return self.gone"],
        ["if X > 0:", "    return self.gone"],
        ["return [self.gone for each in X]"],
        ["return X and self.gone"],
        ["setattr(self, X, 1)", "return self.gone"],
    ],
)
def test_a_read_that_is_provided_guarded_or_not_certain_is_no_finding(install: Install, lines: list[str]) -> None:
    assert foresee(artifact(state("Model", FITTED)), install("new", model(*lines))) == ()


@pytest.mark.parametrize(
    "lines",
    [
        ["return self.helper(X, reset=False)"],
        ["if self.alpha is not None:", "    return self.n_features_in_"],
        ["if not hasattr(self, 'gone'):", "    return self.n_features_in_"],
        ["flag = getattr(self, 'gone', False)", "if not flag:", "    return self.n_features_in_"],
        ["if X is None:", "    raise ValueError", "return self.n_features_in_"],
        ["return super().helper(X, False)"],
        ["return over(self)", "", "def over(model): return model.n_features_in_"],
    ],
)
def test_a_read_is_found_where_state_and_constants_decide_the_way_to_it(install: Install, lines: list[str]) -> None:
    text = model(*lines)
    text["pkg/model.py"] = text["pkg/model.py"].replace("        def over", "def over")

    assert missing(foresee(artifact(state("Model", FITTED)), install("new", text))) == ["n_features_in_"]


def test_what_fitting_there_always_sets_counts_wherever_it_is_read(install: Install) -> None:
    lines = ["if X > 0:", "    return self.scale_"]
    always = install("always", model(*lines, fit="self.scale_ = 1"))
    sometimes = install("sometimes", model(*lines, fit="if X: self.scale_ = 1"))

    assert missing(foresee(artifact(state("Model", FITTED)), always)) == ["scale_"]
    assert foresee(artifact(state("Model", FITTED)), sometimes) == ()


def test_with_the_own_version_only_what_is_new_counts(install: Install) -> None:
    lines = ["if X > 0:", "    return self.scale_"]
    new, old = install("new", model(*lines)), install("old", model("return self.coef_"))

    (found,) = foresee(artifact(state("Model", FITTED)), new, old)

    assert (found.missing, found.confidence) == ("scale_", Confidence.COMPARED)
    assert foresee(artifact(state("Model", FITTED)), new, new) == ()


def test_an_unfitted_template_is_left_out(install: Install) -> None:
    target = install("new", model("return self.coef_"))

    assert foresee(artifact(state("Model", {"alpha": 1.0, "_sklearn_version": "1.0"})), target) == ()


def test_what_setstate_adds_is_there(install: Install) -> None:
    text = model("return self.added + self.built")
    text["pkg/model.py"] += (
        "    def __setstate__(self, state):\n        state.setdefault('added', 1)\n        self.build()\n"
        "    def build(self):\n        self.built = 1\n"
    )

    assert foresee(artifact(state("Model", FITTED)), install("new", text)) == ()


@pytest.mark.parametrize("base", ["unknown.Base", "make_base()", "Dynamic"])
def test_a_class_whose_attributes_are_not_all_in_source_has_none_missing(install: Install, base: str) -> None:
    text = "import unknown\nclass Dynamic:\n    def __getattr__(self, name): ...\n"
    text += f"class Model({base}):\n    def predict(self, X):\n        return self.gone\n"

    assert foresee(artifact(state("Model", FITTED)), install("new", {"pkg/model.py": text})) == ()


def test_an_object_that_is_held_is_asked_for_what_its_class_lacks(install: Install) -> None:
    text = model("return self.loss_.link(X) + self.loss_.new(X)")
    text["pkg/model.py"] += "class Loss:\n    def link(self, X): ...\n"
    states = state("Loss", {}), state("Model", {**FITTED, "loss_": "pkg.model.Loss"}, offset=2)

    (found,) = foresee(artifact(*states), install("new", text))

    assert (found.kind, found.missing, found.holder) == (Kind.MISSING_MEMBER, "new", "pkg.model.Loss")


def test_of_a_held_object_only_the_methods_count_that_its_holder_calls(install: Install) -> None:
    """A forest asks its trees for `apply`, not for `predict`: what only `predict` reads is never missed."""
    text = model("return [each.apply(X) for each in self.parts_]")
    text["pkg/model.py"] += (
        "class Part(Base):\n    def fit(self, X):\n        self.a_ = self.p_ = 1\n"
        "    def apply(self, X):\n        return self.a_\n    def predict(self, X):\n        return self.p_\n"
    )
    forest = state("Part", {"x_": 1}), state("Model", {**FITTED, "parts_": []}, offset=2)
    target = install("new", text)

    assert missing(foresee(artifact(*forest), target)) == ["a_"]
    assert sorted(missing(foresee(artifact(forest[0]), target))) == ["a_", "p_"]


def test_source_that_nests_deeper_than_can_be_followed_has_nothing_missing(install: Install) -> None:
    deep = install("new", model("return self.gone + " + " + ".join(["X"] * 2000)))

    assert foresee(artifact(state("Model", FITTED)), deep) == ()


def test_a_global_that_is_not_there_is_told(install: Install) -> None:
    names = [("pkg.base", "Base"), ("pkg.base", "Gone"), ("pkg.gone", "Base")]
    refs = tuple(GlobalRef(module=module, name=name, offset=at) for at, (module, name) in enumerate(names))

    found = foresee(artifact(globals_=refs), install("new", {}))

    assert [(each.kind, each.subject, each.missing, each.offset) for each in found] == [
        (Kind.MISSING_NAME, "pkg.base.Gone", "Gone", 1),
        (Kind.MISSING_MODULE, "pkg.gone.Base", "pkg.gone", 2),
    ]


STRUCT = """\
ctypedef npy_float64 VALUE
cdef packed struct node_struct:
    # What a node is.
    VALUE value
    unsigned int count  # of samples
    {width} feature_idx
    unsigned char is_leaf

cdef class Other:
    pass
"""


@pytest.mark.parametrize(("width", "fits"), [("unsigned int", False), ("intp_t", True), ("a_type_of_its_own", True)])
def test_elements_of_another_width_than_the_compiled_code_takes_are_told(
    install: Install, width: str, fits: bool
) -> None:
    target = install("new", {**model("return 1"), "pkg/common.pxd": STRUCT.format(width=width)})
    fields = "struct{value: float64, count: uint32, feature_idx: int64, is_leaf: uint8}"
    nodes = Attribute(name="nodes", kind="array", text=fields)
    holder = State(module="pkg.model", name="Model", attributes=(nodes,), count=1, offset=5)

    found = foresee(artifact(holder), target)

    assert [(each.kind, each.missing, each.holder, each.line) for each in found] == (
        []
        if fits
        else [
            (Kind.ELEMENT, "nodes.feature_idx of type int64", "node_struct.feature_idx of type uint32", 2),
        ]
    )

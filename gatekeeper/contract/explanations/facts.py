"""What an explanation says (`gatekeeper/explanation@1`): the rows it was made on, and what was found on them."""

from __future__ import annotations

from typing import Annotated, Any, BinaryIO, Final, Literal, TypeAlias

import msgspec
from msgspec import Meta, Struct

from gatekeeper import strict_json
from gatekeeper.errors import Unreadable

SCHEMA: Final = "gatekeeper/explanation@1"
LARGEST: Final = 16 * 1024 * 1024
"""Bytes: thousands of rows of a hundred features. An explanation is looked at, it is no dump of the data."""

MOST_ROWS: Final = 5000
MOST_BACKGROUND: Final = 200
MOST_ASKED: Final = 1_000_000
"""Rows that a verification may ask the model for."""
_AGAIN = "make it again: gatekeeper manifest explain CANDIDATE --method METHOD --data FILE -o FILE"

Sha256: TypeAlias = Annotated[str, Meta(pattern=r"^sha256:[0-9a-f]{64}$")]
Cell: TypeAlias = int | float | bool | str | None
Row: TypeAlias = tuple[Cell, ...]


class Source(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The data that the rows were taken from, and the seed by which they were."""

    name: str
    sha256: Sha256
    seed: int


class Leaf(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="is", tag="leaf"):
    """Where a surrogate ends: what it says."""

    value: float


class Split(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="is", tag="split"):
    """A question of a surrogate: is the number at most `at`, or the category one of `among`? Then left, else right."""

    feature: str
    at: float | None = None
    among: tuple[str, ...] = ()
    left: Tree
    right: Tree


Tree: TypeAlias = Leaf | Split


class Explanation(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One explanation of one output.

    Attributes:
        artifact: the sha256 of the model file that was explained.
        generator: the program that made it; `gatekeeper VERSION` for our own.
        output: the output of the manifest that it is about.
        link: `shap` values add up on the scale of this function of the output.
        rows: the rows, values in the order of `features`.
        base: what the model gives without knowing anything: the expected value.
        values: for `shap`, one number a row and feature.
        background: for exact Shapley values, the rows that stand for "not known"; empty where another program made it.
        target: for `permutation`, what each row should give.
        repeats: how often each feature was shuffled.
        importances: for `permutation`, how much the mean squared error grows.
        tree: for `surrogate`, the small tree that stands for the model.
        fidelity: R squared of the surrogate against the model on the rows.
    """

    schema: Literal["gatekeeper/explanation@1"]
    method: Literal["shap", "permutation", "surrogate"]
    artifact: Sha256
    generator: str
    output: str
    link: Literal["identity", "log", "logit"] = "identity"
    source: Source
    features: tuple[str, ...]
    rows: tuple[Row, ...]
    base: float | None = None
    values: tuple[tuple[float, ...], ...] = ()
    background: tuple[Row, ...] = ()
    target: tuple[float, ...] = ()
    repeats: Annotated[int, Meta(ge=1, le=100)] = 5
    importances: tuple[float, ...] = ()
    tree: Tree | None = None
    fidelity: float | None = None

    @property
    def own(self) -> bool:
        """Whether this gate made it, so that the same numbers must come out again."""
        return self.generator.startswith("gatekeeper ")


def read(stream: BinaryIO) -> Explanation:
    """Return the explanation in an open file.

    Raises:
        Unreadable: it is too large, no JSON, of another schema, or its tables are not of one size.
    """
    data = stream.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise Unreadable(f"has more than {LARGEST:,} bytes", fix="explain a sample of the rows: --rows 200")
    try:
        document = strict_json.loads(data.decode("utf-8"))
        found = msgspec.convert(document, Explanation, strict=True)
    except msgspec.ValidationError as error:
        raise Unreadable(f"is no explanation: {error}", fix=_AGAIN) from error
    except (ValueError, RecursionError) as error:  # UnicodeDecodeError and JSONDecodeError are ValueErrors
        raise Unreadable(f"is no JSON: {str(error)[:200] or 'nested too deeply'}", fix=_AGAIN) from error
    for what in _misshapen(found):
        raise Unreadable(f"is no explanation: {what}", fix=_AGAIN)
    return found


def _misshapen(found: Explanation) -> list[str]:
    """Return how the tables of an explanation are not of one size."""
    width, height = len(found.features), len(found.rows)
    wrong = []
    if not width or not height or height > MOST_ROWS:
        wrong.append(f"{height:,} rows of {width:,} features, expected 1 to {MOST_ROWS:,} rows")
    if len(found.background) > MOST_BACKGROUND:
        wrong.append(f"{len(found.background):,} background rows, expected at most {MOST_BACKGROUND}")
    if found.method == "permutation" and height * width * found.repeats > MOST_ASKED:
        wrong.append(f"{height:,} rows x {width:,} features x {found.repeats} repeats, expected {MOST_ASKED:,} at most")
    if any(len(row) != width for row in (*found.rows, *found.background)):
        wrong.append(f"a row has not {width} values")
    if found.method == "shap" and (found.base is None or [len(row) for row in found.values] != [width] * height):
        wrong.append(f"expected `base`, and `values` of {height:,} x {width:,}")
    if found.method == "permutation" and (len(found.target) != height or len(found.importances) != width):
        wrong.append(f"expected `target` of {height:,} and `importances` of {width:,}")
    if found.method == "surrogate" and (found.tree is None or found.fidelity is None):
        wrong.append("expected `tree` and `fidelity`")
    return wrong


def write(explanation: Explanation) -> bytes:
    """Return the document; the same explanation gives the same bytes."""
    plain: dict[str, Any] = msgspec.to_builtins(explanation)
    kept = {key: value for key, value in plain.items() if value not in ((), [], None)}
    return msgspec.json.format(msgspec.json.encode(kept), indent=0).strip() + b"\n"

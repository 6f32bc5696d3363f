"""Plain pickles are read as `pickletools`, which is independent of us, reads them; laws that hold for any pickle."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import pickle
import pickletools
import zlib
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.artifact import HEAD_BYTES, Artifact, Format, read_artifact, sniff

PLAIN = (
    "logistic.proto2.pkl",
    "logistic.proto3.pkl",
    "logistic.proto4.pkl",
    "logistic.proto5.pkl",
    "pipeline.pkl",
    "decoys.pkl",
)

DATA = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary() | st.fractions() | st.dates(),
    lambda inner: st.lists(inner) | st.tuples(inner, inner) | st.dictionaries(st.text(), inner),
    max_leaves=30,
)
PROTOCOLS = st.integers(0, pickle.HIGHEST_PROTOCOL)

COMPRESSORS: dict[str, Callable[[bytes], bytes]] = {
    "zlib": zlib.compress,
    "gzip": gzip.compress,
    "bz2": bz2.compress,
    "xz": lzma.compress,
    "lzma": lambda data: lzma.compress(data, lzma.FORMAT_ALONE),
}


def facts(content: bytes) -> Artifact:
    return read_artifact(io.BytesIO(content))


def globals_by_pickletools(content: bytes) -> dict[tuple[str, str], int]:
    """Return each global with its first offset; STACK_GLOBAL takes the last two strings, which the memo may supply."""
    found: dict[tuple[str, str], int] = {}
    memo: list[object] = []
    strings: list[object] = []
    for opcode, argument, offset in pickletools.genops(content):
        if opcode.name == "MEMOIZE":
            memo.append(strings[-1] if strings else None)
            continue
        if opcode.name == "GLOBAL":
            module, name = str(argument).split(" ", 1)
            found.setdefault((module, name), offset or 0)
        elif opcode.name == "STACK_GLOBAL":
            found.setdefault((str(strings[-2]), str(strings[-1])), offset or 0)
        strings.append(memo[argument] if "GET" in opcode.name and memo and isinstance(argument, int) else argument)
    return found


@pytest.mark.parametrize("stack", ["sklearn-1.4.2", "sklearn-1.9.1"])
@pytest.mark.parametrize("name", PLAIN)
def test_globals_and_their_offsets_are_those_of_pickletools(corpus: Path, stack: str, name: str) -> None:
    content = (corpus / stack / name).read_bytes()

    artifact = facts(content)

    renamed = {"copy_reg": "copyreg", "__builtin__": "builtins"}
    expected = {
        (renamed.get(module, module), name): offset
        for (module, name), offset in globals_by_pickletools(content).items()
    }
    assert {(ref.module, ref.name): ref.offset for ref in artifact.globals} == expected
    assert artifact.opcodes == sum(1 for _ in pickletools.genops(content))


@given(data=DATA, protocol=PROTOCOLS)
def test_whatever_a_pickler_writes_is_read_opcode_by_opcode(data: object, protocol: int) -> None:
    content = pickle.dumps([Fraction(1, 2), data], protocol)

    artifact = facts(content)

    assert artifact.format is Format.PICKLE
    assert artifact.size == len(content)
    assert artifact.opcodes == sum(1 for _ in pickletools.genops(content))


@given(data=DATA, protocol=PROTOCOLS)
def test_data_alone_never_carries_a_version(data: object, protocol: int) -> None:
    content = pickle.dumps(
        [Fraction(1, 2), {"_sklearn_version": "1.3.0", "data": data}, "_sklearn_version", "1.3.0"], protocol
    )

    assert facts(content).versions == ()


@pytest.mark.parametrize("name", COMPRESSORS)
@given(data=DATA)
def test_compression_changes_no_fact_but_its_name(name: str, data: object) -> None:
    content = pickle.dumps([Fraction(1, 2), data])

    assert facts(COMPRESSORS[name](content)) == replace(facts(content), compression=name)


@pytest.mark.parametrize("name", ["gzip", "bz2", "xz"])
def test_streams_that_parallel_compressors_write_in_members_are_joined(corpus: Path, name: str) -> None:
    content = (corpus / "sklearn-1.9.1" / "logistic.joblib").read_bytes()
    compress = COMPRESSORS[name]

    assert facts(compress(content[:700]) + compress(content[700:])) == replace(facts(content), compression=name)


@given(text=st.text())
def test_text_is_never_taken_for_a_model(text: str) -> None:
    assert sniff(text.encode("utf-8", "surrogatepass")[:HEAD_BYTES]) is None


@given(data=st.binary())
def test_sniffing_any_bytes_gives_an_answer(data: bytes) -> None:
    assert sniff(data) in {None, *Format}

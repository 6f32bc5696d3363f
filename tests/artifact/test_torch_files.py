"""Files of torch 1.13 to 2.13: state_dicts, whole modules, TorchScript, exported programs, the legacy format."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from gatekeeper.artifact import Artifact, Format, examine
from gatekeeper.artifact.facts import Oddity

VERSIONS = ["1.13.1", "2.2.0", "2.13.0"]


def facts(path: Path | bytes) -> Artifact:
    return examine(io.BytesIO(path if isinstance(path, bytes) else path.read_bytes()))


def repacked(content: bytes, change: Callable[[str, bytes], bytes | None]) -> bytes:
    """Return a zip in which `change` has replaced members, or left them out."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            data = change(name, old.read(name))
            if data is not None:
                new.writestr(zipfile.ZipInfo(name), data)
    return out.getvalue()


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("kind", ["legacy-{}.pt", "script-{}.pt", "export-{}.pt2"])
def test_a_nan_in_a_buffer_is_found_in_every_format(corpus: Path, version: str, kind: str) -> None:
    path = corpus / "torch-exports" / kind.format(version)
    if not path.exists():
        assert (version, kind) == ("1.13.1", "export-{}.pt2")  # torch.export came with 2.1
        return
    artifact = facts(path)
    found = {each.name: each for each in artifact.tensors}

    assert (artifact.incomplete, artifact.flaws) == (None, ())
    assert (found["scale"].element, found["scale"].shape) == ("bfloat16", (2,))
    assert (found["scale"].statistics[0].nan, found["scale"].statistics[0].first) == (1, 1)
    assert found["layer.weight"].shape == (2, 2)
    assert found["layer.weight"].statistics[0].nan == 0


@pytest.mark.parametrize("version", VERSIONS)
def test_what_torch_save_writes_is_whole_and_has_no_flaw(corpus: Path, version: str) -> None:
    for name in ("state.pt", "module.pt", "types.pt"):
        artifact = facts(corpus / f"containers-torch-{version}" / name)
        assert (artifact.format, artifact.incomplete, artifact.flaws) == (Format.TORCH, None, ())
        assert artifact.tensors
        assert all(each.statistics for each in artifact.tensors)


def test_torchscript_says_that_it_is_one(corpus: Path) -> None:
    assert ("kind", "TorchScript") in facts(corpus / "torch-exports" / "script-2.13.0.pt").metadata


def state(corpus: Path) -> bytes:
    return (corpus / "containers-torch-2.13.0" / "state.pt").read_bytes()


def test_a_storage_that_is_too_short_is_a_flaw(corpus: Path) -> None:
    artifact = facts(repacked(state(corpus), lambda name, data: data[:-4] if name.endswith("/data/0") else data))

    assert [each.oddity for each in artifact.flaws] == [Oddity.SIZE]


def test_a_storage_that_is_not_there_leaves_the_file_incomplete(corpus: Path) -> None:
    artifact = facts(repacked(state(corpus), lambda name, data: None if name.endswith("/data/0") else data))

    assert artifact.incomplete is not None
    assert "is not there" in artifact.incomplete.what


def test_a_storage_that_no_tensor_refers_to_is_a_flaw(corpus: Path) -> None:
    content = io.BytesIO(state(corpus))
    with zipfile.ZipFile(content, "a") as archive:
        root = archive.namelist()[0].partition("/")[0]
        archive.writestr(f"{root}/data/77", b"more")
    flaws = {each.oddity for each in facts(content.getvalue()).flaws}

    assert Oddity.UNEXPECTED_MEMBER in flaws


def test_a_pickle_in_a_member_of_any_name_is_read(corpus: Path) -> None:
    content = io.BytesIO(state(corpus))
    with zipfile.ZipFile(content, "a") as archive:
        root = archive.namelist()[0].partition("/")[0]
        archive.writestr(f"{root}/notes", b"cposix\nsystem\n(S'echo hello'\ntR.")
    artifact = facts(content.getvalue())

    assert ("posix.system", f"{root}/notes") in {(str(each), each.member) for each in artifact.globals}
    assert Oddity.UNEXPECTED_MEMBER in {each.oddity for each in artifact.flaws}


@pytest.mark.parametrize("name", ["legacy-1.13.1.pt", "legacy-2.13.0.pt"])
def test_a_legacy_file_that_was_cut_anywhere_is_incomplete(corpus: Path, name: str) -> None:
    content = (corpus / "torch-exports" / name).read_bytes()

    for end in range(20, len(content)):
        assert facts(content[:end]).incomplete is not None, end


def test_bytes_after_a_legacy_file_are_told(corpus: Path) -> None:
    content = (corpus / "torch-exports" / "legacy-2.13.0.pt").read_bytes()

    assert facts(content + b"\x00").incomplete is not None

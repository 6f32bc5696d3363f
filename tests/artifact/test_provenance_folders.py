"""The digests of a folder: of every file, sorted as model-signing sorts, nothing passed over in silence."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gatekeeper.artifact.provenance import folders
from gatekeeper.artifact.provenance.folders import GIT_PATHS, Span, digest_file, dir_hash, list_model
from gatekeeper.artifact.provenance.names import order
from gatekeeper.artifact.provenance.statement import root_digest, write_statement
from gatekeeper.environment.receipt.tests_tree import tree_digest
from gatekeeper.errors import Unreadable

Model = Callable[..., Path]


@pytest.fixture
def model(tmp_path: Path) -> Model:
    """Return what writes a folder of files, by name."""

    def write(**files: bytes) -> Path:
        root = tmp_path / "model"
        for name, content in files.items():
            path = root / name.replace("__", "/").replace("_dot_", ".")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        return root

    return write


def names(path: Path, *ignored: str) -> list[str]:
    return [each.name for each in list_model(path, ignored).files]


def test_every_file_is_listed_folder_by_folder(model: Model) -> None:
    root = model(sub__z=b"1", sub_dot_txt=b"2", b=b"3", _dot_hidden=b"4", empty=b"")
    (root / "no files").mkdir()
    assert names(root) == [".hidden", "b", "empty", "sub/z", "sub.txt"]
    listed = {each.name: (each.size, each.sha256) for each in list_model(root).files}
    assert listed["b"] == (1, hashlib.sha256(b"3").hexdigest())
    assert listed["empty"] == (0, hashlib.sha256(b"").hexdigest())


def test_what_is_ignored_is_left_out_with_all_below_it(model: Model) -> None:
    root = model(sub__z=b"1", sub__y__x=b"1", subway=b"2", other__sub=b"3", _dot_git__HEAD=b"4", inner___dot_git=b"5")
    assert names(root, *GIT_PATHS, "sub/") == ["inner/.git", "other/sub", "subway"]
    assert list_model(root, ["sub/", "./sub"]).ignored == ("sub",)
    assert "sub/z" in names(root, "../model/sub", "/sub")


def test_a_file_is_a_model_of_one_file(model: Model) -> None:
    listing = list_model(model(weights=b"1") / "weights")
    assert (listing.single, listing.name, [each.name for each in listing.files]) == (True, "weights", ["weights"])


def test_the_name_of_a_folder_is_its_own_however_it_is_written(model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    root = model(sub__z=b"1")
    monkeypatch.chdir(root / "sub")
    assert [list_model(Path(each)).name for each in ("..", ".", "../../model")] == ["model", "sub", "model"]


@settings(deadline=None)
@given(st.binary(max_size=64), st.integers(min_value=1, max_value=70))
def test_shards_are_the_file_cut_into_pieces(tmp_path_factory: pytest.TempPathFactory, data: bytes, size: int) -> None:
    path = tmp_path_factory.mktemp("shards") / "file"
    path.write_bytes(data)
    pieces = [data[start : start + size] for start in range(0, len(data), size)]
    assert digest_file(path, "file", size).spans == tuple(
        Span(start=at * size, end=at * size + len(piece), sha256=hashlib.sha256(piece).hexdigest())
        for at, piece in enumerate(pieces)
    )


def test_blocks_play_no_part(model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    file = model(weights=bytes(range(256))) / "weights"
    whole = (digest_file(file, "weights"), digest_file(file, "weights", 100))
    monkeypatch.setattr(folders, "BLOCK", 7)
    assert (digest_file(file, "weights"), digest_file(file, "weights", 100)) == whole


def test_the_digest_of_a_folder_is_that_of_receipts_and_of_two_commands(model: Model) -> None:
    root = model(sub__z=b"1", sub_dot_txt=b"2", b=b"3")
    command = "find . -type f | cut -c3- | LC_ALL=C sort | xargs sha256sum | sha256sum"
    done = subprocess.run(["/bin/sh", "-c", command], cwd=root, capture_output=True, text=True, check=True)
    assert dir_hash(list_model(root)) == tree_digest(root) == done.stdout.split()[0]


def test_the_statement_has_the_digest_of_the_digests(model: Model) -> None:
    listing = list_model(model(a=b"1", b=b"2"), GIT_PATHS)
    document = json.loads(write_statement(listing))
    digests = b"".join(hashlib.sha256(each).digest() for each in (b"1", b"2"))
    assert document["subject"] == [{"name": "model", "digest": {"sha256": hashlib.sha256(digests).hexdigest()}}]
    assert document["predicate"]["serialization"]["ignore_paths"] == [".git", ".gitattributes", ".github", ".gitignore"]
    assert root_digest([]) == hashlib.sha256(b"").hexdigest()


def test_paths_are_sorted_and_not_text() -> None:
    assert sorted(["sub.txt", "sub-x", "sub/z", "a"], key=order) == ["a", "sub/z", "sub-x", "sub.txt"]


def make_fifo(root: Path) -> None:
    os.mkfifo(root / "pipe")


REFUSED: dict[str, tuple[Callable[[Path], object], str]] = {
    "a link to a file": (lambda root: (root / "link").symlink_to("a"), "'link' is a symbolic link"),
    "a link to a folder": (lambda root: (root / "link").symlink_to("."), "'link' is a symbolic link"),
    "a link to nothing": (lambda root: (root / "link").symlink_to("nowhere"), "'link' is a symbolic link"),
    "a named pipe": (make_fifo, "'pipe' is neither a file nor a folder"),
    "a name of two lines": (lambda root: (root / "x\ny").touch(), r"the name 'x\ny' holds a character"),
    "a name that paints": (lambda root: (root / "x\x1b[2Ky").touch(), r"the name 'x\x1b[2Ky' holds a character"),
    "a name that is no text": (lambda root: (root / os.fsdecode(b"\xff")).touch(), r"the name '\udcff' holds"),
    "a folder that hides": (lambda root: (root / "x\u202ey").mkdir(), r"the name 'x\u202ey' holds"),
}


@pytest.mark.parametrize(("make", "said"), REFUSED.values(), ids=REFUSED)
def test_what_has_no_digest_of_its_own_is_refused(make: Callable[[Path], object], said: str, model: Model) -> None:
    root = model(a=b"1")
    make(root)
    with pytest.raises(Unreadable) as refused:
        list_model(root)
    assert said in refused.value.what
    assert refused.value.fix


def test_what_is_ignored_may_be_odd(model: Model) -> None:
    root = model(a=b"1")
    (root / "link").symlink_to("nowhere")
    assert names(root, "link") == ["a"]


@pytest.fixture
def deep(model: Model) -> Iterator[Path]:
    """Return a folder that nests 1,200 deep; it is taken away here, since shutil.rmtree may recurse too."""
    root = model(a=b"1")
    nested = [root]
    for _ in range(1200):
        nested.append(nested[-1] / "d")
        nested[-1].mkdir()
    (nested[-1] / "z").write_bytes(b"2")
    yield root
    (nested[-1] / "z").unlink()
    for each in reversed(nested[1:]):
        each.rmdir()


def test_folders_may_nest_deeper_than_python_may_recurse(deep: Path) -> None:
    assert names(deep) == ["a", "d/" * 1200 + "z"]


def test_what_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match="doesn't exist"):
        list_model(tmp_path / "nowhere")


def test_a_file_that_changes_meanwhile(model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    file = model(weights=b"1" * 100) / "weights"
    monkeypatch.setattr(folders, "BLOCK", 10)
    hash_next = folders._span

    def grow(*args: object) -> Span:
        with file.open("ab") as stream:
            stream.write(b"2")
        return hash_next(*args)  # type: ignore[arg-type]  # what it was called with

    monkeypatch.setattr(folders, "_span", grow)
    with pytest.raises(Unreadable, match="'weights' changed while it was read"):
        digest_file(file, "weights")

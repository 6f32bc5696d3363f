"""What is in a folder, by content and not by name: model files, hashed locks, Dockerfiles, links that leave it."""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from gatekeeper import artifact
from gatekeeper.artifact import Format
from gatekeeper.environment.sniff import looks_like_lock
from gatekeeper.errors import Unreadable
from gatekeeper.policy import SCHEMA, ArtifactOptions, Code, Environment, Policy

MAX_FILES = 50_000
"""A release candidate has tens of files. More is a checkout or a data set, and no listing of it would be read."""

MODEL_FORMATS = frozenset(Format) - {
    Format.ZIP,
    Format.SEVEN_ZIP,
    Format.COMPRESSED,
    Format.ZSTD,
    Format.NPY,
    Format.NPZ,
}
"""Formats that are nothing but a model. An archive may be anything, and arrays count as data."""

_SKIPPED = frozenset(
    {".git", ".hg", ".svn", "__pycache__", "node_modules", ".venv", ".tox", ".mypy_cache", ".ruff_cache"}
)
_TRAINING = re.compile(r"train", re.IGNORECASE)
_PRODUCTION = re.compile(r"prod|serv|deploy|runtime", re.IGNORECASE)
_NOT_SERVING = re.compile(r"^(test|train|build|bench|doc|example|script|setup|conftest|noxfile|tool)", re.IGNORECASE)
_RECORD = re.compile(rb'"schema"\s*:\s*"gatekeeper/record@1"')
_BASELINE = re.compile(rb'"schema"\s*:\s*"gatekeeper/baseline@1"')
_MANIFEST = re.compile(rb"^schema:\s*[\"']?gatekeeper/manifest@1[\"']?\s*$", re.MULTILINE)
_GOLDEN = re.compile(rb'\A\s*\{\s*"(?:header"\s*:\s*\{\s*"schema"\s*:\s*"gatekeeper/golden@1"|inputs"\s*:\s*\{)')
_RULES = re.compile(rb"\A(?:#[^\n]*\n)*groups:\s*\n\s+- name: .?gatekeeper ")
_DASHBOARD = re.compile(rb'\A\s*\{\s*"uid"\s*:\s*"gatekeeper-')
_FROM = re.compile(rb"^\s*FROM\s+\S+", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One file of the folder.

    `kind` is `model`, `record`, `baseline`, `manifest`, `golden`, `deployment`, `lock`, `dockerfile` or empty, and
    `format` the model's.
    """

    path: str
    size: int
    kind: str = ""
    format: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """All files of a folder, in the order of their paths, and the links that lead out of it or nowhere."""

    files: tuple[Found, ...]
    stray_links: tuple[str, ...]

    @property
    def sha256(self) -> str:
        """The digest of the listing: paths, sizes and kinds, not contents."""
        lines = [f"{each.path}\0{each.size}\0{each.kind}\0{each.format}\n" for each in self.files]
        return hashlib.sha256("".join(lines).encode("utf-8", "surrogateescape")).hexdigest()

    def of_kind(self, kind: str) -> tuple[Found, ...]:
        """Return the files of one kind."""
        return tuple(each for each in self.files if each.kind == kind)


def survey(root: Path) -> Survey:
    """Look at each file below `root`; version control, caches and virtual environments are passed over.

    Raises:
        Unreadable: a folder or a file can't be read, or there are too many files.
    """
    try:
        return _survey(root)
    except OSError as error:
        _refuse(error)


def _survey(root: Path) -> Survey:
    files: list[Found] = []
    stray: list[str] = []
    real_root = root.resolve()
    for path in _walk(root):
        relative = _text(path.relative_to(root).as_posix())
        if path.is_symlink() and not _leads_inside(path, real_root):
            stray.append(relative)
        elif path.is_file():
            files.append(_look(path, relative))
            if len(files) > MAX_FILES:
                raise Unreadable(f"holds more than {MAX_FILES:,} files", fix="name the release candidate's own folder")
    return Survey(files=tuple(files), stray_links=tuple(stray))


def _walk(root: Path) -> Iterator[Path]:
    """Yield each file, and each link to a folder; links are never followed into folders."""
    for folder, names, files in os.walk(root, onerror=_refuse):
        here = Path(folder)
        links = [name for name in names if (here / name).is_symlink()]
        names[:] = sorted(name for name in names if name not in links and not _is_passed_over(here / name))
        yield from (here / name for name in sorted([*files, *links]))


def _refuse(error: OSError) -> NoReturn:
    where = str(error.filename).encode("utf-8", "backslashreplace").decode()
    raise Unreadable(f"{where}: {error.strerror}", fix="make the folder readable for the gate") from error


def _text(name: str) -> str:
    """Return the name if it is text. What is not can't be declared in a policy, nor named in a report."""
    if name.isascii() or not any("\ud800" <= each <= "\udfff" for each in name):
        return name
    shown = name.encode("utf-8", "backslashreplace").decode()
    raise Unreadable(f"{shown}: the file's name is not UTF-8", fix="rename the file")


def _is_passed_over(folder: Path) -> bool:
    return folder.name in _SKIPPED or (folder / "pyvenv.cfg").is_file()


def _leads_inside(link: Path, real_root: Path) -> bool:
    try:
        return link.resolve(strict=True).is_relative_to(real_root)
    except (OSError, RuntimeError):
        return False


def _look(path: Path, relative: str) -> Found:
    try:
        with path.open("rb") as stream:
            size = os.fstat(stream.fileno()).st_size
            head = stream.read(artifact.HEAD_BYTES) if stat.S_ISREG(os.fstat(stream.fileno()).st_mode) else b""
    except OSError as error:
        raise Unreadable(
            f"{relative} can't be opened: {error.strerror}", fix="make it readable for the gate"
        ) from error
    format_ = artifact.sniff(head)
    if format_ in MODEL_FORMATS:
        return Found(path=relative, size=size, kind="model", format=str(format_))
    return Found(path=relative, size=size, kind=_kind(head, path.name))


def _kind(head: bytes, name: str) -> str:
    """Return what kind of file begins with `head`, or nothing."""
    is_object = head.lstrip()[:1] == b"{"
    kinds = {
        "record": is_object and _RECORD.search(head),
        "baseline": is_object and _BASELINE.search(head),
        "manifest": _MANIFEST.search(head),
        "golden": _GOLDEN.match(head),
        "deployment": _RULES.match(head) or _DASHBOARD.match(head),
        "lock": looks_like_lock(head),
        "dockerfile": "dockerfile" in name.lower() and _FROM.search(head),
    }
    return next((kind for kind, looks_like_it in kinds.items() if looks_like_it), "")


def propose(root: Path, found: Survey) -> Policy:
    """Return the policy that the folder's content suggests. It is a guess: whoever uses it says so."""
    locks = [each.path for each in found.of_kind("lock")]
    training = _only([path for path in locks if _TRAINING.search(path)])
    production = _only([path for path in locks if path != training and _PRODUCTION.search(path)])
    if production is None:
        production = _only([path for path in locks if path != training])
    dockerfile = _only([each.path for each in found.of_kind("dockerfile")])
    return Policy(
        schema=SCHEMA,
        name=root.resolve().name.encode("utf-8", "backslashreplace").decode() or "candidate",
        artifacts=tuple(each.path for each in found.of_kind("model")),
        artifact=ArtifactOptions(record=_only([each.path for each in found.of_kind("record")])),
        environment=Environment(training=training, production=production, dockerfile=dockerfile),
        code=Code(paths=_code(found)),
        manifest=_only([each.path for each in found.of_kind("manifest")]),
        baseline=_only([each.path for each in found.of_kind("baseline")]),
        golden=_golden([each.path for each in found.of_kind("golden")]),
        deployment=tuple(each.path for each in found.of_kind("deployment")),
    )


def _code(found: Survey) -> tuple[str, ...]:
    """Return the folders and files at the top that hold Python, but for those that train, build or test."""
    tops = {each.path.partition("/")[0] for each in found.files if each.path.endswith((".py", ".ipynb"))}
    return tuple(sorted(top for top in tops if not _NOT_SERVING.search(top)))


def _golden(paths: Sequence[str]) -> str | None:
    """Return the folder that `gatekeeper golden record` wrote, which keeps older records too; else the only file."""
    folders = [path.rpartition("/")[0] for path in paths if path.endswith("/records.jsonl")]
    return _only(folders) or _only(paths)


def _only(paths: Sequence[str]) -> str | None:
    """Return the one path there is; between several nobody but the owner can choose."""
    return paths[0] if len(paths) == 1 else None

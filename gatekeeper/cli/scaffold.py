"""What `gatekeeper init` writes beside a policy: the workflow, the hooks and the pipeline that run the gate.

They are templates of whole files. What is filled in comes from the folder, and a folder's name may be anything: it
stands as a quoted text where nothing reads it as code, and one that can't is refused.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from gatekeeper.cli.files import write_whole
from gatekeeper.errors import UsageError
from gatekeeper.policy import Policy

TARGETS = {
    "github": ".github/workflows/gatekeeper.yml",
    "pre-commit": ".pre-commit-config.yaml",
    "gitlab": ".gitlab-ci.yml",
}
"""Where each file goes, from the repository's root; its template is named like the kind."""

UNKNOWN_GATE = "OWNER/gatekeeper@" + "0" * 40
"""Stands where nobody said which gatekeeper: no server has it, so that nothing runs before it is filled in."""

_TEMPLATES = Path(__file__).parent.parent / "templates"
_GATE = re.compile(r"(?P<repository>[\w-]+/[\w.-]+)@(?P<commit>[0-9a-f]{40})", re.ASCII)
_HASHES = re.compile(rb"--hash=sha256:[0-9a-f]{64}")
_TARGET = re.compile(r"cp(3)(\d{2})\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Files that are wanted: what each holds, by its path."""

    root: Path
    files: Mapping[Path, str]

    def expect_no_link(self) -> None:
        """Raise where a file would be written elsewhere than its path says, or can't be.

        Raises:
            UsageError: a symbolic link is in the way, or a file where a folder belongs, or the other way round.
        """
        for path in self.files:
            folders = path.parents[: len(path.relative_to(self.root).parts) - 1]
            for each in (path, *folders):
                if each.is_symlink():
                    raise UsageError(f"{each} is a symbolic link; init writes no file elsewhere", fix="remove the link")
            if path.is_dir() or any(each.exists() and not each.is_dir() for each in folders):
                raise UsageError(f"{path} can't be a file here", fix="move what is in its place")

    def write(self) -> None:
        """Write all of them or none: where one fails, the others are again as they were.

        Raises:
            UsageError: one of them can't be written.
        """
        before = {path: _held(path) for path in self.files}
        with ExitStack() as undoing:
            for path, text in self.files.items():
                for folder in _make_folders(path.parent):
                    undoing.callback(folder.rmdir)
                undoing.callback(_restore, path, before[path])
                write_whole(path, text.encode())
            undoing.pop_all()  # all are written, and nothing is undone


def _held(path: Path) -> bytes | None:
    """Return what a file holds that will be replaced, None where there is none."""
    try:
        return path.read_bytes() if path.exists() else None
    except OSError as error:
        raise UsageError(f"{path} can't be read: {error.strerror}", fix="check the file and its mode") from error


def _restore(path: Path, data: bytes | None) -> None:
    if data is None:
        path.unlink(missing_ok=True)
    else:
        path.write_bytes(data)


def _make_folders(folder: Path) -> list[Path]:
    """Make a folder and those above it that are missing; return the new ones, outermost first."""
    missing = [each for each in (folder, *folder.parents) if not each.exists()]
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"{folder} can't be made: {error.strerror}", fix="check the folder and its mode") from error
    return missing[::-1]


def repository_of(folder: Path) -> Path:
    """Return the root of the git repository that holds a folder; the folder itself where there is none."""
    here = folder.resolve()
    return next((each for each in (here, *here.parents) if (each / ".git").exists()), here)


def plan(candidate: Path, policy: Policy, kinds: Sequence[str], gate: str | None) -> Plan:
    """Return the files of the kinds that are wanted for a candidate.

    Args:
        candidate: its folder.
        policy: what it declares.
        kinds: keys of `TARGETS`.
        gate: which gatekeeper, as OWNER/REPOSITORY@COMMIT; None where nobody said.

    Raises:
        UsageError: `gate` is something else, or a path can't stand in such a file.
    """
    root = repository_of(candidate)
    said = _GATE.fullmatch(UNKNOWN_GATE if gate is None else gate)
    if said is None:
        raise UsageError(f"--gate: {gate} names no commit", fix="give OWNER/REPOSITORY@COMMIT, the commit in full")
    place = candidate.resolve().relative_to(root)
    lock = _lock(candidate, policy)
    named = _path(place.as_posix())
    version = _version(policy.environment.target)
    code = [_path((place / each).as_posix()) for each in policy.code.paths] or [named]
    located = _path((place / lock).as_posix()) if lock else ""
    words = {
        "NAME": named,
        "GATE": said["repository"],
        "COMMIT": said["commit"],
        "TELL": "the commit of gatekeeper" if gate else "fill in: the repository of gatekeeper and its full commit",
        "VERSION": version,
        "PYTHON": _quoted(version),
        "CANDIDATE": _quoted(named),
        "LOCK": _quoted(located),
        "CODE": ", ".join(map(_quoted, code)),
        # GitLab replaces what a dollar begins in the values of variables.
        "DOLLARS_CANDIDATE": _quoted(named.replace("$", "$$")),
        "DOLLARS_LOCK": _quoted(located.replace("$", "$$")),
    }
    return Plan(root=root, files={root / TARGETS[kind]: _filled(kind, words) for kind in kinds})


def _filled(kind: str, words: Mapping[str, str]) -> str:
    text = (_TEMPLATES / f"{kind}.yml").read_text(encoding="utf-8")
    return re.sub("@@([A-Z_]+)@@", lambda match: words[match[1]], text)


def _quoted(text: str) -> str:
    """Return printable text as YAML's double-quoted scalar, which is JSON's but for what is not printable."""
    return json.dumps(text, ensure_ascii=False)


def _path(path: str) -> str:
    """Return a path as an argument that is taken for no option.

    Raises:
        UsageError: it would be read as something else than its name.
    """
    if not path.isprintable() or "${{" in path:
        what = f"{path!r} can't stand in a workflow: it is not printable, or GitHub would work it out"
        raise UsageError(what, fix="rename it")
    return f"./{path}" if path.startswith("-") else path


def _lock(candidate: Path, policy: Policy) -> str:
    """Return production's lock if pip can install it by its hashes, else nothing."""
    path = policy.environment.production
    if path is None:
        return ""
    try:
        data = (candidate / path).read_bytes()
    except OSError:
        return ""
    return path if _HASHES.search(data) else ""


def _version(target: str | None) -> str:
    """Return the Python of a target such as cp312-linux_x86_64; 3.11 where it does not say."""
    said = _TARGET.match(target or "")
    return f"{said[1]}.{said[2]}" if said else "3.11"

"""`gatekeeper.yaml` as types: what a candidate declares about itself (schema `gatekeeper/candidate@1`)."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path, PurePosixPath
from typing import Annotated, Any, Final, Literal, TypeAlias

import msgspec

from gatekeeper import document
from gatekeeper.environment.names import canonical_name, is_name
from gatekeeper.environment.selection import parse_extras, parse_groups
from gatekeeper.environment.target import parse_target
from gatekeeper.errors import PolicyError, Problem, Unreadable, UsageError
from gatekeeper.model import Location
from gatekeeper.policy_replay import Replay
from gatekeeper.policy_replay import problems as replay_problems
from gatekeeper.reading import open_regular

FILE_NAME = "gatekeeper.yaml"
SCHEMA: Final = "gatekeeper/candidate@1"

Text: TypeAlias = Annotated[str, msgspec.Meta(min_length=1)]
RelativePath: TypeAlias = Annotated[
    str, msgspec.Meta(min_length=1, description="relative to this file, inside its folder")
]
Date: TypeAlias = Annotated[str, msgspec.Meta(pattern=r"^\d{4}-\d{2}-\d{2}$", description='quoted, like "2026-12-31"')]

Callable: TypeAlias = Annotated[
    str, msgspec.Meta(pattern=r"^[A-Za-z_][\w.]*:[A-Za-z_][\w.]*$", description="package.module:name")
]
Predictor: TypeAlias = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^(exec:\s*\S.*|https?://\S+|[A-Za-z_][\w.]*:[A-Za-z_][\w.]*)$",
        description='"package.module:factory", "exec: PROGRAM ARGUMENTS", or an address on this machine',
    ),
]
Digest: TypeAlias = Annotated[
    str, msgspec.Meta(pattern=r"^sha256:[0-9a-f]{64}$", description="sha256: and 64 lower-case hexadecimal digits")
]


class Hold(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A package held at a version until the end of a day (UTC), for a reason.

    `lifted_by` is an integration receipt for an environment with another version: while it holds, that one is allowed.
    For torch that takes a recorded stress, too, in which memory came back with the other version: `stress`.
    """

    version: Text
    until: Date
    reason: Text
    lifted_by: RelativePath | None = None
    stress: RelativePath | None = None


class BaseImage(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The digests of the base image, as the registry has them: no Dockerfile says which kind the one that it pins is.

    `index` is that of the list of platforms; `platforms` those of its images, by names such as `linux/amd64`.
    `docker buildx imagetools inspect IMAGE` prints both.
    """

    index: Digest | None = None
    platforms: dict[str, Digest] = {}


class Integration(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The integration suite that a receipt is recorded of: its folder, and the list of tests that it must have."""

    tests: RelativePath | None = None
    required: RelativePath | None = None


class Environment(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Where the model was trained and where it is served.

    `production` may also be an absolute path, or `sha256:<hex>`: the environment hash of what production runs.
    `approved` is the lock, or `sha256:<hex>` the environment hash, of the last release: where production's differs, a
    receipt is asked for. `stage` is the stage of the Dockerfile that is shipped, if it is not the last.
    `extras` and `groups` choose what a project lock (uv, Poetry, PEP 751, conda) is projected onto: `all`, `none`,
    names separated by commas, and for groups `default`. Without them it is no extra, and the default groups.
    `wheels` is a folder with the wheels of production's lock; from their sources it is told whether the model works.
    `require` is the weakest evidence by which the two may be compared; without it `hashes` under a strict profile, else
    `versions`.
    """

    training: RelativePath | None = None
    production: Text | None = None
    wheels: RelativePath | None = None
    target: Text | None = None
    extras: Text | None = None
    groups: Text | None = None
    require: Literal["hashes", "records", "versions"] | None = None
    approved: Text | None = None
    dockerfile: RelativePath | None = None
    stage: Text | None = None
    base_image: BaseImage | None = None
    holds: dict[str, Hold] = {}
    receipt: RelativePath | None = None
    integration: Integration | None = None


class ArtifactOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What vouches for the artifacts, and what they may hold.

    `record` is the training record (see `gatekeeper artifact record`); `globals` the list of classes and functions
    that loading may import, as approved; `bundle` a model-signing bundle over the artifacts. `nonfinite` names tensors
    in which NaN or infinity is meant, with `*` for any text.
    """

    record: RelativePath | None = None
    globals: RelativePath | None = None
    bundle: RelativePath | None = None
    nonfinite: tuple[Text, ...] = ()


class Code(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The serving code, and where production enters it.

    `predictor` is what production calls: the factory of a handler, `package.module:factory`; a program that answers
    lines of JSON, `exec: PROGRAM ARGUMENTS`; or the address of a server on this machine. `entries` are the functions
    that production calls and that no framework's decorator or base class tells, such as `serving.engine:Engine.run`.
    """

    paths: tuple[RelativePath, ...] = ()
    predictor: Predictor | None = None
    entries: tuple[Callable, ...] = ()

    @property
    def factory(self) -> str | None:
        """The factory of the production handler, where the predictor is one."""
        is_other = self.predictor is None or self.predictor.startswith(("exec:", "http://", "https://"))
        return None if is_other else self.predictor


class Policy(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A release candidate: its parts, and the options of the checks that judge them."""

    schema: Literal["gatekeeper/candidate@1"]
    name: Text
    version: Text | None = None
    artifacts: tuple[RelativePath, ...] = ()
    artifact: ArtifactOptions = ArtifactOptions()
    environment: Environment = Environment()
    code: Code = Code()
    manifest: RelativePath | None = None
    baseline: RelativePath | None = None
    golden: RelativePath | None = None
    replay: Replay = Replay()
    deployment: tuple[RelativePath, ...] = ()
    checks: dict[str, dict[str, Any]] = {}  # typed by each check: see gatekeeper.registry
    plugins: tuple[Text, ...] = ()
    waivers: RelativePath | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Declaration:
    """A policy together with the file it came from.

    Attributes:
        policy: what is declared.
        path: the policy's file; None where there is none and the folder's content stands for it.
        data: the bytes of that file.
        marks: dotted key to (line, column).
    """

    policy: Policy
    path: Path | None = None
    data: bytes = b""
    marks: Mapping[str, tuple[int, int]] = dataclasses.field(default_factory=dict)

    def at(self, key: str = "") -> Location:
        """Return where `key` is declared; for an undeclared key, where its nearest parent is."""
        name = self.path.name if self.path else "."
        parent = key
        while parent and parent not in self.marks:
            parent = parent.rpartition(".")[0]
        line, column = self.marks.get(parent, (None, None)) if self.path else (None, None)
        return Location(path=name, line=line, column=column, key=key or None)


def declared_paths(policy: Policy) -> Iterator[tuple[str, str]]:
    """Yield (dotted key, path) for every path that the policy names inside the candidate's folder."""
    for index, path in enumerate(policy.artifacts):
        yield f"artifacts[{index}]", path
    environment = policy.environment
    integration = environment.integration or Integration()
    named = {
        "artifact.record": policy.artifact.record,
        "artifact.globals": policy.artifact.globals,
        "artifact.bundle": policy.artifact.bundle,
        "environment.training": environment.training,
        "environment.production": environment.production if is_inside(environment.production) else None,
        "environment.approved": environment.approved if not is_digest(environment.approved) else None,
        "environment.wheels": environment.wheels,
        "environment.dockerfile": environment.dockerfile,
        "environment.receipt": environment.receipt,
        "environment.integration.tests": integration.tests,
        "environment.integration.required": integration.required,
        **{f"environment.holds.{name}.lifted_by": hold.lifted_by for name, hold in environment.holds.items()},
        **{f"environment.holds.{name}.stress": hold.stress for name, hold in environment.holds.items()},
        "manifest": policy.manifest,
        "baseline": policy.baseline,
        "golden": policy.golden,
        "waivers": policy.waivers,
    }
    yield from ((key, path) for key, path in named.items() if path is not None)
    for group, paths in (("code.paths", policy.code.paths), ("deployment", policy.deployment)):
        yield from ((f"{group}[{index}]", path) for index, path in enumerate(paths))


def is_inside(production: str | None) -> bool:
    """Return whether `environment.production` is a path in the candidate's folder, not a digest or an absolute path."""
    return production is not None and not production.startswith(("sha256:", "/"))


def is_digest(value: str | None) -> bool:
    """Return whether a key that takes a path or `sha256:<hex>` has the latter."""
    return value is not None and value.startswith("sha256:")


def load(path: Path, root: Path) -> Declaration:
    """Return the declaration in `path` for the candidate in the folder `root`.

    Raises:
        PolicyError: with every problem, among them each path that leaves the folder.
    """
    data = _read(path)
    loaded = document.load(data, path.name, Policy)
    declaration = Declaration(policy=loaded.value, path=path, data=data, marks=loaded.marks)
    problems = [
        *_path_problems(declaration, root),
        *_digest_problems(declaration),
        *_target_problems(declaration),
        *_selection_problems(declaration),
        *_hold_problems(declaration),
        *_platform_problems(declaration),
        *_dockerfile_problems(declaration),
        *_replay_problems(declaration),
    ]
    if problems:
        raise PolicyError(problems)
    return declaration


def _read(path: Path) -> bytes:
    try:
        with open_regular(path) as stream:
            return stream.read(document.MAX_BYTES + 1)
    except Unreadable as error:
        raise PolicyError([Problem(at=Location(path=path.name), what=error.what, fix=error.fix)]) from error


def _path_problems(declaration: Declaration, root: Path) -> Iterator[Problem]:
    real_root = root.resolve()
    for key, path in declared_paths(declaration.policy):
        if PurePosixPath(path).is_absolute():
            what, fix = f"{path!r} is absolute", "write it relative to this file"
        elif "\0" in path:
            what, fix = f"{path!r} is no path", "write it without control characters"
        elif not _resolve(root / path).is_relative_to(real_root):
            link = " (through a symbolic link)" if ".." not in PurePosixPath(path).parts else ""
            what, fix = f"{path!r} leaves the candidate's folder{link}", "copy the file into the folder"
        else:
            continue
        yield Problem(at=declaration.at(key), what=f"{key}: {what}", fix=fix)


def _resolve(path: Path) -> Path:
    """Return the real path. A loop of links resolves to itself; the check that reads it will say so."""
    try:
        return path.resolve()
    except (OSError, RuntimeError):
        return path


def _digest_problems(declaration: Declaration) -> Iterator[Problem]:
    environment = declaration.policy.environment
    for name, value in (("production", environment.production), ("approved", environment.approved)):
        if value is not None and is_digest(value) and not re.fullmatch(r"sha256:[0-9a-f]{64}", value):
            key = f"environment.{name}"
            fix = "write sha256: and 64 lower-case hexadecimal digits"
            yield Problem(at=declaration.at(key), what=f"{key}: {value!r} is no sha256 digest", fix=fix)


def _target_problems(declaration: Declaration) -> Iterator[Problem]:
    key, target = "environment.target", declaration.policy.environment.target
    if target is None:
        return
    try:
        parse_target(target)
    except UsageError as error:
        yield Problem(at=declaration.at(key), what=f"{key}: {error.what}", fix=error.fix)


def _selection_problems(declaration: Declaration) -> Iterator[Problem]:
    environment = declaration.policy.environment
    for key, parse, text in (
        ("environment.extras", parse_extras, environment.extras),
        ("environment.groups", parse_groups, environment.groups),
    ):
        try:
            parse(text or "none")
        except UsageError as error:
            yield Problem(at=declaration.at(key), what=f"{key}: {error.what}", fix=error.fix)


def _hold_problems(declaration: Declaration) -> Iterator[Problem]:
    first: dict[str, str] = {}
    for name, hold in declaration.policy.environment.holds.items():
        key = f"environment.holds.{name}"
        if not is_name(name):
            what = f"environment.holds: {name!r} is no name of a package"
            yield Problem(at=declaration.at(key), what=what, fix="write it as the lock has it")
        elif first.setdefault(canonical_name(name), name) != name:
            what = f"environment.holds: {name!r} is held already, as {first[canonical_name(name)]!r}"
            yield Problem(at=declaration.at(key), what=what, fix="keep one of the two")
        if not hold.reason.strip():
            what = f"{key}.reason: the text is blank"
            yield Problem(at=declaration.at(f"{key}.reason"), what=what, fix="say what the next person must know")
        try:
            date.fromisoformat(hold.until)
        except ValueError:
            what = f"{key}.until: {hold.until} is a day that there is not"
            yield Problem(at=declaration.at(f"{key}.until"), what=what, fix='write one of the calendar, "2026-12-31"')
        if not _is_version(hold.version):
            what = f"{key}.version: got {hold.version!r}, expected one version"
            yield Problem(
                at=declaration.at(f"{key}.version"), what=what, fix='write it as the lock has it, "2.1.2+cpu"'
            )


def _is_version(text: str) -> bool:
    from packaging.version import InvalidVersion, Version  # noqa: PLC0415 - only a policy with a hold needs it

    try:
        Version(text)
    except InvalidVersion:
        return False
    return True


def _platform_problems(declaration: Declaration) -> Iterator[Problem]:
    base_image = declaration.policy.environment.base_image
    for name in base_image.platforms if base_image else ():
        if not re.fullmatch(r"[a-z0-9]+/[a-z0-9_]+(?:/[a-z0-9.]+)?", name):
            key = f"environment.base_image.platforms.{name}"
            what = f"environment.base_image.platforms: {name!r} is no platform"
            yield Problem(at=declaration.at(key), what=what, fix="write it as Docker does: linux/amd64")


def _dockerfile_problems(declaration: Declaration) -> Iterator[Problem]:
    environment = declaration.policy.environment
    if environment.dockerfile is None:
        for name, value in (("stage", environment.stage), ("base_image", environment.base_image)):
            if value is not None:
                key = f"environment.{name}"
                what = f"{key}: there is no `environment.dockerfile` that it is about"
                yield Problem(at=declaration.at(key), what=what, fix="add: dockerfile: Dockerfile; or delete the key")


def _replay_problems(declaration: Declaration) -> Iterator[Problem]:
    for key, what, fix in replay_problems(declaration.policy.replay):
        yield Problem(at=declaration.at(key), what=f"{key}: {what}", fix=fix)


def json_schema() -> dict[str, object]:
    """Return the JSON Schema of `gatekeeper.yaml`, generated from the types above."""
    generated = msgspec.json.schema(Policy)
    title = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": SCHEMA}
    return title | generated

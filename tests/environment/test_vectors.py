"""The test vectors of `environment-hash.md`: input, target and selection to canonical JSON and digest.

A second implementation, which uses `packaging` and nothing of ours, must agree on the requirements files: what it does
is what the document says. After a change that is meant: UPDATE_SNAPSHOTS=1 pytest tests/environment/test_vectors.py
"""

import hashlib
import io
import json
import os
import re
import unicodedata
from pathlib import Path
from typing import Any

import pytest
from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from gatekeeper.environment import read_lock
from gatekeeper.environment.identity import environment_hash, environment_json
from gatekeeper.environment.selection import Selection, parse_extras, parse_groups
from gatekeeper.environment.target import parse_target

VECTORS = sorted((Path(__file__).parent / "vectors").glob("*.json"))
DOCUMENT = Path(__file__).parents[2] / "gatekeeper" / "environment" / "environment-hash.md"

# The targets of the vectors, as PEP 508 sees them; a second implementation has its own table.
LINUX = {"os_name": "posix", "sys_platform": "linux", "platform_system": "Linux", "platform_machine": "x86_64"}
WINDOWS = {"os_name": "nt", "sys_platform": "win32", "platform_system": "Windows", "platform_machine": "AMD64"}
TARGETS = {"cp311-linux_x86_64": ("3.11", LINUX), "cp312-win_amd64": ("3.12", WINDOWS)}
GROUPS = {"--index-url": "index", "--extra-index-url": "index", "--no-index": "index", "--find-links": "find-links",
          "--trusted-host": "trusted-host", "--no-binary": "binary", "--only-binary": "binary",
          "--prefer-binary": "prefer-binary", "--pre": "pre-releases", "--all-releases": "pre-releases",
          "--only-final": "pre-releases"}  # fmt: skip


def again(text: str, target: str) -> bytes:
    """Return the canonical JSON of a requirements file by the words of the document."""
    python, platform = TARGETS[target]
    environment = {**platform, "python_version": python, "python_full_version": f"{python}.0", "extra": ""}
    lines = [re.sub(r"(^|\s)#.*", "", line) for line in re.sub(r"\\\r?\n", " ", text).splitlines()]
    options = [line.split(maxsplit=1) for line in map(str.strip, lines) if line.startswith("--")]
    rows = [line for line in map(str.strip, lines) if line and not line.startswith("-")]
    effective = [[each[0], each[1].rstrip("/") if len(each) > 1 else ""] for each in options if each[0] in GROUPS]
    places = [each for each in effective if GROUPS[each[0]] in {"index", "find-links"}]
    index = places[0][1] if len(places) == 1 and places[0][0] == "--index-url" else None
    packages = {json.dumps(each): each for each in (package(row, environment, index) for row in rows) if each}
    if any(each["index"] for each in packages.values()):
        effective.remove(places[0])
    document = {
        "schema": "gatekeeper/environment@1",
        "target": target,
        "packages": sorted(packages.values(), key=lambda each: (each["name"], compact(each))),
        "options": sorted(effective, key=lambda each: GROUPS[each[0]]),
    }
    printed = json.dumps(document, sort_keys=True, indent=1, separators=(",", ": "), ensure_ascii=False)
    return f"{unicodedata.normalize('NFC', printed)}\n".encode()


def package(row: str, environment: dict[str, str], index: str | None) -> dict[str, Any] | None:
    hashes = sorted({each.lower() for each in re.findall(r"--hash[= ](\S+)", row)})
    requirement = Requirement(re.sub(r"\s--hash[= ]\S+", "", row))
    if requirement.marker and not Marker(str(requirement.marker)).evaluate(environment):
        return None
    exact = [each for each in requirement.specifier if each.operator in {"==", "==="}]
    pins = [each.version for each in exact if "*" not in each.version]
    version = Version(pins[0]) if len(pins) == 1 == len(requirement.specifier) else None
    vcs = bool(requirement.url and requirement.url.startswith("git+"))
    return {
        "name": canonicalize_name(requirement.name),
        "version": None if version is None else without_zeros(str(version)),
        "specifier": "" if version else str(requirement.specifier),
        "source": "vcs" if vcs else "url" if requirement.url else "index",
        "url": requirement.url,
        "index": None if requirement.url else index,
        "build": None,
        "hashes": hashes,
        "unhashed": [],
    }


def without_zeros(version: str) -> str:
    release = re.match(r"(?:\d+!)?\d+(?:\.\d+)*", version)
    assert release
    head = release[0]
    while head.endswith(".0"):
        head = head.removesuffix(".0")
    return head + version[release.end() :]


def compact(document: object) -> str:
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


@pytest.mark.parametrize("path", VECTORS, ids=lambda path: path.stem)
def test_a_vector(path: Path) -> None:
    vector = json.loads(path.read_text(encoding="utf-8"))
    lock = read_lock(io.BytesIO(vector["input"].encode()))
    target = parse_target(vector["target"])
    selection = Selection(extras=parse_extras(vector["extras"]), groups=parse_groups(vector["groups"]))
    canonical = environment_json(lock, target, selection)
    if os.environ.get("UPDATE_SNAPSHOTS"):
        vector |= {"canonical": canonical.decode(), "sha256": hashlib.sha256(canonical).hexdigest()}
        path.write_text(json.dumps(vector, indent=1) + "\n", encoding="utf-8")
    assert canonical.decode() == vector["canonical"]
    assert hashlib.sha256(canonical).hexdigest() == vector["sha256"]
    assert environment_hash(lock, target, selection) == f"sha256:{vector['sha256']}"


@pytest.mark.parametrize(
    "path", [each for each in VECTORS if each.stem.startswith("requirements")], ids=lambda path: path.stem
)
def test_a_second_implementation_agrees(path: Path) -> None:
    vector = json.loads(path.read_text(encoding="utf-8"))
    assert again(vector["input"], vector["target"]).decode() == vector["canonical"]


def test_the_second_implementation_agrees_on_what_the_tools_really_wrote() -> None:
    for name in ("training.txt", "production.txt", "universal.txt", "large.txt"):
        text = (Path(__file__).parent / "corpus" / name).read_text(encoding="utf-8")
        lock = read_lock(io.BytesIO(text.encode()))
        for target in TARGETS:
            assert again(text, target).decode() == environment_json(lock, parse_target(target)).decode(), (name, target)


def test_the_document_lists_every_vector() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    listed = dict(re.findall(r"^\| `([a-z0-9-]+)\.json` \|.*\| `([0-9a-f]{64})` \|$", text, re.MULTILINE))
    assert listed == {path.stem: json.loads(path.read_text(encoding="utf-8"))["sha256"] for path in VECTORS}
    assert listed

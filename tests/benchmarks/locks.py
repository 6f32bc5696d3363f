"""What reading a lock costs. From the repository's root: `python -m tests.benchmarks.locks [ROUNDS]`.

For each format a large lock is written in the layout of its tool, and two whole commands read it, in turn: the fastest
reader that there is for the syntax (for requirements our own tokenizer, which nothing else comes near), in a bare
interpreter, and `gatekeeper env hash`. From each the processor time of
the same command on a lock of one package is taken off, so that what remains is the file. The last column is how many
times the bare reader's cost the gate's is: that reader only parses the syntax; the gate also validates, evaluates
markers, projects and hashes. It measures and does not judge.
"""

from __future__ import annotations

import hashlib
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

ROUNDS = 7
TARGET = "cp312-linux_x86_64"
GATE = (sys.executable, "-I", "-m", "gatekeeper", "env", "hash", "--target", TARGET)
READERS = {
    "tomllib": "import sys, tomllib; tomllib.load(open(sys.argv[1], 'rb'))",
    "yaml.CSafeLoader": "import sys, yaml; yaml.load(open(sys.argv[1], 'rb'), Loader=yaml.CSafeLoader)",
    "own tokenizer": (
        "import sys\nfrom gatekeeper.environment.reader import read_lock\nread_lock(open(sys.argv[1], 'rb'))"
    ),
}
MARKERS = ("", "sys_platform == 'win32'", "python_full_version >= '3.11'", "platform_machine == 'x86_64'")
PLATFORMS = ("linux-64", "linux-aarch64", "osx-arm64", "win-64")


@dataclass(slots=True)
class Subject:
    """One format at one size, the bare reader beside it, and the milliseconds of processor time that were measured."""

    name: str
    reader: str
    large: Path
    small: Path
    times: dict[str, list[float]] = field(default_factory=dict)

    def commands(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Yield each command with its name."""
        for size, path in (("large", self.large), ("small", self.small)):
            yield f"reader {size}", (sys.executable, "-I", "-c", READERS[self.reader], str(path))
            yield f"gate {size}", (*GATE, str(path))

    def net(self, who: str) -> float:
        """Return what the large file costs more than the small one: the least of all rounds."""
        return min(self.times[f"{who} large"]) - min(self.times[f"{who} small"])


def digest(*parts: object) -> str:
    """Return a sha256 that is the same in every run."""
    return hashlib.sha256(repr(parts).encode()).hexdigest()


def files(package: int, count: int) -> Iterator[tuple[str, str]]:
    """Yield file names and digests of one release."""
    yield f"package-{package}-1.{package}.0.tar.gz", digest(package, "sdist")
    for each in range(1, count):
        yield (
            f"package_{package}-1.{package}.0-cp3{8 + each}-cp3{8 + each}-manylinux_2_28_x86_64.whl",
            digest(package, each),
        )


def requirements(packages: int) -> str:
    """Return what pip-compile writes: ten hashes a package."""
    lines = []
    for each in range(packages):
        marker = MARKERS[each % len(MARKERS)]
        lines += [f"package-{each}==1.{each}.0 {'; ' + marker if marker else ''}\\"]
        lines += [f"    --hash=sha256:{sha256} \\" for _, sha256 in files(each, 10)]
        lines[-1] = lines[-1].removesuffix(" \\")
        lines += ["    # via", f"    #   package-{each // 2}"]
    return "\n".join(lines) + "\n"


def uv(packages: int) -> str:
    """Return what uv writes: a project that asks for every tenth package, each of which asks for its followers."""
    roots = "".join(f'    {{ name = "package-{each}" }},\n' for each in range(0, packages, 10))
    text = ['version = 1\nrevision = 3\nrequires-python = ">=3.10"\n']
    for each in range(packages):
        followers = range(each + 1, min(each + 10, packages)) if each % 10 == 0 else range(0)
        edges = "".join(f'    {{ name = "package-{to}"{_uv_marker(to)} }},\n' for to in followers)
        sdist, *wheels = (
            f'{{ url = "https://files.example.com/{file}", hash = "sha256:{sha256}", size = 100, '
            'upload-time = "2026-01-01T00:00:00Z" }'
            for file, sha256 in files(each, 10)
        )
        text += [
            f'[[package]]\nname = "package-{each}"\nversion = "1.{each}.0"\n'
            f'source = {{ registry = "https://default.example.com/simple" }}\n'
            + (f"dependencies = [\n{edges}]\n" if edges else "")
            + f"sdist = {sdist}\nwheels = [\n"
            + "".join(f"    {wheel},\n" for wheel in wheels)
            + "]\n"
        ]
    text += [
        (
            '[[package]]\nname = "project"\nversion = "1.0"\nsource = { virtual = "." }\n'
            f"dependencies = [\n{roots}]\n\n[package.metadata]\nrequires-dist = [\n{roots}]\n"
        )
    ]
    return "\n".join(text)


def _uv_marker(package: int) -> str:
    marker = MARKERS[package % len(MARKERS)]
    return f', marker = "{marker}"' if marker else ""


def poetry(packages: int) -> str:
    """Return what Poetry 2 writes."""
    text = ["# This file is automatically @generated by Poetry 2.1.4 and should not be changed by hand.\n"]
    for each in range(packages):
        marker = MARKERS[each % len(MARKERS)]
        listed = "".join(f'    {{file = "{file}", hash = "sha256:{sha256}"}},\n' for file, sha256 in files(each, 10))
        text += [
            f'[[package]]\nname = "package-{each}"\nversion = "1.{each}.0"\ndescription = "What it does"\n'
            'optional = false\npython-versions = ">=3.10"\ngroups = ["main"]\n'
            + (f'markers = "{marker}"\n' if marker else "")
            + f"files = [\n{listed}]\n"
        ]
    tail = '[metadata]\nlock-version = "2.1"\npython-versions = ">=3.10"\ncontent-hash = "' + digest("content") + '"\n'
    return "\n".join([*text, tail])


def pylock(packages: int) -> str:
    """Return what uv and pdm write in the form of PEP 751."""
    text = ['lock-version = "1.0"\ncreated-by = "uv"\nrequires-python = ">=3.10"\n']
    for each in range(packages):
        marker = MARKERS[each % len(MARKERS)]
        sdist, *wheels = (
            f'{{ url = "https://files.example.com/{file}", hashes = {{ sha256 = "{sha256}" }} }}'
            for file, sha256 in files(each, 10)
        )
        text += [
            f'[[packages]]\nname = "package-{each}"\nversion = "1.{each}.0"\n'
            + (f'marker = "{marker}"\n' if marker else "")
            + f"sdist = {sdist}\nwheels = [\n"
            + "".join(f"    {wheel},\n" for wheel in wheels)
            + "]\n"
        ]
    return "\n".join(text)


def conda_lock(packages: int) -> str:
    """Return what conda-lock writes, for four platforms."""
    platforms = "".join(f"  - {each}\n" for each in PLATFORMS)
    hashes = "".join(f"    {each}: {digest('content', each)}\n" for each in PLATFORMS)
    text = [
        (
            f"version: 1\nmetadata:\n  content_hash:\n{hashes}  channels:\n  - url: forge\n    used_env_vars: []\n"
            f"  platforms:\n{platforms}  sources:\n  - environment.yml\npackage:\n"
        )
    ]
    for each in range(packages):
        platform = PLATFORMS[each % len(PLATFORMS)]
        number = each // len(PLATFORMS)
        sha256 = digest(number, platform)
        text += [
            (
                f"- name: package-{number}\n  version: 1.{number}.0\n  manager: conda\n  platform: {platform}\n"
                f"  dependencies:\n    python: '>=3.12,<3.13.0a0'\n    libgcc: '>=14'\n"
                f"  url: https://conda.example.com/forge/{platform}/package-{number}-1.{number}.0-h{sha256[:7]}_0.conda\n"
                f"  hash:\n    md5: {sha256[:32]}\n    sha256: {sha256}\n  category: main\n  optional: false\n"
            )
        ]
    return "".join(text)


def pixi(packages: int) -> str:
    """Return what pixi writes, for one environment on four platforms."""
    text = ["version: 6\nenvironments:\n  default:\n    channels:\n    - url: https://conda.example.com/forge/\n"]
    text += ["    packages:\n"]
    urls: dict[str, list[tuple[str, str]]] = {each: [] for each in PLATFORMS}
    for each in range(packages):
        platform, number = PLATFORMS[each % len(PLATFORMS)], each // len(PLATFORMS)
        sha256 = digest(number, platform)
        url = f"https://conda.example.com/forge/{platform}/package-{number}-1.{number}.0-h{sha256[:7]}_0.conda"
        urls[platform].append((url, sha256))
    for platform, listed in sorted(urls.items()):
        text += [f"      {platform}:\n"] + [f"      - conda: {url}\n" for url, _ in listed]
    text += ["packages:\n"]
    for url, sha256 in sorted(each for listed in urls.values() for each in listed):
        text += [
            (
                f"- conda: {url}\n  sha256: {sha256}\n  md5: {sha256[:32]}\n  depends:\n  - python >=3.12,<3.13.0a0\n"
                "  - libgcc >=14\n  license: MIT\n  size: 1000\n  timestamp: 1700000000000\n"
            )
        ]
    return "".join(text)


FORMATS: tuple[tuple[str, Callable[[int], str], int, str], ...] = (
    ("requirements.txt", requirements, 200, "own tokenizer"),
    ("uv.lock", uv, 350, "tomllib"),
    ("poetry.lock", poetry, 350, "tomllib"),
    ("pylock.toml", pylock, 350, "tomllib"),
    ("conda-lock.yml", conda_lock, 1000, "yaml.CSafeLoader"),
    ("pixi.lock", pixi, 1000, "yaml.CSafeLoader"),
)


def processor_time(command: tuple[str, ...]) -> float:
    """Run a command; return its processor time, user and system, in milliseconds."""
    with tempfile.TemporaryFile() as output:
        streams = [(os.POSIX_SPAWN_DUP2, output.fileno(), number) for number in (1, 2)]
        pid = os.posix_spawn(command[0], list(command), os.environ, file_actions=streams)
        _, status, usage = os.wait4(pid, 0)
        if os.waitstatus_to_exitcode(status) != 0:
            output.seek(0)
            sys.exit(f"{' '.join(command)}: {output.read().decode(errors='replace')}")
    return (usage.ru_utime + usage.ru_stime) * 1000


def measure(folder: Path, rounds: int) -> list[Subject]:
    """Write the locks and measure every command on them, round by round."""
    subjects = []
    for name, write, packages, reader in FORMATS:
        paths = []
        for size in (packages, len(PLATFORMS)):
            path = folder / str(size) / name
            path.parent.mkdir(exist_ok=True)
            path.write_text(write(size), encoding="utf-8")
            paths.append(path)
        subjects.append(Subject(f"{name}, {packages} packages", reader, large=paths[0], small=paths[1]))
    for _ in range(rounds):
        for subject in subjects:
            for what, command in subject.commands():
                subject.times.setdefault(what, []).append(processor_time(command))
    return subjects


def main() -> None:
    """Measure and print the table."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS
    began = time.strftime("%Y-%m-%d")
    with tempfile.TemporaryDirectory() as folder:
        subjects = measure(Path(folder), rounds)
        sizes = {subject.name: subject.large.stat().st_size // 1024 for subject in subjects}
    print(f"{began}, Python {sys.version.split()[0]}, {rounds} rounds; least processor time in ms\n")
    print(f"{'':<30}{'KiB':>6} {'reader':>18} {'alone':>8} {'gate':>8} {'whole':>8} {'ratio':>7}")
    for subject in subjects:
        reader, gate = subject.net("reader"), subject.net("gate")
        whole = min(subject.times["gate large"])
        cells = f"{subject.reader:>18} {reader:>8.1f} {gate:>8.1f} {whole:>8.1f} {gate / reader:>6.2f}x"
        print(f"{subject.name:<30}{sizes[subject.name]:>6} {cells}")


if __name__ == "__main__":
    main()

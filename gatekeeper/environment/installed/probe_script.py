"""The probe: what an interpreter has installed, as one JSON document on standard output.

It is sent to an interpreter that knows nothing of gatekeeper: `python -I - < probe_script.py`; `python -I - --deep`
hashes every file again. Standard library alone, CPython 3.8 to 3.14; it imports and writes nothing there.

`record_digest` is the same for a distribution that pip installed, for one that uv installed, and for the wheel.
"""

# `os.path` where ruff likes `pathlib`: a path is made for each of some 10,000 files. `zip` knows `strict` since 3.10.
# ruff: noqa: PTH112, PTH113, PTH114, PTH116, PTH118, PTH119, PTH123, PTH207, PTH208, B905

from __future__ import annotations

import base64
import csv
import glob
import hashlib
import io
import json
import operator
import os
import platform
import posixpath
import re
import site
import stat
import sys
import sysconfig
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

SCHEMA = "gatekeeper/probe@1"
ALGORITHMS = ("sha256", "sha384", "sha512")
OWN_FILES = re.compile(
    r"[^/]+\.dist-info/(?:RECORD(?:\.jws|\.p7s)?|INSTALLER|REQUESTED|(?:direct_url|provenance_url|uv_cache|uv_build)\.json)"
)
SITE_NAMES = ("site-packages", "dist-packages")
# A name that begins with `~` is what pip leaves behind when it could not remove a distribution; Python ignores it.
INFO = re.compile(r"(?P<name>[^~-][^-]*)(?:-(?P<version>[^-]+))?(?:-py[0-9.]+)?\.(?:dist|egg)-info")
CODE = re.compile(r"\.(?:py|pyc|pyd|pth|dll|dylib|so(?:\.[0-9]+)*)$")
NUMERIC = re.compile(r"(?:avx|fma|amx|sse4|f16c|sve|asimd|bf16|i8mm)\w*")
VARIABLES = re.compile(r"PYTHONHASHSEED|PYTHONPATH|LD_LIBRARY_PATH|(?:OMP|MKL)_NUM_THREADS|CUBLAS_WORKSPACE_CONFIG")


class Entry(NamedTuple):
    """One row of a RECORD as it stands there, its path normalised; `hash` is `sha256=<urlsafe base64>` or empty."""

    path: str
    hash: str
    size: str


class Anomaly(NamedTuple):
    """One flaw, in the words of `gatekeeper.environment.facts`; `sha256` is that of the file, where it is one."""

    flaw: str
    name: str
    path: str
    detail: str = ""
    sha256: str | None = None


class Distribution(NamedTuple):
    """What one dist-info or egg-info (`home`) of a folder says; where `entries` is None, `trouble` says why."""

    folder: str
    home: str
    name: str
    version: str
    entries: list[Entry] | None
    trouble: str

    @property
    def key(self) -> str:
        """The canonical name (PEP 503)."""
        return re.sub(r"[-_.]+", "-", self.name).lower()

    def read(self, name: str) -> str | None:
        """Return the text of a file of its dist-info."""
        return read(os.path.join(self.folder, self.home, name))

    def origin(self) -> dict[str, Any]:
        """Return its direct_url.json without credentials; nothing for a distribution from an index."""
        try:
            found: dict[str, Any] = json.loads(self.read("direct_url.json") or '{"url": ""}')
            found["url"] = re.sub(r"://(?!git@)[^/?#]*@", "://", found["url"])
        except (ValueError, KeyError, TypeError) as error:
            sys.exit(f"direct_url.json of {self.home} can't be read: {error!r}")
        return found if found["url"] else {}

    def is_editable(self) -> bool:
        """Return whether its code lies elsewhere; an egg-info outside a site folder is `setup.py develop`."""
        develop = self.home.endswith(".egg-info") and os.path.basename(self.folder) not in SITE_NAMES
        return develop or bool(self.origin().get("dir_info", {}).get("editable"))


def read(path: str, errors: str = "strict") -> str | None:
    """Return the text of a file, which is UTF-8; None if there is none."""
    try:
        with open(path, encoding="utf-8", errors=errors, newline="") as file:
            return file.read()
    except (FileNotFoundError, NotADirectoryError):
        return None


def parse_record(text: str) -> list[Entry]:
    """Return the rows of a RECORD, each once, sorted; ValueError for what is none."""
    entries = set()
    try:
        for row in filter(None, csv.reader(io.StringIO(text, newline=""), strict=True)):
            if len(row) != 3 or re.search(r"[\x00-\x1f\x7f]", "".join(row)) or not (row[2].isdecimal() or not row[2]):
                raise ValueError(f"got {','.join(row)[:100]!r}, expected path,hash,size")
            entries.add(Entry(posixpath.normpath(row[0].replace("\\", "/")), row[1], row[2]))
    except csv.Error as error:
        raise ValueError(f"it is no CSV: {error}") from error
    return sorted(entries)


def counts(path: str) -> bool:
    """Return whether the digest counts a row: what every installer puts in one place with the same bytes.

    Left out are the installer's own files, byte code, and what lies outside the folder: scripts have the path of the
    interpreter in them, headers and data lie where its layout wants them.
    """
    parts = path.split("/")
    outside = parts[0] in ("", "..") or parts[0].endswith(":")
    return not (outside or path.endswith(".pyc") or "__pycache__" in parts or OWN_FILES.fullmatch(path))


def record_digest(entries: Iterable[Entry]) -> str:
    """Return `sha256:<hex>` over the sorted lines `path,hash,size` (UTF-8, unquoted) of the rows that count."""
    lines = sorted(f"{','.join(entry)}\n".encode() for entry in entries if counts(entry.path))
    return f"sha256:{hashlib.sha256(b''.join(lines)).hexdigest()}"


def folders() -> list[str]:
    """Return where distributions may lie, in the order of import, without the standard library.

    `-I` hides PYTHONPATH and the folder of `pip install --user`, which production, started without it, imports from.
    """
    path = list(sys.path)
    if sys.flags.no_user_site and sys.prefix == sys.base_prefix and not os.environ.get("PYTHONNOUSERSITE"):
        sites = [at for at, each in enumerate(path) if os.path.basename(each) in SITE_NAMES]
        path.insert(sites[0] if sites else len(path), site.getusersitepackages())
    if sys.flags.ignore_environment and os.environ.get("PYTHONPATH"):
        path[:0] = os.environ["PYTHONPATH"].split(os.pathsep)
    own = {os.path.realpath(sysconfig.get_path(name)) for name in ("stdlib", "platstdlib")}
    own |= {os.path.join(each, "lib-dynload") for each in own}
    real = dict.fromkeys(os.path.realpath(each or ".") for each in path)
    return [each for each in real if each not in own and os.path.isdir(each)]


def distributions(folder: str) -> Iterator[Distribution]:
    """Yield what is installed in one folder."""
    for home in sorted(os.listdir(folder)):
        found = INFO.fullmatch(home)
        if found is None:
            continue
        path = os.path.join(folder, home)
        places = [path] if os.path.isfile(path) else [os.path.join(path, each) for each in ("METADATA", "PKG-INFO")]
        lines = (next(filter(None, (read(each, "replace") for each in places)), "")).splitlines()
        head = lines[: lines.index("")] if "" in lines else lines
        fields = {key: value.strip() for key, _, value in (line.partition(":") for line in head)}
        name, version = fields.get("Name") or found["name"], fields.get("Version") or found["version"] or ""
        entries, trouble = None, "it has no RECORD"
        try:
            record = read(os.path.join(path, "RECORD"))
            entries = None if record is None else parse_record(record)
        except ValueError as error:
            trouble = f"its RECORD can't be read: {error}"
        yield Distribution(folder, home, name, version, entries, trouble)


def first_of_each_name(everything: list[Distribution]) -> tuple[list[Distribution], list[Anomaly]]:
    """Return those that an import finds, and an anomaly for each that is hidden behind them."""
    found: dict[str, Distribution] = {}
    flaws = []
    for each in everything:
        first = found.setdefault(each.key, each)
        # What an editable install leaves in the working folder is one with what it leaves in site-packages.
        if first is not each and not (first.is_editable() and each.is_editable()):
            detail = f"version {each.version} in {each.folder}; version {first.version} in {first.folder} is used"
            flaws.append(Anomaly("duplicate", each.key, each.home, detail))
    return list(found.values()), flaws


def flaws_of(dist: Distribution) -> Iterator[Anomaly]:
    """Yield what keeps a distribution from accounting for its files."""
    if dist.is_editable():
        yield Anomaly("editable", dist.key, dist.home, dist.origin().get("url", dist.folder))
        return
    if dist.entries is None:
        by = (dist.read("INSTALLER") or "").strip()
        yield Anomaly("no-record", dist.key, dist.home, f"{dist.trouble}; installed by {by}" if by else dist.trouble)
    for entry in dist.entries or ():
        algorithm = entry.hash.partition("=")[0]
        if counts(entry.path) and algorithm not in ALGORITHMS and (algorithm or CODE.search(entry.path)):
            yield Anomaly("no-record", dist.key, entry.path, f"RECORD has {entry.hash or 'no hash'}, expected sha256")
        if entry.path.endswith(".pth") and "/" not in entry.path:
            yield from path_file(dist.folder, entry.path, dist.key)


def shared(everything: list[Distribution]) -> Iterator[Anomaly]:
    """Yield the files that two distributions claim with other bytes; with the same, it is all one which came last."""
    owners: dict[str, tuple[Distribution, Entry]] = {}
    for dist in everything:
        for entry in dist.entries or ():
            first, theirs = owners.setdefault(f"{dist.folder}/{entry.path}", (dist, entry))
            if first is not dist and theirs.hash != entry.hash and counts(entry.path):
                yield Anomaly("shared-file", dist.key, entry.path, f"{first.key} claims it too, with other bytes")


def unowned(folder: str, dists: list[Distribution]) -> Iterator[Anomaly]:
    """Yield code of one site folder that no RECORD names; a package of it is told once."""
    owned = {entry.path for dist in dists for entry in dist.entries or ()}
    tops = {path.partition("/")[0] for path in owned}
    blind = sum(dist.entries is None and not dist.is_editable() for dist in dists)
    packages: Counter[str] = Counter()
    for path in (each for each in code_of(folder) if each not in owned):
        top, below, _ = path.partition("/")
        if path.endswith(".pth") and not below:
            yield from path_file(folder, path)
        elif blind or (below and top not in tops):
            packages["." if blind else top] += 1
        else:
            yield Anomaly("unowned", "", path, sha256=hash_of(os.path.join(folder, path)).hex())
    why = f", beside {blind} distributions without RECORD" if blind else ""
    for top, number in packages.items():
        yield Anomaly("unowned", "", top, f"files of code that no RECORD names: {number}{why}")


def code_of(folder: str) -> Iterator[str]:
    """Yield the code of a folder, relative to it; links to folders are followed, each folder once."""
    seen = set()
    for here, below, files in os.walk(folder, followlinks=True):
        real = os.path.realpath(here) if os.path.islink(here) else here
        below[:] = [] if real in seen else sorted(each for each in below if each != "__pycache__")
        for each in [] if real in seen else sorted(filter(CODE.search, files)):
            yield os.path.relpath(os.path.join(here, each), folder).replace(os.sep, "/")
        seen.add(real)


def path_file(folder: str, name: str, owner: str = "") -> Iterator[Anomaly]:
    """Yield a .pth file that does something; one that a RECORD owns only if it adds a folder outside."""
    path = os.path.join(folder, name)
    for line in (read(path, "replace") or "").splitlines():
        runs = line.startswith(("import ", "import\t"))
        inside = os.path.realpath(os.path.join(folder, line.strip())).startswith(folder + os.sep)
        if line.strip() and not line.startswith("#") and not (owner and (runs or inside)):
            detail = f"{'runs' if runs else 'adds'} {line.strip()[:100]!r}"
            yield Anomaly("path-file", owner, name, detail, hash_of(path).hex())
            return


def startup_modules(sites: set[str]) -> Iterator[Anomaly]:
    """Yield what runs at every start and lies outside the site folders; inside, it is owned or told as unowned."""
    for folder in sorted({*folders(), *map(os.path.realpath, sys.path)} - sites):
        for path in (os.path.join(folder, f"{name}.py") for name in ("sitecustomize", "usercustomize")):
            if os.path.isfile(path):
                yield Anomaly("path-file", "", path, "runs whenever Python starts", hash_of(path).hex())


def hash_of(path: str, algorithm: str = "sha256") -> bytes:
    """Return the digest of a file."""
    digest = hashlib.new(algorithm)
    with open(path, "rb", buffering=0) as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.digest()


def measured(folder: str, entry: Entry) -> tuple[Entry, str]:
    """Return the row as its file would have it, and the flaw that this is; the same row and "" for an equal file."""
    path = os.path.join(folder, entry.path)
    try:
        status = os.stat(path)
    except (FileNotFoundError, NotADirectoryError):
        return Entry(entry.path, "", ""), "absent-file"
    if not stat.S_ISREG(status.st_mode):
        return Entry(entry.path, "", ""), "modified"
    stated = entry.hash.partition("=")[0]
    algorithm = stated if stated in ALGORITHMS else "sha256"
    text = base64.urlsafe_b64encode(hash_of(path, algorithm)).decode().rstrip("=")
    if entry.hash.rstrip("=") == f"{algorithm}={text}" and entry.size in ("", str(status.st_size)):
        return entry, ""
    return Entry(entry.path, f"{algorithm}={text}", str(status.st_size)), "modified" if stated == algorithm else ""


def remeasured(dists: list[Distribution]) -> tuple[list[Distribution], list[Anomaly]]:
    """Return the distributions with the rows that their files have now, and each file that is not what RECORD says."""
    everything = ((dist.folder, row) for dist in dists for row in dist.entries or () if row.hash or counts(row.path))
    # Installers compile byte code again, also where the wheel has some.
    jobs = {(folder, row) for folder, row in everything if "__pycache__/" not in row.path}
    # The largest first, so that no worker is left alone with one at the end; hashlib releases the interpreter's lock.
    order = sorted(jobs, key=lambda job: (-int(job[1].size or 0), job))
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        now = dict(zip(order, pool.map(lambda job: measured(*job), order)))
    fresh, flaws = [], []
    for dist in dists:
        pairs = [(row, *now.get((dist.folder, row), (row, ""))) for row in dist.entries or ()]
        fresh.append(dist if dist.entries is None else dist._replace(entries=[new for _, new, _ in pairs]))
        for old, new, flaw in filter(operator.itemgetter(2), pairs):
            detail = f"RECORD says {old.hash} {old.size}, got {f'{new.hash} {new.size}' if new.hash else 'no file'}"
            flaws.append(Anomaly(flaw, dist.key, old.path, detail))
    return fresh, flaws


def runtime(dists: list[Distribution]) -> dict[str, str | None]:
    """Return what runs the packages; `cuda` and `cudnn` as far as installed files tell, `none` for a CPU build."""
    torch = next((each.folder for each in dists if each.key == "torch"), None)
    stated = read(os.path.join(torch, "torch", "version.py")) if torch else None
    facts = dict(re.findall(r"^(cuda|git_version)\b[^=\n]*= *['\"]?([^'\"\n]*)", stated or "", re.MULTILINE))
    cudnn = [each.version for each in dists if re.fullmatch("nvidia-cudnn-cu[0-9]+", each.key)]
    cudnn += [each.rpartition(".so.")[2] for each in glob.glob(f"{torch}/torch/lib/libcudnn.so.*") if torch]
    flags = "t" * bool(sysconfig.get_config_var("Py_GIL_DISABLED")) + "d" * hasattr(sys, "gettotalrefcount")
    other = "_".join(str(sysconfig.get_config_var("SOABI")).split("-")[:2])
    return {
        "python": platform.python_version(),
        "implementation": sys.implementation.name,
        "abi": f"cp3{sys.version_info[1]}{flags}" if sys.implementation.name == "cpython" else other,
        "platform": re.sub(r"[-.]", "_", sysconfig.get_platform()),
        "libc": libc(),
        "system": system(),
        "cuda": {"None": "none"}.get(facts.get("cuda", ""), facts.get("cuda")),
        "cudnn": cudnn[0] if cudnn else None,
        "torch_git": facts.get("git_version"),
    }


def libc() -> str | None:
    """Return `glibc 2.36`; `musl` without its version, which nothing tells but its loader."""
    if "CS_GNU_LIBC_VERSION" in getattr(os, "confstr_names", ()):
        return os.confstr("CS_GNU_LIBC_VERSION")
    return "musl" if "musl" in str(sysconfig.get_config_var("MULTIARCH")) else None


def system() -> str:
    """Return the operating system and its version."""
    text = read("/etc/os-release") or read("/usr/lib/os-release") or ""
    fields = dict(re.findall(r"^(ID|VERSION_ID)=[\"']?([^\"'\n]*)", text, re.MULTILINE))
    other = platform.mac_ver()[0] or platform.release()
    return f"{fields.get('ID', platform.system().lower())} {fields.get('VERSION_ID', other)}"


def host() -> dict[str, Any]:
    """Return what belongs to the machine and not to the environment: told, never part of a digest."""
    driver = re.search(r"Kernel Module.*?\s([0-9]+\.[0-9.]+)", read("/proc/driver/nvidia/version") or "")
    flags = re.search(r"^(?:flags|Features)\s*: (.*)$", read("/proc/cpuinfo") or "", re.MULTILINE)
    return {
        "driver": driver[1] if driver else None,
        "kernel": f"{platform.system()} {platform.release()} {platform.machine()}",
        "cpu_flags": sorted(set(filter(NUMERIC.fullmatch, flags[1].split()))) if flags else [],
        "variables": {name: value for name, value in sorted(os.environ.items()) if VARIABLES.fullmatch(name)},
    }


def described(dist: Distribution) -> dict[str, Any]:
    """Return one distribution as the document has it."""
    return {
        "name": dist.name,
        "version": dist.version,
        "record": None if dist.entries is None else record_digest(dist.entries),
        "files": sum(counts(entry.path) for entry in dist.entries or ()),
        "installer": (dist.read("INSTALLER") or "").strip(),
        "requested": dist.read("REQUESTED") is not None,
        "editable": dist.is_editable(),
        "direct_url": dist.origin() or None,
        "folder": dist.folder,
    }


def probe(*, deep: bool) -> dict[str, Any]:
    """Return the document."""
    everything = [dist for folder in folders() for dist in distributions(folder)]
    flaws = [*shared(everything), *(flaw for dist in everything for flaw in flaws_of(dist))]
    everything, modified = remeasured(everything) if deep else (everything, [])
    found, duplicates = first_of_each_name(everything)
    recorded = {dist.folder for dist in everything if dist.entries}
    sites = {each for each in folders() if each in recorded or os.path.basename(each) in SITE_NAMES}
    for folder in sites:
        flaws += unowned(folder, [dist for dist in everything if dist.folder == folder])
    flaws += [*modified, *duplicates, *startup_modules(sites)]
    return {
        "schema": SCHEMA,
        "deep": deep,
        "runtime": runtime(found),
        "distributions": [described(dist) for dist in sorted(found, key=lambda dist: dist.key)],
        "anomalies": [flaw._asdict() for flaw in sorted(set(flaws), key=str)],
        "host": host(),
    }


if __name__ == "__main__":
    if sys.argv[1:] not in ([], ["--deep"]):
        sys.exit(f"got {sys.argv[1:]}, expected nothing or --deep")
    document = json.dumps(probe(deep=sys.argv[1:] == ["--deep"]), indent=1, ensure_ascii=False)
    # The name of a file may be no UTF-8.
    sys.stdout.buffer.write(document.encode("utf-8", "replace") + b"\n")

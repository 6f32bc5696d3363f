"""Makes the corpus of conda's locks, with the real tools, from a channel of a few packages that is made here.

    NEW/bin/pip install conda-lock==4.0.3 py-rattler==0.28.0
    OLD/bin/pip install py-rattler==0.20.0
    OLDER/bin/pip install py-rattler==0.8.2
    NEW/bin/python tests/environment/make_conda_corpus.py solve FOLDER
    OLD/bin/python tests/environment/make_conda_corpus.py old FOLDER 6
    OLDER/bin/python tests/environment/make_conda_corpus.py old FOLDER 5
    NEW/bin/python tests/environment/make_conda_corpus.py read

`solve` asks rattler, the library that pixi is built on, for two environments on two platforms; py-rattler 0.28.0
writes them as pixi.lock version 7 and conda-lock 4.0.3 as its own lock. `old` writes version 6 or 5 of pixi.lock, by
the py-rattler of that time. `read` keeps what py-rattler 0.28.0 reads in each pixi.lock as JSON, for the product's
reader to be held against. `mixed-6.lock` is written by hand, for none of these tools writes distributions with hashes;
`mixed-7.lock` is what py-rattler 0.28.0 makes of it. The hashes are digests of the file names.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

CORPUS = Path(__file__).parent / "corpus_conda"
PLATFORMS = ("linux-64", "osx-arm64")
CHANNEL = "https://conda.example.com/forge"
ENVIRONMENTS = {
    "default": ["python 3.11.*", "scikit-learn ==1.4.2", "pandas ==2.2.1", "pytorch ==2.2.0", "typing-extensions"],
    "test": [
        "python 3.11.*",
        "scikit-learn ==1.4.2",
        "pandas ==2.2.1",
        "pytorch ==2.2.0",
        "typing-extensions",
        "pytest",
    ],
}
# Subdir, file without its end, end, what it depends on.
PACKAGES: tuple[tuple[str, str, str, list[str]], ...] = (
    ("linux-64", "_libgcc_mutex-0.1-conda_forge", ".tar.bz2", []),
    ("linux-64", "libgcc-13.2.0-h77fa898_5", ".conda", ["_libgcc_mutex ==0.1"]),
    ("linux-64", "openssl-3.3.0-h4ab18f5_3", ".conda", ["libgcc >=12"]),
    ("linux-64", "python-3.11.9-hb806964_0_cpython", ".conda", ["openssl >=3.2,<4.0a0", "tzdata"]),
    ("linux-64", "numpy-1.26.4-py311h64a7726_0", ".conda", ["python >=3.11,<3.12.0a0", "libgcc >=12"]),
    ("linux-64", "pandas-2.2.1-py311h320fe9a_0", ".conda", ["numpy >=1.26.4,<2.0a0"]),
    ("linux-64", "scikit-learn-1.3.0-py311hc009520_0", ".conda", ["numpy", "joblib >=1.1"]),
    ("linux-64", "scikit-learn-1.4.2-py311hc009520_0", ".conda", ["numpy", "joblib >=1.2"]),
    ("linux-64", "pytorch-2.2.0-cpu_generic_py311hdebeed6_0", ".conda", ["numpy", "typing_extensions"]),
    ("linux-64", "pytorch-2.2.0-cuda118_py311h3d9e0ba_200", ".conda", ["numpy", "__cuda"]),
    ("osx-arm64", "openssl-3.3.0-hfb2fe0b_3", ".conda", []),
    ("osx-arm64", "python-3.11.9-h932a869_0_cpython", ".conda", ["openssl >=3.2,<4.0a0", "tzdata"]),
    ("osx-arm64", "numpy-1.26.4-py311h7125741_0", ".conda", ["python >=3.11,<3.12.0a0"]),
    ("osx-arm64", "pandas-2.2.1-py311hfbe21a1_0", ".conda", ["numpy >=1.26.4,<2.0a0"]),
    ("osx-arm64", "scikit-learn-1.4.2-py311hbfb48bc_0", ".conda", ["numpy", "joblib >=1.2"]),
    ("osx-arm64", "pytorch-2.2.0-cpu_generic_py311h6a9fca9_0", ".conda", ["numpy", "typing_extensions"]),
    ("noarch", "joblib-1.4.2-pyhd8ed1ab_0", ".conda", ["python >=3.8"]),
    ("noarch", "tzdata-2024a-h0c530f3_0", ".conda", []),
    ("noarch", "typing_extensions-4.11.0-pyha770c72_0", ".conda", ["python >=3.8"]),
    ("noarch", "typing-extensions-4.11.0-hd8ed1ab_0", ".conda", ["typing_extensions ==4.11.0"]),
    ("noarch", "iniconfig-2.0.0-pyhd8ed1ab_0", ".tar.bz2", ["python >=3.7"]),
    ("noarch", "pytest-8.2.0-pyhd8ed1ab_0", ".conda", ["python >=3.8", "iniconfig"]),
)
WHEEL = "https://files.example.com/six-1.16.0-py2.py3-none-any.whl"


def make_channel(folder: Path) -> None:
    for subdir in (*PLATFORMS, "noarch"):
        repodata: dict[str, Any] = {"info": {"subdir": subdir}, "packages": {}, "packages.conda": {}}
        for place, stem, end, depends in PACKAGES:
            if place == subdir:
                kind = "packages.conda" if end == ".conda" else "packages"
                repodata[kind][f"{stem}{end}"] = record(subdir, stem, end, depends)
        (folder / subdir).mkdir(parents=True)
        (folder / subdir / "repodata.json").write_text(json.dumps(repodata))


def record(subdir: str, stem: str, end: str, depends: list[str]) -> dict[str, Any]:
    name, version, build = stem.rsplit("-", 2)
    number = build.rsplit("_", 1)[-1]
    return {
        "name": name,
        "version": version,
        "build": build,
        "build_number": int(number) if number.isdigit() else 0,
        "subdir": subdir,
        "depends": depends,
        "sha256": hashlib.sha256(f"{stem}{end}".encode()).hexdigest(),
        "md5": hashlib.md5(f"{stem}{end}".encode()).hexdigest(),
        "size": 1000,
        "timestamp": 1714000000000,
        **({"noarch": "python"} if build.startswith("py") and subdir == "noarch" else {}),
    }


async def solve(folder: Path) -> None:
    """Solve every environment for every platform; keep the records for the other steps."""
    import rattler  # type: ignore[import-not-found]  # of its own venv

    make_channel(folder / "forge")
    records: dict[str, dict[str, list[Any]]] = {}
    for environment, specs in ENVIRONMENTS.items():
        for platform in PLATFORMS:
            found = await rattler.solve(
                [rattler.Channel((folder / "forge").as_uri())],
                specs,
                platforms=[rattler.Subdir(platform), rattler.Subdir("noarch")],
            )
            solved = [json.loads(each.to_json()) for each in found]
            for each in solved:
                each["url"] = f"{CHANNEL}/{each['subdir']}/{each['fn']}"
                each["channel"] = CHANNEL
            records.setdefault(environment, {})[platform] = solved
    (folder / "records.json").write_text(json.dumps(records))
    write_new_pixi(records, {"pixi-7.lock": ["default", "test"], "pixi-single-7.lock": ["default"]})
    rattler.LockFile.from_path(CORPUS / "mixed-6.lock").to_path(CORPUS / "mixed-7.lock")
    write_conda_lock(records)


def write_new_pixi(records: dict[str, dict[str, list[Any]]], locks: dict[str, list[str]]) -> None:
    from rattler import LockFile
    from rattler.lock import LockChannel, LockPlatform  # type: ignore[import-not-found]  # of its own venv
    from rattler.package.build_string import BuildString  # type: ignore[import-not-found]  # of its own venv

    for name, environments in locks.items():
        lock = LockFile([LockPlatform(each) for each in PLATFORMS])
        for environment in environments:
            lock.set_channels(environment, [LockChannel(f"{CHANNEL}/")])
            for platform, solved in records[environment].items():
                for each in solved:
                    lock.add_conda_package(environment, LockPlatform(platform), rattler_record(each, BuildString))
        lock.to_path(CORPUS / name)


def write_old_pixi(folder: Path, version: str) -> None:
    from rattler import Channel, LockFile, Platform
    from rattler.lock import Environment

    environments = {}
    for environment, platforms in json.loads((folder / "records.json").read_text()).items():
        required = {
            Platform(name): [rattler_record(each, str) for each in solved] for name, solved in platforms.items()
        }
        channels = () if version == "5" else ([Channel(CHANNEL)],)
        environments[environment] = Environment(environment, required, *channels)
    LockFile(environments).to_path(CORPUS / f"pixi-{version}.lock")


def rattler_record(solved: dict[str, Any], build: Callable[[str], Any]) -> Any:
    from rattler import PackageRecord, RepoDataRecord

    package = PackageRecord(
        name=solved["name"],
        version=solved["version"],
        build=build(solved["build"]),
        build_number=solved["build_number"],
        subdir=solved["subdir"],
        arch=None,
        platform=None,
        sha256=bytes.fromhex(solved["sha256"]),
        md5=bytes.fromhex(solved["md5"]),
        depends=solved["depends"],
    )
    return RepoDataRecord(package, solved["fn"], solved["url"], CHANNEL)


def write_conda_lock(records: dict[str, dict[str, list[Any]]]) -> None:
    from conda_lock.lockfile import write_conda_lock_file  # type: ignore[import-not-found]  # of its own venv
    from conda_lock.lockfile.v2prelim.models import HashModel, LockedDependency, Lockfile, LockMeta  # type: ignore[import-not-found]  # of its own venv
    from conda_lock.models.channel import Channel  # type: ignore[import-not-found]  # of its own venv

    def made(each: dict[str, Any], platform: str, categories: set[str]) -> LockedDependency:
        return LockedDependency(
            name=each["name"],
            version=each["version"],
            manager=each.get("manager", "conda"),
            platform=platform,
            dependencies=dict(depend.partition(" ")[::2] for depend in each.get("depends", [])),
            url=each["url"],
            hash=HashModel(md5=each.get("md5"), sha256=each["sha256"]),
            categories=categories,
        )

    packages = []
    for platform in PLATFORMS:
        main = {each["fn"] for each in records["default"][platform]}
        packages += [
            made(each, platform, {"main"} if each["fn"] in main else {"dev", "qa"})
            for each in records["test"][platform]
        ]
        six = {"name": "six", "version": "1.16.0", "manager": "pip", "url": WHEEL, "sha256": "6" * 64}
        packages.append(made(six, platform, {"main"}))
    metadata = LockMeta(
        content_hash=dict.fromkeys(PLATFORMS, "c" * 64),
        channels=[Channel.from_string("forge")],
        platforms=list(PLATFORMS),
        sources=["environment.yml"],
    )
    write_conda_lock_file(Lockfile(package=packages, metadata=metadata), CORPUS / "conda-lock.yml", None)


def read_all() -> None:
    """Write what py-rattler reads in each pixi.lock, for each environment and platform."""
    import rattler

    for path in sorted(CORPUS.glob("*.lock")):
        lock = rattler.LockFile.from_path(path)
        read = {
            name: {
                platform.name: sorted((shown(each) for each in environment.packages(platform) or []), key=str)
                for platform in environment.platforms()
            }
            for name, environment in lock.environments()
        }
        path.with_suffix(".json").write_text(json.dumps(read, indent=1, sort_keys=True) + "\n")


def shown(package: Any) -> dict[str, Any]:
    record = getattr(package, "package_record", None)
    return {
        "name": package.name if record is None else record.name.source,
        "version": None if package.version is None else str(package.version),
        "build": None if record is None else str(record.build),
        "location": package.location,
        "sha256": sha256_of(package),
    }


def sha256_of(package: Any) -> str | None:
    try:
        return str(package.hashes.sha256.hex())
    except AttributeError:
        # py-rattler 0.28.0 fails so where there is none.
        return None


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["solve", where]:
            asyncio.run(solve(Path(where)))
        case ["old", where, made_by]:
            write_old_pixi(Path(where), made_by)
        case ["read"]:
            read_all()
        case _:
            sys.exit(__doc__)

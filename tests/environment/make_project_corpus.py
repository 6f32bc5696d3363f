"""Makes the corpus of project locks, with the real tools under Python 3.11.

    pip install uv==0.13.9 poetry==2.5.1 poetry-plugin-export==1.10.0 pdm==2.26.2 'unearth<0.18.3' 'hishel<1' \
        pip-tools==7.6.2 hatchling
    python tests/environment/make_project_corpus.py

One graph in the locks and exports of every tool, so that they can be compared; a project whose extras exclude each
other; and two workspaces. The versions of what is not pinned here are those of the day it was run; no test asks for
them. Options of a configuration would end up in the locks, so that the tools are run without one. Whose index it was is
no part of the corpus: the tests put pip's default in the place of `https://default.example.com/simple`.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from pip._internal.models.index import PyPI

CORPUS = Path(__file__).parent / "corpus_projects"
PRICING = """\
[project]
name = "pricing"
version = "1.0"
requires-python = ">=3.10,<4"
dependencies = [
  "click==8.1.7",
  "redis==5.0.4",
  "tqdm==4.67.1",
  "httpx[http2]==0.27.2",
  "importlib-metadata==8.5.0; python_version < '3.12'",
  "tzdata==2024.2; sys_platform == 'win32'",
]

[project.optional-dependencies]
serve = ["uvicorn==0.30.0"]
plot = ["rich==13.9.4", "tabulate==0.9.0"]
tables = ["tabulate==0.9.0"]

[dependency-groups]
dev = ["pytest==8.3.4"]
lint = ["pyflakes==3.2.0", { include-group = "dev" }]
"""
# Poetry reads its default index by an API of its own; as a named source it is read as any index.
POETRY = f"""
[tool.poetry]
package-mode = false

[[tool.poetry.source]]
name = "mirror"
url = "{PyPI.simple_url}/"
priority = "primary"
"""
CONFLICTS = """\
[project]
name = "proj"
version = "1.0"
requires-python = ">=3.10"
dependencies = ["click==8.1.7", "tabulate==0.9.0"]

[project.optional-dependencies]
cpu = ["idna==3.9"]
cu = ["idna==3.10"]
all = ["proj[cpu]", "tqdm==4.67.1"]

[dependency-groups]
dev = ["iniconfig==2.0.0", "proj[cpu]"]
old = ["iniconfig==1.1.1"]

[tool.uv]
conflicts = [
  [{ extra = "cpu" }, { extra = "cu" }],
  [{ extra = "all" }, { extra = "cu" }],
  [{ extra = "cu" }, { group = "dev" }],
  [{ group = "dev" }, { group = "old" }],
]
"""
WORKSPACE = """\
[project]
name = "root"
version = "1.0"
requires-python = ">=3.10"
dependencies = ["member-b[fast]", "idna==3.10", "repository", "wheel-alone"]

[project.optional-dependencies]
x = ["click==8.1.7"]

[dependency-groups]
dev = ["member-b[cpu]", "root[x]"]

[tool.uv.workspace]
members = ["packages/*"]

[tool.uv.sources]
member-b = { workspace = true }
repository = { git = "file://REPOSITORY", rev = "main", subdirectory = "sub" }
wheel-alone = { path = "wheel_alone-1.0-py3-none-any.whl" }
"""
MEMBER = """\
[project]
name = "member-{name}"
version = "2.0"
requires-python = ">=3.10"
dependencies = [{dependencies}]
"""
MEMBER_EXTRAS = """
[project.optional-dependencies]
fast = ["tqdm==4.67.1"]
cpu = ["zipp==3.20.0"]

[tool.uv]
package = false
"""
VIRTUAL = """\
[tool.uv.workspace]
members = ["packages/*"]

[dependency-groups]
dev = ["iniconfig==2.0.0; python_version < '3.12'", "iniconfig==2.1.0; python_version >= '3.12'"]
"""
REPOSITORY = """\
[project]
name = "repository"
version = "1.0"
dependencies = ["iniconfig==2.0.0"]

[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[tool.hatch.build.targets.wheel]
bypass-selection = true
"""
VARIOUS = """\
[tool.poetry.dependencies]
python = "^3.11 || ~3.10"
idna = { version = "3.10", optional = true }
zipp = { version = "3.20.0", optional = true }
tabulate = [{ version = "0.9.0", python = "<3.12" }, { version = "0.8.10", python = ">=3.12" }]
wheel-alone = { path = "wheel_alone-1.0-py3-none-any.whl" }
repository = { git = "file://REPOSITORY", rev = "main", subdirectory = "sub" }
member-b = { path = "b", develop = true }

[tool.poetry.extras]
z = ["zipp"]
"""
# The names of files and the options behind which a tool exports the same: no extra and its default groups; no group;
# several extras with all groups.
UV = {"default": "", "production": "--no-dev", "chosen": "--extra serve --extra plot --group lint"}
POETRY_SELECTIONS = {"default": "", "chosen": "-E serve -E plot --with dev,lint"}
PDM = {"default": "--prod", "chosen": "-G serve -G plot -G dev -G lint"}


def make(folder: Path) -> None:
    make_pricing(folder)
    make_conflicts(folder)
    repository = make_repository(folder / "sources/repository")
    make_workspace(folder, repository)
    make_virtual(folder)
    make_various(folder, repository)


def make_pricing(folder: Path) -> None:
    uv = project(folder / "uv", PRICING)
    run(uv, "uv lock -q")
    export_by_uv(uv, UV)
    run(uv, "pip-compile -q --generate-hashes --strip-extras --output-file=pip-compile.txt pyproject.toml")
    poetry = project(folder / "poetry", PRICING + POETRY)
    run(poetry, "poetry lock -q")
    for name, options in POETRY_SELECTIONS.items():
        run(poetry, f"poetry export -q -o {name}.txt", options)
    pdm = project(folder / "pdm", PRICING)
    run(pdm, f"pdm use -q -f {sys.executable}")
    run(pdm, "pdm lock -q -G :all")
    run(pdm, "pdm export -f pylock -G :all -o pylock.toml")
    for name, options in PDM.items():
        run(pdm, f"pdm export -f requirements -o {name}.txt", options)


def make_conflicts(folder: Path) -> None:
    conflicts = project(folder / "conflicts", CONFLICTS)
    run(conflicts, "uv lock -q")
    selections = {"default": "", "cpu": "--extra cpu", "cu": "--extra cu --no-dev", "all": "--extra all"}
    export_by_uv(conflicts, {**selections, "old": "--no-dev --group old"})


def make_repository(folder: Path) -> Path:
    sub = project(folder / "sub", REPOSITORY)
    run(sub, "git init -q -b main ..")
    run(sub, "git add .")
    run(sub, "git -c user.name=gatekeeper -c user.email=gatekeeper@example.com commit -q -m sub")
    return folder


def make_workspace(folder: Path, repository: Path) -> None:
    workspace = project(folder / "workspace", WORKSPACE.replace("REPOSITORY", str(repository)))
    project(workspace / "packages/b", MEMBER.format(name="b", dependencies='"click==8.1.7"') + MEMBER_EXTRAS)
    project(workspace / "packages/c", MEMBER.format(name="c", dependencies='"tabulate==0.9.0"'))
    make_wheel(workspace / "wheel_alone-1.0-py3-none-any.whl")
    run(workspace, "uv lock -q")
    export_by_uv(workspace, {"default": "", "production": "--no-dev"})


def make_virtual(folder: Path) -> None:
    virtual = project(folder / "virtual", VIRTUAL)
    dependencies = '"member-b[fast]", "idna==3.10"'
    source = "\n[tool.uv.sources]\nmember-b = { workspace = true }\n"
    project(virtual / "packages/a", MEMBER.format(name="a", dependencies=dependencies) + source)
    project(virtual / "packages/b", MEMBER.format(name="b", dependencies='"click==8.1.7"') + MEMBER_EXTRAS)
    run(virtual, "uv lock -q")
    export_by_uv(virtual, {"default": "", "production": "--no-dev", "cpu": "--extra cpu"})


def make_various(folder: Path, repository: Path) -> None:
    various = project(folder / "various", POETRY + VARIOUS.replace("REPOSITORY", str(repository)))
    build_system = REPOSITORY[REPOSITORY.index("[build-system]") :]
    project(various / "b", MEMBER.format(name="b", dependencies="") + build_system)
    make_wheel(various / "wheel_alone-1.0-py3-none-any.whl")
    run(various, "poetry lock -q")


def make_wheel(path: Path) -> None:
    files = {
        "wheel_alone/__init__.py": "",
        "wheel_alone-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: wheel-alone\nVersion: 1.0\n",
        "wheel_alone-1.0.dist-info/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(f"{name},,\n" for name in (*files, "wheel_alone-1.0.dist-info/RECORD"))
    with zipfile.ZipFile(path, "w") as wheel:
        for name, content in (*files.items(), ("wheel_alone-1.0.dist-info/RECORD", record)):
            wheel.writestr(zipfile.ZipInfo(name), content)


def export_by_uv(folder: Path, selections: dict[str, str]) -> None:
    for name, options in selections.items():
        run(folder, f"uv export -q --format requirements.txt --no-emit-project -o {name}.txt", options)
        run(folder, f"uv export -q --format pylock.toml --no-emit-project -o pylock.{name}.toml", options)


def project(folder: Path, content: str) -> Path:
    folder.mkdir(parents=True)
    (folder / "pyproject.toml").write_text(content)
    return folder


def run(folder: Path, *command: str) -> None:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "UV_", "PDM_"))}
    tools = f"{Path(sys.executable).parent}{os.pathsep}{kept.get('PATH', '')}"
    own = {"PIP_CONFIG_FILE": os.devnull, "UV_NO_CONFIG": "1", "POETRY_VIRTUALENVS_CREATE": "false"}
    environment = {**kept, **own, "PATH": tools, "PDM_CHECK_UPDATE": "false"}
    subprocess.run(" ".join(command).split(), cwd=folder, env=environment, check=True)


def without_hosts(content: bytes) -> bytes:
    """Return the lock with the default index and every other place behind names that are nobody's."""
    content = re.sub(rb'file://[^"#?@]*/repository', b"https://git.example.com/repository", content)
    content = re.sub(rb"https://(?!git\.example)[^/\"]+/simple", b"https://default.example.com/simple", content)
    return re.sub(rb'https://(?!(?:git|default)\.example)[^/"]+/', b"https://files.example.com/", content)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as made:
        make(Path(made))
        for lock in sorted([*Path(made).glob("*/*.txt"), *Path(made).glob("*/*.lock"), *Path(made).glob("*/pylock*")]):
            if lock.name != "pdm.lock":
                kept = CORPUS / lock.relative_to(made)
                kept.parent.mkdir(parents=True, exist_ok=True)
                kept.write_bytes(without_hosts(lock.read_bytes()))

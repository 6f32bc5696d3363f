"""Makes the corpus of inventories, with the real tools under Python 3.11, each over one small environment.

    pip install uv==0.13.9 cyclonedx-bom==7.5.0 sbom4python==0.12.6
    python tests/environment/make_inventory_corpus.py

Hosts become example.com, the folder it ran in becomes /srv/pricing, and what `pip inspect` and the SBOMs tell of
descriptions, authors and licences is left out: nothing of it is a fact that is read.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

CORPUS = Path(__file__).parent / "corpus_inventories"
PROJECT = """\
[project]
name = "pricing"
version = "1.0"
requires-python = ">=3.10"
dependencies = ["click==8.1.7", "redis==5.0.4", "joblib==1.4.2", "colorama==0.4.6; sys_platform == 'win32'"]

[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"
"""
LOCK = "locked.txt"
# Everything else in it is of no use to a test, and some of it is long, personal or of the day.
KEPT = frozenset({
     "SPDXID", "alg", "algorithm", "bom-ref", "bomFormat", "checksumValue", "checksums", "comment", "commit_id",
     "component", "components", "content", "dir_info", "direct_url", "distribution", "downloadLocation", "editable",
     "environment", "externalReferences", "externalRefs", "filesAnalyzed", "hashes", "implementation_name",
     "implementation_version", "installed", "installer", "metadata", "metadata_location", "metadata_version", "name",
     "os_name", "packageFileName", "packages", "pip_version", "platform_machine", "platform_python_implementation",
     "platform_system", "primaryPackagePurpose", "properties", "purl", "python_full_version", "python_version",
     "referenceCategory", "referenceLocator", "referenceType", "requested", "spdxVersion", "specVersion",
     "sys_platform", "type", "url", "value", "version", "versionInfo",
})  # fmt: skip


def make(folder: Path) -> None:
    (folder / "pyproject.toml").write_text(PROJECT)
    (folder / "pricing").mkdir()
    (folder / "pricing" / "__init__.py").write_text("")
    export = "uv export --quiet --no-emit-project"
    run(folder, f"{export} --format requirements.txt -o {LOCK}")
    run(folder, f"{export} --format cyclonedx1.5 -o uv.cdx.json")
    run(folder, "uv venv --quiet environment")
    run(folder, f"uv pip install --quiet --python environment pip -r {LOCK}")
    run(folder, "environment/bin/python -m pip install --quiet --no-deps --editable .")
    for name, command in {"pip-inspect.json": "inspect", "pip-freeze.txt": "freeze"}.items():
        (folder / name).write_bytes(run(folder, f"environment/bin/python -m pip {command}"))
    run(folder, "cyclonedx-py environment environment --output-format JSON -o environment.cdx.json")
    run(folder, f"cyclonedx-py requirements {LOCK} --output-format JSON -o requirements.cdx.json")
    run(folder, "cyclonedx-py environment environment --output-format XML -o environment.cdx.xml")
    (folder / "plain.txt").write_text("click==8.1.7\njoblib==1.4.2\nredis==5.0.4\n")
    for form, name in {"json": "requirements.spdx.json", "tag": "requirements.spdx"}.items():
        run(folder, f"sbom4python -r plain.txt --sbom spdx --format {form} -o {name}")


def run(folder: Path, command: str) -> bytes:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "UV_"))}
    tools = f"{Path(sys.executable).parent}{os.pathsep}{kept.get('PATH', '')}"
    environment = {**kept, "PATH": tools, "PIP_CONFIG_FILE": os.devnull, "UV_NO_CONFIG": "1"}
    return subprocess.run(command.split(), cwd=folder, env=environment, check=True, stdout=subprocess.PIPE).stdout


def without_host_and_folder(text: str, folder: Path) -> str:
    return re.sub(
        r"https?://(?!cyclonedx\.org)[^/\"'\s<>)]+", "https://example.com", text.replace(str(folder), "/srv/pricing")
    )


def trimmed(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: trimmed(each) for key, each in value.items() if key in KEPT}
    if isinstance(value, list):
        return [trimmed(each) for each in value]
    return value


def facts_of(name: str, text: str) -> str:
    if name.endswith(".json"):
        return json.dumps(trimmed(json.loads(text)), indent=1) + "\n"
    # Of the forms that are refused the first lines are enough.
    return text if name.endswith(".txt") else text[:300].rpartition("\n")[0] + "\n"


if __name__ == "__main__":
    CORPUS.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as made:
        work = Path(made).resolve()
        make(work)
        for each in sorted([*work.glob("*.json"), *work.glob("*.xml"), *work.glob("*.spdx"), work / "pip-freeze.txt"]):
            clean = without_host_and_folder(each.read_text(), work)
            (CORPUS / each.name).write_text(facts_of(each.name, clean))

"""Pieces of the examples of this check: Dockerfiles, and a receipt with all that it names."""

from __future__ import annotations

import hashlib

from gatekeeper.model import Example
from gatekeeper_checks._samples import SIX, SIX_NEWER, Later

INDEX = "sha256:1b0d9c66a5c3b1d4f5e7a3f4a8a2c7a3d9d1b7c5e6f80123456789abcdef0123"
ARM64 = "sha256:7f3b2d5e9a1c4b6d8f0e2a4c6b8d0f1e3a5c7b9d1f2e4a6c8b0d2f4e6a8c0b1d"
DOCKERFILE = f"""\
FROM python:3.11-slim@{INDEX}
COPY production.lock /tmp/
RUN pip install --require-hashes -r /tmp/production.lock
"""
PROJECT_IMAGE = f"""\
FROM python:3.11-slim@{INDEX}
WORKDIR /app
COPY pyproject.toml uv.lock ./
RUN uv sync --locked --no-install-project"""
_SIX_HASH = "sha256:8abb2f1d86890a2dfb989f9a77cfcfd3e47c2a354b01111771326f8aa26e0254"
PROJECT_LOCK = f"""\
version = 1
revision = 3
requires-python = ">=3.11"

[[package]]
name = "pricing"
version = "1.0"
source = {{ virtual = "." }}
dependencies = [{{ name = "six" }}]

[package.optional-dependencies]
more = [{{ name = "six" }}]

[package.metadata]
requires-dist = [
    {{ name = "six", specifier = "==1.16.0" }},
    {{ name = "six", marker = "extra == 'more'", specifier = "==1.16.0" }},
]
provides-extras = ["more"]

[[package]]
name = "six"
version = "1.16.0"
source = {{ registry = "https://example.com/simple" }}
wheels = [
    {{ url = "https://example.com/six-1.16.0-py2.py3-none-any.whl", hash = "{_SIX_HASH}" }},
]
"""
IMAGE = """\
schema: gatekeeper/candidate@1
name: pricing
environment:
  production: production.lock
  target: cp311-linux_x86_64
  dockerfile: Dockerfile
"""
HELD = """\
schema: gatekeeper/candidate@1
name: pricing
environment:
  production: production.lock
  target: cp311-linux_x86_64
  holds:
    six: {{version: "1.16.0", until: "{until}", reason: "1.17 breaks the old nodes"}}
"""
CHANGED = """\
schema: gatekeeper/candidate@1
name: pricing
artifacts: [model.pkl]
environment:
  production: production.lock
  approved: approved.lock
  target: cp311-linux_x86_64
"""
WITH_RECEIPT = CHANGED + "  receipt: receipt.json\n  integration: {required: required-tests.txt}\n"
REQUIRED = "tests/test_price.py::test_holiday\ntests/test_price.py::test_region\n"
MODEL = b"\x80\x04]."
_TARGET = "cp311-linux_x86_64"


def image(dockerfile: str, policy: str = "") -> Example:
    """Return a candidate with a Dockerfile; `policy` is added to `environment`."""
    return Example(files={"gatekeeper.yaml": IMAGE + policy, "production.lock": SIX, "Dockerfile": dockerfile})


def project_image(dockerfile: str) -> Example:
    """Return a candidate whose lock is that of a project with an extra, and which declares no group."""
    policy = IMAGE.replace("production.lock", "uv.lock") + "  groups: none\n"
    return Example(files={"gatekeeper.yaml": policy, "uv.lock": PROJECT_LOCK, "Dockerfile": dockerfile})


def held(lock: str, until: str) -> Example:
    """Return a candidate that holds six at 1.16.0."""
    return Example(files={"gatekeeper.yaml": HELD.format(until=until), "production.lock": lock})


def junit(*cases: str, **counts: int) -> str:
    """Return a report as pytest writes it; each case is a name, or a name and an element such as `failure`."""
    counted = " ".join(f'{key}="{value}"' for key, value in {"tests": len(cases), **counts}.items())
    lines = []
    for case in cases:
        name, _, element = case.partition(" ")
        inside = f"><{element}/></testcase>" if element else "/>"
        lines.append(f'    <testcase classname="tests.test_price" name="{name}"{inside}\n')
    return f'<testsuites>\n  <testsuite name="pytest" {counted}>\n{"".join(lines)}  </testsuite>\n</testsuites>\n'


def _receipt(report: str, version: str, *, passed: bool) -> str:
    """Return a receipt of a report for SIX_NEWER, measured where six had a version."""
    # What writes receipts is imported when somebody looks at the example: no run of the check needs it.
    from gatekeeper.environment.identity import environment_hash  # noqa: PLC0415 - see above
    from gatekeeper.environment.receipt.measurement import canonical_probe  # noqa: PLC0415 - see above
    from gatekeeper.environment.receipt.statement import Named, Receipt, write_receipt  # noqa: PLC0415 - see above
    from gatekeeper.environment.requirements.parser import parse_requirements  # noqa: PLC0415 - see above
    from gatekeeper.environment.target import parse_target  # noqa: PLC0415 - see above

    probe = (
        '{"schema": "gatekeeper/probe@1", "deep": false, "runtime": {"python": "3.11.9"}, "anomalies": [],'
        f' "distributions": [{{"name": "six", "version": "{version}"}}]}}'
    )
    ids = (f"tests.test_price::{name}" for name in ("test_holiday", "test_region") if f'"{name}"/' in report)
    written = Receipt(
        artifacts=(Named(path="model.pkl", sha256=_sha256(MODEL)),),
        environment=environment_hash(parse_requirements(SIX_NEWER), parse_target(_TARGET)),
        target=_TARGET,
        passed=passed,
        lock="production.lock",
        junit=Named(path="junit.xml", sha256=_sha256(report.encode())),
        tests=None,
        required=Named(path="required-tests.txt", sha256=_sha256(REQUIRED.encode())),
        probe=canonical_probe(probe),
        passed_tests=tuple(ids),
        failed_tests=(),
    )
    return write_receipt(written).decode()


def changed(report: str | None = None, *, version: str = "1.17.0", passed: bool = True) -> Example:
    """Return a candidate whose six went from 1.16.0 to 1.17.0; with a report, also with a receipt of it."""
    files: dict[str, str | bytes] = {
        "gatekeeper.yaml": CHANGED if report is None else WITH_RECEIPT,
        "approved.lock": SIX,
        "production.lock": SIX_NEWER,
        "model.pkl": MODEL,
    }
    notes = {"model.pkl": "an empty list, pickled"}
    if report is None:
        return Example(files=files, notes=notes)
    files |= {"required-tests.txt": REQUIRED, "junit.xml": report}
    made = Later(lambda: {**files, "receipt.json": _receipt(report, version, passed=passed)})
    return Example(files=made, notes=notes)


def unchanged() -> Example:
    """Return a candidate whose lock is another text for what was approved."""
    files: dict[str, str | bytes] = {
        "gatekeeper.yaml": CHANGED,
        "approved.lock": SIX,
        "production.lock": "# compiled again\n" + SIX,
        "model.pkl": MODEL,
    }
    return Example(files=files, notes={"model.pkl": "an empty list, pickled"})


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()

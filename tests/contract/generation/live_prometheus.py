"""A Prometheus of one's own: filled with scrapes and with what the recording rules make of them, and then asked."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from gatekeeper.contract.observability.trees import metrics, parse

_PATIENCE: Final = 60
"""Seconds until a Prometheus that was started must answer."""
_DIRECT: Final = urllib.request.build_opener(urllib.request.ProxyHandler({}))

Labels = tuple[tuple[str, str], ...]
Samples = list[tuple[float, float]]


def prometheus() -> str:
    """Return its path; without it the test fails, for CI promises it."""
    found = os.environ.get("PROMETHEUS") or shutil.which("prometheus")
    assert found, "prometheus is not there: apt-get install prometheus, or set PROMETHEUS"
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Programs:
    """Where the two programs of Debian's package are."""

    prometheus: str
    promtool: str


@dataclass(frozen=True, slots=True)
class Server:
    """A Prometheus that answers."""

    url: str

    def range(self, expr: str, start: int, end: int, step: int) -> dict[Labels, Samples]:
        """Return the series of an expression, each with its samples; a number that is none is NaN."""
        asked = {"query": expr, "start": start, "end": end, "step": step}
        body = urllib.parse.urlencode(asked).encode()
        try:
            with _DIRECT.open(f"{self.url}/api/v1/query_range", body, timeout=120) as answer:
                result = json.load(answer)["data"]["result"]
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{expr}: {error.read().decode()}") from error
        return {_labels(each["metric"]): [(at, float(value)) for at, value in each["values"]] for each in result}


def _labels(metric: Mapping[str, str]) -> Labels:
    return tuple(sorted(metric.items()))


@contextmanager
def running(program: str, folder: Path) -> Iterator[Server]:
    """Run a Prometheus on the blocks of `folder/data`, which scrapes nothing, until the block ends."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    config = folder / "prometheus.yml"
    config.write_text("global: {}\n")
    command = [
        program,
        f"--config.file={config}",
        f"--storage.tsdb.path={folder / 'data'}",
        "--storage.tsdb.retention.time=100y",
        f"--web.listen-address={address}",
        "--log.level=warn",
    ]
    log = folder / "prometheus.log"
    with log.open("a") as told, subprocess.Popen(command, cwd=folder, stdout=told, stderr=told) as process:
        try:
            _wait(f"http://{address}/-/ready", process, log)
            yield Server(f"http://{address}")
        finally:
            process.terminate()


def _wait(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + _PATIENCE
    while time.monotonic() < end and process.poll() is None:
        try:
            with _DIRECT.open(url, timeout=5):
                return
        except OSError:
            time.sleep(0.1)
    raise AssertionError(f"prometheus does not answer at {url}:\n{log.read_text()[-2000:]}")


def backfill(programs: Programs, folder: Path, scrapes: Path) -> None:
    """Make blocks of scrapes that are written as OpenMetrics."""
    _promtool(programs, folder, "tsdb", "create-blocks-from", "openmetrics", "--quiet", str(scrapes), "data")


def record(programs: Programs, folder: Path, rules: Mapping[str, Any], span: tuple[int, int], step: int) -> None:
    """Evaluate the recording rules over a span, every `step` seconds, and keep what they give.

    promtool evaluates all rules of a file over what is there already: a rule that uses another needs another pass. When
    it does so within a step follows from the names of file and group; they are the same for all passes, so that each
    rule sees what the others gave at that very moment, as in a Prometheus.
    """
    file = folder / "recorded.yaml"
    for together in levels([rule for group in rules["groups"] for rule in group["rules"]]):
        file.write_text(yaml.safe_dump({"groups": [{"name": "recorded", "rules": together}]}))
        with running(programs.prometheus, folder) as server:
            begin, end = span
            _promtool(
                programs,
                folder,
                *("tsdb", "create-blocks-from", "rules", "--quiet", f"--url={server.url}"),
                *(f"--start={begin}", f"--end={end}", f"--eval-interval={step}s", "--output-dir=data", file.name),
            )


def levels(rules: Sequence[Mapping[str, Any]]) -> list[list[dict[str, Any]]]:
    """Return the recording rules in passes: each uses what was recorded in a pass before, or nothing recorded."""
    left = {rule["record"]: dict(rule) for rule in rules if "record" in rule}
    uses = {name: set(metrics(parse(rule["expr"]))) & left.keys() for name, rule in left.items()}
    passes: list[list[dict[str, Any]]] = []
    while left:
        ready = [name for name in left if not uses[name] & left.keys()]
        assert ready, f"these rules use each other: {sorted(left)}"
        passes.append([left.pop(name) for name in ready])
    return passes


def _promtool(programs: Programs, folder: Path, *arguments: str) -> None:
    command = [programs.promtool, *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{' '.join(command)}:\n{done.stdout[-2000:]}{done.stderr[-2000:]}"

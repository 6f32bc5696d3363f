"""Show what the pricing example's dashboard shows: `python tests/contract/generation/dashboard_picture.py -o FOLDER`.

Some simulated hours go through the generated guard around the example's model: two as in the training year, one as in
the incident's May, a quarter of an hour in which the model gives -0.01 and NaN, and then it is well again. A real
Prometheus is filled with what it would have scraped and with what the generated rules record of that, and is asked for
the expression of every panel and of every alert.

FOLDER gets dashboard.svg, dashboard.png and dashboard.txt, a table of what came back, which is printed, too. The exit
status is 1 where a panel has no data. Needs matplotlib, and `prometheus` and `promtool` of Debian's package prometheus:
on PATH, as $PROMETHEUS and $PROMTOOL, or as options. It takes about a minute and a half.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from tests.contract.generation.live_panels import Evidence, Shown, evidence
from tests.contract.generation.live_prometheus import Programs
from tests.contract.generation.panel_drawing import picture
from tests.contract.generation.simulated_service import day

HOUR: Final = 3600


def table(of: Evidence) -> Iterator[str]:
    """Yield the lines of the table: each expression of each panel, then each alert."""
    yield f"{of.title}: {of.requests:,} requests, scraped every {of.day.scrape} s"
    for name, (begin, end) in of.day.spans.items():
        yield f"  {_clock(begin)} to {_clock(end)}  {name}"
    yield ""
    yield f"{'series':>6} {'samples':>8} {'numbers':>8}  {'range':<20} panel and expression"
    for panel in of.panels:
        limit = "" if panel.limit is None else f" (limit {panel.limit:g})"
        yield f"{'':46} {panel.title}{limit}"
        for shown in panel.shown:
            counts = f"{len(shown.series):>6} {shown.samples:>8,} {len(shown.numbers):>8,}"
            yield f"{counts}  {_range(shown):<20}   {shown.expr}"
    yield ""
    yield f"{'alert':<34} {'for':>6}  fired"
    for alert in of.alerts:
        spans = ", ".join(f"{_clock(begin)} to {_clock(end)}" for begin, end in alert.spans)
        yield f"{alert.title:<34} {alert.hold:>4} s  {spans or 'silent'}"


def _range(shown: Shown) -> str:
    numbers = shown.numbers
    if not numbers:
        return "NO DATA"
    low, high = min(numbers), max(numbers)
    return f"{low:.4g} to {high:.4g}" if low != high else f"{low:.4g} throughout"


def _clock(at: float) -> str:
    return f"{datetime.fromtimestamp(at, UTC):%H:%M:%S}"


def _program(name: str, given: str | None) -> str:
    found = given or os.environ.get(name.upper()) or shutil.which(name)
    if found is None:
        sys.exit(f"{name} is not there: apt-get install prometheus, or say --{name} PATH")
    return str(Path(found).resolve())


def main() -> int:
    """Write the picture and the table; return the exit status."""
    parser = argparse.ArgumentParser(description="Show what the pricing example's generated dashboard shows.")
    parser.add_argument("-o", "--output", type=Path, metavar="FOLDER", required=True, help="what it is written to")
    parser.add_argument("--prometheus", metavar="PATH", help="the program; else $PROMETHEUS, else that on PATH")
    parser.add_argument("--promtool", metavar="PATH", help="the program; else $PROMTOOL, else that on PATH")
    asked = parser.parse_args()
    programs = Programs(
        prometheus=_program("prometheus", asked.prometheus), promtool=_program("promtool", asked.promtool)
    )
    with tempfile.TemporaryDirectory(prefix="dashboard-") as folder:
        story = day(trained=2 * HOUR, may=HOUR, broken=HOUR // 4, recovered=HOUR * 5 // 4)
        of = evidence(story, programs, Path(folder))
    told = "\n".join(table(of)) + "\n"
    asked.output.mkdir(parents=True, exist_ok=True)
    (asked.output / "dashboard.txt").write_text(told, encoding="utf-8")
    (asked.output / "dashboard.svg").write_bytes(picture(of, "svg"))
    (asked.output / "dashboard.png").write_bytes(picture(of, "png"))
    sys.stdout.write(told)
    return 0 if all(shown.numbers for panel in of.panels for shown in panel.shown) else 1


if __name__ == "__main__":
    sys.exit(main())

"""How large pages are and how long they take: `python -m tests.report_page.measure`."""

from __future__ import annotations

import time
import tracemalloc
from functools import partial

from gatekeeper.report import html
from gatekeeper.report.signoff import document, page
from tests.report_page import samples
from tests.report_page.test_size import crowded

ROUNDS = 3


def main() -> None:
    for count in (1_000, 30_000):
        report = crowded(count)
        signoff = samples.signoff(report)
        for name, render in (
            ("report", partial(html.render, report)),
            ("signoff.html", partial(page.render, signoff)),
            ("signoff.json", partial(document.render, signoff)),
        ):
            seconds = []
            for _ in range(ROUNDS):
                started = time.perf_counter()
                size = len(render().encode())
                seconds.append(time.perf_counter() - started)
            tracemalloc.start()
            render()
            peak = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
            print(
                f"{count:>6,} findings  {name:<13} {size:>11,} bytes  {min(seconds):.3f} s  {peak / 1e6:,.0f} MB more"
            )


if __name__ == "__main__":
    main()

"""Write the pages of real runs, and pictures of them: `python -m tests.report_page.pictures FOLDER`.

Both examples are judged under `release` as `gatekeeper signoff` does it, and each page is seen light, dark, on the
narrowest phone and on paper. Beside them stand pages that no example gives: with waivers, undecided, stopped.
"""

from __future__ import annotations

import platform
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from importlib.metadata import distributions
from pathlib import Path

from gatekeeper import __version__
from gatekeeper.cli.candidates import declaration_of
from gatekeeper.cli.judging import Order, Watcher, judge
from gatekeeper.cli.picturing import pictures
from gatekeeper.cli.signing.replayed import Kept
from gatekeeper.cli.signing.replayed import pictures as replayed
from gatekeeper.profiles import PROFILES
from gatekeeper.report import html
from gatekeeper.report.signoff import Artifact, Signoff, page
from gatekeeper_checks import BUILTIN
from tests.conftest import REPOSITORY
from tests.report_page import samples
from tests.report_page.chromium import look
from tests.report_page.test_page import REPORTS

EXAMPLES = ("pricing", "incident-4092x")


def signed_off(root: Path) -> Signoff:
    """Return the sign-off of a real run."""
    kept = Kept()
    order = Order(root=root, profile=PROFILES["release"], checks=BUILTIN)
    report = judge(order, replace(Watcher(), examined=kept.take))
    files = report.subject.files
    return Signoff(
        report=report,
        artifacts=tuple(
            Artifact(path=each.path, sha256=each.sha256, bytes=each.bytes or 0)
            for each in files
            if each.role.startswith("artifacts[") and each.sha256
        ),
        source=None,
        gate={"version": __version__},
        interpreter={"implementation": platform.python_implementation(), "version": platform.python_version()},
        distributions={each.name: each.version for each in distributions()},
        created=datetime.now(UTC),
        command=f"gatekeeper signoff {root.name} --key KEY -o release/",
        pictures=pictures(root, declaration_of(root), files) + replayed(declaration_of(root), kept.data),
    )


def written(folder: Path) -> Iterator[Path]:
    """Write each page into a folder, and yield where it is."""
    sources: dict[str, str] = {}
    for example in EXAMPLES:
        signoff = signed_off(REPOSITORY / "examples" / example)
        sources[f"{example}-signoff"] = page.render(signoff)
        sources[f"{example}-run"] = html.render(signoff.report)
    for name in ("waived", "undecided", "incomplete"):
        sources[f"{name}-signoff"] = page.render(samples.signoff(REPORTS[name]))
    for name, source in sources.items():
        (folder / f"{name}.html").write_text(source, encoding="utf-8")
        yield folder / f"{name}.html"


if __name__ == "__main__":
    target = Path(sys.argv[1])
    for name, found in look([*written(target)], target).items():
        print(name, {scheme: found[scheme]["violations"] for scheme in ("light", "dark")}, found["width"])

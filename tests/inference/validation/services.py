"""The corpus of services and its labels: what the check has to say about each line, against one manifest.

A case is a folder of `corpus/`; a trailing `# expect: CODE, CODE` stands on the line where findings are due, with a
code twice where two are. A line `# entry: MODULE:NAME` names an entry point, as the policy does; `# manifest: none`
says that nothing is declared. From the root, `python -m tests.inference.validation.services` prints what is told and
what is missed.
"""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from gatekeeper.inference.validation import validate_paths
from gatekeeper.inference.validation.comparison import Expected
from gatekeeper_checks.input_validation.judging import judge_validation

CORPUS = Path(__file__).parent / "corpus"
EXPECTED: Mapping[str, Expected] = {
    "region": Expected(kind="category", vocabulary=("east", "north", "south", "west")),
    "unit_cost": Expected(kind="number", low=1, high=500),
    "units": Expected(kind="integer", low=1, high=24),
    "stock": Expected(kind="integer", low=0, high=500, missing="default", default=120),
}
"""What the manifest of all services declares."""

_EXPECT = re.compile(r"#\s*expect:\s*(.*)$")
_ENTRY = re.compile(r"^# entry: (\S+)$", re.MULTILINE)

Labels = Counter[tuple[str, int, str]]
"""Path, line, code: how often it is due."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """A folder of the corpus."""

    folder: Path
    labels: Labels
    entries: tuple[str, ...]
    expected: Mapping[str, Expected] | None

    @property
    def name(self) -> str:
        """The name of the folder: the framework, and what the case is about."""
        return self.folder.name

    def told(self) -> Labels:
        """Return the findings that block, in the form of labels.

        Raises:
            ValueError: a file could not be looked at, or no endpoint asks a model.
        """
        seen = validate_paths([self.folder], root=self.folder, entries=self.entries)
        if seen.flaws or not any(each.asks for each in seen.endpoints):
            raise ValueError(f"{self.name}: {seen.flaws or 'no endpoint asks a model'}")
        return Counter(
            (
                Path(each.finding.at.path).relative_to(self.folder).as_posix(),
                each.finding.at.line or 0,
                each.finding.code,
            )
            for each in judge_validation(seen, self.expected)
            if each.suppressed is None and each.finding.severity.blocks
        )


def _inside(path: str, folder: Path) -> str:
    return Path(path).relative_to(folder).as_posix()


def all_services() -> list[Service]:
    """Return every case of the corpus, by name."""
    return [_service(folder) for folder in sorted(CORPUS.iterdir()) if any(folder.rglob("*.py"))]


def _service(folder: Path) -> Service:
    labels: Labels = Counter()
    entries: list[str] = []
    declared = True
    for file in sorted(folder.rglob("*.py")):
        text = file.read_text(encoding="utf-8")
        entries += _ENTRY.findall(text)
        declared = declared and "# manifest: none" not in text
        for number, line in enumerate(text.splitlines(), start=1):
            if found := _EXPECT.search(line):
                path = file.relative_to(folder).as_posix()
                labels.update((path, number, code) for code in found[1].split(", "))
    return Service(folder=folder, labels=labels, entries=tuple(entries), expected=EXPECTED if declared else None)


def main() -> None:
    """Print what is told of the labelled defects, what is not, and what is told without one."""
    services = all_services()
    right = false = missed = 0
    start = time.perf_counter()
    for each in services:
        told = each.told()
        right += (told & each.labels).total()
        for sign, several in (("+", told - each.labels), ("-", each.labels - told)):
            for (path, line, code), count in sorted(several.items()):
                print(f"{sign} {each.name}/{path}:{line} {code}" + (f" x{count}" if count > 1 else ""))
        false += (told - each.labels).total()
        missed += (each.labels - told).total()
    seconds = time.perf_counter() - start
    correct = sum(not each.labels for each in services)
    print(f"{len(services)} services, {correct} of them right: {right} told, {missed} missed, {false} false alarms")
    print(f"{seconds / len(services) * 1000:.0f} ms a service")


if __name__ == "__main__":
    main()

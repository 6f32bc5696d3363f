"""How right the lint is on the corpus. From the root: `python -m tests.inference.score`.

Precision is the share of what it says that is labelled, recall the share of the labels that it says; a finding at the
right line under another code is one of each kind of error. It measures and does not judge.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from gatekeeper.inference import analyse_paths
from gatekeeper_checks.no_grad.judging import judge_analysis
from tests.inference.labels import Case, Label, all_cases


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """Counts of findings: labelled and told, told without a label, labelled and not told."""

    right: int = 0
    false_alarms: int = 0
    missed: int = 0

    @property
    def precision(self) -> float:
        """The share of what is told that is labelled."""
        return self.right / max(self.right + self.false_alarms, 1)

    @property
    def recall(self) -> float:
        """The share of the labels that is told."""
        return self.right / max(self.right + self.missed, 1)

    def __str__(self) -> str:
        counts = f"{self.right:4} right {self.false_alarms:4} false {self.missed:4} missed"
        return f"{counts}   precision {self.precision:.3f}   recall {self.recall:.3f}"


def told_about(folder: Path, torch: str | None = None) -> frozenset[Label]:
    """Return the findings that block, in the form of labels.

    Raises:
        ValueError: a file could not be looked at, or no entry point was found.
    """
    analysis = analyse_paths([folder], root=folder, torch=torch)
    if analysis.flaws or not analysis.entries:
        raise ValueError(f"{folder.name}: {analysis.flaws or 'no entry point'}")
    return frozenset(
        Label(path=_inside(judged.finding.at.path, folder), line=judged.finding.at.line or 0, code=judged.finding.code)
        for judged in judge_analysis(analysis)
        if judged.suppressed is None and judged.finding.severity.blocks
    )


def scores(cases: Iterable[Case]) -> dict[str, Score]:
    """Return the score of all cases under `all`, and that of each family and each code under its name."""
    right: Counter[str] = Counter()
    false_alarms: Counter[str] = Counter()
    missed: Counter[str] = Counter()
    for case in cases:
        told = told_about(case.folder, case.torch)
        right.update(_names(told & case.labels))
        false_alarms.update(_names(told - case.labels))
        missed.update(_names(case.labels - told))
    return {
        name: Score(right=right[name], false_alarms=false_alarms[name], missed=missed[name])
        for name in sorted({*right, *false_alarms, *missed}, key=lambda each: (each != "all", each))
    }


def table(measured: dict[str, Score]) -> str:
    """Return the scores as text, one line each."""
    return "\n".join(f"{name:40} {score}" for name, score in measured.items())


def _names(labels: Iterable[Label]) -> Iterator[str]:
    for label in labels:
        yield from ("all", label.code.partition("/")[0], label.code)


def _inside(path: str, folder: Path) -> str:
    return Path(path).relative_to(folder).as_posix() if Path(path).is_absolute() else path


if __name__ == "__main__":
    print(table(scores(all_cases())))

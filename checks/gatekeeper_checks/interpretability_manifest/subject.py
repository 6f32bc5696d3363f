"""What is judged: the manifest, and every file of the candidate that it is held against."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gatekeeper.artifact import Artifact
from gatekeeper.candidate import Candidate, Fact
from gatekeeper.contract.baseline.facts import Baseline, Feature
from gatekeeper.contract.manifest.document import Reading
from gatekeeper.contract.manifest.facts import Manifest, Output
from gatekeeper.inquiry import Inquiry
from gatekeeper.model import Location
from gatekeeper_checks._artifacts import examined
from gatekeeper_checks._baselines import sound_baseline
from gatekeeper_checks._golden import Records, golden_records


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """The manifest and what it is held against.

    Attributes:
        path: the manifest's file.
        marks: where its keys stand.
        artifacts: path to facts, for each artifact that could be read.
        model: the path of the artifact that the manifest names; else the only one; None where that is not known.
        baseline: None where there is none, or it does not add up: the check `baseline` tells.
        golden: the golden records and their file; None where none are declared.
    """

    candidate: Candidate
    path: str
    marks: Reading
    manifest: Manifest
    artifacts: Mapping[str, Fact[Artifact]]
    model: str | None
    baseline: Baseline | None
    golden: tuple[str, Fact[Records]] | None

    def at(self, key: str) -> Location:
        """Return where the manifest says something."""
        line, column = self.marks.mark(key)
        return Location(path=self.path, line=line, column=column, key=key or None)

    @property
    def features(self) -> Mapping[str, Feature]:
        """The features of the baseline by name."""
        return {feature.name: feature for feature in self.baseline.features} if self.baseline else {}

    def observed(self, output: Output) -> Feature | None:
        """Return what the model gave on the training data, where the baseline has it and there is one number."""
        if self.baseline is None or output.type != "number" or len(self.manifest.outputs) != 1:
            return None
        return self.baseline.predictions

    def mean(self, output: Output) -> float | None:
        """Return the mean of the model's answers on the training data."""
        observed = self.observed(output)
        return observed.mean if observed is not None else None


def gather(candidate: Candidate, inquiry: Inquiry, path: str, fact: Fact[Reading], manifest: Manifest) -> Subject:
    """Return the subject; what can't be read is noted as an obstacle."""
    policy = candidate.policy
    artifacts: dict[str, Fact[Artifact]] = {}
    for place, each in enumerate(policy.artifacts):
        read = inquiry.attempt(lambda each=each, place=place: examined(candidate, each, f"artifacts[{place}]"))  # type: ignore[misc]
        if read is not None:
            artifacts[each] = read
    named = [each for each, read in artifacts.items() if f"sha256:{read.sha256}" == manifest.model.artifact]
    model = named[0] if named else policy.artifacts[0] if len(policy.artifacts) == 1 else None
    golden = policy.golden
    return Subject(
        candidate=candidate,
        path=path,
        marks=fact.value,
        manifest=manifest,
        artifacts=artifacts,
        model=model if model in artifacts else None,
        baseline=sound_baseline(candidate, inquiry),
        golden=inquiry.attempt(lambda: golden_records(candidate, golden)) if golden else None,
    )

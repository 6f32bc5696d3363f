"""Three frameworks that reviewers ask for, item by item: which checks are evidence, and of what. A table, in own words.

Sources: E. Breck et al., The ML Test Score, IEEE Big Data 2017; Regulation (EU) 2024/1689, Annex IV; NIST AI 100-1,
AI Risk Management Framework 1.0. An item without checks is one that no check of the gate looks at.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

_NOT: Final = "No check looks at it."


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One item of a framework.

    Attributes:
        checks: all that must stand for it; none where nothing of the gate looks at it.
        how: what the checks show, or who has to show it instead.
        in_part: whether they show only a part of it.
    """

    id: str
    title: str
    checks: tuple[str, ...] = ()
    how: str = _NOT
    in_part: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A framework and its items, in its own order."""

    id: str
    title: str
    source: str
    items: tuple[Item, ...]


def _item(id_: str, title: str, checks: str = "", how: str = _NOT, *, whole: bool = False) -> Item:
    return Item(id=id_, title=title, checks=tuple(checks.split()), how=how, in_part=not whole)


_MANIFEST: Final = "interpretability-manifest"

_ML_TEST_SCORE: Final = (
    _item(
        "Data 1",
        "Expectations of the features are written in a schema",
        f"{_MANIFEST} input-validation baseline",
        "The manifest declares domain, unit and default of each input; the service's input model and the training "
        "distribution are held against it.",
        whole=True,
    ),
    _item("Data 2", "Every feature is of use"),
    _item("Data 3", "No feature costs more than it gives"),
    _item("Data 4", "Features keep to the rules about data"),
    _item("Data 5", "The data pipeline protects privacy"),
    _item("Data 6", "A feature can be added quickly"),
    _item(
        "Data 7",
        "The code that makes features is tested",
        "golden-replay",
        "The serving code's features are made anew for each golden record; those of training are not run.",
    ),
    _item(
        "Model 1",
        "Specifications of the model are reviewed and kept",
        f"{_MANIFEST} candidate-declaration",
        "A reviewed manifest, bound to the files by their digests; the training code is not asked for.",
    ),
    _item("Model 2", "Measures offline and online agree"),
    _item("Model 3", "Hyperparameters are tuned"),
    _item(
        "Model 4",
        "The cost of an old model is known",
        "baseline",
        "The age of the training data is limited; what age costs is not measured.",
    ),
    _item("Model 5", "No simpler model is as good"),
    _item("Model 6", "The quality suffices on the slices that matter"),
    _item("Model 7", "The model is tested for fairness"),
    _item(
        "Infra 1",
        "Training can be repeated",
        "environment-parity version-pinning artifact-integrity",
        "The lock and the record of the training run are there; training is not repeated.",
    ),
    _item("Infra 2", "The specification of the model has unit tests"),
    _item(
        "Infra 3",
        "The whole pipeline is tested together",
        "golden-replay",
        "From the request to the answer, in a sandbox; not from the data to the model.",
    ),
    _item(
        "Infra 4",
        "The model's quality is held against a bound before it serves",
        f"golden-replay {_MANIFEST}",
        "Its answers are those that were approved and stay in their range; no error on held-out data is measured.",
    ),
    _item(
        "Infra 5",
        "One answer can be followed step by step",
        _MANIFEST,
        "The explanations that come with the model are worked out again.",
    ),
    _item("Infra 6", "A model meets few requests before it meets all", how="The deployment's business."),
    _item("Infra 7", "A model can be taken back", how="The deployment's business."),
    _item(
        "Monitor 1",
        "Changes in dependencies are told",
        "environment-parity version-pinning",
        "At each release: production installs by hash what training had.",
    ),
    _item(
        "Monitor 2",
        "Inputs keep to the invariants of the data",
        "observability input-validation baseline",
        "Requests are validated, and the deployed drift alerts are those that the manifest and the baseline generate.",
        whole=True,
    ),
    _item(
        "Monitor 3",
        "Training and serving are not skewed",
        "environment-parity golden-replay",
        "The same packages, and the same answers from production's own handler.",
        whole=True,
    ),
    _item("Monitor 4", "The model is not too old", "baseline", "Its training data is not, on the day of the run."),
    _item(
        "Monitor 5",
        "The model is numerically sound",
        f"artifact-integrity {_MANIFEST}",
        "No NaN or infinity in its tensors; its answers are proved or probed to stay in their range.",
        whole=True,
    ),
    _item(
        "Monitor 6",
        "Speed and memory do not get worse",
        "golden-replay no-grad",
        "Memory comes back after many requests; speed is not held against a bound.",
    ),
    _item(
        "Monitor 7",
        "The quality of predictions does not get worse",
        "golden-replay",
        "On the golden records; not on what is served.",
    ),
)

_ANNEX_IV: Final = (
    _item(
        "1 (a)",
        "Purpose, provider and version of the system",
        "candidate-declaration",
        "Name and version of the candidate, each file with its digest; its purpose is the provider's to describe.",
    ),
    _item("1 (b)", "How it works together with other hardware and software"),
    _item(
        "1 (c)",
        "Versions of the software that it needs",
        "environment-parity version-pinning",
        "Every package of production with version and hash, and that training had the same.",
        whole=True,
    ),
    _item("1 (d)", "Forms in which it is placed on the market"),
    _item("1 (e)", "Hardware on which it runs", how="The graphics card of the run is named, where there was one."),
    _item("1 (f)-(h)", "Pictures, user interface, instructions for use"),
    _item("2 (a)", "Methods and steps of development", "artifact-integrity", "Commit, versions and data as recorded."),
    _item("2 (b)-(c)", "Design, architecture, computing power"),
    _item(
        "2 (d)",
        "Data: where from, what it holds, how it was chosen",
        "baseline",
        "The distribution, span and gaps of the training data; not where it comes from, and not its labels.",
    ),
    _item(
        "2 (e)",
        "Human oversight",
        _MANIFEST,
        "Confidence, explanations and kill switches are declared and were tried; people and roles are not known.",
    ),
    _item("2 (f)", "Changes that are planned beforehand"),
    _item(
        "2 (g)",
        "Validation and testing, with dated and signed logs",
        f"golden-replay {_MANIFEST} input-validation no-grad",
        "This report: what was measured, when, on which digests; its statements are signed. Metrics of accuracy and "
        "discrimination are not in it.",
    ),
    _item(
        "2 (h)",
        "Cybersecurity",
        "artifact-integrity version-pinning",
        "The file executes nothing but what was approved; every package is pinned by hash.",
    ),
    _item(
        "3",
        "Monitoring, functioning and control; limits",
        f"{_MANIFEST} observability",
        "The declared domain and range of answers, and the alerts that watch them.",
    ),
    _item("4", "Why the metrics are the right ones"),
    _item("5", "Risk management (Article 9)"),
    _item("6", "Changes over the life of the system"),
    _item("7", "Standards that were applied"),
    _item("8", "EU declaration of conformity"),
    _item(
        "9",
        "Plan for the time on the market (Article 72)",
        "observability baseline",
        "The drift alerts that are deployed; the plan itself is the provider's.",
    ),
)

_NIST: Final = (
    _item(
        "GOVERN 1",
        "Policies and procedures are in place and followed",
        "candidate-declaration",
        "A policy in a file, judged at each release; every exception is a dated waiver with an owner.",
    ),
    _item("GOVERN 2", "Roles and training make people accountable"),
    _item("GOVERN 3", "A diverse workforce decides"),
    _item("GOVERN 4", "A culture that speaks of risk"),
    _item("GOVERN 5", "Those who are concerned are heard"),
    _item(
        "GOVERN 6",
        "Risks of software and data of others",
        "version-pinning artifact-integrity",
        "Packages by hash, images by digest, a model file that runs nothing foreign; licences are not looked at.",
    ),
    _item("MAP 1", "The context is known"),
    _item("MAP 2", "The system is categorised"),
    _item(
        "MAP 3",
        "Capabilities, use, benefit and cost",
        _MANIFEST,
        "What may go in and come out; neither benefit nor cost.",
    ),
    _item(
        "MAP 4",
        "Risks of all components",
        "version-pinning environment-parity artifact-integrity",
        "The packages and the model file.",
    ),
    _item("MAP 5", "Impact on people"),
    _item(
        "MEASURE 1",
        "Methods and metrics are chosen and applied",
        f"baseline golden-replay {_MANIFEST}",
        "Measured values with their bounds, in each check's evidence.",
    ),
    _item(
        "MEASURE 2",
        "Trustworthiness is evaluated",
        f"golden-replay {_MANIFEST} artifact-integrity input-validation no-grad",
        "Valid, reliable, robust and explained, on what was examined; not fairness and not privacy.",
    ),
    _item(
        "MEASURE 3",
        "Risks are followed over time",
        "observability baseline",
        "The deployed alerts are those that were generated, and their alarm was tried.",
    ),
    _item("MEASURE 4", "The measuring itself is questioned"),
    _item(
        "MANAGE 1",
        "Risks are ranked and answered",
        "candidate-declaration",
        "Findings by gravity, one verdict that stops the release.",
    ),
    _item(
        "MANAGE 2",
        "Ways to switch off, and to keep what is of value",
        _MANIFEST,
        "Kill switches are driven over their thresholds and back.",
    ),
    _item("MANAGE 3", "Risks of others are managed", "version-pinning", "What is held back is dated and reasoned."),
    _item("MANAGE 4", "Answers to incidents are documented and watched"),
)

FRAMEWORKS: Final = (
    Table(
        id="ml-test-score",
        title="ML Test Score",
        source="Breck, Cai, Nielsen, Salib, Sculley: The ML Test Score. IEEE Big Data, 2017. 28 tests.",
        items=_ML_TEST_SCORE,
    ),
    Table(
        id="eu-ai-act",
        title="EU AI Act, Annex IV",
        source="Regulation (EU) 2024/1689, technical documentation of Article 11 (1).",
        items=_ANNEX_IV,
    ),
    Table(
        id="nist-ai-rmf",
        title="NIST AI RMF",
        source="NIST AI 100-1, January 2023: functions and categories.",
        items=_NIST,
    ),
)

"""The rules of `candidate-declaration`."""

from __future__ import annotations

from typing import ClassVar

from gatekeeper.model import Example, Rule, Severity
from gatekeeper_checks import _samples

_DECLARED = "schema: gatekeeper/candidate@1\nname: pricing\nartifacts: [model.pkl]\n"
_NOTES = dict.fromkeys(("model.pkl", "backup.pkl"), "a LinearRegression, pickled by scikit-learn 1.4.2")
_MODEL = _samples.estimators("1.4.2")
_COMPLETE = Example(files={"gatekeeper.yaml": _DECLARED, "model.pkl": _MODEL}, notes=_NOTES)


class NoPolicy(Rule):
    """The folder has no gatekeeper.yaml.

    What it checks:
        That the candidate declares itself. Without a policy the gate guesses the parts from the folder's content, runs
        the whole checklist on the guess, and fails.

    Why it matters:
        In incident 4092-X a model was copied to its bucket by hand. Nobody had said which lock it was trained with,
        so nobody could compare it with the one it was served with.

    What it can't see:
        Whether a policy that is there tells the truth; the other checks hold it against the files.

    How to fix:
        Run `gatekeeper init` in the folder, complete the marked lines and commit the file.
    """

    code: ClassVar[str] = "candidate-declaration/no-policy"
    passing: ClassVar[Example] = _COMPLETE
    failing: ClassVar[Example] = Example(files={"model.pkl": _MODEL}, notes=_NOTES)


class NoArtifact(Rule):
    """The policy names no model artifact.

    What it checks:
        That `artifacts` is not empty.

    Why it matters:
        A chain without an artifact judges everything but what goes to production, and looks green.

    What it can't see:
        Whether all artifacts of the service are named; `undeclared-artifact` finds those that lie in the folder.

    How to fix:
        Add `artifacts: [model.joblib]` with the paths of the model files.
    """

    code: ClassVar[str] = "candidate-declaration/no-artifact"
    passing: ClassVar[Example] = _COMPLETE
    failing: ClassVar[Example] = Example(files={"gatekeeper.yaml": "schema: gatekeeper/candidate@1\nname: pricing\n"})


class UndeclaredArtifact(Rule):
    """A model file lies in the folder and the policy does not name it.

    What it checks:
        Every file of the folder is recognised by its content. Those that are model files (pickle, joblib, torch,
        safetensors, ONNX, skops, Keras, GGUF, HDF5) must stand under `artifacts`, or below `golden` or `baseline`.

    Why it matters:
        What is not declared is not judged. A second model beside the first is what a fallback path loads at 3 a.m.

    What it can't see:
        Models inside archives, in bzip2 streams that show nothing in their first 64 KiB, in encrypted files, and what
        the serving code downloads. Arrays (`.npy`, `.npz`) count
        as data. Version control, caches and virtual environments are passed over.

    How to fix:
        Add the file to `artifacts`, or take it out of the candidate.
    """

    code: ClassVar[str] = "candidate-declaration/undeclared-artifact"
    passing: ClassVar[Example] = _COMPLETE
    failing: ClassVar[Example] = Example(
        files={"gatekeeper.yaml": _DECLARED, "model.pkl": _MODEL, "backup.pkl": _MODEL}, notes=_NOTES
    )


class StrayLink(Rule):
    """A symbolic link leaves the candidate's folder or leads nowhere.

    What it checks:
        Every symbolic link below the folder resolves to a file inside it.

    Why it matters:
        What a link points to is not what is shipped, and it can change after the gate has looked.

    What it can't see:
        Hard links and mounts; links inside folders that are passed over (version control, virtual environments).

    How to fix:
        Replace the link by a copy of the file, or remove it.
    """

    code: ClassVar[str] = "candidate-declaration/stray-link"
    passing: ClassVar[Example] = _COMPLETE
    failing: ClassVar[Example] = Example(
        files={"gatekeeper.yaml": _DECLARED, "model.pkl": _MODEL}, links={"features.csv": "/etc/hostname"}, notes=_NOTES
    )


class NotExamined(Rule):
    """The policy declares something that no check of this run reads.

    What it checks:
        That each declared part (`golden`, `manifest`, `code` ...) is read by at least one check of the profile. Told
        in `dev` and `ci`; in `release` it is an error.

    Why it matters:
        A declaration looks like a guarantee. The drift alert of incident 4092-X was declared too; it was off.

    What it can't see:
        How thoroughly the check that reads it looks.

    How to fix:
        Take a profile or a plug-in whose checks read it, or take the key out of the policy.
    """

    code: ClassVar[str] = "candidate-declaration/not-examined"
    severity: ClassVar[Severity] = Severity.NOTE
    passing: ClassVar[Example] = _COMPLETE
    failing: ClassVar[Example] = Example(
        files={
            "gatekeeper.yaml": _DECLARED + "golden: golden.jsonl\n",
            "model.pkl": _MODEL,
            "golden.jsonl": "{}\n",
        },
        notes=_NOTES,
        profile="dev",
    )

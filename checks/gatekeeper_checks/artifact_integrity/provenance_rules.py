"""The rules of `artifact-integrity` about who vouches for the file, and with what it was made."""

from __future__ import annotations

from typing import ClassVar

from gatekeeper.model import Example, Rule
from gatekeeper_checks.artifact_integrity import samples


class Unrecorded(Rule):
    """No training record vouches for the artifact.

    What it checks:
        That `artifact.record` names a training record, and that the record lists every artifact.

    Why it matters:
        A file that no pipeline recorded came from somewhere else: a notebook, an upload by hand. Nobody can say what it
        was trained with, and the file itself does not carry it.

    What it can't see:
        Whether the record is true: it is not signed. `artifact.bundle` declares a signature.

    How to fix:
        In the training job, after the model is written: `gatekeeper artifact record model.joblib -o record.json`.
    """

    code: ClassVar[str] = "artifact-integrity/unrecorded"
    passing: ClassVar[Example] = samples.recorded(samples.MODEL)
    failing: ClassVar[Example] = samples.unrecorded(samples.MODEL)


class RecordDiffers(Rule):
    """The artifact is not the file that the training run wrote.

    What it checks:
        The sha256 and the size of each artifact against those of the training record.

    Why it matters:
        Somebody or something changed the file after it was trained and measured.

    What it can't see:
        A change that was made to the record as well.

    How to fix:
        Take the file that the training run published. If it was written anew on purpose, record it anew.
    """

    code: ClassVar[str] = "artifact-integrity/record-differs"
    passing: ClassVar[Example] = samples.recorded(samples.MODEL)
    failing: ClassVar[Example] = samples.recorded_otherwise(samples.MODEL)


class TrainedWith(Rule):
    """The training record names another version than production's lock, or none.

    What it checks:
        For each library that the artifact names: that the record says which version the training interpreter had; that
        it is the one that the file itself carries, if it does; and else that production's lock pins the same.

    Why it matters:
        pandas, numpy and torch write no version into what they pickle. 2.1.4 and 2.2.1 can't be told apart in the file,
        and one of them turned integers into NaN.

    What it can't see:
        Libraries that training used and the file does not name.

    How to fix:
        Pin the recorded version in production, or train again with the one that is pinned.
    """

    code: ClassVar[str] = "artifact-integrity/trained-with"
    passing: ClassVar[Example] = samples.recorded(samples.MODEL)
    failing: ClassVar[Example] = samples.recorded(samples.NUMPY_2, "an array, pickled by numpy 2", {"numpy": "2.3.1"})


class WrittenBy(Rule):
    """What the file shows of a library contradicts production's lock.

    What it checks:
        Names and protocols that only some versions of a library write, such as numpy's private modules, which were
        renamed in 2.0, against the version that production's lock pins.

    Why it matters:
        It is the ModuleNotFoundError of the deploy, or a model that was written by another major version than it is
        served with.

    What it can't see:
        Versions between such changes.

    How to fix:
        Pin a version on the right side of the change, or save the model again with the one that is pinned.
    """

    code: ClassVar[str] = "artifact-integrity/written-by"
    passing: ClassVar[Example] = samples.recorded(
        samples.NUMPY_2, "an array, pickled by numpy 2", packages=samples.NUMPY
    )
    failing: ClassVar[Example] = samples.recorded(
        samples.NUMPY_1, "an array, pickled by numpy 1.26", packages=samples.NUMPY
    )


class BundleDiffers(Rule):
    """The model-signing bundle does not list the artifact, or lists another digest.

    What it checks:
        Where `artifact.bundle` is declared: that the bundle has each artifact, with its sha256.

    Why it matters:
        A signature over other files says nothing about these.

    What it can't see:
        Whether the signature is valid, and whose it is: `gatekeeper artifact verify` checks it with a public key.

    How to fix:
        Sign the files that are released: `model_signing sign`.
    """

    code: ClassVar[str] = "artifact-integrity/bundle-differs"
    passing: ClassVar[Example] = samples.signed(samples.MODEL)
    failing: ClassVar[Example] = samples.signed(samples.MODEL, other=True)

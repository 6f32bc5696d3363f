"""The rules of `environment-parity`."""

from __future__ import annotations

from typing import ClassVar

from gatekeeper.model import Example, Rule, Severity
from gatekeeper_checks._samples import LOCKS, ONE_LOCK, SIX, SIX_NEWER, SIX_REBUILT, SIX_WHEEL_ONLY, TQDM


def _example(training: str, production: str) -> Example:
    return Example(files={"gatekeeper.yaml": LOCKS, "training.lock": training, "production.lock": production})


_EQUAL = _example(SIX, f"# the same, compiled again\n{SIX}")


class NotDeclared(Rule):
    """The lock of training or of production is not declared.

    What it checks:
        That the policy names `environment.training` and `environment.production`.

    Why it matters:
        Two environments of which one is unknown can't be compared; in incident 4092-X nobody could for three days.

    What it can't see:
        Whether the named lock is the one that was really installed; an installed environment is evidence of its own.

    How to fix:
        Compile a lock with `pip-compile --generate-hashes` and name it in the policy.
    """

    code: ClassVar[str] = "environment-parity/not-declared"
    passing: ClassVar[Example] = _EQUAL
    failing: ClassVar[Example] = Example(files={"gatekeeper.yaml": ONE_LOCK, "production.lock": SIX})


class EmptyLock(Rule):
    """A lock installs nothing on the target.

    What it checks:
        That each lock has at least one requirement whose marker holds on the target.

    Why it matters:
        Two locks that say nothing are equal. A gate that calls this parity has looked at nothing.

    What it can't see:
        Whether the packages that are there suffice for the model; `version-pinning` holds the artifact against them.

    How to fix:
        Compile the lock again; check `environment.target` if every line has a marker.
    """

    code: ClassVar[str] = "environment-parity/empty-lock"
    passing: ClassVar[Example] = _EQUAL
    failing: ClassVar[Example] = _example("# nothing\n", "# nothing\n")


class VersionDiffers(Rule):
    """A package has one version in training and another in production.

    What it checks:
        The canonical version of each package, with its epoch and its local part: `2.2.0+cu121` is not `2.2.0`.

    Why it matters:
        The root cause of incident 4092-X: a pipeline pickled by scikit-learn 1.4.2 was served on 1.3.0. It loaded,
        and failed at `predict`. Where the consequence of a pair of versions has been measured, the finding says it.

    What it can't see:
        Whether the difference matters for this model. It is a finding anyway: that is what the lock is for.

    How to fix:
        Serve with the version that the model was trained with, or train again with the version that is served.
    """

    code: ClassVar[str] = "environment-parity/version-differs"
    passing: ClassVar[Example] = _EQUAL
    failing: ClassVar[Example] = _example(SIX, SIX_NEWER)


class MissingInProduction(Rule):
    """A package of the training environment is not installed in production.

    What it checks:
        Each package of the training lock on the target, but for those under the option `training_only`.

    Why it matters:
        A pickle imports what it was made of. What is missing is a ModuleNotFoundError at the first request.

    What it can't see:
        What the base image installs beside the lock.

    How to fix:
        Add the package to production's lock, or name it under `training_only` if the model never needs it.
    """

    code: ClassVar[str] = "environment-parity/missing-in-production"
    passing: ClassVar[Example] = _EQUAL
    failing: ClassVar[Example] = _example(SIX + TQDM, SIX)


class ExtraInProduction(Rule):
    """Production installs a package that training did not have.

    What it checks:
        Each package of the production lock on the target, but for those under the option `production_only`.

    Why it matters:
        A package that was not there at training changes imports, plug-ins and numerics without anyone having tested
        the model with it.

    What it can't see:
        Whether the package is ever imported.

    How to fix:
        Remove it, or name it under `production_only` if it belongs to serving alone.
    """

    code: ClassVar[str] = "environment-parity/extra-in-production"
    passing: ClassVar[Example] = _EQUAL
    failing: ClassVar[Example] = _example(SIX, SIX + TQDM)


class FilesDiffer(Rule):
    """The same version of a package may be installed from different files.

    What it checks:
        The sets of hashes that the two locks allow for one version. Sets that share nothing, or of which each has
        files that the other lacks, are a finding.

    Why it matters:
        Another file is another build: other compiler, other BLAS, other bytes, or a file that was exchanged.

    What it can't see:
        Which of several allowed files is installed in the end.

    How to fix:
        Compile both locks from the same index, or one of them from the other.
    """

    code: ClassVar[str] = "environment-parity/files-differ"
    passing: ClassVar[Example] = _EQUAL
    failing: ClassVar[Example] = _example(SIX, SIX_REBUILT)


class FilesGrew(Rule):
    """One lock allows more files of the same version than the other.

    What it checks:
        That the two sets of hashes of one version are equal. Told in `dev` and `ci`, where a file that was uploaded
        between two compilations is the usual cause; an error in `release`.

    Why it matters:
        The environment that was tested may have installed another file than the one that production picks.

    What it can't see:
        Which file each side picks.

    How to fix:
        Compile the older lock again, and compare again.
    """

    code: ClassVar[str] = "environment-parity/files-grew"
    severity: ClassVar[Severity] = Severity.NOTE
    passing: ClassVar[Example] = _EQUAL
    failing: ClassVar[Example] = _example(SIX_WHEEL_ONLY, SIX)


class SourceDiffers(Rule):
    """A package comes from another place in production than in training.

    What it checks:
        Whether it comes from an index, a URL, a version control system or a path, and from which URL.

    Why it matters:
        One version number, two sources: nobody promises that they hold the same code.

    What it can't see:
        Which index an index package comes from, unless the lock names it.

    How to fix:
        Take the package from the same place in both locks.
    """

    code: ClassVar[str] = "environment-parity/source-differs"
    passing: ClassVar[Example] = _EQUAL
    failing: ClassVar[Example] = _example(
        SIX_WHEEL_ONLY,
        "six @ https://example.com/six-1.16.0-py2.py3-none-any.whl \\\n"
        "    --hash=sha256:8abb2f1d86890a2dfb989f9a77cfcfd3e47c2a354b01111771326f8aa26e0254\n",
    )


class ExtrasDiffer(Rule):
    """A package is asked for with other extras in production than in training.

    What it checks:
        The extras of each requirement, as in `uvicorn[standard]`.

    Why it matters:
        An extra is a list of packages and sometimes a switch: the code looks whether they are there.

    What it can't see:
        Whether the packages that the extra brings are in the lock by themselves.

    How to fix:
        Ask for the same extras in both inputs and compile again.
    """

    code: ClassVar[str] = "environment-parity/extras-differ"
    passing: ClassVar[Example] = _EQUAL
    failing: ClassVar[Example] = _example(TQDM, TQDM.replace("tqdm==", "tqdm[notebook]=="))


class OptionsDiffer(Rule):
    """An option that changes what is installed stands in one lock and not in the other.

    What it checks:
        `--index-url`, `--extra-index-url`, `--find-links`, `--trusted-host`, `--pre`, `--no-binary`, `--only-binary`
        and their like, with their values.

    Why it matters:
        A second index is a second answer to "which file is pandas 2.1.4".

    What it can't see:
        The same options on pip's command line, in its environment variables and in its configuration.

    How to fix:
        Keep such options out of both locks, or the same in both.
    """

    code: ClassVar[str] = "environment-parity/options-differ"
    passing: ClassVar[Example] = _EQUAL
    failing: ClassVar[Example] = _example(SIX, f"--pre\n{SIX}")


class HashDiffers(Rule):
    """The environment hash of the training lock is not the one that production declares.

    What it checks:
        Where `environment.production` is `sha256:<hex>`: that the digest of the canonical training environment on the
        target equals it.

    Why it matters:
        A running service can publish one digest. If it is another one, the model was trained for another world.

    What it can't see:
        What differs: a digest has no names. Declare the lock itself to see it.

    How to fix:
        Name production's lock instead of its digest, run again, and mend what differs.
    """

    code: ClassVar[str] = "environment-parity/hash-differs"
    passing: ClassVar[Example] = _EQUAL
    failing: ClassVar[Example] = Example(
        files={
            "gatekeeper.yaml": LOCKS.replace("production.lock", f'"sha256:{"0" * 64}"'),
            "training.lock": SIX,
        }
    )

"""The rules of `environment-parity`."""

from __future__ import annotations

from typing import ClassVar

from gatekeeper.model import Example, Rule, Severity
from gatekeeper_checks._samples import LOCKS, ONE_LOCK, SIX, SIX_NEWER, SIX_REBUILT, SIX_WHEEL_ONLY, TQDM


def _example(training: str, production: str) -> Example:
    return Example(files={"gatekeeper.yaml": LOCKS, "training.lock": training, "production.lock": production})


def _measured(python: str, *, anomaly: str = "") -> Example:
    """Return a candidate whose production is a probe, as `gatekeeper env probe` prints it; shortened."""
    runtime = f'{{"python": "{python}", "implementation": "cpython", "platform": "linux_x86_64"}}'
    six = '{"name": "six", "version": "1.16.0", "record": null, "editable": false, "direct_url": null}'
    probe = (
        f'{{\n "schema": "gatekeeper/probe@1",\n "deep": true,\n "runtime": {runtime},\n'
        f' "distributions": [{six}],\n "anomalies": [{anomaly}]\n}}\n'
    )
    return _example(SIX, probe)


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
        The canonical version of each package, with its epoch, its local part and conda's build string: `2.2.0+cu121`
        is not `2.2.0`. A torch for the CPU instead of CUDA is one finding, with all the packages that it drags along.

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
        files that the other lacks, are a finding. Of an installed environment the files that are there, or what their
        installation recorded, must be among those that the lock allows.

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
        Whether it comes from an index, a URL, a version control system or a path, from which URL, and from which index
        or conda channel.

    Why it matters:
        One version number, two sources: nobody promises that they hold the same code.

    What it can't see:
        Which index a package comes from, unless the lock names it.

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


class RuntimeDiffers(Rule):
    """Production runs its packages on something else than training did.

    What it checks:
        What a probe or `pip inspect` has measured: the version and the ABI of Python, the platform, the C library,
        the system, CUDA and cuDNN; against what was measured on the other side, or against the target of the policy.

    Why it matters:
        The same wheel runs on two Pythons and pickles functions that only one of them reads. A lock compiled for one
        platform says nothing about another.

    What it can't see:
        What nobody measured: a lock says nothing about the machine that installs it.

    How to fix:
        Serve on what the model was trained on, or train again on what serves.
    """

    code: ClassVar[str] = "environment-parity/runtime-differs"
    passing: ClassVar[Example] = _measured("3.11.9")
    failing: ClassVar[Example] = _measured("3.12.4")


class NotAsInstalled(Rule):
    """The installed environment holds something that no lock accounts for.

    What it checks:
        What a probe has found: files that are not what was installed, or gone; code that no distribution installed;
        two copies of one distribution; editable installations; `.pth` files that run code.

    Why it matters:
        A hotfix in `site-packages` leaves every version number as it was. pip and uv call such an environment
        consistent.

    What it can't see:
        A changed file whose RECORD was changed with it, unless the probe was made with `--deep` and the lock has its
        record digests beside it.

    How to fix:
        Build the environment again from its lock, and change nothing in it afterwards.
    """

    code: ClassVar[str] = "environment-parity/not-as-installed"
    passing: ClassVar[Example] = _measured("3.11.9")
    failing: ClassVar[Example] = _measured(
        "3.11.9", anomaly='{"flaw": "modified", "name": "six", "path": "six.py", "detail": "one byte more"}'
    )


class WeakEvidence(Rule):
    """The two environments were compared by less than what is demanded.

    What it checks:
        The weakest evidence by which a package was compared: hashes of files, digests of what was installed (a probe,
        and a lock with `gatekeeper env lock`), or versions alone; against `environment.require`. Without that key it
        is `hashes` under `release`, and `versions` elsewhere.

    Why it matters:
        `pip freeze` and most SBOMs name versions only. Two builds of one version, and a file that was exchanged, look
        the same in them.

    What it can't see:
        Whether the evidence is of what really runs; a probe asks the interpreter itself.

    How to fix:
        Give stronger evidence: production's lock, or a probe of production and the record digests of the training
        lock. Or say in the policy that less is enough: `environment: {require: versions}`.
    """

    code: ClassVar[str] = "environment-parity/weak-evidence"
    passing: ClassVar[Example] = _EQUAL
    failing: ClassVar[Example] = Example(
        files={
            "gatekeeper.yaml": f"{LOCKS}  require: hashes\n",
            "training.lock": SIX,
            "production.lock": "six==1.16.0\n",
        }
    )


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

"""The rules of `version-pinning`."""

from __future__ import annotations

from typing import ClassVar

from gatekeeper.model import Example, Rule, Severity
from gatekeeper_checks._samples import (
    LOCK_AND_MODEL,
    ONE_LOCK,
    SCIKIT_LEARN_1_3_0,
    SIX,
    SIX_NEWER,
    SIX_WHEEL_ONLY,
    estimators,
)


def _lock(text: str) -> Example:
    return Example(files={"gatekeeper.yaml": ONE_LOCK, "production.lock": text})


def _model(lock: str, *versions: str) -> Example:
    files: dict[str, str | bytes] = {
        "gatekeeper.yaml": LOCK_AND_MODEL,
        "production.lock": lock,
        "model.pkl": estimators(*versions),
    }
    each = ", ".join(versions)
    return Example(files=files, notes={"model.pkl": f"a list of LinearRegression, pickled by scikit-learn {each}"})


_PINNED = _lock(SIX)
_AGREES = _model(SCIKIT_LEARN_1_3_0, "1.3.0")


class NoLock(Rule):
    """The policy declares no lock file.

    What it checks:
        That `environment.production` or `environment.training` names a lock file. What says what is installed (a probe,
        an SBOM) is evidence for one side; it pins nothing.

    Why it matters:
        Without a lock an image built today and an image built tomorrow hold different code under one tag.

    What it can't see:
        Locks that lie in the folder and are not declared.

    How to fix:
        Run `pip-compile --generate-hashes requirements.in -o production.lock` and declare the file.
    """

    code: ClassVar[str] = "version-pinning/no-lock"
    passing: ClassVar[Example] = _PINNED
    failing: ClassVar[Example] = Example(files={"gatekeeper.yaml": "schema: gatekeeper/candidate@1\nname: pricing\n"})


class EmptyLock(Rule):
    """A lock pins nothing on the target.

    What it checks:
        That at least one requirement of the lock holds on the target.

    Why it matters:
        An empty lock satisfies every rule about its lines. An export that failed half-way writes one.

    What it can't see:
        Which packages should be there; `package-absent` knows those that the artifact names.

    How to fix:
        Compile the lock again; check `environment.target` if every line has a marker.
    """

    code: ClassVar[str] = "version-pinning/empty-lock"
    passing: ClassVar[Example] = _PINNED
    failing: ClassVar[Example] = _lock("# nothing is pinned here\n")


class Unpinned(Rule):
    """A requirement does not name exactly one version.

    What it checks:
        Each requirement that holds on the target has one `==` without a wildcard, or comes from a fixed URL. A
        version that only a constraint (`-c`) names does not count: a constraint pins nothing by itself.

    Why it matters:
        `>=1.3` is whatever the index offers on the day of the build; 4092-X was built on the wrong day.

    What it can't see:
        What the base image installs beside the lock.

    How to fix:
        Compile the lock; never edit it: `pip-compile --generate-hashes`.
    """

    code: ClassVar[str] = "version-pinning/unpinned"
    passing: ClassVar[Example] = _PINNED
    failing: ClassVar[Example] = _lock(SIX.replace("==1.16.0", "==1.*"))


class Unhashed(Rule):
    """A requirement has no hash.

    What it checks:
        Each requirement that holds on the target has at least one `--hash`, and in locks that list files each file
        has one. A full commit of a repository counts as a hash; what is installed (a probe, `pip freeze`, an SBOM) is
        not asked for any.

    Why it matters:
        A version is a name; the file behind it can be replaced. Exports that mix indexes leave rows without hashes,
        and say nothing.

    What it can't see:
        Whether the hash belongs to the file that the index serves: pip checks that when it installs.

    How to fix:
        Compile with `pip-compile --generate-hashes`.
    """

    code: ClassVar[str] = "version-pinning/unhashed"
    passing: ClassVar[Example] = _PINNED
    failing: ClassVar[Example] = _lock("six==1.16.0\n")


class WeakHash(Rule):
    """A requirement is hashed by an algorithm that can be forged, or that pip refuses.

    What it checks:
        Each hash is sha256, sha384 or sha512.

    Why it matters:
        Two files with one md5 can be made on a laptop; a pin by md5 pins nothing.

    What it can't see:
        Anything about the file itself.

    How to fix:
        Compile with `pip-compile --generate-hashes`, which writes sha256.
    """

    code: ClassVar[str] = "version-pinning/weak-hash"
    passing: ClassVar[Example] = _PINNED
    failing: ClassVar[Example] = _lock("six==1.16.0 --hash=md5:529d7fd7e14612ccde86417b4402d6f3\n")


class Malformed(Rule):
    """A line of a lock can't be a pin.

    What it checks:
        Each hash has the length and the digits of its algorithm, and names, versions, markers and hashes are ASCII: a
        Cyrillic letter, a full-width digit or a no-break space is shown as U+XXXX.

    Why it matters:
        A name with a look-alike letter is another package. A hash that is cut off or mistyped matches no file, and a
        tool that skips it installs without one.

    What it can't see:
        A name of ASCII letters that was mistyped.

    How to fix:
        Compile the lock again; locks are never edited by hand.
    """

    code: ClassVar[str] = "version-pinning/malformed"
    passing: ClassVar[Example] = _PINNED
    failing: ClassVar[Example] = _lock(f"six==1.16.0 --hash=sha256:{'0' * 63}\n")


class Duplicate(Rule):
    """A package has two different requirements that both hold on the target.

    What it checks:
        One requirement for each name, after markers are evaluated. The same line twice is told nobody.

    Why it matters:
        Which of the two wins depends on the installer. So does the price.

    What it can't see:
        Packages that install the same module under different names.

    How to fix:
        Compile the lock again from one input; give alternatives markers that exclude each other.
    """

    code: ClassVar[str] = "version-pinning/duplicate"
    passing: ClassVar[Example] = _PINNED
    failing: ClassVar[Example] = _lock(SIX + SIX_NEWER)


class MutableSource(Rule):
    """A requirement comes from a place whose content can change.

    What it checks:
        No requirement that holds on the target is editable, a local path, or a checkout from version control at
        anything but a full commit of 40 hexadecimal digits.

    Why it matters:
        A branch and a folder have no version: the lock stays the same while the code changes.

    What it can't see:
        What lies behind a fixed URL; its hash is what counts. Whether a commit can still be fetched.

    How to fix:
        Build a wheel, publish it, and pin it by version and hash; or name the full commit.
    """

    code: ClassVar[str] = "version-pinning/mutable-source"
    passing: ClassVar[Example] = _PINNED
    failing: ClassVar[Example] = _lock("-e ./pricing\n" + SIX)


class ArtifactVersion(Rule):
    """The artifact was saved by another version of a library than production installs.

    What it checks:
        The version that scikit-learn wrote into the state of each estimator, read without loading the file, against
        the version that the lock pins (production's, else training's).

    Why it matters:
        This is incident 4092-X: 1.4.2 in the file, 1.3.0 in the lock. It loads, warns where nobody reads, and fails
        at `predict`.

    What it can't see:
        Versions that a file does not carry: pandas, numpy and torch write none into a pickle.

    How to fix:
        Serve with the version that saved the model, or train again with the one that is served.
    """

    code: ClassVar[str] = "version-pinning/artifact-version"
    severity: ClassVar[Severity] = Severity.CRITICAL
    passing: ClassVar[Example] = _AGREES
    failing: ClassVar[Example] = _model(SCIKIT_LEARN_1_3_0, "1.4.2")


class MixedVersions(Rule):
    """One artifact holds estimators that were saved by different versions.

    What it checks:
        All estimators in one file carry one version of scikit-learn.

    Why it matters:
        A pipeline of which one step was fitted elsewhere and copied in was tested by nobody as a whole.

    What it can't see:
        Parts that carry no version.

    How to fix:
        Fit the whole pipeline again in one environment.
    """

    code: ClassVar[str] = "version-pinning/mixed-versions"
    passing: ClassVar[Example] = _AGREES
    failing: ClassVar[Example] = _model(SCIKIT_LEARN_1_3_0, "1.3.0", "1.4.2")


class PackageAbsent(Rule):
    """The artifact needs a package that the lock does not pin.

    What it checks:
        The modules that loading the artifact would import, as far as their package is known, against the lock.

    Why it matters:
        The service starts, answers its health check, and raises ModuleNotFoundError at the first request.

    What it can't see:
        Modules of your own, and libraries whose package has another name and is not in the gate's list.

    How to fix:
        Add the package to the lock's input and compile it again.
    """

    code: ClassVar[str] = "version-pinning/package-absent"
    passing: ClassVar[Example] = _AGREES
    failing: ClassVar[Example] = _model(SIX_WHEEL_ONLY, "1.3.0")

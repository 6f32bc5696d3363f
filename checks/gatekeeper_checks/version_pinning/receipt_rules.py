"""The rules of `version-pinning` about integration receipts. Who changes a version runs the whole suite again."""

from __future__ import annotations

from typing import ClassVar

from gatekeeper.model import Example, Rule
from gatekeeper_checks.version_pinning.samples import changed, junit, unchanged

_WHOLE = junit("test_holiday", "test_region", failures=0, errors=0, skipped=0)
_PASSED = changed(_WHOLE)
_ONE_SKIPPED = junit("test_holiday", "test_region skipped", skipped=1)


class ReceiptMissing(Rule):
    """Production installs something else than was approved, and no receipt says that the integration suite passed.

    What it checks:
        The environment hash of production's lock on the target against `environment.approved`: the lock of the last
        release, or its hash. If they differ, `environment.receipt` must name a receipt. A lock in another order, with
        other comments or of another tool has the same hash, and nothing is asked for.

    Why it matters:
        In 4092-X three versions had changed between training and production. The suite would have found it; nobody
        had to run it.

    What it can't see:
        A first release, which declares nothing as approved, is not asked for a receipt.

    How to fix:
        `gatekeeper receipt record -o receipt.json -- python -m pytest --junitxml=junit.xml tests`, in an environment
        that was installed from the new lock.
    """

    code: ClassVar[str] = "version-pinning/receipt-missing"
    passing: ClassVar[Example] = unchanged()
    failing: ClassVar[Example] = changed()


class ReceiptForeign(Rule):
    """The receipt is about other artifacts, another environment or other tests.

    What it checks:
        The digests of the artifacts and of the folder of the tests (`environment.integration.tests`), the environment
        hash, and the packages that the interpreter of the suite had installed, as it measured them itself: each is
        worked out again from the candidate's files, and each package of the lock must have been there in its version,
        as it was installed, and with the record digests that lie beside the lock, if any do.

    Why it matters:
        A receipt from last week's model, or from a laptop with another pandas, proves nothing about this release.

    What it can't see:
        A receipt that was written by hand to match: who may write one is for signatures to say.

    How to fix:
        Install the lock into a fresh environment and record the suite there.
    """

    code: ClassVar[str] = "version-pinning/receipt-foreign"
    passing: ClassVar[Example] = _PASSED
    failing: ClassVar[Example] = changed(_WHOLE, version="1.16.0")


class ReceiptFailed(Rule):
    """The integration suite did not pass.

    What it checks:
        No test of the JUnit report failed, ended in an error, or passed only when it was run again; and the suite
        ended with exit code 0.

    Why it matters:
        The first run failing and the third passing is how a race gets to production.

    What it can't see:
        What the tests test.

    How to fix:
        Mend the tests or the model, and record the suite again.
    """

    code: ClassVar[str] = "version-pinning/receipt-failed"
    passing: ClassVar[Example] = _PASSED
    failing: ClassVar[Example] = changed(_WHOLE, passed=False)


class ReceiptTrimmed(Rule):
    """The receipt is not about the whole suite, or not about the report that lies beside it.

    What it checks:
        Each test of the list `environment.integration.required` ran and passed: ids of pytest or of JUnit, with `*`
        and `?` for any characters. At least one test passed, none stands in the report twice, the report's own counts
        are right, and it is the very file whose digest and tests the receipt has. The list is the one that it was
        recorded with.

    Why it matters:
        A green suite of three tests out of three hundred is what a hurried `-k` leaves behind.

    What it can't see:
        Whether a required test still tests something: the digest of the tests' folder, if it is declared, shows that
        it changed.

    How to fix:
        Run the whole suite and record it. A test that is no longer needed is taken from the list first, in review.
    """

    code: ClassVar[str] = "version-pinning/receipt-trimmed"
    passing: ClassVar[Example] = _PASSED
    failing: ClassVar[Example] = changed(_ONE_SKIPPED)

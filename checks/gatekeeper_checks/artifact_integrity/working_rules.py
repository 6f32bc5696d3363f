"""The rules of `artifact-integrity` about what will happen in production."""

from __future__ import annotations

from typing import ClassVar

from gatekeeper.model import Example, Rule
from gatekeeper_checks.artifact_integrity import samples


class MissingName(Rule):
    """Production's packages lack a class or function that loading imports.

    What it checks:
        Each global of the file in the sources of production's packages: those of the interpreter given by `--python`,
        or the wheels in `environment.wheels`. Nothing is imported.

    Why it matters:
        It is the ModuleNotFoundError or AttributeError of the deploy, before the deploy.

    What it can't see:
        Names that extension modules make at run time, and packages whose sources are not at hand.

    How to fix:
        Install the version that has the name, or train again with the version that production has.
    """

    code: ClassVar[str] = "artifact-integrity/missing-name"
    passing: ClassVar[Example] = samples.with_wheel("Ridge")
    failing: ClassVar[Example] = samples.with_wheel("Lasso")


class MissingAttribute(Rule):
    """Production's version of a class reads what the object in the file does not have.

    What it checks:
        The state of each object against the source of its class in production: attributes that `predict` or `transform`
        reads and that neither the state nor the class has.

    Why it matters:
        Such a model loads without a word and raises AttributeError at the first request. Every estimator of incident
        4092-X did.

    What it can't see:
        What the source does not decide: an attribute behind a condition, values whose meaning changed.

    How to fix:
        Serve with the version that saved the model, or train again with the one that production has.
    """

    code: ClassVar[str] = "artifact-integrity/missing-attribute"
    passing: ClassVar[Example] = samples.with_wheel("Ridge")
    failing: ClassVar[Example] = samples.with_wheel("Ridge", reads="scale_")

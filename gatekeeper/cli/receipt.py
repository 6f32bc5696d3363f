"""`gatekeeper receipt record`: run the integration suite and write down what was tested, in which environment."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path

import click

from gatekeeper import policy
from gatekeeper.cli.env.evidence import opened, placed, read
from gatekeeper.cli.files import write_whole
from gatekeeper.cli.stopping import stopped_by_signals
from gatekeeper.environment.identity import environment_hash
from gatekeeper.environment.receipt.junit import Report, Status, read_junit
from gatekeeper.environment.receipt.record import run_measured
from gatekeeper.environment.receipt.statement import Named, Receipt, write_receipt
from gatekeeper.environment.receipt.tests_tree import tree_digest
from gatekeeper.environment.selection import parse_selection
from gatekeeper.environment.target import parse_target, running_target
from gatekeeper.errors import UsageError
from gatekeeper.orphans import adopted_and_killed
from gatekeeper.policy import Policy
from gatekeeper.reading import reading
from gatekeeper.report.printable import one_line

_JUNIT_OPTIONS = ("--junitxml", "--junit-xml")


@click.group(no_args_is_help=True)
def receipt() -> None:
    """Record that the integration suite passed: for these artifacts, in this environment."""


@receipt.command(context_settings={"allow_interspersed_args": False})
@click.option(
    "--candidate",
    type=click.Path(path_type=Path),
    default=".",
    show_default=True,
    help="The folder of the release candidate.",
)
@click.option("--junit", type=click.Path(path_type=Path), help="The report that COMMAND writes, if it does not say so.")
@click.option("--tests", type=click.Path(path_type=Path), help="The folder of the tests, if the policy does not say.")
@click.option("--required", type=click.Path(path_type=Path), help="The list of required tests, likewise.")
@click.option("-o", "--output", type=click.Path(path_type=Path), required=True, help="The receipt to write.")
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED)
def record(
    *,
    candidate: Path,
    junit: Path | None,
    tests: Path | None,
    required: Path | None,
    output: Path,
    command: tuple[str, ...],
) -> int:
    """Run COMMAND, which runs the integration suite, and write a receipt of it.

    The interpreter that ran the tests and wrote the report is measured from inside; it must get PYTHONPATH. What
    COMMAND leaves running is ended. The exit code is that of COMMAND; 2 where no receipt could be written.
    """
    root = _root(candidate)
    declared = policy.load(root / policy.FILE_NAME, root).policy
    suite = _Suite(root=root, declared=declared, junit=_junit(junit, command), tests=tests, required=required)
    before = suite.inputs()
    with stopped_by_signals("there is no receipt"), adopted_and_killed():
        measured = run_measured(command, os.environ, suite.junit)
    if suite.inputs() != before:
        what = "an artifact, the lock, the tests or the list of required tests changed while the suite ran"
        raise UsageError(what, fix="let the suite write elsewhere, and record it again")
    written = suite.receipt(before, passed=measured.exit_code == 0, probe=measured.probe)
    write_whole(output, write_receipt(written))
    result = "PASSED" if written.passed else "FAILED"
    count = len(written.passed_tests)
    click.echo(one_line(f"wrote {output}: {result}, {count} passed, environment {written.environment}"), err=True)
    return measured.exit_code


@dataclass(frozen=True, slots=True, kw_only=True)
class _Suite:
    """What a receipt is about, before and after the suite ran."""

    root: Path
    declared: Policy
    junit: Path
    tests: Path | None
    required: Path | None

    def inputs(self) -> Receipt:
        """Return the receipt but for what the run gives; artifacts, lock and tests as they are now."""
        environment = self.declared.environment
        integration = environment.integration or policy.Integration()
        tests = self._given(self.tests, integration.tests)
        required = self._given(self.required, integration.required)
        target = parse_target(environment.target) if environment.target else running_target()
        path = self.root / _production(environment.production)
        lock = read(str(path))
        selection = parse_selection(environment.extras, environment.groups)
        return Receipt(
            artifacts=tuple(self._named(self.root / each) for each in self.declared.artifacts),
            environment=placed(str(path), lambda: environment_hash(lock, target, selection)),
            target=str(target),
            passed=False,
            lock=self._relative(path),
            junit=Named(path="", sha256=""),
            tests=Named(path=self._relative(tests), sha256=tree_digest(tests)) if tests else None,
            required=self._named(required) if required else None,
            probe="",
            passed_tests=(),
            failed_tests=(),
        )

    def receipt(self, inputs: Receipt, *, passed: bool, probe: str) -> Receipt:
        """Return the whole receipt of a run."""
        report: Report = placed(str(self.junit), lambda: opened(self.junit, read_junit))
        failed = report.ids(Status.FAILED, Status.ERROR, Status.RERUN)
        return replace(
            inputs,
            passed=passed and not failed,
            junit=self._named(self.junit),
            probe=probe,
            passed_tests=report.ids(Status.PASSED),
            failed_tests=failed,
        )

    def _given(self, option: Path | None, declared: str | None) -> Path | None:
        return option or (self.root / declared if declared else None)

    def _named(self, file: Path) -> Named:
        relative = self._relative(file)

        def digest() -> str:
            with reading(file) as opened_file:
                pass
            return opened_file.sha256

        return Named(path=relative, sha256=placed(relative, digest))

    def _relative(self, path: Path) -> str:
        """Return the path as the receipt names it: as the policy does, below the candidate's folder."""
        if not path.resolve().is_relative_to(self.root.resolve()):
            fix = f"write or copy it to a file below {self.root}"
            raise UsageError(f"{path} lies outside the candidate's folder, where the gate will not see it", fix=fix)
        # A link keeps its own name: it is what the policy declares.
        named, root = (Path(os.path.abspath(each)) for each in (path, self.root))  # noqa: PTH100 - resolve follows it
        if named.is_relative_to(root):
            return named.relative_to(root).as_posix()
        return path.resolve().relative_to(self.root.resolve()).as_posix()


def _root(candidate: Path) -> Path:
    if not (candidate / policy.FILE_NAME).is_file():
        what = f"{candidate} holds no {policy.FILE_NAME}, which says what is tested"
        raise UsageError(what, fix="name the folder of the release candidate: --candidate FOLDER")
    return candidate


def _production(production: str | None) -> str:
    if production is None or policy.is_digest(production):
        what = "`environment.production` names no lock, expected the one whose packages are tested"
        raise UsageError(what, fix="declare it: environment: {production: production.lock}")
    return production


def _junit(option: Path | None, command: tuple[str, ...]) -> Path:
    """Return where the report will be: what `--junit` says, else what pytest is told."""
    if option is not None:
        return option
    for index, word in enumerate(command):
        name, equals, value = word.partition("=")
        if name in _JUNIT_OPTIONS:
            following = command[index + 1] if index + 1 < len(command) else ""
            return Path(value if equals else following)
    fix = "let pytest write one, -- pytest --junitxml=junit.xml; or name what the command writes: --junit FILE"
    raise UsageError("the command says nothing of a JUnit report, which a receipt needs", fix=fix)

"""The facts of a sign-off: those of the run that was judged, and what a reader must know beside them."""

from __future__ import annotations

import hashlib
import posixpath
import shlex
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import cast

from gatekeeper import __version__
from gatekeeper.cli.artifact.builder import commit_of
from gatekeeper.cli.judging import Order
from gatekeeper.cli.picturing import pictures
from gatekeeper.cli.signing.replayed import pictures as replayed
from gatekeeper.environment.decoding import decode
from gatekeeper.environment.installed.probe import parse_probe, probe
from gatekeeper.errors import GatekeeperError
from gatekeeper.model import Evidence, Examined, Unable, Verdict
from gatekeeper.policy import Declaration
from gatekeeper.report import FileDigest, Report
from gatekeeper.report.signoff import Artifact, Signoff, Source
from gatekeeper.report.summary import status
from gatekeeper.signoff.facts import Checked, Facts, Named, Waived, Word
from gatekeeper.signoff.times import day_of
from gatekeeper.waivers import State

_RUNTIME = ("implementation", "python", "abi", "platform", "libc", "system", "cuda", "cudnn")
_DEVICE = "the device "
"""How `golden-replay` begins the evidence of where it ran the model."""


class Unsigned(GatekeeperError):
    """A run whose verdict can't be signed: what was judged is not one thing."""

    exit_code = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A whole run: what was asked, of which policy, what came out, and when it was over.

    `replayed` is what `golden-replay` measured, as it stored it; empty where it stored nothing.
    """

    order: Order
    declaration: Declaration
    report: Report
    over: datetime
    replayed: bytes = b""


def gather(run: Run) -> Signoff:
    """Return the facts of a sign-off.

    Raises:
        Unsigned: a result is of another run, or nothing of the candidate could be read.
        Unreadable: the interpreter or git does not answer as it must.
    """
    report, order = run.report, run.order
    _expect_signable(report)
    executor = order.python or Path(sys.executable)
    installed = parse_probe(decode(probe(str(executor))))
    runtime = {} if installed.runtime is None else {key: getattr(installed.runtime, key) for key in _RUNTIME}
    commit = commit_of(order.root).commit
    return Signoff(
        report=report,
        artifacts=_artifacts(report),
        source=Source(commit=commit.commit, dirty=commit.dirty) if commit else None,
        gate={"version": __version__, "sha256": gate_sha256(order)},
        interpreter={"path": str(executor), **{key: value for key, value in runtime.items() if value}},
        distributions={row.name: row.version or "" for row in installed.rows},
        gpu=_gpu(report),
        pictures=pictures(order.root, run.declaration, report.subject.files) + replayed(run.declaration, run.replayed),
        created=run.over.astimezone(UTC).replace(microsecond=0),
        valid_until=_valid_until(report),
        command=_command(order),
    )


def facts_of(signoff: Signoff) -> Facts:
    """Return what the statements say of a sign-off."""
    report, subject = signoff.report, signoff.report.subject
    policy = subject.policy
    return Facts(
        verdict=cast("Word", report.verdict.name),
        profile=report.profile.name,
        name=subject.name,
        version=subject.version,
        artifacts=tuple(Named(name=each.path, sha256=each.sha256) for each in signoff.artifacts),
        declared=tuple(
            Named(name=each.path, sha256=each.sha256, role=each.role)
            for each in subject.files
            if each.sha256 and not _is_artifact(each.role) and not each.path.startswith("/")
        ),
        folders=_folders(subject.files),
        policy=Named(name=policy.path, sha256=policy.sha256) if policy and policy.sha256 else None,
        gate_version=signoff.gate["version"],
        gate_sha256=signoff.gate["sha256"],
        checks=tuple(
            Checked(
                id=each.id,
                status=cast("Word", status(each)),
                distribution=each.provider.distribution,
                version=each.provider.version,
                waived=len(each.waived),
            )
            for each in report.results
        ),
        waivers=_waived(report),
        created=signoff.created,
        valid_until=signoff.valid_until,
    )


def _folders(files: Sequence[FileDigest]) -> tuple[str, ...]:
    """Return the declared folders in which files were found; not the candidate's own: anything may lie there later."""
    roles = {each.role for each in files if each.sha256 and "/" in each.path}
    held = {posixpath.normpath(each.path) for each in files if not each.sha256 and each.role in roles}
    return tuple(sorted(path for path in held if path != "." and not path.startswith("/")))


def gate_sha256(order: Order) -> str:
    """Return one digest of the gate and its built-in checks: of each file of both packages by its name, no caches."""
    import gatekeeper

    packages = {Path(gatekeeper.__file__).parent}
    packages |= {Path(str(sys.modules[each.__module__.partition(".")[0]].__file__)).parent for each in order.checks}
    digest = hashlib.sha256()
    for package in sorted(packages, key=lambda each: each.name):
        found = (path for path in package.rglob("*") if "__pycache__" not in path.parts and path.is_file())
        for path in sorted(found):
            name = path.relative_to(package.parent).as_posix()
            digest.update(f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {name}\n".encode())
    return digest.hexdigest()


def _expect_signable(report: Report) -> None:
    of_other_runs = [each.id for each in report.results if each.cached]
    if report.interrupted or report.left_out or of_other_runs:
        what = f"this is no whole run of its own: {report.interrupted or ', '.join((*report.left_out, *of_other_runs))}"
        raise Unsigned(what, fix="sign off a whole run")
    if report.verdict is Verdict.PASS and any(
        _is_artifact(each.role) and not each.sha256 for each in report.subject.files
    ):
        raise Unsigned("an artifact has no digest", fix="this is a defect of gatekeeper: report it")
    if not _artifacts(report) and report.subject.policy is None:
        fix = "name the files of the model in gatekeeper.yaml: artifacts: [FILE]"
        raise Unsigned("no file of the candidate could be read, so there is nothing to be signed", fix=fix)


def _artifacts(report: Report) -> tuple[Artifact, ...]:
    found = {
        each.path: Artifact(path=each.path, sha256=each.sha256, bytes=each.bytes or 0)
        for each in report.subject.files
        if _is_artifact(each.role) and each.sha256
    }
    return tuple(found[path] for path in sorted(found))


def _is_artifact(role: str) -> bool:
    return role.startswith("artifacts[")


def _waived(report: Report) -> tuple[Waived, ...]:
    return tuple(
        Waived(
            code=use.waiver.code,
            scope=use.waiver.artifact or use.waiver.path or "",
            owner=use.waiver.owner,
            approver=use.waiver.approver,
            reason=use.waiver.reason,
            expires=use.waiver.expires,
        )
        for use in report.waivers
        if use.state is State.USED
    )


def _valid_until(report: Report) -> date | None:
    """Return the first day on which a waiver that was used ends."""
    return min((day for each in _waived(report) if (day := day_of(each.expires))), default=None)


def _gpu(report: Report) -> Mapping[str, str]:
    """Return the graphics card on which the model ran, as the check that ran it saw it; empty where none was used."""
    for result in report.results:
        seen: tuple[Evidence, ...] = result.outcome.evidence if isinstance(result.outcome, Examined | Unable) else ()
        for each in seen:
            if each.what.startswith(_DEVICE) and each.what != f"{_DEVICE}cpu":
                return {"device": each.what.removeprefix(_DEVICE)} | {k: str(v) for k, v in each.measured.items()}
    return {}


def _command(order: Order) -> str:
    """Return what judges the same again."""
    words = ["gatekeeper", "run", str(order.root), "--profile", order.profile.name]
    words += ["--config", str(order.config)] if order.config else []
    words += ["--python", str(order.python)] if order.python else []
    return shlex.join(words)

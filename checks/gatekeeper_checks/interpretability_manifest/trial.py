"""The model and its service are tried: in a sandbox, by production's interpreter, inside the domain and beyond."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager

from gatekeeper.errors import UsageError
from gatekeeper.inquiry import Inquiry
from gatekeeper.model import Finding, Obstacle, Scalar
from gatekeeper.replay.foreign.handling import answering
from gatekeeper.replay.foreign.naming import Factory, parse_predictor
from gatekeeper.replay.outcomes import Reason, Refused
from gatekeeper.replay.worker import Bounds, Worker, start
from gatekeeper_checks._interpreter import ONE_THREAD, differing, interpreter, not_production, pinned, sandbox_seen
from gatekeeper_checks.interpretability_manifest import InterpretabilityManifest
from gatekeeper_checks.interpretability_manifest.asking import Handler, Model, ModelGone, Service
from gatekeeper_checks.interpretability_manifest.attempts import note_attempts
from gatekeeper_checks.interpretability_manifest.encoders import encoders
from gatekeeper_checks.interpretability_manifest.explaining import Declared, explained
from gatekeeper_checks.interpretability_manifest.input_models import input_models
from gatekeeper_checks.interpretability_manifest.modelling import Modelled, model_tried
from gatekeeper_checks.interpretability_manifest.output_rules import HandlerNotDeclared, ModelFails
from gatekeeper_checks.interpretability_manifest.serving import service_tried
from gatekeeper_checks.interpretability_manifest.subject import Subject

MEMORY = 8 << 30
"""Bytes of address space that the worker may use; libraries map more than they touch."""
_ENVIRONMENT = {Reason.MODULE_MISSING, Reason.NO_INTERPRETER, Reason.NOT_PYTHON, Reason.TOO_OLD, Reason.UNPROTECTED}
"""Why a model is not tried that says nothing about the model."""


def tried(
    subject: Subject,
    check: InterpretabilityManifest,
    inquiry: Inquiry,
    explanations: Sequence[Declared],
    measured: dict[str, Scalar],
) -> None:
    """Try model and service; findings, evidence and obstacles go into the inquiry, what was shown into `measured`."""
    if subject.model is None:
        inquiry.obstacles.append(_no_model(subject))
        return
    expected = _pinned(subject, inquiry)
    with _started(subject, check, sorted(expected)) as worker:
        if isinstance(worker, Refused):
            inquiry.obstacles.append(_obstacle(subject, worker))
            return
        differences = differing(worker.facts, expected)
        inquiry.evidence.append(sandbox_seen(worker.facts, expected))
        modelled = _model(subject, worker, inquiry, explanations, measured, trusted=not differences)
        trial = _Service(subject, check, inquiry, measured, modelled, trusted=not differences)
        if not worker.gone:
            trial.ask(worker)
    if worker.gone:  # the model took its worker with it; the service gets one of its own
        with _started(subject, check, ()) as another:
            trial.ask(another)
    if differences:
        inquiry.obstacles.append(not_production(subject.candidate, interpreter(subject.candidate), differences))


def _started(
    subject: Subject, check: InterpretabilityManifest, distributions: Sequence[str]
) -> AbstractContextManager[Worker | Refused]:
    return start(
        str(interpreter(subject.candidate)),
        subject.candidate.root,
        bounds=Bounds(memory=MEMORY, timeout=check.seconds),
        distributions=distributions,
        environment=ONE_THREAD,
    )


def _pinned(subject: Subject, inquiry: Inquiry) -> dict[str, str]:
    fact = subject.artifacts.get(subject.model or "")
    return pinned(subject.candidate, inquiry, [each.module for each in fact.value.globals] if fact else ())


def _no_model(subject: Subject) -> Obstacle:
    return Obstacle(
        what="it is not known which artifact the manifest is of, so no model was tried",
        fix="write the sha256 of one of `artifacts` as model.artifact",
        at=subject.at("model.artifact"),
    )


def _obstacle(subject: Subject, refused: Refused) -> Obstacle:
    fix = "give the interpreter that production runs: --python PATH" if refused.reason is Reason.RAISED else refused.fix
    return Obstacle(what=refused.what, fix=fix, at=subject.candidate.at("artifacts"))


def _model(
    subject: Subject,
    worker: Worker,
    inquiry: Inquiry,
    explanations: Sequence[Declared],
    measured: dict[str, Scalar],
    *,
    trusted: bool,
) -> Modelled | None:
    """Load the model and try it; None where it could not be."""
    assert subject.model is not None
    code = bool(subject.candidate.policy.code.paths)
    loaded = worker.load(subject.candidate.root / subject.model, code=code)
    if isinstance(loaded, Refused):
        _not_loaded(subject, inquiry, loaded, trusted=trusted)
        if not loaded.fatal:
            seen = worker.load(subject.candidate.root / subject.model, ghosts=True)
            inquiry.findings += () if isinstance(seen, Refused) else encoders(subject, seen)
        return None
    inquiry.findings += encoders(subject, loaded)
    model = Model(worker, loaded, subject.manifest)
    try:
        modelled = model_tried(subject, loaded, model, inquiry, measured)
        inquiry.findings += explained(subject, model, explanations, measured)
    except ModelGone as gone:
        inquiry.findings.append(_fails(subject, gone.refused))
        return None
    note_attempts(inquiry, measured, "the model", model.attempts, subject.candidate.at("artifacts"))
    return modelled


def _not_loaded(subject: Subject, inquiry: Inquiry, refused: Refused, *, trusted: bool) -> None:
    """Note a model that could not be loaded: the model's fault only in an interpreter that is production's."""
    if trusted and refused.reason not in _ENVIRONMENT:
        inquiry.findings.append(_fails(subject, refused))
    else:
        inquiry.obstacles.append(_obstacle(subject, refused))


def _fails(subject: Subject, refused: Refused) -> Finding:
    return ModelFails.finding(refused.what, fix=refused.fix, at=subject.candidate.at("artifacts"))


def _no_handler(subject: Subject) -> Finding:
    return HandlerNotDeclared.finding(
        "`code.paths` has serving code, and nothing says what production calls: only the bare model was tried",
        fix='add: code: {predictor: "package.module:factory"}, which returns what takes one request (a dict)',
        at=subject.candidate.at("code"),
    )


class _Service:
    """The production handler's trial, in whichever worker there is."""

    def __init__(
        self,
        subject: Subject,
        check: InterpretabilityManifest,
        inquiry: Inquiry,
        measured: dict[str, Scalar],
        modelled: Modelled | None,
        *,
        trusted: bool,
    ) -> None:
        self._subject = subject
        self._check = check
        self._inquiry = inquiry
        self._measured = measured
        self._modelled = modelled
        self._trusted = trusted

    def ask(self, worker: Worker | Refused) -> None:
        """Try the handler, if the policy names one; without one the model's own violations stand."""
        subject, inquiry = self._subject, self._inquiry
        code = subject.candidate.policy.code
        violations = self._modelled.violations if self._modelled else ()
        if code.predictor is None:
            inquiry.findings += violations
            inquiry.findings += [_no_handler(subject)] if code.paths else []
            return
        if isinstance(worker, Worker):
            inquiry.findings += input_models(subject, worker, self._measured)
        if code.factory is None:
            self._ask_other(code.predictor)
            return
        opened = worker if isinstance(worker, Refused) else worker.open_handler(code.predictor)
        if isinstance(opened, Refused) or isinstance(worker, Refused):
            assert isinstance(opened, Refused)
            inquiry.findings += violations
            _not_loaded(subject, inquiry, opened, trusted=self._trusted)
            return
        self._try(worker, opened.attempts)

    def _ask_other(self, predictor: str) -> None:
        """Try a predictor that is no Python: a program, or a server on this machine."""
        subject, inquiry = self._subject, self._inquiry
        try:
            named = parse_predictor(predictor)
        except UsageError as error:
            at = subject.candidate.at("code.predictor")
            inquiry.obstacles.append(Obstacle(what=error.what, fix=error.fix, at=at))
            return
        assert not isinstance(named, Factory)
        bounds = Bounds(memory=MEMORY, timeout=self._check.seconds)
        with answering(named, subject.candidate.root, bounds) as foreign:
            if isinstance(foreign, Refused):
                inquiry.findings += self._modelled.violations if self._modelled else ()
                _not_loaded(subject, inquiry, foreign, trusted=True)
                return
            self._try(foreign, ())

    def _try(self, handler: Handler, before: Sequence[str]) -> None:
        subject, inquiry = self._subject, self._inquiry
        service = Service(handler, subject.manifest)
        service_tried(subject, self._check, service, self._modelled, inquiry, self._measured)
        attempts, at = [*before, *service.attempts], subject.candidate.at("code.predictor")
        note_attempts(inquiry, self._measured, "the service", attempts, at)

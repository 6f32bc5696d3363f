"""What `golden-replay` looks at: the golden set, the answers on each device, and what is left of many requests."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

from gatekeeper.candidate import Candidate
from gatekeeper.errors import UsageError
from gatekeeper.inquiry import Inquiry
from gatekeeper.model import Evidence, Examined, Obstacle, Scalar, Severity, Unable
from gatekeeper.replay import figures
from gatekeeper.replay.golden.coverage import coverage, sentences
from gatekeeper.replay.golden.judging import Judged
from gatekeeper.replay.golden.judging import judge as held
from gatekeeper.replay.golden.repeating import repeatability
from gatekeeper.replay.measuring import Measured
from gatekeeper.replay.observed import Stressed
from gatekeeper.replay.outcomes import Reason, Refused
from gatekeeper_checks._interpreter import differing, interpreter, not_production, sandbox_seen
from gatekeeper_checks.golden_replay.answer_rules import PredictorFails
from gatekeeper_checks.golden_replay.answers import answered, outputs_seen, refusals, repeated, tolerated
from gatekeeper_checks.golden_replay.behaviour import behaviour, memory_seen
from gatekeeper_checks.golden_replay.behaviour_rules import Device
from gatekeeper_checks.golden_replay.subject import Subject, binding, gather
from gatekeeper_checks.golden_replay.trial import asked_of, devices, expected_versions, measured

_ENVIRONMENT = {Reason.NO_INTERPRETER, Reason.NOT_PYTHON, Reason.TOO_OLD, Reason.UNPROTECTED}
"""Why nothing was asked that says nothing about the candidate."""


def judge(candidate: Candidate) -> Examined | Unable:
    """Return what was answered on each device, and everything that is against it."""
    inquiry = Inquiry()
    subject = gather(candidate, inquiry)
    if subject is None:
        return inquiry.conclude()
    candidate.store.put(figures.KEY, figures.dumped([drawn(subject, *each) for each in _trials(subject, inquiry)]))
    return inquiry.conclude()


def judged_trials(subject: Subject, inquiry: Inquiry) -> list[Measured]:
    """Ask the records on each device and judge the answers; returns what was answered."""
    return [trial for trial, _ in _trials(subject, inquiry)]


def drawn(subject: Subject, trial: Measured, judged: Judged | None) -> figures.OnDevice:
    """Return what a picture of the answers of one device needs; a sign-off draws it and replays nothing."""
    if judged is None:
        return figures.refused(name_of(trial), trial.refused.what if trial.refused is not None else "")
    stressed = trial.stressed
    if isinstance(stressed, Refused):
        kept: Stressed | str = stressed.what
    elif stressed is None:
        kept = "no request of a stress was made"
    else:
        kept = stressed if stressed.faults < stressed.requests else "every request raised"
    return figures.answered(name_of(trial), [each.id for each in subject.golden.records], judged, kept)


def _trials(subject: Subject, inquiry: Inquiry) -> list[tuple[Measured, Judged | None]]:
    """Ask the records on each device and judge the answers; None where there are none."""
    inquiry.findings += binding(subject)
    trials = asked(subject, inquiry)
    judged = [_judge(subject, each, inquiry) for each in trials]
    _parity(subject, trials, inquiry)
    seen = {"records": len(subject.golden.records)}
    words: dict[str, Scalar] = {**seen, "detects": "; ".join(sentences(coverage(subject.golden)))}
    inquiry.evidence.append(Evidence(what="what the golden records cover", measured=words))
    return list(zip(trials, judged, strict=True))


def asked(subject: Subject, inquiry: Inquiry) -> list[Measured]:
    """Ask the records on each device; what keeps from asking is noted."""
    candidate = subject.candidate
    found: list[Measured] = []
    expected = expected_versions(candidate, subject.artifacts, inquiry)
    for device in devices(candidate, inquiry):
        asked_ = asked_of(candidate, device, expected)
        if isinstance(asked_, Obstacle):
            inquiry.obstacles.append(asked_)
            return found
        try:
            trial = measured(candidate, asked_, [each.inputs for each in subject.golden.records])
        except UsageError as error:
            at = candidate.at("code.predictor")
            inquiry.obstacles.append(Obstacle(what=error.what, fix=error.fix, at=at))
            return found
        found.append(trial)
        _environment(subject, trial, expected, inquiry)
    return found


def _environment(subject: Subject, trial: Measured, expected: dict[str, str], inquiry: Inquiry) -> None:
    """Note in what the records were asked, and whether that is production's environment."""
    if trial.facts is None or not trial.facts.python:
        return
    inquiry.evidence.append(sandbox_seen(trial.facts, expected))
    differences = differing(trial.facts, expected)
    if differences:
        candidate = subject.candidate
        inquiry.obstacles.append(not_production(candidate, interpreter(candidate), differences))


def _judge(subject: Subject, trial: Measured, inquiry: Inquiry) -> Judged | None:
    candidate = subject.candidate
    inquiry.findings += behaviour(subject, trial)
    if trial.refused is not None:
        _not_answered(subject, trial.refused, inquiry)
        return None
    assert trial.single is not None
    golden = tolerated(subject.golden, candidate.policy.replay.outputs)
    subject = replace(subject, golden=golden)
    judged = held(golden, trial.single.answers, device=name_of(trial))
    words: dict[str, Scalar] = {"records": judged.records, "refused": refusals(trial), **outputs_seen(judged)}
    if judged.unjudged:
        words["say nothing of an answer"] = len(judged.unjudged)
    inquiry.findings += answered(subject, judged, trial)
    inquiry.findings += repeated(subject, trial, words)
    _device_of(subject, trial, judged, inquiry)
    if trial.predictor is not None:
        words = {"predictor": candidate.policy.code.predictor or trial.predictor.format, **words}
    inquiry.evidence.append(Evidence(what=f"answers on {name_of(trial)}", measured=words))
    if trial.predictor is not None and trial.device != "cpu":
        inquiry.evidence.append(Evidence(what=f"the device {name_of(trial)}", measured=dict(trial.predictor.runtime)))
    if isinstance(trial.stressed, Stressed):
        inquiry.evidence.append(
            Evidence(what=f"many requests on {name_of(trial)}", measured=memory_seen(trial.stressed))
        )
    elif trial.stressed is None:
        words = {"memory": "not measured: what answers is no Python process of ours"}
        inquiry.evidence.append(Evidence(what=f"many requests on {name_of(trial)}", measured=words))
    return judged


def name_of(trial: Measured) -> str:
    """Return the device as golden records name it: "cpu", "cuda:NVIDIA H200"."""
    name = trial.predictor.runtime.get("device name", "") if trial.predictor else ""
    return f"{trial.device}:{name}" if name and trial.device != "cpu" else trial.device


def _not_answered(subject: Subject, refused: Refused, inquiry: Inquiry) -> None:
    candidate = subject.candidate
    at = candidate.at("code.predictor" if candidate.policy.code.predictor else "artifacts")
    if refused.reason in _ENVIRONMENT or (refused.reason is Reason.MODULE_MISSING and not _is_own(candidate, refused)):
        inquiry.obstacles.append(Obstacle(what=refused.what, fix=refused.fix, at=at))
    else:
        inquiry.findings.append(PredictorFails.finding(refused.what, fix=refused.fix, at=at))


def _is_own(candidate: Candidate, refused: Refused) -> bool:
    """Return whether a module that is missing is one of the candidate's own: no environment has it."""
    factory = candidate.policy.code.factory
    missing = refused.fault.module if refused.fault else ""
    return (
        factory is not None
        and missing != ""
        and missing.partition(".")[0] == factory.partition(":")[0].partition(".")[0]
    )


def _device_of(subject: Subject, trial: Measured, judged: Judged, inquiry: Inquiry) -> None:
    """Note where golden values of another device stand for this one's."""
    header, name = subject.golden.header, name_of(trial)
    if header is None or name in header.devices or len(judged.own) == judged.records:
        return
    inquiry.findings.append(
        Device.finding(
            f"no golden values were recorded on {name}: those of {', '.join(header.devices) or 'no device'} stand for "
            f"{judged.records - len(judged.own)} of {judged.records} records",
            fix='record them there: gatekeeper golden record . --inputs FILE --device DEVICE --reason "..."',
            at=subject.at("devices"),
            severity=Severity.ERROR if subject.candidate.profile.strict else Severity.NOTE,
        )
    )


def _parity(subject: Subject, trials: list[Measured], inquiry: Inquiry) -> None:
    """Note how far the devices are from each other."""
    specs = subject.golden.header.outputs if subject.golden.header else None
    ids = [each.id for each in subject.golden.records]
    for one, other in combinations([each for each in trials if each.single], 2):
        assert one.single is not None
        assert other.single is not None
        found = repeatability(one.single.answers, other.single.answers, specs, ids=ids)
        words: dict[str, Scalar] = {"same": str(found.sameness), "records that differ": found.differing}
        inquiry.evidence.append(Evidence(what=f"{name_of(one)} against {name_of(other)}", measured=words))

"""Reports that no candidate on disk would give as easily: what a format makes of each kind of answer."""

from __future__ import annotations

from dataclasses import replace

from gatekeeper import engine
from gatekeeper.model import (
    Crashed,
    Evidence,
    Examined,
    Finding,
    Location,
    Obstacle,
    Outcome,
    Provider,
    Result,
    Severity,
    Step,
    Unable,
    Waiver,
)
from gatekeeper.profiles import PROFILES
from gatekeeper.report import FORMATS, FileDigest, Report, Subject
from gatekeeper.waivers import State, Use
from gatekeeper_checks import BUILTIN

HERE = tuple(each for each in FORMATS if each != "html")
"""The formats whose tests are in this folder; the page has its own."""

GATE = Provider(distribution="model-gatekeeper", version="0", builtin=True)
SEEN = Evidence(what="serving/app.py", sha256="ab" * 32, measured={"lines": 90})
CODES = tuple(sorted(rule.code for check in BUILTIN for rule in check.about.rules))


def at(key: str, line: int) -> Location:
    return Location(path="gatekeeper.yaml", line=line, column=3, key=key)


FILES = (
    FileDigest(role="artifacts[0]", path="model.pkl", sha256="cd" * 32, bytes=1000, at=at("artifacts[0]", 3)),
    FileDigest(role="artifacts[1]", path="weights", sha256=None, bytes=None, at=at("artifacts[1]", 4)),
    FileDigest(role="environment.production", path="a b.lock", sha256="ef" * 32, bytes=9, at=at("environment", 6)),
    FileDigest(role="golden", path="golden.safetensors", sha256="12" * 32, bytes=9, at=at("golden", 7)),
    FileDigest(role="manifest", path="manifest.yaml", sha256=None, bytes=None, at=at("manifest", 8)),
)
SUBJECT = Subject(
    name="pricing",
    version="7",
    policy=FileDigest(role="policy", path="gatekeeper.yaml", sha256="34" * 32, bytes=99),
    files=FILES,
    base="models/pricing",
)


def finding(
    number: int = 0,
    *,
    code: str = CODES[0],
    severity: Severity = Severity.ERROR,
    message: str = "got 1.3.0, expected 1.4.2",
    fix: str = "pin 1.4.2",
    place: Location | None = None,
    steps: int = 0,
) -> Finding:
    trace = tuple(
        Step(
            at=Location(path="serving/app.py", line=step + 1, column=1), function=f"f{step}", what=f"calls f{step + 1}"
        )
        for step in range(steps)
    )
    here = place or Location(path="serving/app.py", line=number + 1, column=5)
    return Finding(code=code, message=message, fix=fix, at=here, severity=severity, trace=trace)


def waiver(code: str = CODES[0], **more: str) -> Waiver:
    told = {"reason": "known since the spring", "owner": "ann", "approver": "bob"} | more
    return Waiver(
        code=code,
        path="serving/*",
        created="2026-01-01",
        expires="2026-02-01",
        at=Location(path="waivers.yaml", line=3, column=3),
        **told,
    )


def result(outcome: Outcome, *, id_: str = "no-grad", waived: dict[Finding, Waiver] | None = None) -> Result:
    return Result(id=id_, title="It is so", provider=GATE, outcome=outcome, seconds=0.25, waived=waived or {})


def examined(*findings: Finding, id_: str = "no-grad", waived: dict[Finding, Waiver] | None = None) -> Result:
    return result(Examined(evidence=(SEEN,), findings=findings), id_=id_, waived=waived)


def report(*results: Result, interrupted: str = "", uses: tuple[Use, ...] = (), subject: Subject = SUBJECT) -> Report:
    return Report(
        verdict=engine.verdict(results),
        profile=PROFILES["ci"],
        subject=subject,
        results=results,
        waivers=uses,
        interrupted=interrupted,
        rules={rule.code: rule for check in BUILTIN for rule in check.about.rules},
        run={"started": "2026-01-02T03:04:05+00:00", "host": "ci", "total_seconds": 1.5},
    )


def use(of: Waiver, state: State = State.USED, why: str = "", days_left: int = 30) -> Use:
    return Use(waiver=of, state=state, findings=1, days_left=days_left, why=why)


def obstructed(*findings: Finding, id_: str = "baseline", what: str = "baseline.json is truncated") -> Result:
    obstacle = Obstacle(what=what, fix="write it again", at=Location(path="baseline.json"))
    return result(Unable(obstacles=(obstacle,), evidence=(SEEN,), findings=findings), id_=id_)


_WAIVED = finding(7)
_WAIVER = waiver()
KINDS: dict[str, Report] = {
    "pass": report(examined()),
    "note": report(examined(finding(severity=Severity.NOTE))),
    "waived": report(examined(_WAIVED, waived={_WAIVED: _WAIVER}), uses=(use(_WAIVER),)),
    "fail": report(examined(finding()), examined(id_="baseline")),
    "unable": report(examined(), obstructed()),
    "unable and failed": report(examined(), obstructed(finding())),
    "crashed": report(examined(), result(Crashed(error="raised ValueError: no", detail="..."), id_="baseline")),
    "looked at nothing": report(examined(), result(Examined(evidence=()), id_="baseline")),
    "waived without evidence": report(
        result(Examined(evidence=(), findings=(_WAIVED,)), waived={_WAIVED: _WAIVER}), uses=(use(_WAIVER),)
    ),
    "nothing ran": report(),
    "incomplete": report(examined(), interrupted="stopped by SIGTERM before baseline came to an end"),
    "incomplete and failed": report(examined(finding()), interrupted="stopped by SIGTERM before baseline"),
}
"""One report of each kind that there is."""

GREEN = {"pass", "note", "waived"}


def many(count: int, *, severity: Severity = Severity.ERROR) -> Report:
    return report(
        examined(
            *(finding(number, message=f"got {number}, expected none", severity=severity) for number in range(count))
        )
    )


HOSTILE = (
    "::error file=a,line=1::taken over",
    "  ::add-mask::a",
    "##[error]taken over",
    "##vso[task.complete result=Succeeded;]",
    "100%0A::error::%25",
    "first\n::warning::second\r\n::endgroup::",
    "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "]]><failure/><!-- & &amp; --> <![CDATA[",
    "\x1b[2J\x1b]0;title\x07 \x9b31m",
    "\u202etxt.exe\u2066 \u200b\u2028 \ufeff",
    "`` ` ``` ```` code",
    "a | b \\| c \\\\| d |",
    "@octocat @org/team #1 GH-2 org/repo#3 !4 a@b.example",
    "[link](https://evil.example) ![image](x.png) <https://evil.example>",
    "https://evil.example www.evil.example",
    "see www.evil.example",
    "see GH-2",
    "see 0123456789abcdef0123456789abcdef01234567",
    "# heading\n\n- list\n1. list\n\n---\n> quote\n```\nopen",
    "</details></summary></code></pre>\n\n</details>",
    "*bold* _italic_ ~~gone~~ $x$ :smile: 0123456789abcdef0123456789abcdef01234567",
    "nul \x00 del \x7f lone \ud800 byte \udcff no character \uffff \ufffe",
    "quotes \" ' & < > \\ \t tab",
    "verdict=pass\nexit-code=0",
    "   ",
    "é ü 漢字 🎉 …",
)


def hostile(text: str) -> Report:
    """Return a report that has the text in each place into which a candidate can write."""
    place = Location(path=text or "x", line=3, column=1, key=text)
    step = Step(at=place, function=text, what=text)
    open_ = Finding(code=CODES[0], message=text, fix=text, at=place, trace=(step, step))
    elsewhere = Finding(code=CODES[1], message=text, fix=text, at=Location(path=text or "x"), severity=Severity.NOTE)
    covered = replace(open_, message=f"{text}!")
    pardon = replace(waiver(reason=text, owner=text, approver=text), path=text, expires=text, at=place)
    evidence = Evidence(what=text, sha256="ab" * 32, measured={text: text})
    obstacle = Obstacle(what=text, fix=text, at=place)
    results = (
        Result(
            id="no-grad",
            title=text,
            provider=Provider(distribution=text, version=text, builtin=False),
            outcome=Examined(evidence=(evidence,), findings=(open_, elsewhere, covered)),
            seconds=0.5,
            waived={covered: pardon},
            cached=text,
        ),
        result(Unable(obstacles=(obstacle,), evidence=(evidence,)), id_="baseline"),
        result(Crashed(error=text, detail=text), id_="replay"),
    )
    file = FileDigest(role=text, path=text, sha256="cd" * 32, bytes=3, at=place)
    subject = Subject(name=text, version=text, policy=file, files=(file,), base=text)
    uses = (use(pardon), use(replace(pardon, code=CODES[1]), State.EXPIRED, text))
    return replace(report(*results, uses=uses, subject=subject), left_out=(text,), unexamined=(text,))

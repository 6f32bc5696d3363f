"""What a sign-off says beside its run: the released files, the environment, the drawings, and how to verify it all."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from gatekeeper.report.page import judged
from gatekeeper.report.page.evidence import digest
from gatekeeper.report.page.frame import Section, anchor, check_link, counted, facts
from gatekeeper.report.page.markup import Child, Html, tag
from gatekeeper.report.page.svg import inline
from gatekeeper.report.signoff import Picture, Signoff, Source

_DIGEST: Final = re.compile("[0-9a-f]{64}")
_FILES: Final = (
    ("signoff.html", "this page"),
    ("signoff.json", "the same for programs: every finding, every piece of evidence"),
    ("verdict.sigstore.json", "the verdict: a verification summary of SLSA, version 1"),
    ("test-result.sigstore.json", "the checks by name: a test result of in-toto, version 0.1"),
    ("evidence.sigstore.json", "what was judged, by what, with which waivers"),
    ("approval-*.sigstore.json", "one signature of each reviewer, if somebody approved it"),
)
"""What is in the folder of a release, and what each file is."""


def when(signoff: Signoff) -> Html:
    """Return when it was made, and until when it holds if it is a release; it stands in the verdict."""
    made = f"{signoff.created:%Y-%m-%d %H:%M:%S} UTC"
    parts: list[Child] = ["Made ", tag("time", made, datetime=signoff.created.isoformat(timespec="seconds")), "."]
    if signoff.report.word != "PASS":
        parts.append(" It releases nothing.")
    elif signoff.valid_until is not None:
        until = signoff.valid_until.isoformat()
        parts += [" Holds until ", tag("time", until, datetime=until), ", the last day of a waiver that it needs."]
    return tag("p", *parts, class_="small")


def subject(signoff: Signoff) -> Section:
    """Return the section of who and what was judged."""
    report = signoff.report
    artifacts = [judged.file(each.path, each.sha256, each.bytes) for each in signoff.artifacts]
    pairs: list[tuple[str, Child | None]] = [
        ("Artifacts", tag("ul", *artifacts, class_="files") if artifacts else "none"),
        *judged.candidate(report),
        ("Commit", _commit(signoff.source)),
        ("Gate", _named(signoff.gate)),
        ("Interpreter", _named(signoff.interpreter)),
        ("Graphics card", _named(signoff.gpu) if signoff.gpu else "none was used"),
        ("Profile", report.profile.name),
    ]
    folds = (judged.declared(report.subject.files), judged.circumstances(report.run))
    return Section(id="judged", title="What was judged", body=(facts(pairs), *(each for each in folds if each)))


def drawings(signoff: Signoff) -> Section:
    """Return the section of the pictures."""
    figures = [_figure(each, index) for index, each in enumerate(signoff.pictures)]
    run = {each.id for each in signoff.report.results}
    replay = tag("p", "The figures of the replay are in the evidence of ", check_link("golden-replay", run), ".")
    command = tag("code", "gatekeeper golden replay CANDIDATE --plot replay.svg")
    drawn = tag("p", "To replay it once more and draw what comes out: ", command, class_="quiet")
    body = (*figures, tag("div", replay, drawn, class_="check small"))
    lead = "Drawn from the files that were judged, and from what was measured while they were."
    return Section(id="pictures", title="Pictures", lead=lead, body=body)


def environment(signoff: Signoff) -> Section:
    """Return the section of what the interpreter has installed."""
    items = [
        tag("li", tag("span", name), tag("code", version, class_="digest"))
        for name, version in sorted(signoff.distributions.items(), key=lambda each: each[0].casefold())
    ]
    lead = f"{counted(len(items), 'distribution')} in the interpreter in which the candidate was executed."
    if not items:
        lead = "What the interpreter has installed is not known."
    return Section(
        id="environment", title="Environment", lead=lead, body=(tag("ul", *items, class_="columns"),) if items else ()
    )


def verifying(signoff: Signoff) -> Section:
    """Return the section that says how to verify the sign-off, and how to make the run again."""
    word = signoff.report.word
    warning = (
        "This page proves nothing by itself: like any file it can be edited. The signed statements beside it hold its "
        "digest, and that of the model. At the deploy, offline, with the public keys that you trust in KEYS:"
    )
    told = "It answers 0 where the release is a PASS, of this model, and in force; 1 where not; 3 where it can't tell."
    refused = [tag("p", f"This release is no PASS but {word}: it answers 1, whoever has signed it.")]
    body: tuple[Child, ...] = (
        tag("p", warning),
        tag("pre", "gatekeeper verify release/ --model MODEL --keys KEYS --require-approvals 2 --max-age 7d"),
        tag("p", told),
        *(refused if word != "PASS" else ()),
        facts([(name, what) for name, what in _FILES]),
        tag("h3", "The same run again", id="again"),
        tag("pre", signoff.command),
    )
    return Section(id="verify", title="How to verify it", body=(tag("div", *body, class_="stack"),))


def _commit(source: Source | None) -> Child:
    if source is None:
        return "in no repository"
    told = " and tracked files that differ from it" if source.dirty else ", nothing tracked differs from it"
    return tag("span", tag("code", source.commit, class_="digest"), told)


def _named(values: Mapping[str, str]) -> Child:
    items = [tag("li", tag("span", f"{name.replace('_', ' ')} "), _value(value)) for name, value in values.items()]
    return tag("ul", *items, class_="named") if items else "not known"


def _value(value: str) -> Html:
    return digest(value) if _DIGEST.fullmatch(value) else tag("code", value)


def _figure(picture: Picture, index: int) -> Html:
    drawn = inline(picture.svg, prefix=f"p{index}", title=picture.title, alt=picture.alt) if picture.svg else None
    if drawn is None:
        why = picture.alt if not picture.svg else "Not drawn: it is no drawing that a page can hold."
        return tag(
            "div",
            tag("p", tag("b", picture.title)),
            tag("p", why),
            class_="note doubt",
            id=anchor("picture", str(index)),
        )
    scroll = tag("div", drawn, class_="scroll", tabindex="0", role="group", aria_label=picture.title)
    caption = tag("figcaption", tag("b", f"{picture.title}. "), picture.alt)
    return tag("figure", scroll, caption, id=anchor("picture", str(index)))

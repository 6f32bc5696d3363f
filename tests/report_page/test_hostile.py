"""A candidate's words stay words, in every field that it can fill."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gatekeeper.model import Crashed, Evidence, Location, Obstacle, Provider, Step, Unable
from gatekeeper.report import FileDigest, Report, Subject, html
from gatekeeper.report.signoff import Artifact, Picture, Signoff, Source, page
from gatekeeper.waivers import State, Use
from tests.report_page import samples
from tests.report_page.reader import Page

HOSTILE = (
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>'",
    "</style></title></textarea><!--",
    "&lt;b&gt; &amp; &#60;",
    "x\u202egnp.exe \u2066\x1b[2J\x00\x07\x9b31m\u2028\ud800",
    'javascript:alert(1)#" autofocus onfocus="alert(1)',
    "]]><svg onload=alert(1)>",
    "` ` <b>`x`</b> `",
)


def hostile_report(text: str) -> Report:
    at = Location(path=text, line=1, column=1, key=text)
    step = Step(at=at, function=text, what=text)
    found = samples.finding(message=text, fix=text, at=at, trace=(step, step))
    hidden = replace(found, message=f"{text} again")
    excuse = samples.waiver(path=text, reason=text, owner=text, approver=text, created=text, expires=text, at=at)
    seen = Evidence(what=text, measured={text: text})
    theirs = Provider(distribution=text, version=text, builtin=False)
    failing = samples.result("no-grad", findings=[found, hidden], waived={hidden: excuse})
    unable = Unable(obstacles=(Obstacle(what=text, fix=text, at=at),), evidence=(seen,), findings=(found,))
    results = (
        failing,
        samples.result("baseline", unable),
        samples.result(text, Crashed(error=text, detail=text), title=text, provider=theirs, cached=text),
    )
    uses = tuple(
        Use(waiver=excuse, state=state, findings=1, days_left=3, why=text) for state in (State.USED, State.EXPIRED)
    )
    file = FileDigest(role=text, path=text, sha256=samples.DIGEST, bytes=1)
    subject = Subject(name=text, version=text, policy=file, files=(file,))
    run = {"folder": text, text: text}
    return samples.report(
        results, subject=subject, waivers=uses, left_out=(text,), unexamined=(text,), interrupted="", run=run
    )


def hostile_signoff(text: str) -> Signoff:
    names = {text: text, "sha256": text}
    return samples.signoff(
        hostile_report(text),
        artifacts=(Artifact(path=text, sha256=text, bytes=1),),
        source=Source(commit=text, dirty=True),
        gate=names,
        interpreter=names,
        distributions=names,
        gpu=names,
        command=text,
        pictures=(
            Picture(title=text, alt=text, svg=samples.SQUARE),
            Picture(title=text, alt=text, svg=text),
            Picture(title=text, alt=text, svg=""),
        ),
    )


def shape(source: str) -> list[tuple[str, tuple[str, ...]]]:
    """Return the elements of a page with the names of their attributes."""
    return [(each.name, tuple(each.attributes)) for each in Page(source).elements]


def known(source: str) -> set[tuple[str, tuple[str, ...]]]:
    return set(shape(source))


@pytest.mark.parametrize("text", HOSTILE)
def test_a_text_adds_no_element_and_no_attribute(text: str) -> None:
    words = {("br", ()), ("code", ())}
    """Lines, and what stands between backticks: all that a text can ask for."""
    assert known(html.render(hostile_report(text))) <= known(html.render(hostile_report("plain"))) | words
    assert known(page.render(hostile_signoff(text))) <= known(page.render(hostile_signoff("plain"))) | words


@pytest.mark.parametrize("text", HOSTILE)
def test_no_character_of_it_moves_hides_or_reorders_another(text: str) -> None:
    for source in (html.render(hostile_report(text)), page.render(hostile_signoff(text))):
        assert source.encode("utf-8"), "no lone surrogate"
        assert not {"\x00", "\x07", "\x1b", "\x9b", "\u2028", "\u202e", "\u2066", "\r"} & {*source}


def test_it_is_shown_as_it_is_written() -> None:
    told = Page(html.render(hostile_report(HOSTILE[0]))).text
    assert told.count("<script>alert(1)</script>") > 20


def test_what_reorders_text_is_spelled_out() -> None:
    assert r"x\u202egnp.exe" in Page(html.render(hostile_report(HOSTILE[4]))).text


def test_two_names_that_differ_only_in_odd_characters_have_two_addresses() -> None:
    results = [samples.result(each, title=each) for each in ("a b", "a<b", "a-b", "a~20.b")]
    read = Page(html.render(samples.report(results)))
    assert len({each.attributes["id"] for each in read.all("article")}) == 4


def test_a_text_without_end_is_cut_and_says_so() -> None:
    long = samples.finding(message="m" * 1_000_000, fix="f" * 1_000_000)
    chain = samples.whole({"no-grad": samples.result("no-grad", findings=[long])})
    source = html.render(samples.report(chain))
    assert len(source) < 100_000
    assert "(997,000 more characters)" in source

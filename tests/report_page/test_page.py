"""What both pages promise: valid, without scripts, nothing fetched, and each part with an address of its own."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import pairwise

import pytest

from gatekeeper.model import Crashed, Evidence, Obstacle, Provider, Unable
from gatekeeper.report import Report, html
from gatekeeper.report.page.palette import DARK
from gatekeeper.report.signoff import page
from tests.report_page import samples
from tests.report_page.reader import Page

FAILING = samples.whole({"no-grad": samples.result("no-grad", findings=[samples.finding()])})
STUCK = Unable(
    obstacles=(Obstacle(what="the lock is gone", fix="bring it back"),), evidence=(Evidence(what="x", sha256="0" * 64),)
)
DIED = Crashed(error="died", detail="x")
REPORTS = {
    "pass": samples.report(samples.whole()),
    "fail": samples.report(FAILING),
    "undecided": samples.report(samples.whole({"baseline": samples.result("baseline", STUCK)})),
    "crashed": samples.report(
        samples.whole({"baseline": samples.result("baseline", Crashed(error="died", detail="x"))})
    ),
    "incomplete": samples.report((), interrupted="the run was stopped by SIGTERM before no-grad came to an end"),
    "waived": samples.waived(),
}
WORDS = {"pass": "PASS", "fail": "FAIL", "undecided": "UNDECIDED", "crashed": "UNDECIDED", "incomplete": "INCOMPLETE"}
KINDS: dict[str, Callable[[Report], str]] = {
    "run": html.render,
    "sign-off": lambda report: page.render(samples.signoff(report)),
}
PAGES = [
    pytest.param(render(report), id=f"{kind}-{name}")
    for kind, render in KINDS.items()
    for name, report in REPORTS.items()
]


@pytest.fixture(params=PAGES)
def source(request: pytest.FixtureRequest) -> str:
    found: str = request.param
    return found


def test_it_is_html_with_a_language_and_one_heading_of_the_first_rank(source: str) -> None:
    read = Page(source)
    assert read.declarations == ["DOCTYPE html"]
    assert read.all("html", lang="en")
    assert [each.text for each in read.all("h1")] == ["holiday-pricing 4093"]
    assert read.all("title")[0].text.startswith("holiday-pricing 4093")


def test_headings_leave_no_rank_out(source: str) -> None:
    ranks = [int(each.name[1]) for each in Page(source).elements if re.fullmatch("h[1-6]", each.name)]
    assert all(after <= before + 1 for before, after in pairwise(ranks))


def test_nothing_runs_and_nothing_is_fetched(source: str) -> None:
    read = Page(source)
    names = {each.name for each in read.elements}
    assert not names & {"script", "link", "img", "iframe", "object", "embed", "form", "base", "audio", "video"}
    for each in read.elements:
        assert not [name for name in each.attributes if name.startswith("on") or name in {"src", "srcset", "action"}]
        assert each.attributes.get("href", "#").startswith("#")
    assert "url(" not in read.all("style")[0].text
    assert "@import" not in source


def test_it_forbids_what_it_does_not_do(source: str) -> None:
    [policy] = Page(source).all("meta", **{"http-equiv": "Content-Security-Policy"})
    assert policy.attributes["content"].startswith("default-src 'none'; style-src 'unsafe-inline'; img-src data:;")


def test_each_address_is_there_once_and_each_link_leads_to_one(source: str) -> None:
    read = Page(source)
    ids = [each.attributes["id"] for each in read.elements if "id" in each.attributes]
    assert len(ids) == len(set(ids))
    assert {each.attributes["href"][1:] for each in read.elements if "href" in each.attributes} <= {*ids}
    for each in read.elements:
        for name in ("aria-labelledby", "aria-describedby"):
            assert each.attributes.get(name, ids[0]) in ids


def test_the_first_thing_to_reach_by_keyboard_leads_to_the_content(source: str) -> None:
    read = Page(source)
    [first, *_] = read.all("a")
    assert first.attributes["href"] == "#content"
    assert read.by_id("content").name == "main"


def test_tables_say_what_they_are_and_what_their_cells_are_about(source: str) -> None:
    read = Page(source)
    assert len(read.all("table")) == len(read.all("caption"))
    assert all(each.attributes.get("scope") in {"col", "row"} for each in read.all("th"))


def test_a_status_is_a_word_and_a_shape_and_no_colour_alone(source: str) -> None:
    read = Page(source)
    assert all(each.text for each in [*read.all("p", class_="word"), *read.all("span", class_="st")])
    shapes = {each.attributes["href"] for each in read.all("use")}
    assert len(shapes) >= 1
    assert shapes <= {f"#{each.attributes['id']}" for each in read.all("symbol")}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", WORDS)
def test_the_verdict_comes_first_and_in_words(kind: str, name: str) -> None:
    read = Page(KINDS[kind](REPORTS[name]))
    assert read.all("p", class_="word")[0].text == WORDS[name]
    order = [each.attributes.get("class", "") or each.attributes.get("id", "") for each in read.elements]
    assert order.index("word") < order.index("waivers") < order.index("judged") < order.index("checks")


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_no_pass_is_nowhere_painted_as_one(kind: str) -> None:
    for name in ("undecided", "crashed", "incomplete", "fail"):
        read = Page(KINDS[kind](REPORTS[name]))
        assert not read.all("div", class_="verdict")[0].attributes["class"].endswith("pass"), name


def test_a_run_that_was_stopped_says_so() -> None:
    read = Page(html.render(REPORTS["incomplete"]))
    assert "stopped by SIGTERM before no-grad came to an end; there is no verdict." in read.text
    assert "No check came to an end." in read.text


@pytest.mark.parametrize("kind", KINDS)
def test_every_check_and_every_code_has_an_address(kind: str) -> None:
    read = Page(KINDS[kind](REPORTS["fail"]))
    for result in REPORTS["fail"].results:
        assert result.title in read.by_id(f"check-{result.id}").text
    assert "runs with gradients on" in read.by_id("code-no-grad/unguarded-call").text


@pytest.mark.parametrize("kind", KINDS)
def test_a_finding_is_told_with_its_place_its_rule_and_its_fix(kind: str) -> None:
    told = Page(KINDS[kind](REPORTS["fail"])).by_id("code-no-grad/unguarded-call").text
    assert "ERROR no-grad/unguarded-call serving/demand_0.py:32:13" in told.replace("ERRORno", "ERROR no").replace(
        "callserving", "call serving"
    )
    assert "An entry point reaches a forward call with gradients on." in told
    assert "put @torch.inference_mode() on estimate" in told


@pytest.mark.parametrize("kind", KINDS)
def test_digests_are_whole(kind: str) -> None:
    assert f"sha256:{samples.DIGEST}" in Page(KINDS[kind](REPORTS["pass"])).text


@pytest.mark.parametrize("kind", KINDS)
def test_waivers_come_with_everything_that_somebody_must_answer_for(kind: str) -> None:
    told = Page(KINDS[kind](REPORTS["waived"])).by_id("waivers").text
    for part in (
        "the handler is replaced in the next release",
        "ada",
        "grace",
        "2026-12-05",
        "5 days left",
        "ends soon",
    ):
        assert part in told
    assert "serving/demand_0.py:32:13" in told, "what it lets through"
    assert "NO EFFECT: EXPIRED" in told


@pytest.mark.parametrize("kind", KINDS)
def test_a_waived_finding_is_shown_as_waived_where_it_was_found(kind: str) -> None:
    told = Page(KINDS[kind](REPORTS["waived"])).by_id("code-no-grad/unguarded-call").text
    assert told.startswith("WAIVED ERROR")
    assert "Waived until 2026-12-05 by grace for ada" in told


def test_a_run_without_waivers_says_that_there_are_none() -> None:
    assert "No finding was waived." in Page(html.render(REPORTS["pass"])).by_id("waivers").text
    ignored = samples.report(samples.whole(), waivers_ignored=True)
    assert "as if there were no waiver" in Page(html.render(ignored)).by_id("waivers").text


def test_what_could_not_be_looked_at_says_why_and_what_to_do() -> None:
    told = Page(html.render(REPORTS["undecided"])).by_id("check-baseline").text
    assert "COULD NOT LOOK" in told
    assert "the lock is gone" in told
    assert "bring it back" in told


def test_a_partial_run_names_what_it_left_out_and_what_nobody_read() -> None:
    partial = samples.report(samples.whole(), left_out=("golden-replay",), unexamined=("golden",))
    told = Page(html.render(partial)).by_id("checks").text
    assert "left them out: golden-replay." in told
    assert "read by no check: golden." in told


def test_a_plug_in_and_a_cached_answer_are_told_apart_from_the_rest() -> None:
    theirs = Provider(distribution="acme-checks", version="2.1", builtin=False)
    plugin = samples.result("acme", provider=theirs)
    cached = samples.result("no-grad", cached="2026-11-30T08:00:00+00:00")
    read = Page(html.render(samples.report((plugin, cached))))
    assert "a plug-in of acme-checks 2.1" in read.by_id("check-acme").text
    assert "from the cache, of 2026-11-30T08:00:00+00:00" in read.by_id("check-no-grad").text


def test_the_same_report_gives_the_same_page() -> None:
    first, second = (page.render(samples.signoff(samples.waived())) for _ in range(2))
    assert first == second


def test_it_is_dark_where_the_reader_is_and_light_on_paper(source: str) -> None:
    style = Page(source).all("style")[0].text
    assert f"prefers-color-scheme:dark){{:root{{--paper:{DARK['paper']}" in style
    assert "@media print" in style.partition("prefers-color-scheme:dark")[2], "paper has the last word"
    assert "details::details-content" in style, "what is folded is printed"

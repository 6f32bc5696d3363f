"""Markdown: what a reader of a pull request sees, and that no candidate can write anything but text into it."""

from __future__ import annotations

from collections.abc import Iterator
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from gatekeeper.model import Finding, Severity
from gatekeeper.report import Report
from gatekeeper.report.markdown import LEAST, MAX_BYTES, render, render_within
from gatekeeper.report.markup import block, cell, code, prose, prose_cell
from gatekeeper.report.printable import one_line
from gatekeeper.waivers import State
from tests.report.made import CODES, HOSTILE, KINDS, SUBJECT, examined, finding, hostile, many, report, use, waiver

READER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])

OURS = {
    *("heading", "paragraph", "table", "thead", "tbody", "tr", "th", "td", "strong", "inline", "text", "softbreak"),
    *("code_inline", "fence", "html_block"),
}
"""What our own Markdown is made of; there is no link, no image, no list, no inline HTML and no emphasis in it."""

MENTION = ("@", "#1", "GH-2", "://", "www.", "!4", "0123456789abcdef", "$x$", ":smile:")
"""What GitHub or GitLab make links of, or something else, in any text that is not code."""


class Elements(HTMLParser):
    """Collects elements and the text that is outside of `<code>`."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()
        self.outside = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert attrs == []
        self.seen.add(tag)
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in self.open:
            self.open.remove(tag)

    def handle_data(self, data: str) -> None:
        if "code" not in self.open:
            self.outside += data

    def handle_comment(self, data: str) -> None:
        raise AssertionError(data)

    def handle_decl(self, decl: str) -> None:
        raise AssertionError(decl)


def tokens(text: str) -> Iterator[Token]:
    for token in READER.parse(text):
        yield token
        yield from token.children or ()


def words(text: str) -> str:
    """Return all text that a service would search for mentions and links, after asserting that the rest is ours."""
    outside = ""
    for token in tokens(text):
        assert token.type.removesuffix("_open").removesuffix("_close") in OURS, token
        if token.type == "text":
            outside += token.content
        elif token.type == "html_block":
            elements = Elements()
            elements.feed(token.content)
            elements.close()
            assert elements.seen <= {"details", "summary", "b", "code"}
            outside += elements.outside
    return outside


@pytest.mark.parametrize("text", HOSTILE)
def test_whatever_a_candidate_says_the_markup_is_ours(text: str) -> None:
    outside = words(render(hostile(text)))
    assert not [each for each in MENTION if each in outside]


@pytest.mark.parametrize("text", HOSTILE)
def test_the_number_of_blocks_does_not_depend_on_what_a_candidate_says(text: str) -> None:
    def shape(told: str) -> list[str]:
        return [token.type for token in READER.parse(render(hostile(told)))]

    assert shape(text) == shape("plain")


@given(st.text(alphabet=st.characters() | st.sampled_from("`|\\@#<>[]()!*_~$:\n")))
def test_any_text_is_one_piece_of_code_or_nothing_but_letters(text: str) -> None:
    for shown in (prose(text), code(text)):
        (paragraph,) = [each for each in READER.parse(f"Word {shown}") if each.type == "inline"]
        children = paragraph.children or []
        assert {each.type for each in children} <= {"text", "code_inline"}
        assert not set("".join(each.content for each in children if each.type == "text")) & set("`|\\@#<>[]!*_~$")
    for shown in (cell(text), prose_cell(text)):
        table = READER.parse(f"| a | b |\n|---|---|\n| {shown} | the next |\n")
        assert [each.content for each in table if each.type == "inline"][3:] == ["the next"]
    (fence,) = READER.parse(block(text))
    assert fence.type == "fence"


@given(st.text(min_size=1).filter(lambda text: bool(text.strip()) and "::" not in text and "##" not in text))
def test_code_shows_the_text_as_it_is(text: str) -> None:
    (paragraph,) = [each for each in READER.parse(f"Word {code(text)}") if each.type == "inline"]
    (shown,) = [each.content for each in paragraph.children or [] if each.type == "code_inline"]
    assert shown == one_line(text)


def test_the_verdict_comes_first_and_the_waivers_before_the_checks() -> None:
    text = render(KINDS["waived"])
    assert text.startswith("## ✓ PASS: `pricing 7`\n\n**PASS**: ")
    assert text.index("### Waivers") < text.index("### Checks") < text.index("### Findings") < text.index("### Digests")


def test_each_finding_has_its_fix_and_is_collapsed() -> None:
    text = render(report(examined(finding(steps=2), finding(1, message="second"))))
    assert text.count("<details><summary><b>error</b>") == text.count("</details>") == text.count("\nFix:\n") == 2
    assert "Path: `f0 (serving/app.py:1) -> f1 (serving/app.py:2)`" in text


def test_a_waiver_without_effect_says_why() -> None:
    text = render(report(examined(), uses=(use(waiver(), State.EXPIRED, "it expired on 2026-02-01"),)))
    assert f"| expired | `{CODES[0]}` |" in text
    assert "it expired on 2026-02-01" in text


@pytest.mark.parametrize("kind", KINDS)
def test_digests_are_whole(kind: str) -> None:
    text = render(KINDS[kind])
    for file in (*SUBJECT.files, SUBJECT.policy):
        assert file is not None
        assert file.sha256 is None or f"`{file.sha256}`" in text


# --- cut by whole findings


def sized(text: str) -> int:
    return len(text.encode())


@pytest.mark.parametrize("limit", [LEAST, 5_000, 10_000, MAX_BYTES, 1_000_000])
@pytest.mark.parametrize("told", [many(5_000), *(hostile(text * 300) for text in HOSTILE)])
def test_it_is_never_longer_than_it_may_be_and_still_says_the_verdict(told: Report, limit: int) -> None:
    text = render_within(told, limit)
    assert sized(text) <= limit
    assert text.startswith("## ✗ FAIL: ")
    assert "**FAIL**: " in text
    words(text)


def test_below_the_least_there_is_nothing_and_not_a_piece() -> None:
    assert render_within(KINDS["fail"], LEAST - 1) == ""


def test_what_is_left_out_is_counted() -> None:
    text = render(many(5_000))
    shown = text.count("<details>")
    assert (
        f"Left out here, for want of room:** {5_000 - shown:,} findings ({5_000 - shown:,} errors). All of it: " in text
    )
    assert text.count("</details>") == shown
    assert sized(text) > 0.9 * MAX_BYTES


def test_the_gravest_finding_is_the_last_to_go() -> None:
    findings = [finding(number) for number in range(5_000)]
    text = render(report(examined(*findings, finding(severity=Severity.CRITICAL, message="the gravest"))))
    assert text.index("<b>critical</b>") < text.index("<b>error</b>")


def test_a_finding_that_is_too_long_makes_room_for_the_next() -> None:
    long = Finding(code=CODES[0], message="x" * MAX_BYTES, fix="y", at=finding().at, severity=Severity.CRITICAL)
    text = render(report(examined(long, finding(message="short"))))
    assert "short" in text
    assert "1 finding (1 critical)" in text


def test_ten_thousand_waivers_leave_room_for_checks_and_findings() -> None:
    told = report(examined(finding()), uses=tuple(use(waiver(reason=f"reason {number}")) for number in range(10_000)))
    text = render(told)
    assert "### Checks" in text
    assert "<details>" in text
    assert "rows of waivers" in text
    assert sized(text) <= MAX_BYTES

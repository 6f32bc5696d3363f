"""A drawing inside a page: shapes and text, under names of its own, and nothing that is fetched or run."""

from __future__ import annotations

import pytest

from gatekeeper.report.page.svg import MAX_BYTES, inline
from tests.report_page.reader import Page

HEAD = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 9 9">'
PATH = '<path d="M1 1h7v7h-7z"/>'


def drawn(inside: str, prefix: str = "p0") -> str:
    found = inline(f"{HEAD}{inside}</svg>", prefix=prefix, title="A square", alt="One square.")
    assert found is not None
    Page(found.text)
    return found.text


def test_it_has_a_name_and_says_what_it_shows() -> None:
    read = Page(drawn(PATH))
    [root] = read.all("svg", role="img")
    assert read.by_id(root.attributes["aria-labelledby"]).text == "A square"
    assert read.by_id(root.attributes["aria-describedby"]).text == "One square."


def test_shapes_and_text_stay() -> None:
    assert PATH.replace("/>", "></path>") in drawn(PATH)
    assert '<text x="1" style="font: 8px sans-serif">a &lt; b</text>' in drawn(
        '<text x="1" style="font: 8px sans-serif">a &lt; b</text>'
    )


@pytest.mark.parametrize(
    "inside",
    [
        "<script>alert(1)</script>",
        "<style>*{display:none}</style>",
        '<foreignObject><p xmlns="http://www.w3.org/1999/xhtml">x</p></foreignObject>',
        '<image href="https://example.com/x.png"/>',
        '<a href="https://example.com"><text>x</text></a>',
        '<animate attributeName="d"/>',
        "<metadata>x</metadata>",
    ],
)
def test_what_is_no_shape_is_left_out(inside: str) -> None:
    assert drawn(inside + PATH) == drawn(PATH)


@pytest.mark.parametrize(
    "attribute",
    [
        'onload="alert(1)"',
        'style="fill: url(https://example.com/x#y)"',
        'style="fill: url( #a)"',
        'style="fill:\\75rl(x)"',
        'style="background: image-set(x) @import"',
        'class="verdict"',
        'href="https://example.com"',
        'transform="javascript:&lt;"',
    ],
)
def test_what_fetches_runs_or_takes_the_styles_of_the_page_is_left_out(attribute: str) -> None:
    assert drawn(f'<path {attribute} d="M1 1h7v7h-7z"/>') == drawn(PATH)


def test_names_are_its_own_and_only_those_that_are_used() -> None:
    inside = (
        '<defs><clipPath id="c"><rect width="3" height="3"/></clipPath><g id="free"/></defs>'
        '<path clip-path="url(#c)" d="M1 1"/><use xlink:href="#c"/>'
    )
    first, second = drawn(inside, "p0"), drawn(inside, "p1")
    assert 'id="p0-c"' in first
    assert 'clip-path="url(#p0-c)"' in first
    assert 'href="#p0-c"' in first
    assert "free" not in first
    assert second == first.replace("p0-", "p1-")


@pytest.mark.parametrize(
    "svg",
    [
        "",
        "no drawing",
        "<svg/>",
        "<html><svg/></html>",
        f"{HEAD}{PATH}",
        '<!DOCTYPE svg [<!ENTITY a "b">]>' + f"{HEAD}<text>&a;</text></svg>",
        HEAD.replace("0 0 9 9", "0 0 9 9&quot; onload=&quot;alert(1)") + "</svg>",
        f"{HEAD}<path d='{'M1 1' * (MAX_BYTES // 4)}'/></svg>",
    ],
    ids=range(8),
)
def test_what_is_no_drawing_or_too_large_is_none(svg: str) -> None:
    assert inline(svg, prefix="p0", title="x", alt="y") is None

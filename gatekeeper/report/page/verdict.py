"""The verdict: the first thing on a page, in one word and one sentence."""

from __future__ import annotations

from gatekeeper.engine import blocking
from gatekeeper.report import Report
from gatekeeper.report.page.marks import LOOKS, mark
from gatekeeper.report.page.markup import Child, Html, joined, tag
from gatekeeper.report.summary import sentence, stands


def verdict(report: Report, *more: Child, proved: tuple[int, int] | None = None) -> Html:
    """Return the verdict.

    Args:
        report: of the run.
        more: what stands below.
        proved: how many causes of the incident are excluded, and of how many.
    """
    word, _, rest = sentence(report).partition(": ")
    said, _, worth = rest.partition(" (profile ")
    text = [tag("p", f"{said[:1].upper()}{said[1:].removesuffix('.')}.", class_="plain")]
    if worth:
        text.append(tag("p", f"Profile {worth.removesuffix(').')}.", class_="small"))
    told = tag("div", tag("p", word, class_="word"), *text, _figures(report, proved), *more)
    return tag("div", mark(word), told, class_=f"verdict {LOOKS[word].colour}", role="group", aria_label="Verdict")


def _figures(report: Report, proved: tuple[int, int] | None) -> Html:
    standing = sum(stands(each) for each in report.results)
    pairs: list[tuple[str, Child]] = [("checks passed", _of(standing, len(report.results)))]
    if proved is not None:
        pairs.append(("causes of the incident excluded", _of(*proved)))
    pairs.append(("findings that block", f"{sum(len(blocking(each)) for each in report.results):,}"))
    pairs.append(("findings waived", f"{sum(len(each.waived) for each in report.results):,}"))
    rows = [tag("div", tag("dt", name), tag("dd", value)) for name, value in pairs]
    return tag("dl", *rows, class_="figures")


def _of(count: int, all_: int) -> Html:
    return joined([f"{count:,}", tag("small", f" of {all_:,}")])

"""The pictures of a sign-off: the baseline that was judged, or why there is none."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

import pytest

from gatekeeper.cli.candidates import declaration_of
from gatekeeper.cli.picturing import pictures
from gatekeeper.report import FileDigest
from gatekeeper.report.page.svg import MAX_BYTES, inline
from gatekeeper.report.signoff import Picture
from tests.conftest import REPOSITORY, MakeCandidate

PRICING = REPOSITORY / "examples" / "pricing"


def drawn(root: Path, *files: FileDigest) -> tuple[Picture, ...]:
    return pictures(root, declaration_of(root), files)


def judged(path: Path, sha256: str | None = None) -> FileDigest:
    found = sha256 or hashlib.sha256(path.read_bytes()).hexdigest()
    return FileDigest(role="baseline", path=path.name, sha256=found, bytes=1)


@pytest.mark.parametrize("example", ["pricing", "incident-4092x"])
def test_the_baseline_of_each_example_fits_into_a_page(example: str) -> None:
    root = REPOSITORY / "examples" / example
    [_, picture] = drawn(root, judged(root / "baseline.json"))
    found = inline(picture.svg, prefix="p0", title=picture.title, alt=picture.alt)
    assert found is not None
    assert len(found.text) < MAX_BYTES / 3
    assert "a histogram of each of region, unit_cost, units, stock, days_to_holiday" in picture.alt
    assert ">unit_cost</text>" in found.text


def test_it_is_drawn_to_the_same_bytes_again() -> None:
    assert drawn(PRICING) == drawn(PRICING)


def test_the_golden_answers_are_drawn_in_the_range_that_is_declared() -> None:
    [picture, _] = drawn(PRICING)
    assert picture.alt.startswith("price: 95 answers from 14.55 to 216.49 EUR; declared 5 to 300; none outside")
    assert "300, the highest that is declared" in picture.svg


def test_the_golden_answer_of_the_incident_that_was_no_price_is_seen() -> None:
    [picture, _] = drawn(REPOSITORY / "examples" / "incident-4092x")
    told = "price: 100 answers from -0.01 to 253.82 EUR; declared from 0 on, and no highest; 1 outside."
    assert picture.alt == told


def test_golden_records_that_can_t_be_read_are_not_drawn_and_the_page_says_why(candidate: MakeCandidate) -> None:
    policy = "schema: gatekeeper/candidate@1\nname: broken\ngolden: golden.jsonl\n"
    [picture] = drawn(candidate({"gatekeeper.yaml": policy, "golden.jsonl": "no JSON"}))
    assert picture.svg == ""
    assert picture.alt.startswith("Not drawn: golden.jsonl ")


@pytest.mark.parametrize("value", ['"north"', "true", "null", "[1, 2]"])
def test_answers_that_are_no_numbers_are_not_drawn(candidate: MakeCandidate, value: str) -> None:
    policy = "schema: gatekeeper/candidate@1\nname: words\ngolden: golden.jsonl\n"
    record = f'{{"inputs": {{"units": 3}}, "outputs": {{"answer": {value}}}}}\n'
    assert drawn(candidate({"gatekeeper.yaml": policy, "golden.jsonl": record})) == ()


def test_a_number_too_large_for_a_float_is_counted_and_not_drawn(candidate: MakeCandidate) -> None:
    policy = "schema: gatekeeper/candidate@1\nname: large\ngolden: golden.jsonl\n"
    record = f'{{"inputs": {{"units": 3}}, "outputs": {{"answer": 1{"0" * 400}}}}}\n'
    [picture] = drawn(candidate({"gatekeeper.yaml": policy, "golden.jsonl": record}))
    assert picture.alt == "answer: 1 answer; no range is declared, 1 not finite."


def test_a_candidate_without_a_baseline_has_no_picture(candidate: MakeCandidate) -> None:
    root = candidate({"gatekeeper.yaml": "schema: gatekeeper/candidate@1\nname: bare\n"})
    assert drawn(root) == ()


def test_a_file_that_changed_after_the_run_is_not_drawn() -> None:
    [_, picture] = drawn(PRICING, judged(PRICING / "baseline.json", "0" * 64))
    assert picture.svg == ""
    assert "not the file that was judged" in picture.alt


@pytest.mark.parametrize("content", ["", "{}", "no JSON"])
def test_what_is_no_baseline_is_not_drawn_and_the_page_says_why(candidate: MakeCandidate, content: str) -> None:
    policy = "schema: gatekeeper/candidate@1\nname: broken\nbaseline: baseline.json\n"
    [picture] = drawn(candidate({"gatekeeper.yaml": policy, "baseline.json": content}))
    assert picture.svg == ""
    assert picture.alt.startswith("Not drawn: baseline.json ")


def test_without_matplotlib_the_page_says_what_draws(tmp_path: Path) -> None:
    (tmp_path / "matplotlib.py").write_text("raise ModuleNotFoundError('no', name='matplotlib')\n")
    script = (
        f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n"
        "from pathlib import Path\n"
        "from gatekeeper.cli.candidates import declaration_of\n"
        "from gatekeeper.cli.picturing import pictures\n"
        f"root = Path({str(PRICING)!r})\n"
        "print([(each.alt, each.svg) for each in pictures(root, declaration_of(root))])\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60)
    assert "model-gatekeeper[plot]" in done.stdout
    assert done.stdout.endswith("'')]\n")


@pytest.mark.parametrize(
    ("ends", "told"),
    [
        ("min: 0.0", "price: 1 answer from 7 to 7 EUR; declared from 0 on, and no highest; none outside."),
        (
            "min: -.inf",
            "Not drawn: golden.jsonl or manifest.yaml can't be read: outputs.price.min: got '-.inf', expected",
        ),
    ],
)
def test_an_end_that_is_open_is_told_and_one_that_is_none_is_refused(
    candidate: MakeCandidate, ends: str, told: str
) -> None:
    manifest = (PRICING / "manifest.yaml").read_text().replace("min: 5.0, max: 300.0", ends)
    policy = "schema: gatekeeper/candidate@1\nname: open\ngolden: golden.jsonl\nmanifest: manifest.yaml\n"
    record = '{"inputs": {"units": 3}, "outputs": {"price": 7.0}}\n'
    [picture] = drawn(candidate({"gatekeeper.yaml": policy, "golden.jsonl": record, "manifest.yaml": manifest}))
    assert picture.alt.startswith(told)

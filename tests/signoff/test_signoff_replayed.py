"""What the run measured is drawn in the sign-off: how far each answer is off, and memory over many requests."""

from __future__ import annotations

import math
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from gatekeeper.cli.signing.replayed import Kept, pictures
from gatekeeper.errors import Unreadable
from gatekeeper.facts import FactStore
from gatekeeper.policy import Declaration, Policy
from gatekeeper.replay import figures
from gatekeeper.replay.figures import Deviating, OnDevice
from gatekeeper.replay.golden.facts import Golden, Record
from gatekeeper.replay.golden.judging import Judged, judge
from gatekeeper.replay.observed import Answer, Memory, Sample, Stressed, Value
from gatekeeper.replay.outcomes import Fault
from gatekeeper.report.page.svg import MAX_BYTES, inline
from gatekeeper.report.signoff import Picture, page
from gatekeeper.signoff.files import PAGE
from tests.conftest import REPOSITORY, Gate, MakeCandidate
from tests.report_page import samples
from tests.report_page.reader import Page
from tests.signoff.conftest import MakeKey

GOLDEN = Declaration(policy=Policy(schema="gatekeeper/candidate@1", name="pricing", golden="golden.jsonl"))
LEAK = Stressed(
    verdict=Memory.LEAK,
    why="tensors grow by 4.00 a request",
    repeated=tuple(
        Sample(requests=at, tensors=4 * at, graphs=0, tensor_bytes=0, blocks=9000, resident=200 << 20)
        for at in range(0, 201, 20)
    ),
    fresh=(),
    slopes={"tensors": 4.0},
    holders=(),
    warmup=30,
    requests=200,
    faults=0,
    seconds=1.0,
    latency=(0.1, 0.2),
)


def number(value: float, dtype: str = "float") -> Value:
    return Value(dtype=dtype, shape=(), values=(value,))


def judged(expected: Mapping[str, Value], actual: Sequence[Answer]) -> Judged:
    """Return answers beside a golden set, each of whose records is to give one of these values."""
    records = tuple(Record(id=name, inputs={}, outputs={"price": each}) for name, each in expected.items())
    return judge(Golden(header=None, records=records), actual)


def prices(*actual: float | None, expected: float = 10.0) -> OnDevice:
    """Return what is kept of answers, None for one that raised; the memory of all of them leaks."""
    fault = Fault(kind="raised", type="ValueError", message="no")
    answers = [
        Answer(outputs={"price": number(each)}) if each is not None else Answer(outputs=None, fault=fault)
        for each in actual
    ]
    names = [f"r{place:03}" for place in range(len(actual))]
    return figures.answered("cpu", names, judged(dict.fromkeys(names, number(expected)), answers), LEAK)


def drawn(*devices: OnDevice) -> tuple[Picture, ...]:
    return pictures(GOLDEN, figures.dumped(devices))


# --- the stored form


def test_what_is_stored_is_what_is_read() -> None:
    kept = (prices(10.0, 10.0005, 7.0, None), figures.refused("cuda", "the handler does not start"))
    assert figures.read(figures.dumped(kept)) == kept
    assert kept[0].stressed is not None
    assert (kept[0].stressed.repeated, kept[0].stressed.why) == (LEAK.repeated, LEAK.why)


def test_each_record_is_told_with_the_output_that_is_off_most() -> None:
    kept = prices(10.0, 10.0005, 7.0, None)
    assert [each.record for each in kept.deviations] == ["r000", "r001", "r002", "r003"]
    same, near, far, raised = (each.ratio for each in kept.deviations)
    assert same == 0 < near < 1 < far < math.inf == raised
    assert (kept.records, kept.beyond, kept.unjudged) == (4, 2, 0)
    assert [each.output for each in kept.deviations[2:]] == ["price", "fault"]


def test_what_was_not_judged_is_no_record_within_its_tolerance() -> None:
    half = judged({"r1": number(1.0, "float16")}, [Answer(outputs={"price": number(1.0, "float16")})])
    nothing = judge(Golden(header=None, records=(Record(id="r1", inputs={}, outputs=None),)), [Answer(outputs={})])
    for found in (half, nothing):
        kept = figures.answered("cpu", ["r1"], found, "no stress was asked for")
        assert (kept.records, kept.unjudged, kept.deviations) == (0, 1, ())
    [deviations, memory] = drawn(kept)
    assert deviations.alt == "Not drawn: no golden record says what must be answered."
    assert memory.alt == "Not drawn: it was not measured: no stress was asked for."


def test_of_very_many_records_those_are_kept_that_are_off_most() -> None:
    many = [10.0] * figures.MOST_DEVIATIONS + [11.0, None]
    kept = prices(*many)
    assert len(kept.deviations) == figures.MOST_DEVIATIONS
    assert [each.record for each in kept.deviations[-2:]] == ["r5000", "r5001"]
    assert (kept.records, kept.beyond) == (len(many), 2)
    assert figures.read(figures.dumped([kept])) == (kept,)


def test_however_much_a_candidate_says_little_is_kept() -> None:
    """Its process tells these numbers and names, and may say anything."""
    loud = replace(LEAK.repeated[0], resident=1 << 80, devices={f"cuda:{each}" * 99: 1 << 70 for each in range(99)})
    rows = tuple(replace(loud, requests=each) for each in range(256))
    told = replace(LEAK, why="\ud800" * 5000, repeated=rows, fresh=rows, slopes={"x" * 9: 1.0}, requests=1 << 90)
    names = [
        f"{place}" + ("\ud800" if place % 9 == 0 else "\U0001f4b6") * 1000 for place in range(figures.MOST_DEVIATIONS)
    ]
    answers = [Answer(outputs={"price": number(1.0)})] * len(names)
    kept = figures.answered("gpu" * 99, names, judged(dict.fromkeys(names, number(2.0)), answers), told)
    data = figures.dumped([kept] * 20)
    assert len(data) < figures.MOST_BYTES
    assert len(figures.read(data)) == 4
    assert kept.stressed is not None
    assert (kept.stressed.repeated[0].requests, kept.stressed.repeated[-1].requests) == (0, 255)
    for picture in pictures(GOLDEN, figures.dumped([kept])):
        assert picture.svg
        assert inline(picture.svg, prefix="p0", title=picture.title, alt=picture.alt) is not None


def raw(**more: object) -> bytes:
    return msgspec.msgpack.encode({"schema": figures.SCHEMA, "devices": [{"device": "cpu", **more}]})


DAMAGED = {
    "no MessagePack": b"\xc1",
    "a part": figures.dumped([OnDevice(device="cpu", records=3)])[:-4],
    "more behind it": figures.dumped([]) + b"\0",
    "another schema": msgspec.msgpack.encode({"schema": "gatekeeper/replay-figures@2", "devices": []}),
    "a deviation that is none": raw(deviations=[{"record": "r1", "ratio": math.nan}]),
    "one less than none": raw(deviations=[{"record": "r1", "ratio": -1.0}]),
    "too many": raw(deviations=[{"record": "r1", "ratio": 1.0}] * (figures.MOST_DEVIATIONS + 1)),
    "too long a name": raw(deviations=[{"record": "r" * 101, "ratio": 1.0}]),
    "a key of somebody": raw(price=1),
    "too many bytes": b"\0" * (figures.MOST_BYTES + 1),
}


@pytest.mark.parametrize("data", DAMAGED.values(), ids=DAMAGED)
def test_what_is_damaged_is_no_picture_and_the_page_says_so(data: bytes) -> None:
    with pytest.raises(Unreadable):
        figures.read(data)
    [picture] = pictures(GOLDEN, data)
    assert picture.svg == ""
    assert picture.alt.startswith("Not drawn: what was measured ")
    [note] = Page(page.render(samples.signoff(pictures=(picture,)))).all("div", id="picture-0")
    assert "Not drawn: what was measured" in note.text


# --- the pictures


def test_the_words_beside_the_pictures_have_the_figures() -> None:
    deviations, memory = drawn(prices(10.0, 10.0005, 7.0, None))
    assert deviations.alt == (
        "2 of 4 golden records are off by more than their tolerance; the largest deviation is 3,000"
        "\N{MULTIPLICATION SIGN} its tolerance (r002, price), and for 1 no number says by how much (r003: fault)."
    )
    assert memory.alt == (
        "The verdict is LEAK over 200 requests: it grows with every request. "
        "In figures: tensors grow by 4.00 a request."
    )
    assert ">r002</text>" in deviations.svg
    assert "from first to last: +800" in memory.svg


def test_where_nothing_deviates_it_says_so() -> None:
    alt = drawn(prices(10.0, 10.0))[0].alt
    assert alt == "All 2 golden records are within their tolerance; no number deviates at all."


def test_of_too_many_for_a_page_the_worst_are_drawn_and_the_picture_says_so() -> None:
    [picture, _] = drawn(prices(*[11.0 + place for place in range(700)]))
    found = inline(picture.svg, prefix="p0", title=picture.title, alt=picture.alt)
    assert found is not None
    assert len(found.text) < MAX_BYTES
    assert "the 400 that are off most of 700" in picture.svg
    assert "Shown are the 400 that are off most of 700." in " ".join(picture.alt.split())
    assert picture.alt.startswith("700 of 700 golden records are off")


def test_each_device_has_its_own_and_one_that_answered_nothing_says_why() -> None:
    refused = figures.refused("cuda", "the handler does not start")
    found = drawn(prices(10.0), refused)
    assert len({each.title for each in found}) == 3
    assert found[2].alt == "Not drawn: nothing was answered on cuda: the handler does not start."


def test_every_request_that_raised_leaves_no_curve_to_be_believed() -> None:
    whole = figures.answered("cpu", [], judged({}, []), "every request raised")
    assert drawn(whole)[1].alt == "Not drawn: it was not measured: every request raised."


def test_a_candidate_without_golden_records_has_no_such_picture() -> None:
    bare = Declaration(policy=Policy(schema="gatekeeper/candidate@1", name="bare"))
    assert pictures(bare, b"") == ()


def test_a_check_that_stored_nothing_is_told() -> None:
    assert [each.alt for each in pictures(GOLDEN, b"")] == ["Not drawn: nothing was measured; golden-replay says why."]


def test_without_matplotlib_it_says_what_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    found = drawn(prices(10.0))
    assert [each.svg for each in found] == ["", ""]
    assert all("model-gatekeeper[plot]" in each.alt for each in found)


def test_what_a_candidate_says_stays_words() -> None:
    hostile = "</text><script>alert(1)</script>"
    whole = OnDevice(
        device=hostile,
        records=1,
        beyond=1,
        deviations=(Deviating(record=hostile, ratio=2.0, output=hostile),),
        stressed=replace(LEAK, why=hostile),
    )
    source = page.render(samples.signoff(pictures=drawn(whole)))
    assert not Page(source).all("script")
    assert "alert(1)" in source


# --- from the check to the page


def test_what_was_stored_is_taken_from_the_store_of_the_run(tmp_path: Path) -> None:
    kept, store = Kept(), FactStore(tmp_path)
    kept.take(store)
    assert kept.data == b""
    store.put(figures.KEY, b"stored")
    kept.take(store)
    assert kept.data == b"stored"


def test_the_store_is_handed_over_after_the_built_in_checks_and_before_a_plug_in_runs(
    candidate: MakeCandidate, python_with_plugins: Path
) -> None:
    policy = "schema: gatekeeper/candidate@1\nname: order\nplugins: [prints]\n"
    root = candidate({"gatekeeper.yaml": policy})
    script = (
        "import sys\nfrom pathlib import Path\n"
        "from gatekeeper.cli.judging import Order, Watcher, judge\n"
        "from gatekeeper.cli.stopping import stopped_by_signals\n"
        "from gatekeeper.profiles import PROFILES\n"
        "from gatekeeper_checks import BUILTIN\n"
        "order = Order(root=Path(sys.argv[1]), profile=PROFILES['release'], checks=BUILTIN)\n"
        "say = lambda *words: print(*words, flush=True)\n"
        "watcher = Watcher(started=lambda link: say('started', link.id, link.provider.builtin),\n"
        "    finished=lambda result: say('finished', result.id, result.provider.builtin),\n"
        "    examined=lambda store: say('examined', type(store).__name__))\n"
        "judge(order, watcher)\n"
    )
    command = [str(python_with_plugins), "-I", "-c", script, str(root)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    lines = done.stdout.splitlines()
    place = lines.index("examined FactStore")
    before, after = lines[:place], lines[place + 1 :]
    assert len(before) > 10
    assert all(line.endswith("True") for line in before), before
    assert after == ["started prints False", "finished prints False"]


@pytest.mark.slow
def test_the_page_of_the_incident_shows_its_leak_growing_and_its_records_deviating(
    gate: Gate, tmp_path: Path, make_key: MakeKey
) -> None:
    out = tmp_path / "release"
    done = gate("signoff", REPOSITORY / "examples" / "incident-4092x", "--key", make_key("signer"), "-o", out)
    assert done.returncode == 1, done.stderr
    source = (out / PAGE).read_text()
    figures_ = re.findall(r"<figure.*?</figure>", source, re.DOTALL)
    [deviations] = [each for each in figures_ if "Deviation of each record" in each]
    [memory] = [each for each in figures_ if "Memory over 200 requests: LEAK" in each]
    for each in (deviations, memory):
        assert len(each) < MAX_BYTES
    assert "of 100 golden records are off by more than their tolerance; the largest deviation is" in deviations
    assert ">r002</text>" in deviations
    assert "The verdict is LEAK over 200 requests" in memory
    grown = re.findall(r"from first to last: \+([\d,]+)", memory)
    assert max(int(each.replace(",", "")) for each in grown) > 5_000, "blocks of Python's memory"

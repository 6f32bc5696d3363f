"""Waivers with the real command: what is waived stays in sight, and whatever is wrong with the file waives nothing."""

from __future__ import annotations

import hashlib
import json
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

Gate = Callable[..., "subprocess.CompletedProcess[str]"]
MakeCandidate = Callable[..., Path]
Parts = dict[str, "str | bytes"]

TODAY = datetime.now(UTC).date()
HEAD = "schema: gatekeeper/waivers@1\nwaivers:\n"
FINDINGS = ("version-pinning/unhashed", "version-pinning/unhashed", "input-validation/other-range")
"""What is wrong with the candidate `red`, under the profile dev."""


def day(after: int) -> str:
    return (TODAY + timedelta(days=after)).isoformat()


def waiver(code: str, scope: str = "*", **more: str) -> str:
    """Return one entry of the file; the days are written without quotes."""
    entry = {
        "code": code,
        "scope": json.dumps(scope),
        "reason": "known since the spring",
        "owner": "ann",
        "approver": "bob",
        "created": day(-1),
        "expires": day(20),
    } | more
    lines = [f"{key}: {value}" for key, value in entry.items()]
    return f"- {lines[0]}\n" + "".join(f"  {line}\n" for line in lines[1:])


ALL = HEAD + waiver(FINDINGS[0], "production.lock") + waiver(FINDINGS[2], "serve.*")


@pytest.fixture
def red(candidate: MakeCandidate, parts: Parts) -> Callable[..., Path]:
    """Return what writes a candidate with three findings, and the waivers that its policy names."""

    def make(waivers: str | bytes | None, *, named: bool = True, **more: str | bytes) -> Path:
        parts["serve.py"] = str(parts["serve.py"]).replace("le=24", "le=99")
        parts["production.lock"] = "numpy==2.4.6\nscikit-learn==1.9.1\n"
        if named:
            parts["gatekeeper.yaml"] = str(parts["gatekeeper.yaml"]) + "waivers: waivers.yaml\n"
        written: Parts = {} if waivers is None else {"waivers.yaml": waivers}
        return candidate(parts | written | more)

    return make


def last_line(done: subprocess.CompletedProcess[str]) -> str:
    return done.stdout.splitlines()[-1]


def judged(gate: Gate, root: Path, *more: str) -> tuple[int, dict[str, Any]]:
    done = gate("run", root, "--profile", "dev", "--report", "json", *more)
    return done.returncode, json.loads(done.stdout)


def findings(report: dict[str, Any]) -> list[dict[str, Any]]:
    return [each for check in report["checks"] for each in check["findings"] if each["severity"] != "note"]


def refused(gate: Gate, root: Path) -> str:
    done = gate("run", root, "--profile", "dev")
    assert (done.returncode, done.stdout) == (2, "")
    assert "gatekeeper: nothing was judged: " in done.stderr
    return done.stderr


# --- what a waiver does


def test_without_waivers_the_candidate_fails(gate: Gate, red: Callable[..., Path]) -> None:
    code, report = judged(gate, red(None, named=False))
    assert code == 1
    assert tuple(each["code"] for each in findings(report)) == FINDINGS


def test_a_candidate_whose_findings_are_all_waived_passes_and_each_stays_in_the_text(
    gate: Gate, red: Callable[..., Path]
) -> None:
    done = gate("run", red(ALL), "--profile", "dev")
    assert done.returncode == 0
    assert done.stdout.count("    waived error  ") == 3
    assert f"waived until {day(20)}, by bob for ann: known since the spring (waivers.yaml:3:3)" in done.stdout
    assert "numpy has no --hash" in done.stdout
    assert last_line(done).startswith("PASS: 8 of 8 checks passed (profile dev; 3 findings waived, the first until ")


def test_each_waived_finding_is_in_the_json_with_the_waiver_that_it_has(gate: Gate, red: Callable[..., Path]) -> None:
    code, report = judged(gate, red(ALL))
    assert (code, report["verdict"]) == (0, "pass")
    assert [(each["code"], each["waived_by"]) for each in findings(report)] == [
        (FINDINGS[0], 0),
        (FINDINGS[1], 0),
        (FINDINGS[2], 1),
    ]
    assert [(each["state"], each["findings"], each["days_left"]) for each in report["waivers"]] == [
        ("used", 2, 20),
        ("used", 1, 20),
    ]


@pytest.mark.slow
def test_waivers_for_all_that_the_executed_model_shows_pass_under_ci(gate: Gate, red: Callable[..., Path]) -> None:
    probed = ("interpretability-manifest/other-inputs", "interpretability-manifest/not-enforced")
    done = gate("run", red(ALL + "".join(waiver(code, "manifest.yaml") for code in probed)), "--profile", "ci")
    assert done.returncode == 0, done.stdout
    assert done.stdout.count("    waived error  ") == 5


def test_one_finding_without_a_waiver_is_enough_to_fail(gate: Gate, red: Callable[..., Path]) -> None:
    done = gate("run", red(HEAD + waiver(FINDINGS[0])), "--profile", "dev")
    assert done.returncode == 1
    assert last_line(done).startswith(
        "FAIL: 1 of 8 checks failed: input-validation with 1 finding (profile dev; 2 findings waived, the first until "
    )


def test_no_waivers_judges_as_if_there_were_none_and_says_so(gate: Gate, red: Callable[..., Path]) -> None:
    code, report = judged(gate, red(ALL), "--no-waivers")
    assert code == 1
    assert report["waivers_ignored"] is True
    assert [each["waived_by"] for each in findings(report)] == [None] * 3
    assert "; no waiver counts;" in report["summary"]


def test_a_file_that_is_broken_is_an_error_even_where_no_waiver_counts(gate: Gate, red: Callable[..., Path]) -> None:
    done = gate("run", red("nonsense"), "--profile", "dev", "--no-waivers")
    assert done.returncode == 2


def test_a_waiver_for_a_digest_falls_with_one_byte_of_the_model(
    gate: Gate, red: Callable[..., Path], parts: Parts
) -> None:
    model = parts["model.pkl"]
    assert isinstance(model, bytes)
    scope = f"sha256:{hashlib.sha256(model).hexdigest()}"
    root = red(HEAD + waiver(FINDINGS[0], scope) + waiver(FINDINGS[2], scope))
    assert judged(gate, root)[0] == 0
    (root / "model.pkl").write_bytes(model.replace(b"units", b"unite", 1))
    code, report = judged(gate, root)
    assert code == 1
    assert {each["waived_by"] for each in findings(report)} == {None}
    assert [each["state"] for each in report["waivers"]] == ["unused", "unused"]
    assert report["waivers"][0]["why"].startswith(f"no artifact of the candidate is {scope}: ")


def test_a_waiver_decides_nothing_that_could_not_be_looked_at(gate: Gate, red: Callable[..., Path]) -> None:
    root = red(ALL)
    (root / "baseline.json").write_text("{")
    done = gate("run", root, "--profile", "dev")
    assert done.returncode == 3
    assert last_line(done).startswith("UNDECIDED: could not decide: baseline (")
    assert "3 findings waived" in last_line(done)


@pytest.mark.parametrize(
    ("entry", "state", "why"),
    [
        ({"expires": day(-1)}, "expired", f"it expired on {day(-1)}"),
        ({"expires": "2026-13-45"}, "expired", "expires '2026-13-45' is no day, which counts as expired"),
        ({"expires": '"soon"'}, "expired", "expires 'soon' is no day, which counts as expired"),
        ({"created": "2026-02-30"}, "expired", "created '2026-02-30' is no day, which counts as expired"),
        ({"created": day(1)}, "not yet", f"it was created on {day(1)}, which has not come"),
        ({"expires": day(90)}, "too long", "it expires 91 days after it was created, and at most 90 are allowed"),
    ],
    ids=["past", "malformed", "a word", "no day", "future", "too long"],
)
def test_a_waiver_that_does_not_hold_waives_nothing_and_the_report_says_why(
    gate: Gate, red: Callable[..., Path], entry: dict[str, str], state: str, why: str
) -> None:
    done = gate("run", red(HEAD + waiver(FINDINGS[0], **entry) + waiver(FINDINGS[2])), "--profile", "dev")
    assert done.returncode == 1
    assert f"waiver {state}: version-pinning/unhashed  waivers.yaml:3:3: {why}" in done.stdout
    assert last_line(done).startswith("FAIL: 1 of 8 checks failed: version-pinning with 2 findings")


@pytest.mark.slow
def test_a_release_takes_no_waiver_from_its_own_owner_and_none_that_lasts_for_two_months(
    gate: Gate, red: Callable[..., Path]
) -> None:
    waivers = HEAD + waiver(FINDINGS[0], approver='" Ann"') + waiver(FINDINGS[2], expires=day(40))
    done = gate(
        "run", red(waivers), "--profile", "release", "--check", "version-pinning", "--check", "input-validation"
    )
    assert done.returncode == 1
    assert "waiver refused: version-pinning/unhashed  waivers.yaml:3:3: owner and approver are one" in done.stdout
    assert "waiver too long: input-validation/other-range" in done.stdout


def test_what_waives_nothing_is_told_and_why(gate: Gate, red: Callable[..., Path]) -> None:
    more = (
        waiver(FINDINGS[0], "*.lock") + waiver("no-grad/unguarded-call") + waiver("candidate-declaration/not-examined")
    )
    done = gate("run", red(ALL + more), "--profile", "dev")
    assert done.returncode == 0
    assert "waiver shadowed: version-pinning/unhashed" in done.stdout
    assert "waivers.yaml:3:3 waives all that it is meant for" in done.stdout
    assert "no finding no-grad/unguarded-call is at *: delete it" in done.stdout
    assert "what it is meant for is a note, which blocks nothing: delete it" in done.stdout


def test_a_waiver_that_ends_this_week_is_told(gate: Gate, red: Callable[..., Path]) -> None:
    done = gate("run", red(HEAD + waiver(FINDINGS[0], expires=day(1)) + waiver(FINDINGS[2])), "--profile", "dev")
    assert f"waiver ends {day(1)}, in 1 day: version-pinning/unhashed  waivers.yaml:3:3" in done.stdout
    assert "waiver ends" not in done.stdout.replace("waiver ends", "", 1)


def test_hostile_text_in_a_waiver_repaints_no_terminal(gate: Gate, red: Callable[..., Path]) -> None:
    text = '"\\e[2J\\e[32mPASS \\u202e::error::%0A<script>\\r\\nPASS: all"'
    root = red(HEAD + waiver(FINDINGS[0], reason=text, owner=text, approver=text) + waiver(FINDINGS[2]))
    for report in ("text", "json"):
        done = gate("run", root, "--profile", "dev", "--report", report)
        assert done.returncode == 0
        assert not any(each in done.stdout + done.stderr for each in ("\x1b", "\u202e", "\r"))
    assert not any(line.startswith("PASS: all") for line in done.stdout.splitlines())


def test_a_file_of_waivers_that_no_policy_names_waives_nothing(gate: Gate, red: Callable[..., Path]) -> None:
    done = gate("run", red(ALL, named=False), "--profile", "dev", "--report", "json")
    assert (done.returncode, json.loads(done.stdout)["waivers"]) == (1, [])
    assert "waivers.yaml lies there and the policy does not name it: it waives nothing" in done.stderr


def test_a_waiver_is_not_said_to_be_needless_where_its_check_did_not_run(gate: Gate, red: Callable[..., Path]) -> None:
    done = gate("run", red(ALL), "--profile", "dev", "--check", "version-pinning")
    assert done.returncode == 0
    assert "the check that reports it did not run to its end" in done.stdout


# --- what is wrong with the file


def test_a_typo_in_a_key_is_shown_with_its_place_and_the_key_that_was_meant(
    gate: Gate, red: Callable[..., Path]
) -> None:
    said = refused(gate, red(HEAD + waiver(FINDINGS[0]).replace("expires:", "expired:")))
    assert "waivers.yaml:9:3: unknown key 'expired'" in said.replace("waivers[0].expired: ", "")
    assert "fix: did you mean 'expires'?" in said
    assert "waivers.yaml:3:3: 'waivers[0].expires' is missing" in said


def test_an_unknown_code_is_shown_with_its_place_and_the_code_that_was_meant(
    gate: Gate, red: Callable[..., Path]
) -> None:
    said = refused(gate, red(HEAD + waiver("version-pinning/unhased")))
    assert "waivers.yaml:3:9: waivers[0].code: no check reports 'version-pinning/unhased'" in said
    assert "fix: did you mean 'version-pinning/unhashed'?" in said


@pytest.mark.parametrize("key", ["code", "scope", "reason", "owner", "approver", "created", "expires"])
def test_nothing_may_be_left_out(gate: Gate, red: Callable[..., Path], key: str) -> None:
    entry = [line[2:] for line in waiver(FINDINGS[0]).splitlines() if not line[2:].startswith(f"{key}:")]
    said = refused(gate, red(HEAD + "- " + "\n  ".join(entry) + "\n"))
    assert f"'waivers[0].{key}' is missing" in said
    assert f"fix: add `{key}:`" in said


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ({"reason": '" "'}, "waivers[0].reason: the text is blank"),
        ({"owner": '"\\u200b"'}, "waivers[0].owner: the text is blank"),
        ({"approver": '""'}, "waivers[0].approver: the text is empty"),
        ({"reason": "x" * 1001}, "waivers[0].reason: 1,001 characters; expected at most 1,000"),
        ({"expires": "20261231"}, "20261231 is read as a number, expected text"),
        ({"expires": "[2026-12-31]"}, "got a list, expected text"),
        ({"scope": "sha256:12"}, "'sha256:12' is no sha256 digest"),
        ({"scope": "SHA256:" + "A" * 64}, "is no sha256 digest"),
        ({"scope": "a" * 64}, "is no sha256 digest"),
        ({"scope": "./serve.py"}, "no finding is at './serve.py'"),
    ],
)
def test_what_can_not_be_meant_is_an_error_with_its_place(
    gate: Gate, red: Callable[..., Path], entry: dict[str, str], said: str
) -> None:
    shown = refused(gate, red(HEAD + waiver(FINDINGS[0], **entry)))
    assert said in shown
    assert "waivers.yaml:" in shown


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "the file is empty"),
        (b"# nothing\n", "the file is empty"),
        (ALL.encode()[:-4], "is no day, which counts as expired"),
        (ALL.encode()[:60], "is missing"),
        (b"\x80\x04\x95", "byte 0x80 is not UTF-8"),
        (b"a\x00b", "character U+0000 is not allowed in YAML"),
        (b"#" * 300_000, "expected at most 262,144"),
        (b"schema: gatekeeper/waivers@1\nschema: gatekeeper/waivers@1\n", "duplicate key 'schema'"),
        ((HEAD + waiver(FINDINGS[0]) + "  code: no-grad/x\n").encode(), "duplicate key 'code'"),
        (b"schema: gatekeeper/waivers@2\n", "got 'gatekeeper/waivers@2', expected gatekeeper/waivers@1"),
        (b"- code: x\n", "got a list, expected keys and values"),
        ((HEAD + "- &a " + "{}\n- *a\n").encode(), "an alias"),
        (b"[" * 5_000, "nested too deeply to be read"),
    ],
    ids=[
        *("empty", "comment", "cut in a day", "cut in a key", "binary", "null byte", "300 kB"),
        *("two schemas", "two codes", "other schema", "list", "alias", "deep"),
    ],
)
def test_a_broken_file_is_never_taken_for_one_without_waivers(
    gate: Gate, red: Callable[..., Path], content: bytes, said: str
) -> None:
    done = gate("run", red(content), "--profile", "dev")
    assert done.returncode in {1, 2}
    assert said in done.stdout + done.stderr


def test_a_file_that_is_not_there_is_an_error(gate: Gate, red: Callable[..., Path]) -> None:
    assert "waivers.yaml doesn't exist" in refused(gate, red(None))


def test_a_folder_in_place_of_the_file(gate: Gate, red: Callable[..., Path]) -> None:
    root = red(None)
    (root / "waivers.yaml").mkdir()
    assert "waivers.yaml is a directory, expected a file" in refused(gate, root)


def test_a_link_out_of_the_folder_is_refused(gate: Gate, red: Callable[..., Path], tmp_path: Path) -> None:
    root = red(None)
    (tmp_path / "elsewhere.yaml").write_text(ALL)
    (root / "waivers.yaml").symlink_to(tmp_path / "elsewhere.yaml")
    assert "leaves the candidate's folder (through a symbolic link)" in refused(gate, root)


def test_quoted_days_are_the_same_days(gate: Gate, red: Callable[..., Path]) -> None:
    assert judged(gate, red(ALL.replace(day(20), f'"{day(20)}"').replace(day(-1), f"'{day(-1)}'")))[0] == 0

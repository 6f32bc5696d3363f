"""A third-party check does its work where the policy names it, and can do no harm to the others' verdict."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gatekeeper_checks._samples import ONE_LOCK, SIX, estimators
from tests.whole import POLICY, whole

Gate = Callable[..., "subprocess.CompletedProcess[str]"]
MakeCandidate = Callable[..., Path]

BUILTIN = (  # those that execute nothing: the others take seconds, and no plug-in cares
    "candidate-declaration",
    "artifact-integrity",
    "environment-parity",
    "version-pinning",
    "no-grad",
    "baseline",
    "input-validation",
    "observability",
)

AFTER = POLICY.count("\n") + 1
"""The line of what a test adds to the policy."""


@pytest.fixture
def markers(tmp_path: Path) -> Path:
    folder = tmp_path / "markers"
    folder.mkdir()
    return folder


@pytest.fixture
def gate_with_plugins(gate: Gate, python_with_plugins: Path, markers: Path) -> Gate:
    def run(*args: str | Path, **more: Any) -> subprocess.CompletedProcess[str]:
        command = (python_with_plugins, "-I", "-m", "gatekeeper")
        return gate(*args, command=command, env={"SAMPLE_MARKERS": str(markers)}, **more)

    return run


DEV = ("--report", "json", "--profile", "dev")


@pytest.fixture
def passing(candidate: MakeCandidate) -> Callable[..., Path]:
    """Return what writes a candidate that the built-in checks pass, plus what is added to its policy."""

    def make(policy: str = "") -> Path:
        return candidate({**whole(), "gatekeeper.yaml": POLICY + policy})

    return make


@pytest.fixture
def failing(candidate: MakeCandidate) -> Callable[..., Path]:
    """Return what writes a candidate that the built-in checks fail: its model was saved by another version."""

    def make(policy: str = "") -> Path:
        return candidate({**whole(), "gatekeeper.yaml": POLICY + policy, "model.pkl": estimators("1.4.2")})

    return make


def report(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    parsed: dict[str, Any] = json.loads(done.stdout)
    assert parsed["exit_code"] == done.returncode
    return parsed


def result(parsed: dict[str, Any], id_: str) -> dict[str, Any]:
    found = [check for check in parsed["checks"] if check["id"] == id_]
    assert len(found) == 1
    return dict(found[0])


def builtins_of(parsed: dict[str, Any]) -> list[dict[str, Any]]:
    """Return what the built-in checks say, but for the digest of the listing: the policy's size is in it."""
    varying = ("evidence",)
    builtins = [check for check in parsed["checks"] if check["provider"]["builtin"]]
    return [{key: value for key, value in check.items() if key not in varying} for check in builtins]


# --- a plug-in that does its work


def test_a_plugin_that_the_policy_does_not_name_is_not_even_imported(
    gate_with_plugins: Gate, passing: Callable[..., Path], markers: Path
) -> None:
    done = gate_with_plugins("run", passing(), "--profile", "dev")
    assert done.returncode == 0
    assert list(markers.iterdir()) == []


def test_a_plugin_that_the_policy_names_runs(
    gate_with_plugins: Gate, passing: Callable[..., Path], markers: Path
) -> None:
    done = gate_with_plugins("run", passing("plugins: [house-rules]\n"), "--profile", "dev")
    assert done.returncode == 1
    assert (markers / "ran").exists()
    assert "house-rules/no-owner  gatekeeper.yaml" in done.stdout
    assert done.stdout.splitlines()[-1].startswith("FAIL: 1 of 9 checks failed: house-rules with 1 finding")


def test_only_the_named_plugins_of_a_distribution_are_imported(
    gate_with_plugins: Gate, passing: Callable[..., Path], markers: Path
) -> None:
    gate_with_plugins("run", passing("plugins: [house-rules]\n"), "--profile", "dev")
    assert not (markers / "raises_on_import").exists()


def test_the_distribution_and_its_version_are_in_the_text_report(
    gate_with_plugins: Gate, passing: Callable[..., Path]
) -> None:
    done = gate_with_plugins("run", passing("plugins: [house-rules]\n"), "--profile", "dev")
    assert "[gatekeeper-plugin-sample 2.7.1]" in done.stdout


def test_the_distribution_and_its_version_are_in_the_json_report(
    gate_with_plugins: Gate, passing: Callable[..., Path]
) -> None:
    parsed = report(
        gate_with_plugins("run", passing("plugins: [house-rules]\n"), "--report", "json", "--profile", "dev")
    )
    provider = {"distribution": "gatekeeper-plugin-sample", "version": "2.7.1", "builtin": False}
    assert result(parsed, "house-rules")["provider"] == provider
    assert [check["id"] for check in parsed["checks"]] == [*BUILTIN, "house-rules"]


def test_the_check_option_selects_a_plugin(gate_with_plugins: Gate, passing: Callable[..., Path]) -> None:
    root = passing("plugins: [house-rules]\nchecks: {house-rules: {owner: ann}}\n")
    done = gate_with_plugins("run", root, "--check", "house-rules")
    assert done.returncode == 0
    last = done.stdout.splitlines()[-1]
    assert last.startswith("PASS: 1 of 1 check passed (profile ci; partial, not run: candidate-declaration,")


def test_the_check_option_does_not_load_what_the_policy_does_not_name(
    gate_with_plugins: Gate, passing: Callable[..., Path], markers: Path
) -> None:
    done = gate_with_plugins("run", passing(), "--check", "house-rules")
    assert done.returncode == 2
    assert "--check: there is no check 'house-rules'" in done.stderr
    assert list(markers.iterdir()) == []


def test_options_reach_the_plugin_with_their_types(gate_with_plugins: Gate, passing: Callable[..., Path]) -> None:
    root = passing("plugins: [house-rules]\nchecks: {house-rules: {owner: ann, retries: 5}}\n")
    parsed = report(gate_with_plugins("run", root, "--report", "json", "--profile", "dev"))
    assert parsed["verdict"] == "pass"
    measured = {"retries": 5, "owner": "ann"}
    assert result(parsed, "house-rules")["evidence"] == [{"what": "the owner", "sha256": None, "measured": measured}]


def test_an_option_of_the_wrong_type_is_refused_where_it_stands(
    gate_with_plugins: Gate, passing: Callable[..., Path]
) -> None:
    root = passing("plugins: [house-rules]\nchecks:\n  house-rules:\n    retries: many\n")
    done = gate_with_plugins("run", root, "--profile", "dev")
    assert done.returncode == 2
    assert f"gatekeeper.yaml:{AFTER + 3}:14: house-rules: retries is 'many'" in done.stderr


def test_an_unknown_option_is_refused_with_the_one_that_was_meant(
    gate_with_plugins: Gate, passing: Callable[..., Path]
) -> None:
    root = passing("plugins: [house-rules]\nchecks:\n  house-rules:\n    ownr: ann\n")
    done = gate_with_plugins("run", root, "--profile", "dev")
    assert done.returncode == 2
    expected = f"gatekeeper.yaml:{AFTER + 3}:11: house-rules has no option 'ownr'\n  fix: did you mean 'owner'?"
    assert expected in done.stderr


def test_list_names_the_installed_plugins_and_imports_none(gate_with_plugins: Gate, markers: Path) -> None:
    done = gate_with_plugins("list", "--plugins")
    assert done.returncode == 0
    assert "plug-in of gatekeeper-plugin-sample 2.7.1" in done.stdout
    assert list(markers.iterdir()) == []


def test_what_a_plugin_reads_counts_as_examined(gate_with_plugins: Gate, passing: Callable[..., Path]) -> None:
    """Under `dev` no built-in check reads the golden records."""
    assert report(gate_with_plugins("run", passing(), *DEV))["unexamined"] == ["golden"]
    root = passing("plugins: [house-rules]\nchecks: {house-rules: {owner: ann}}\n")
    assert report(gate_with_plugins("run", root, *DEV))["unexamined"] == []


# --- plug-ins that can't be used: nothing is judged


@pytest.mark.parametrize(
    ("name", "what", "fix"),
    [
        ("version-pinning", "plug-in 'version-pinning' has the id of a built-in check", "must take another id"),
        ("house-rule", "plug-in 'house-rule' is not installed beside gatekeeper", "did you mean 'house-rules'?"),
        ("another-name", "plug-in 'another-name' calls itself 'house-rules'", "mend it"),
        ("foreign-rules", "declares codes that are not its own: house-rules/no-owner", "mend it"),
        ("no-check", "plug-in 'no-check' is no check", "mend it"),
        ("no-module", "plug-in 'no-module' does not import: ModuleNotFoundError", "take its name out of plugins"),
        ("raises-on-import", "does not import: ImportError: libcudart.so.12: cannot open", "mend it"),
        ("exits-on-import", "plug-in 'exits-on-import' does not import: SystemExit: 0", "mend it"),
    ],
)
def test_a_plugin_that_cannot_be_used_stops_the_run_before_anything_is_judged(
    name: str, what: str, fix: str, gate_with_plugins: Gate, passing: Callable[..., Path]
) -> None:
    done = gate_with_plugins("run", passing(f"plugins: [{name}]\n"), "--profile", "dev")
    assert done.returncode == 2
    assert f"gatekeeper.yaml:{AFTER}:11: plug-in {name!r}" in done.stderr
    assert what in done.stderr
    assert fix in done.stderr
    assert done.stdout == ""


def test_every_unusable_plugin_is_named_at_once(gate_with_plugins: Gate, passing: Callable[..., Path]) -> None:
    done = gate_with_plugins("run", passing("plugins: [no-check, nowhere, no-module]\n"), "--profile", "dev")
    assert done.returncode == 2
    assert done.stderr.count("  fix: ") == 3


# --- plug-ins that do everything but their work


CRASHES = {
    "raises": r"raised RuntimeError: something",
    "exits": "raised SystemExit: 0",
    "dies": "ended with exit status 0 before it answered",
    "hoards": "raised MemoryError",
    "hangs": "did not answer within 1 s and was stopped",
    "floods": "answered with more than any report may hold",
    "returns-none": "returned NoneType, expected Examined or Unable",
    "returns-truth": "returned bool, expected Examined or Unable",
    "foreign-code": "reported under codes that it does not declare: version-pinning/unhashed",
    "not-a-number": "returned an outcome that is none",
    "no-reason": "said that it was unable, and not why",
}


def with_plugin(name: str) -> str:
    limits = {"hangs": "timeout: 1", "hoards": "memory: 512"}.get(name, "timeout: 60")
    return f"plugins: [{name}]\nchecks: {{{name}: {{{limits}}}}}\n"


@pytest.mark.parametrize("name", CRASHES)
def test_a_plugin_that_crashes_leaves_a_passing_candidate_undecided(
    name: str, gate_with_plugins: Gate, passing: Callable[..., Path]
) -> None:
    parsed = report(gate_with_plugins("run", passing(with_plugin(name)), "--report", "json", "--profile", "dev"))
    assert parsed["exit_code"] == 3
    assert result(parsed, name)["outcome"] == "crashed"
    assert CRASHES[name] in result(parsed, name)["error"]
    assert [check["outcome"] for check in builtins_of(parsed)] == ["examined"] * len(BUILTIN)


@pytest.mark.parametrize("name", [*CRASHES, "prints", "no-evidence", "patches-on-import", "forges-answer"])
def test_no_plugin_lowers_what_the_built_in_checks_found(
    name: str, gate_with_plugins: Gate, failing: Callable[..., Path]
) -> None:
    alone = report(gate_with_plugins("run", failing(), "--report", "json", "--profile", "dev"))
    beside = report(gate_with_plugins("run", failing(with_plugin(name)), "--report", "json", "--profile", "dev"))
    assert alone["exit_code"] == beside["exit_code"] == 1
    assert builtins_of(alone) == builtins_of(beside)


def test_a_plugin_that_looked_at_nothing_leaves_the_chain_undecided(
    gate_with_plugins: Gate, passing: Callable[..., Path]
) -> None:
    done = gate_with_plugins("run", passing(with_plugin("no-evidence")), "--profile", "dev")
    assert done.returncode == 3
    assert done.stdout.splitlines()[-1].startswith("UNDECIDED: could not decide: no-evidence looked at nothing")


def test_what_a_plugin_prints_reaches_no_report(gate_with_plugins: Gate, passing: Callable[..., Path]) -> None:
    done = gate_with_plugins("run", passing(with_plugin("prints")), "--report", "json", "--profile", "dev")
    assert report(done)["verdict"] == "pass"
    assert "garbage" not in done.stdout + done.stderr


def test_a_plugin_that_patches_the_gate_patches_only_its_own_process(
    gate_with_plugins: Gate, failing: Callable[..., Path]
) -> None:
    parsed = report(
        gate_with_plugins("run", failing(with_plugin("patches-on-import")), "--report", "json", "--profile", "dev")
    )
    assert parsed["verdict"] == "fail"
    assert [check["id"] for check in parsed["checks"]] == [*BUILTIN, "patches-on-import"]
    codes = [finding["code"] for finding in result(parsed, "version-pinning")["findings"]]
    assert codes == ["version-pinning/artifact-version"]


@pytest.mark.parametrize("name", ["forges-facts", "kills-others"])
@pytest.mark.parametrize("jobs", ["1", "8"])
def test_a_plugin_that_attacks_the_other_checks_comes_too_late(
    name: str, jobs: str, gate_with_plugins: Gate, failing: Callable[..., Path]
) -> None:
    """The built-in checks have answered, and what they share is read for the last time, before a plug-in starts."""
    alone = report(gate_with_plugins("run", failing(), "--report", "json", "--profile", "dev"))
    beside = report(
        gate_with_plugins("run", failing(with_plugin(name)), "--report", "json", "--jobs", jobs, "--profile", "dev")
    )
    assert beside["exit_code"] == 1
    assert builtins_of(alone) == builtins_of(beside)
    assert alone["candidate"]["files"] == beside["candidate"]["files"]


def test_a_plugin_that_stops_the_gate_gets_no_verdict(gate_with_plugins: Gate, passing: Callable[..., Path]) -> None:
    done = gate_with_plugins("run", passing(with_plugin("interrupts-gate")), "--jobs", "1", "--profile", "dev")
    assert done.returncode == 130
    assert done.stdout == ""


@pytest.mark.parametrize("more", [{}, {"FORCE_COLOR": "1", "COLUMNS": "60"}])
def test_nothing_that_a_plugin_says_can_repaint_the_terminal(
    more: dict[str, str],
    gate: Gate,
    python_with_plugins: Path,
    passing: Callable[..., Path],
) -> None:
    command = (python_with_plugins, "-I", "-m", "gatekeeper")
    root = passing("plugins: [escapes, raises]\n")
    for reports in (["--report", "text"], ["--report", "json"]):
        done = gate("run", root, *reports, "--profile", "dev", command=command, env=more)
        assert done.returncode == 1
        for hostile in ("\x1b[2J", "\x1b[32mPASS\r", "\x9b", "\u202e", "\u2028", "\x07", "\r"):
            assert hostile not in done.stdout + done.stderr


def test_a_candidate_that_only_a_plugin_would_judge_is_still_judged_by_all_built_ins(
    gate_with_plugins: Gate, candidate: MakeCandidate
) -> None:
    """The policy can add a check; it can't take one away."""
    root = candidate({"gatekeeper.yaml": ONE_LOCK + "plugins: [house-rules]\n", "production.lock": SIX})
    parsed = report(gate_with_plugins("run", root, "--report", "json", "--profile", "dev"))
    assert [check["id"] for check in parsed["checks"]] == [*BUILTIN, "house-rules"]

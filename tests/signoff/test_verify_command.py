"""`gatekeeper approve` and `gatekeeper verify` as they are typed, on releases that were signed a moment ago."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gatekeeper.signoff.files import PAGE
from tests.signoff.conftest import MakeKey
from tests.signoff.making import BEN, SIGNER, STRANGER, Case, key_of, pem, public_pem

Gate = Callable[..., "subprocess.CompletedProcess[str]"]


def verify(gate: Gate, case: Case, *words: str | Path) -> subprocess.CompletedProcess[str]:
    return gate("verify", case.release, "--model", case.model, *words)


def key_file(case: Case, name: str) -> Path:
    path = case.folder / f"{name}.pem"
    path.write_bytes(pem(name))
    path.chmod(0o600)
    return path


@pytest.mark.parametrize("option", ["--keys", "--key", "--model", "--max-age", "--trusted-root"])
def test_an_empty_value_is_none(option: str, gate: Gate, tmp_path: Path) -> None:
    """It is what a variable gives that is not set, and would mean the current folder, or no limit."""
    given = {"--model": str(tmp_path), "--keys": str(tmp_path)} | {option: ""}
    done = gate("verify", tmp_path, *(word for pair in given.items() for word in pair), cwd=tmp_path)
    assert done.returncode == 2
    assert "empty" in done.stderr or "is no age" in done.stderr


def test_a_release_verifies_with_a_line_for_each_check_and_a_sentence_at_the_end(gate: Gate, fresh: Case) -> None:
    done = verify(gate, fresh, "--keys", fresh.folder / "keys", "--require-approvals", "1", "--max-age", "7d")
    assert (done.returncode, done.stderr) == (0, "")
    *lines, last = done.stdout.splitlines()
    assert [line.split()[0] for line in lines] == ["ok"] * len(lines)
    named = [line.split(":")[0].removeprefix("ok").strip() for line in lines]
    assert named == [
        *("files", "signatures", "digests", "statements", "approval files"),
        *("signer", "verdict", "time", "waivers", "age", "model", "approvals"),
    ]
    assert last == "PASS: 12 checks made, this model is the one that was signed off (exit code 0)."


def test_without_a_trusted_key_nothing_is_decided_and_the_signer_is_named(gate: Gate, fresh: Case) -> None:
    done = verify(gate, fresh)
    assert done.returncode == 3
    assert f"undecided signer: the key sha256:{key_of(SIGNER).public.id} signed, and anyone can sign" in done.stdout
    assert "--key PUB or --keys FOLDER" in done.stdout.splitlines()[-1]


def test_without_a_trusted_key_an_edit_is_still_a_no(gate: Gate, fresh: Case) -> None:
    (fresh.release / PAGE).write_bytes(b"<p>All is well.</p>")
    done = verify(gate, fresh)
    assert done.returncode == 1
    assert "failed    digests: signoff.html was changed" in done.stdout
    assert done.stdout.splitlines()[-1].startswith(
        "FAIL: this release may not be deployed: digests, approval files failed"
    )


def test_one_signers_key_is_enough_where_no_approval_is_asked_for(gate: Gate, fresh: Case) -> None:
    assert verify(gate, fresh, "--key", fresh.folder / "keys" / "signers" / "signer.pub").returncode == 0
    (fresh.folder / "other.pub").write_bytes(public_pem(STRANGER))
    done = verify(gate, fresh, "--key", fresh.folder / "other.pub")
    assert done.returncode == 1
    assert "is none of those who are trusted to sign" in done.stdout


def test_in_a_flat_folder_each_key_may_sign_and_review_but_not_its_own(gate: Gate, fresh: Case) -> None:
    flat = fresh.folder / "flat"
    fresh.lay({f"flat/{name}.pub": public_pem(name) for name in (SIGNER, "anna")})
    assert verify(gate, fresh, "--keys", flat, "--require-approvals", "1").returncode == 0
    assert verify(gate, fresh, "--keys", flat, "--require-approvals", "2").returncode == 1


def test_approvals_can_not_be_counted_without_the_keys_of_reviewers(gate: Gate, fresh: Case) -> None:
    key = fresh.folder / "keys" / "signers" / "signer.pub"
    done = verify(gate, fresh, "--key", key, "--require-approvals", "1")
    assert done.returncode == 3
    assert "no reviewer's key is trusted" in done.stdout


def test_the_same_in_json(gate: Gate, fresh: Case) -> None:
    done = verify(gate, fresh, "--keys", fresh.folder / "keys", "--json")
    document = json.loads(done.stdout)
    assert (document["schema"], document["verdict"], document["exit_code"]) == ("gatekeeper/verification@1", "pass", 0)
    assert {each["found"] for each in document["checks"]} == {"ok"}
    (fresh.model / "model.pkl").unlink()
    document = json.loads(verify(gate, fresh, "--keys", fresh.folder / "keys", "--json").stdout)
    assert (document["verdict"], document["exit_code"]) == ("fail", 1)


def test_what_is_not_there_is_a_usage_error(gate: Gate, fresh: Case) -> None:
    keys = fresh.folder / "keys"
    for words, says in (
        ((fresh.folder / "none", "--model", fresh.model), "no such folder"),
        ((fresh.release / PAGE, "--model", fresh.model), "is no folder"),
        ((fresh.release, "--model", fresh.folder / "none"), "there is nothing"),
        ((fresh.release, "--model", fresh.model, "--max-age", "soon"), "'soon' is no age"),
    ):
        done = gate("verify", *words, "--keys", keys)
        assert (done.returncode, done.stdout) == (2, ""), words
        assert says in done.stderr


def test_a_name_in_the_folder_can_not_repaint_the_terminal(gate: Gate, fresh: Case) -> None:
    (fresh.release / "\x1b[2K\rPASS\u202e::error::x").write_bytes(b"x")
    done = verify(gate, fresh, "--keys", fresh.folder / "keys")
    assert done.returncode == 1
    assert "\x1b" not in done.stdout
    assert "\u202e" not in done.stdout
    assert "\r" not in done.stdout


def test_an_approval_is_a_file_of_its_own_and_counts(gate: Gate, fresh: Case) -> None:
    before = {path.name: path.read_bytes() for path in fresh.release.iterdir()}
    done = gate("approve", fresh.release, "--key", key_file(fresh, BEN), "--role", "validator", "--comment", "read it")
    assert (done.returncode, done.stdout) == (0, "")
    after = {path.name: path.read_bytes() for path in fresh.release.iterdir()}
    (added,) = after.keys() - before.keys()
    assert {name: data for name, data in after.items() if name != added} == before
    done = verify(gate, fresh, "--keys", fresh.folder / "keys", "--require-approvals", "2")
    assert done.returncode == 0
    assert "ben.pub (validator)" in done.stdout


@pytest.mark.parametrize(
    ("name", "says"),
    [("anna", "this key has approved it already"), (SIGNER, "this key signed the release off, and can't review it")],
)
def test_who_has_approved_or_signed_off_can_not_approve(name: str, says: str, gate: Gate, fresh: Case) -> None:
    done = gate("approve", fresh.release, "--key", key_file(fresh, name))
    assert done.returncode == 1
    assert says in done.stderr


def test_a_release_that_is_no_pass_or_expired_or_edited_can_not_be_approved(gate: Gate, fresh: Case) -> None:
    fresh.approval("anna").unlink()

    def refused() -> str:
        done = gate("approve", fresh.release, "--key", key_file(fresh, BEN))
        assert done.returncode == 1
        assert not fresh.approval(BEN).exists()
        return str(done.stderr)

    now = datetime.now(UTC)
    fresh.sign(replace(fresh.facts, created=now, verdict="FAIL"))
    assert "it is FAIL" in refused()
    fresh.sign(replace(fresh.facts, created=now + timedelta(days=1)))
    assert "which has not come" in refused()
    from tests.signoff.making import waiver

    yesterday = now.date() - timedelta(days=1)
    expired = replace(
        fresh.facts, created=now - timedelta(days=3), waivers=(waiver(f"{yesterday}"),), valid_until=yesterday
    )
    fresh.sign(expired)
    assert "expired on" in refused()
    fresh.sign(replace(fresh.facts, created=now))
    (fresh.release / PAGE).write_bytes(b"")
    assert "signoff.html was changed" in refused()


def test_a_comment_is_plain_text(gate: Gate, fresh: Case, make_key: MakeKey) -> None:
    done = gate("approve", fresh.release, "--key", make_key("carl"), "--comment", "fine \u202e")
    assert done.returncode == 2
    assert "--comment is no plain text" in done.stderr

"""What the statements of a release say, by the specifications of SLSA's VSA v1 and in-toto's test-result v0.1."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from gatekeeper.signoff.facts import Facts, Word
from gatekeeper.signoff.files import DOCUMENT, EVIDENCE, PAGE, STATEMENTS, TEST_RESULT, VERDICT
from tests.signoff.making import MODEL, SIGNER, Case, facts, key_of, sha256, waiver


@pytest.fixture
def case(tmp_path: Path) -> Case:
    return Case(tmp_path)


def statement(data: bytes) -> dict[str, Any]:
    document = json.loads(base64.b64decode(json.loads(data)["dsseEnvelope"]["payload"]))
    assert isinstance(document, dict)
    return document


def statements(case: Case, of: Facts) -> dict[str, dict[str, Any]]:
    made = case.composed(of)
    return {name: statement(made[name]) for name in STATEMENTS}


def test_the_verdict_has_each_field_that_a_verification_summary_must_have(case: Case) -> None:
    made = case.composed(case.facts)
    verdict = statement(made[VERDICT])
    assert verdict["_type"] == "https://in-toto.io/Statement/v1"
    assert verdict["predicateType"] == "https://slsa.dev/verification_summary/v1"
    assert verdict["predicate"] == {
        "verifier": {"id": "urn:gatekeeper:signoff:v1"},
        "timeVerified": "2026-06-13T12:00:00Z",
        "resourceUri": "pkg:generic/pricing@4093",
        "policy": {"uri": "file:gatekeeper.yaml", "digest": {"sha256": case.facts.policy and case.facts.policy.sha256}},
        "inputAttestations": [
            {"uri": f"file:{name}", "digest": {"sha256": sha256(made[name])}} for name in (EVIDENCE, TEST_RESULT)
        ],
        "verificationResult": "PASSED",
        "verifiedLevels": ["GATEKEEPER_RELEASE"],
        "slsaVersion": "1.0",
    }


@pytest.mark.parametrize(("word", "result"), [("PASS", "PASSED"), ("FAIL", "FAILED"), ("UNDECIDED", "FAILED")])
def test_only_a_pass_is_signed_as_passed(word: Word, result: str, case: Case) -> None:
    made = statements(case, facts({"model.pkl": MODEL}, verdict=word))
    assert made[VERDICT]["predicate"]["verificationResult"] == result
    assert made[VERDICT]["predicate"]["verifiedLevels"] == (["GATEKEEPER_RELEASE"] if word == "PASS" else ["FAILED"])
    assert made[TEST_RESULT]["predicate"]["result"] == result
    assert made[EVIDENCE]["predicate"]["verdict"] == word


def test_the_test_result_names_each_check_by_what_it_answered(case: Case) -> None:
    of = replace(facts({"model.pkl": MODEL}), waivers=(waiver("2026-06-30"),), valid_until=date(2026, 6, 30))
    checks = (
        replace(of.checks[0], id="clean"),
        replace(of.checks[0], id="waived", waived=2),
    )
    predicate = statements(case, replace(of, checks=checks))[TEST_RESULT]["predicate"]
    assert (predicate["result"], predicate["passedTests"], predicate["warnedTests"]) == (
        "WARNED",
        ["clean"],
        ["waived"],
    )
    failed = replace(of, verdict="FAIL", checks=(*checks, replace(of.checks[0], id="lost", status="UNDECIDED")))
    predicate = statements(case, failed)[TEST_RESULT]["predicate"]
    assert (predicate["result"], predicate["failedTests"]) == ("FAILED", ["lost"])
    assert [each["name"] for each in predicate["configuration"]] == ["gatekeeper.yaml", "gatekeeper-1.0"]


def test_every_statement_is_about_every_file_of_the_artifacts(case: Case) -> None:
    made = statements(case, facts({"a/model.pkl": MODEL, "a/config.json": b"{}"}))
    expected = [
        {"name": "a/config.json", "digest": {"sha256": sha256(b"{}")}},
        {"name": "a/model.pkl", "digest": {"sha256": sha256(MODEL)}},
    ]
    assert [made[name]["subject"] for name in STATEMENTS] == [expected] * 3


def test_where_no_artifact_could_be_read_the_policy_is_what_a_statement_is_about(case: Case) -> None:
    made = statements(case, replace(facts({}), verdict="UNDECIDED"))
    assert [each["name"] for each in made[VERDICT]["subject"]] == ["gatekeeper.yaml"]


def test_a_candidate_without_a_policy_is_held_to_the_profile_of_the_gate(case: Case) -> None:
    policy = statements(case, replace(case.facts, policy=None))[VERDICT]["predicate"]["policy"]
    assert policy == {"uri": "urn:gatekeeper:profile:release", "digest": {"sha256": case.facts.gate_sha256}}


def test_the_evidence_says_what_was_judged_by_what_and_until_when_it_holds(case: Case) -> None:
    of = replace(case.facts, waivers=(waiver("2026-06-30"),), valid_until=date(2026, 6, 30))
    made = case.composed(of)
    predicate = statement(made[EVIDENCE])["predicate"]
    assert predicate["files"] == [{"name": name, "digest": {"sha256": sha256(made[name])}} for name in (PAGE, DOCUMENT)]
    assert (predicate["profile"], predicate["created"]) == ("release", "2026-06-13T12:00:00Z")
    assert predicate["validUntil"] == "2026-06-30"
    assert predicate["waivers"][0]["approver"] == "ben"
    assert predicate["gate"] == {"version": "1.0", "digest": {"sha256": case.facts.gate_sha256}}
    assert predicate["signer"]["keyid"] == key_of(SIGNER).public.id


def test_each_statement_is_a_sigstore_bundle_that_names_its_key(case: Case) -> None:
    for name in STATEMENTS:
        document = json.loads(case.composed(case.facts)[name])
        assert document["mediaType"] == "application/vnd.dev.sigstore.bundle.v0.3+json"
        assert document["verificationMaterial"]["publicKey"] == {"hint": key_of(SIGNER).public.id}
        assert document["dsseEnvelope"]["payloadType"] == "application/vnd.in-toto+json"


def test_the_same_facts_and_key_give_the_same_bytes(case: Case) -> None:
    assert case.composed(case.facts) == case.composed(case.facts)


def test_a_keys_id_is_the_digest_of_its_public_half_in_der() -> None:
    key = key_of(SIGNER).public
    assert key.id == hashlib.sha256(key.der).hexdigest()
    assert len(key.der) == 44

"""`signoff.json`: the whole report and what stands beside it, after a published schema."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import msgspec
import pytest

from gatekeeper.report import json as report_json
from gatekeeper.report.signoff import Signoff, document
from tests.report_page import samples
from tests.report_page.test_hostile import HOSTILE, hostile_signoff

SIGNOFFS = {
    "pass": samples.signoff(),
    "waived": samples.signoff(samples.waived()),
    "bare": samples.signoff(source=None, valid_until=None, pictures=(), gpu={}),
    "hostile": hostile_signoff(HOSTILE[4]),
}


def read(signoff: Signoff) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(document.render(signoff))
    return found


@pytest.mark.parametrize("signoff", SIGNOFFS.values(), ids=SIGNOFFS)
def test_it_is_what_its_schema_says(signoff: Signoff) -> None:
    schema = document.json_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(read(signoff), schema)


@pytest.mark.parametrize("signoff", SIGNOFFS.values(), ids=SIGNOFFS)
def test_it_is_read_again_by_its_own_types(signoff: Signoff) -> None:
    decoded = msgspec.json.decode(document.render(signoff), type=document.Document)
    assert decoded.schema == "gatekeeper/signoff@1"


def test_a_document_of_another_shape_is_not_what_the_schema_says() -> None:
    broken = read(samples.signoff()) | {"schema": "gatekeeper/signoff@2"}
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(broken, document.json_schema())


def test_it_holds_the_whole_report() -> None:
    signoff = SIGNOFFS["waived"]
    assert read(signoff)["report"] == json.loads(report_json.render(signoff.report))


def test_it_says_what_was_signed_off_when_and_how() -> None:
    found = read(samples.signoff())
    assert found["artifacts"] == [{"path": "model.joblib", "sha256": samples.DIGEST, "bytes": 158009}]
    assert found["created"] == "2026-11-30T19:45:20+00:00"
    assert found["valid_until"] == "2026-12-05"
    assert found["source"] == {"commit": "83ccf03aab1f0d3c9a54ddc9cbb1a0c5a5e5a1b2", "dirty": False}


def test_the_checklist_and_the_frameworks_are_in_it() -> None:
    found = read(samples.signoff())
    states = {each["id"]: each["state"] for each in found["checklist"]}
    assert states["versions"] == "checked"
    assert states["health"] == "not proved"
    assert [each["id"] for each in found["coverage"]] == ["ml-test-score", "eu-ai-act", "nist-ai-rmf"]


def test_nothing_in_it_can_repaint_a_terminal() -> None:
    source = document.render(SIGNOFFS["hostile"])
    assert not {"\x1b", "\x9b", "\u202e", "\u2066", "\x00"} & {*source}


def test_the_same_sign_off_gives_the_same_bytes() -> None:
    assert document.render(SIGNOFFS["waived"]) == document.render(samples.signoff(samples.waived()))

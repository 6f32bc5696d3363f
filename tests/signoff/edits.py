"""Every planted edit of a release, and what `verify` must say to it. The table: `python -m tests.signoff.edits`."""

from __future__ import annotations

import base64
import json
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from gatekeeper.errors import GatekeeperError
from gatekeeper.signoff import bundle, files
from gatekeeper.signoff.files import DOCUMENT, EVIDENCE, NAMES, PAGE, STATEMENTS, TEST_RESULT, VERDICT
from gatekeeper.signoff.release import Keyed
from tests.signoff.changes import (
    as_folder,
    as_pipe,
    bundled,
    cut,
    flip,
    huge,
    linked,
    put,
    relink,
    remove,
    stated,
    swap,
)
from tests.signoff.making import (
    ANNA,
    BEN,
    CODE,
    NOW,
    OTHER_MODEL,
    POLICY,
    SIGNER,
    STRANGER,
    TODAY,
    Case,
    key_of,
    sha256,
    waiver,
)


@dataclass(frozen=True)
class Edit:
    """What is done, the exit code that `verify` must give, and what its first line that is not well must hold."""

    what: str
    do: Callable[[Case], None]
    exit_code: int
    says: str


def of_files() -> Iterator[Edit]:
    """Yield what can be done to a file, whatever is in it."""
    for name in NAMES:
        says = name if name in STATEMENTS else f"{name} was changed"
        mixed = f"{PAGE} was changed" if name == EVIDENCE else f"{name} is about" if name in STATEMENTS else says
        yield Edit(f"{name}: one bit flipped", partial(flip, name=f"release/{name}"), 1, says)
        yield Edit(f"{name}: last byte cut off", partial(cut, name=name, count=1), 1, says)
        yield Edit(f"{name}: emptied", partial(cut, name=name, count=0), 1, says)
        yield Edit(f"{name}: that of another release", partial(swap, name=name, other=f"other/{name}"), 1, mixed)
        yield Edit(f"{name}: removed", partial(remove, name=name), 1, f"{name} is missing")
        yield Edit(f"{name}: a link to it", partial(linked, name=name), 1, f"{name} is no regular file")
        yield Edit(f"{name}: a folder", partial(as_folder, name=name), 1, f"{name} is no regular file")
        yield Edit(f"{name}: a pipe", partial(as_pipe, name=name), 1, f"{name} is no regular file")
        yield Edit(f"{name}: 8 GiB", partial(huge, name=name), 1, f"{name} has more than")
    for name in ("notes.txt", ".hidden", "signoff.html.bak", "approval-.sigstore.json"):
        added = partial(Case.lay, data={f"release/{name}": b"x"})
        yield Edit(f"{name}: added", added, 1, f"{name!r} does not belong to a release")
    yield Edit("a folder added", lambda c: (c.release / "more").mkdir(), 1, "'more' does not belong to a release")
    yield Edit("signoff.json as signoff.html", lambda c: swap(c, PAGE, f"release/{DOCUMENT}"), 1, PAGE)
    yield Edit("the verdict as evidence", lambda c: swap(c, EVIDENCE, f"release/{VERDICT}"), 1, "predicateType")


def of_envelopes() -> Iterator[Edit]:
    """Yield what can be done to an envelope."""

    def on(name: str, change: Callable[[dict[str, Any]], object]) -> Callable[[Case], None]:
        return lambda case: bundled(case, name, change)

    def twice(case: Case) -> None:
        path = case.release / VERDICT
        text = path.read_text()
        payload = json.loads(text)["dsseEnvelope"]["payload"]
        path.write_text(text.replace('"payload": ', f'"payload": "{payload}",\n  "payload": ', 1))

    def second(document: dict[str, Any]) -> None:
        theirs = bundle.read(Keyed(key_of(STRANGER)).seal(b"{}"), "theirs")
        extra = {"sig": base64.b64encode(theirs.signature).decode(), "keyid": theirs.key_id}
        document["dsseEnvelope"]["signatures"].append(extra)

    envelope = "dsseEnvelope.signatures"
    yield Edit("two payloads in one envelope", twice, 1, "the key 'payload' twice")
    yield Edit(
        "another payloadType", on(VERDICT, put("dsseEnvelope.payloadType", "text/plain")), 1, "got the payloadType"
    )
    yield Edit("another mediaType", on(VERDICT, put("mediaType", "application/json")), 1, "got the mediaType")
    yield Edit("a second signature, by a stranger", on(VERDICT, second), 1, "got 2 signatures, expected one")
    yield Edit("no signature", on(VERDICT, put(envelope, [])), 1, "got 0 signatures, expected one")
    yield Edit("an empty signature", on(VERDICT, put(f"{envelope}.0.sig", "")), 1, "a signature of 0 bytes")
    yield Edit("a signature of zeros", on(VERDICT, put(f"{envelope}.0.sig", "A" * 86 + "==")), 1, "did not sign this")
    yield Edit("another hint", on(VERDICT, put("verificationMaterial.publicKey.hint", "")), 1, "not in the form")
    yield Edit("another keyid", on(VERDICT, put(f"{envelope}.0.keyid", "0" * 64)), 1, "not in the form")
    yield Edit("a spare key", on(VERDICT, put("comment", "fine")), 1, "not in the form")
    yield Edit("a log entry", on(VERDICT, put("verificationMaterial.tlogEntries", [{}])), 1, "not in the form")


def of_statements() -> Iterator[Edit]:
    """Yield what can be done to a statement: without the key, with a stranger's, and with the signer's own."""

    def on(
        name: str, change: Callable[[dict[str, Any]], object], by: str | None = None, raw: str = ""
    ) -> Callable[[Case], None]:
        return lambda case: stated(case, name, change, by=by, raw=raw)

    def evidence(key: str, value: object) -> Callable[[Case], None]:
        def change(case: Case) -> None:
            stated(case, EVIDENCE, put(f"predicate.{key}", value), by=SIGNER)
            relink(case)

        return change

    def result(key: str, value: object) -> Callable[[Case], None]:
        def change(case: Case) -> None:
            stated(case, TEST_RESULT, put(f"predicate.{key}", value), by=SIGNER)
            relink(case)

        return change

    same = put("predicate", {"verdict": "PASS"})
    yield Edit("the verdict's text, not signed again", on(VERDICT, same), 1, "did not sign this")
    yield Edit("the verdict, signed by a stranger", on(VERDICT, lambda _: None, STRANGER), 1, "names the key sha256:")
    yield Edit("the evidence, signed by a stranger", on(EVIDENCE, lambda _: None, STRANGER), 1, "names the key sha256:")
    yield Edit(
        "another predicateType",
        on(VERDICT, put("predicateType", "https://slsa.dev/verification_summary/v0.2"), SIGNER),
        1,
        "got the predicateType",
    )
    yield Edit("another _type", on(VERDICT, put("_type", "https://in-toto.io/Statement/v0.1"), SIGNER), 1, "no in-toto")
    yield Edit("no subject", on(VERDICT, put("subject", []), SIGNER), 1, "has no subject")
    yield Edit(
        "a key twice in a statement", on(VERDICT, lambda _: None, SIGNER, raw=', "subject": []}'), 1, "'subject' twice"
    )
    yield Edit("PASSED for a run that failed", failed_as_passed, 1, "verification_result is not what follows")
    yield Edit("an unknown result", result("result", "GREAT"), 1, "Invalid enum value 'GREAT'")
    yield Edit("an unknown verdict", evidence("verdict", "OK"), 1, "Invalid enum value 'OK'")
    yield Edit("an unknown status", evidence("checks.0.status", "SKIPPED"), 1, "Invalid enum value 'SKIPPED'")
    yield Edit("PASS with a check that is none", evidence("checks.0.status", "FAIL"), 1, "not every check is")
    yield Edit("PASS without checks", evidence("checks", []), 1, "not every check is")
    yield Edit("another profile", evidence("profile", "dev"), 1, "the profile is dev, expected release")
    yield Edit("an unknown key in the evidence", evidence("note", "x"), 1, "unknown field `note`")
    yield Edit("a test result without its failed tests", result("warnedTests", ["x"]), 1, "warned_tests is not what")
    yield Edit("the verdict of other inputs", input_lost, 1, "stands on other statements")
    yield Edit("the verdict by another verifier", on(VERDICT, put("predicate.verifier.id", "x"), SIGNER), 1, "verifier")
    yield Edit("the verdict about other files", other_subject, 1, "is about other files than")
    yield Edit("the evidence names one report", evidence("files", []), 1, "expected signoff.html and signoff.json")
    yield Edit("a public key that is none", evidence("signer.publicKey", "AAAA"), 1, "is no public key")


def failed_as_passed(case: Case) -> None:
    case.sign(replace(case.facts, verdict="FAIL", checks=(replace(case.facts.checks[0], status="FAIL"),)))
    stated(case, VERDICT, put("predicate.verificationResult", "PASSED"), by=SIGNER)


def input_lost(case: Case) -> None:
    stated(case, VERDICT, lambda document: document["predicate"]["inputAttestations"].pop(), by=SIGNER)


def other_subject(case: Case) -> None:
    stated(case, VERDICT, put("subject.0.digest.sha256", "0" * 64), by=SIGNER)


def of_origin() -> Iterator[Edit]:
    """Yield what a stranger or a wrong moment makes of a whole release."""

    def by_stranger(case: Case) -> None:
        case.resign(case.facts, by=STRANGER)

    def of_another_model(case: Case) -> None:
        for path in (case.folder / "other").iterdir():
            swap(case, path.name, f"other/{path.name}")

    def again(**changes: Any) -> Callable[[Case], None]:
        return lambda case: case.resign(replace(case.facts, **changes))

    def waived(expires: str, last: int = 30) -> Callable[[Case], None]:
        waivers = (waiver("2026-06-30"), waiver(expires))
        return lambda case: case.resign(replace(case.facts, waivers=waivers, valid_until=TODAY.replace(day=last)))

    yield Edit("all of it, signed by a stranger", by_stranger, 1, "is none of those who are trusted to sign")
    yield Edit("signed by a reviewer", lambda c: c.resign(c.facts, by=BEN), 1, "is none of those who are trusted")
    yield Edit("no key is trusted", untrusting, 3, "anyone can sign: give the key that you trust")
    yield Edit("a release of another model", of_another_model, 1, "'model.pkl' is another file")
    yield Edit("a run that failed", again(verdict="FAIL"), 1, "it is FAIL: nothing is released with it")
    yield Edit("a run that could not decide", again(verdict="UNDECIDED"), 1, "it is UNDECIDED")
    yield Edit("signed an hour ahead", again(created=NOW + timedelta(hours=1)), 1, "which has not come")
    yield Edit("signed 4 minutes ahead, a clock's error", four_minutes_ahead, 0, "")
    yield Edit("8 days old, and may be 7", again(created=NOW - timedelta(days=8)), 1, "the run is 8 d 0 h old")
    yield Edit("a waiver expired yesterday", waived("2026-06-14", 14), 1, "expired on 2026-06-14")
    yield Edit("a waiver expires today", waived("2026-06-15", 15), 0, "")
    yield Edit("a waiver without a date", waived("soon"), 1, "expired on soon")
    yield Edit("validUntil is later than a waiver", later, 1, "validUntil is not the first day")


def later(case: Case) -> None:
    case.sign(replace(case.facts, waivers=(waiver("2026-06-20"),), valid_until=TODAY.replace(day=30)))


def untrusting(case: Case) -> None:
    case.trusting, case.asked = False, 0


def four_minutes_ahead(case: Case) -> None:
    case.asked = 0
    case.sign(replace(case.facts, created=NOW + timedelta(minutes=4)))
    case.approval(ANNA).unlink()


def of_models() -> Iterator[Edit]:
    """Yield what can be wrong with what is deployed."""

    def empty(case: Case) -> None:
        case.model = case.folder / "empty"
        case.model.mkdir()

    def one_file(case: Case) -> None:
        case.model = case.folder / "model" / "model.pkl"

    def folder_of(more: dict[str, bytes]) -> Callable[[Case], None]:
        def change(case: Case) -> None:
            names = {"weights/model.pkl": OTHER_MODEL, "weights/config.json": b"{}\n"}
            artifacts = tuple(
                replace(case.facts.artifacts[0], name=name, sha256=sha256(data)) for name, data in sorted(names.items())
            )
            case.resign(replace(case.facts, artifacts=artifacts))
            case.model = case.folder / "deployed"
            laid = {name.removeprefix("weights/"): data for name, data in names.items()} | more
            case.lay({f"deployed/{name}": data for name, data in laid.items()})

        return change

    yield Edit("the model: one bit flipped", lambda c: flip(c, "model/model.pkl"), 1, "'model.pkl' is another file")
    yield Edit(
        "the model: another one", lambda c: c.lay({"model/model.pkl": OTHER_MODEL}), 1, "'model.pkl' is another file"
    )
    yield Edit("the model: gone", lambda c: (c.model / "model.pkl").unlink(), 1, "'model.pkl' is missing")
    yield Edit("the model: an empty folder", empty, 1, "'model.pkl' is missing")
    yield Edit("the model: its file alone", one_file, 0, "")
    yield Edit(
        "the model: a second one beside it",
        lambda c: c.lay({"model/deep/more.bin": OTHER_MODEL}),
        1,
        "'deep/more.bin' is a model file",
    )
    yield Edit(
        "the policy beside it: edited", lambda c: c.lay({"model/gatekeeper.yaml": POLICY + b"# x\n"}), 1, "'gatekeeper"
    )
    app, more = "model/serving/app.py", "model/serving/more.py"
    yield Edit("the code beside it: edited", lambda c: c.lay({app: CODE + b"# x\n"}), 1, "'serving/app.py' is another")
    yield Edit(
        "the code beside it: one file more", lambda c: c.lay({more: b""}), 1, "'serving/more.py' lies in a folder"
    )
    yield Edit("the code beside it: gone", lambda c: (c.folder / app).unlink(), 1, "'serving/app.py' is missing")
    yield Edit(
        "the code beside it: compiled",
        lambda c: c.lay({"model/serving/__pycache__/app.pyc": b"x"}),
        1,
        "is compiled code",
    )
    yield Edit("the code is deployed elsewhere", lambda c: shutil.rmtree(c.folder / "model/serving"), 0, "")
    yield Edit("the folder of its files", folder_of({}), 0, "")
    yield Edit("the folder of its files, one more", folder_of({"merges.txt": b"x"}), 1, "'merges.txt' is none of the")
    yield Edit("the folder of its files, one edited", folder_of({"config.json": b"[]"}), 1, "'config.json' is another")


def of_approvals() -> Iterator[Edit]:
    """Yield what can be done to approvals: one is asked for, by anna or ben."""
    own = files.approval_name(key_of(ANNA).public.id)
    envelope = "dsseEnvelope.signatures.0.keyid"
    comment = partial(stated, name=own, change=put("predicate.comment", "all fine"))
    decision = partial(stated, name=own, change=put("predicate.decision", "MAYBE"), by=ANNA)
    edited = partial(bundled, name=own, change=put(envelope, "0" * 64))
    copied = partial(swap, name=own, other=f"other/{own}")
    yield Edit("no approval", partial(remove, name=own), 1, "0 of 1 that are asked for")
    yield Edit("one approval, two asked for", two, 1, "1 of 2 that are asked for")
    yield Edit("two approvals, two asked for", two_of_two, 0, "")
    yield Edit("one approval under two names", doubled, 1, "is not called as its key")
    yield Edit("an approval: one bit flipped", partial(flip, name=f"release/{own}"), 1, own)
    yield Edit("an approval: its envelope edited", edited, 1, "not in the form")
    yield Edit("an approval: its comment edited", comment, 1, "did not sign this")
    yield Edit("an approval: another decision", decision, 1, "Invalid enum value 'MAYBE'")
    yield Edit("an approval under another name", renamed, 1, "is not called as its key")
    yield Edit("an approval of another release", copied, 1, "approves other files than those that lie here")
    yield Edit("an approval, the sign-off renewed since", anew, 1, "approves other files than those that lie here")
    none = "0 of 1 that are asked for"
    yield Edit("an approval by the signer", partial(approved, by=SIGNER), 1, none)
    yield Edit("an approval by a stranger", partial(approved, by=STRANGER), 1, none)
    yield Edit("an approval of tomorrow", partial(approved, by=ANNA, when=NOW + timedelta(days=1)), 1, none)
    yield Edit("an approval from before the run", partial(approved, by=ANNA, when=NOW - timedelta(days=9)), 1, none)


def approved(case: Case, by: str, when: datetime | None = None) -> None:
    case.approval(ANNA).unlink()
    case.approve(by, when=when)


def renamed(case: Case) -> None:
    case.approval(ANNA).rename(case.approval(BEN))


def two(case: Case) -> None:
    case.asked = 2


def two_of_two(case: Case) -> None:
    case.approve(BEN)
    case.asked = 2


def doubled(case: Case) -> None:
    case.approval(BEN).write_bytes(case.approval(ANNA).read_bytes())
    case.asked = 2


def anew(case: Case) -> None:
    case.sign(replace(case.facts, created=case.facts.created + timedelta(hours=1)))


EDITS: tuple[Edit, ...] = (
    Edit("nothing", lambda _: None, 0, ""),
    *of_files(),
    *of_envelopes(),
    *of_statements(),
    *of_origin(),
    *of_models(),
    *of_approvals(),
)


def outcome(edit: Edit, folder: Path) -> tuple[int, str]:
    """Return the exit code and the first line that is not well, after an edit of a release in a new folder."""
    case = Case(folder)
    assert case.verify().exit_code == 0
    edit.do(case)
    try:
        ledger = case.verify()
    except GatekeeperError as error:
        return error.exit_code, error.what
    bad = [line for line in ledger.lines if line.found.value in {"failed", "undecided"}]
    return ledger.exit_code, f"{bad[0].check}: {bad[0].text}" if bad else ""


def main() -> int:
    """Print the table; exit with 1 if an edit is not answered as it must be."""
    wrong = 0
    for edit in EDITS:
        with tempfile.TemporaryDirectory() as folder:
            code, text = outcome(edit, Path(folder))
        is_wrong = code != edit.exit_code or edit.says not in text
        wrong += is_wrong
        print(f"| {edit.what} | {code} | {text} |{'  <-- WRONG' if is_wrong else ''}")
    print(f"{len(EDITS)} edits, {wrong} answered wrongly", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())

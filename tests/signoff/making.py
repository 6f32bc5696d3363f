"""Releases for the tests, made by the library itself: a small candidate, keys from fixed seeds, any day."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gatekeeper.cli.verify import _models_in
from gatekeeper.signoff import files, release
from gatekeeper.signoff.consistency import Release, open_release
from gatekeeper.signoff.facts import Checked, Facts, Named, Waived, Word
from gatekeeper.signoff.files import read_folder
from gatekeeper.signoff.keys import SigningKey, private_key
from gatekeeper.signoff.ledger import Ledger
from gatekeeper.signoff.trust import trusted
from gatekeeper.signoff.verification import Demands, verify
from gatekeeper_checks import _samples

NOW = datetime(2026, 6, 15, 12, 0, tzinfo=UTC)
TODAY = NOW.date()
SIGNER, ANNA, BEN, STRANGER = "signer", "anna", "ben", "stranger"


def pem(name: str) -> bytes:
    """Return the private key of somebody, from a seed: the same at every run."""
    key = Ed25519PrivateKey.from_private_bytes(hashlib.sha256(name.encode()).digest())
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def key_of(name: str) -> SigningKey:
    return private_key(pem(name), name)


def public_pem(name: str) -> bytes:
    key = serialization.load_der_public_key(key_of(name).public.der)
    return key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


def facts(
    subjects: Mapping[str, bytes],
    *,
    created: datetime = NOW - timedelta(days=2),
    verdict: Word = "PASS",
    waivers: Sequence[Waived] = (),
    valid_until: date | None = None,
) -> Facts:
    return Facts(
        verdict=verdict,
        profile="release",
        name="pricing",
        version="4093",
        artifacts=tuple(Named(name=name, sha256=sha256(data)) for name, data in sorted(subjects.items())),
        declared=(
            Named(name="production.lock", sha256=sha256(LOCK), role="environment.production"),
            Named(name="serving/app.py", sha256=sha256(CODE), role="code.paths[0]"),
        ),
        folders=("serving",),
        policy=Named(name="gatekeeper.yaml", sha256=sha256(POLICY)),
        gate_version="1.0",
        gate_sha256=sha256(b"the gate"),
        checks=(
            Checked(id="artifact-integrity", status=verdict, distribution="model-gatekeeper", version="1.0"),
            Checked(
                id="version-pinning",
                status="PASS",
                distribution="model-gatekeeper",
                version="1.0",
                waived=len(waivers),
            ),
        ),
        waivers=tuple(waivers),
        created=created,
        valid_until=valid_until,
    )


def waiver(expires: str) -> Waived:
    return Waived(
        code="version-pinning/unhashed",
        scope="production.lock",
        owner="anna",
        approver="ben",
        reason="the index has no hashes yet",
        expires=expires,
    )


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


MODEL = _samples.linear(["units"], [2.0], 1.0)
OTHER_MODEL = _samples.linear(["units"], [2.0], 1.5)
POLICY = b"schema: gatekeeper/candidate@1\nname: pricing\nartifacts: [model.pkl]\n"
LOCK = b"numpy==2.4.6\n"
CODE = b"def handler(): ...\n"
PAGE = b"<!DOCTYPE html>\n<title>Sign-off of pricing</title>\n"
DOCUMENT = b'{"schema": "gatekeeper/signoff@1", "created": "2026-06-13T12:00:00+00:00"}\n'


@dataclass
class Case:
    """A release that verifies, and all that an edit may change.

    Attributes:
        folder: holds `release`, `model` (the candidate's folder), `keys` and `other`, a release of another model.
        model: what is verified.
    """

    folder: Path
    now: datetime = NOW
    asked: int = 1
    max_age: timedelta | None = timedelta(days=7)
    trusting: bool = True
    model: Path = field(init=False)
    facts: Facts = field(init=False)

    def __post_init__(self) -> None:
        self.model = self.folder / "model"
        self.facts = facts({"model.pkl": MODEL})
        self.lay({"model/model.pkl": MODEL, "model/gatekeeper.yaml": POLICY, "model/production.lock": LOCK})
        self.lay({"model/serving/app.py": CODE})
        self.lay({f"keys/signers/{SIGNER}.pub": public_pem(SIGNER)})
        self.lay({f"keys/reviewers/{name}.pub": public_pem(name) for name in (ANNA, BEN)})
        self.sign(self.facts)
        self.approve(ANNA)
        other = replace(facts({"model.pkl": OTHER_MODEL}), name="other")
        self.lay({f"other/{name}": data for name, data in self.composed(other, more=b" ").items()})
        self.approve(ANNA, "other")

    @property
    def release(self) -> Path:
        return self.folder / "release"

    def lay(self, data: Mapping[str, bytes]) -> None:
        for name, content in data.items():
            (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
            (self.folder / name).write_bytes(content)

    def composed(self, of: Facts, *, by: str = SIGNER, more: bytes = b"") -> dict[str, bytes]:
        return release.compose(of, PAGE + more, DOCUMENT + more, release.Keyed(key_of(by)))

    def sign(self, of: Facts, *, by: str = SIGNER) -> None:
        """Write the release anew."""
        self.lay({f"release/{name}": data for name, data in self.composed(of, by=by).items()})

    def approve(self, by: str, which: str = "release", *, when: datetime | None = None) -> None:
        covered = self.opened(which).covered
        name, data = release.approval(
            covered, key_of(by), role="validator", comment="", now=when or NOW - timedelta(days=1)
        )
        self.lay({f"{which}/{name}": data})

    def approval(self, by: str, which: str = "release") -> Path:
        return self.folder / which / files.approval_name(key_of(by).public.id)

    def opened(self, which: str = "release") -> Release:
        ledger = Ledger()
        opened = open_release(read_folder(self.folder / which), ledger)
        assert opened is not None, ledger.failures
        return opened

    def resign(self, of: Facts, *, by: str = SIGNER) -> None:
        """Write the release anew, with the approval that it had."""
        self.sign(of, by=by)
        self.approval(ANNA).unlink()
        self.approve(ANNA)

    def verify(self) -> Ledger:
        trust = trusted(self.folder / "keys" if self.trusting else None, ())
        demands = Demands(trust=trust, approvals=self.asked, max_age=self.max_age)
        return verify(self.release, self.model, demands, _models_in, self.now)

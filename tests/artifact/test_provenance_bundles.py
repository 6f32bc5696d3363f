"""Bundles of model-signing 1.1.1 (see make_provenance_corpus.py): read strictly, compared with what is on disk."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from gatekeeper.artifact.provenance.bundle import Bundle, read_bundle, signed_bytes
from gatekeeper.artifact.provenance.comparison import Kind, against_bundle, against_folder
from gatekeeper.artifact.provenance.folders import GIT_PATHS, list_model
from gatekeeper.artifact.provenance.statement import root_digest, write_statement
from gatekeeper.errors import Unreadable

CORPUS = Path(__file__).parent / "provenance_corpus"
MODEL = CORPUS / "model"
BYTES = b"weights of a model"
FILES = [".hidden", "a name with spaces", "empty", "model.joblib", "sub/weights", "sub-x", "sub.txt"]


def bundle(name: str) -> Bundle:
    with (CORPUS / name).open("rb") as stream:
        return read_bundle(stream)


def statement(name: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(base64.b64decode(bundle(name).payload))
    return document


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """Return a copy of the model that a test may spoil."""
    return Path(shutil.copytree(MODEL, tmp_path / "model"))


def test_a_bundle_says_what_was_signed_and_by_which_key() -> None:
    read = bundle("p256.sig")
    assert (read.model, [each.name for each in read.files], read.single, read.shard_size) == (
        "model",
        FILES,
        False,
        None,
    )
    assert set(read.ignored) == set(GIT_PATHS)
    assert read.key_hint == hashlib.sha256((CORPUS / "p256.pub").read_bytes()).hexdigest()
    assert read.signer == f"the public key sha256:{read.key_hint}"
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(read), type=Bundle) == read


def test_a_certificate_is_named_by_its_digest() -> None:
    read = bundle("certificate.sig")
    assert read.signer.startswith("the certificate sha256:")
    assert read.key_hint == ""


def test_what_is_signed_is_type_and_payload_with_their_lengths() -> None:
    read = bundle("p256.sig")
    payload = base64.b64decode(read.payload)
    assert signed_bytes(read) == b"DSSEv1 28 application/vnd.in-toto+json %d %b" % (len(payload), payload)


@pytest.mark.parametrize("name", ["p256", "p384", "p521", "single", "ignoring", "certificate"])
def test_our_statement_is_theirs(name: str) -> None:
    theirs = statement(f"{name}.sig")
    read = bundle(f"{name}.sig")
    listing = list_model(MODEL / "model.joblib" if read.single else MODEL, read.ignored)
    ours = json.loads(write_statement(listing))
    for each in (ours, theirs):
        ignored = each["predicate"]["serialization"].pop("ignore_paths")
        # Theirs is a set, written in any order; of a model that is one file nothing is ignored.
        assert set(ignored) == set(read.ignored) or read.single
    assert ours == theirs


@pytest.mark.parametrize("name", ["p256", "shards", "ignoring", "certificate", "single"])
def test_the_model_is_as_it_was_signed(name: str) -> None:
    read = bundle(f"{name}.sig")
    path = MODEL / "model.joblib" if read.single else MODEL
    assert against_folder(read, list_model(path, read.ignored, read.shard_size)) == ()


def test_a_model_that_is_not_as_it_was_signed(copy: Path) -> None:
    (copy / "model.joblib").write_bytes(b"weights of b model")
    (copy / "empty").unlink()
    (copy / "extra").write_bytes(b"123")
    read = bundle("p256.sig")
    found = against_folder(read, list_model(copy, read.ignored))
    assert [(each.kind, each.path) for each in found] == [
        (Kind.MISSING, "empty"),
        (Kind.NOT_RECORDED, "extra"),
        (Kind.OTHER_DIGEST, "model.joblib"),
    ]
    assert found[1].got == "3 bytes"
    assert found[2].got == f"sha256:{hashlib.sha256(b'weights of b model').hexdigest()}"
    assert found[2].expected == f"sha256:{hashlib.sha256(BYTES).hexdigest()}"


def test_a_shard_that_differs_is_named_with_its_bytes(copy: Path) -> None:
    (copy / "sub/weights").write_bytes(b"01234x6789ab")
    (copy / "sub-x").write_bytes(b"longer")
    read = bundle("shards.sig")
    found = against_folder(read, list_model(copy, read.ignored, read.shard_size))
    assert [(each.kind, each.path) for each in found] == [
        (Kind.OTHER_DIGEST, "sub/weights, bytes 5 to 10"),
        (Kind.OTHER_SIZE, "sub-x"),
    ]
    assert (found[1].got, found[1].expected) == ("6 bytes", "1 bytes")


def test_one_artifact_against_a_bundle() -> None:
    read, digest = bundle("p256.sig"), hashlib.sha256(BYTES).hexdigest()
    assert against_bundle(read, "model.joblib", digest, len(BYTES)) == ()
    assert against_bundle(bundle("single.sig"), "model.joblib", digest, len(BYTES)) == ()
    (other,) = against_bundle(read, "model.joblib", "0" * 64, len(BYTES))
    assert (other.kind, other.expected) == (Kind.OTHER_DIGEST, f"sha256:{digest}")
    (absent,) = against_bundle(read, "other.joblib", digest, len(BYTES))
    assert absent.kind is Kind.NOT_RECORDED


def test_one_artifact_against_shards() -> None:
    read, digest = bundle("shards.sig"), hashlib.sha256(b"x").hexdigest()
    assert against_bundle(read, "sub-x", digest, 1) == ()
    (longer,) = against_bundle(read, "sub-x", digest, 2)
    assert longer.kind is Kind.OTHER_SIZE
    with pytest.raises(Unreadable, match="'sub/weights' was signed in 3 shards"):
        against_bundle(read, "sub/weights", digest, 12)


def forged(change: Callable[[dict[str, Any]], object], name: str = "p256.sig") -> bytes:
    """Return a bundle whose statement was changed, with the digest of its resources as a forger would write it."""
    document = json.loads((CORPUS / name).read_text())
    inner = statement(name)
    before = [each["digest"] for each in inner["predicate"]["resources"]]
    change(inner)
    after = [each["digest"] for each in inner["predicate"]["resources"]]
    if before != after and all(isinstance(each, str) and len(each) == 64 for each in after):
        inner["subject"][0]["digest"]["sha256"] = root_digest(after)
    document["dsseEnvelope"]["payload"] = base64.b64encode(json.dumps(inner).encode()).decode()
    return json.dumps(document).encode()


def first(statement: dict[str, Any]) -> dict[str, Any]:
    resource: dict[str, Any] = statement["predicate"]["resources"][0]
    return resource


FORGED: dict[str, tuple[Callable[[dict[str, Any]], object], str]] = {
    "another predicate": (lambda it: it.update(predicateType="https://slsa.dev/provenance/v1"), "predicateType: got"),
    "the predicate before 1.0": (
        lambda it: it.update(predicateType="https://model_signing/Digests/v0.1"),
        "predicateT",
    ),
    "another statement": (lambda it: it.update(_type="https://in-toto.io/Statement/v0.1"), "_type: got"),
    "two subjects": (lambda it: it["subject"].append(it["subject"][0]), "subject: got 2, expected the one model"),
    "no resources": (lambda it: it["predicate"].update(resources=[]), "predicate.resources: got an empty list"),
    "a digest of all that is none of all": (
        lambda it: it["subject"][0]["digest"].update(sha256="0" * 64),
        "expected " + "0" * 64,
    ),
    "an absolute name": (lambda it: first(it).update(name="/etc/passwd"), "'/etc/passwd' is absolute"),
    "a name that leaves": (lambda it: first(it).update(name="../model.joblib"), "leaves the folder"),
    "a name that paints": (lambda it: first(it).update(name="a\x1b[2K"), "holds a character that can't be seen"),
    "a file twice": (
        lambda it: it["predicate"]["resources"].append(dict(first(it))),
        "predicate.resources[7].name: '.hidden' stands there twice",
    ),
    "one file beside others": (lambda it: first(it).update(name="."), "a model of one file, beside other files"),
    "another algorithm": (lambda it: first(it).update(algorithm="md5"), "resources[0].algorithm: got 'md5'"),
    "a digest that is none": (lambda it: first(it).update(digest="zz"), "resources[0].digest: got 'zz'"),
    "another method": (lambda it: it["predicate"]["serialization"].update(method="tensors"), "method: got 'tensors'"),
    "paths that are none": (lambda it: it["predicate"]["serialization"].update(ignore_paths=[1]), "ignore_paths: got"),
}


@pytest.mark.parametrize(("change", "said"), FORGED.values(), ids=FORGED)
def test_a_statement_that_is_none(change: Callable[[dict[str, Any]], object], said: str) -> None:
    with pytest.raises(Unreadable) as refused:
        read_bundle(io.BytesIO(forged(change)))
    assert said in refused.value.what
    assert "model_signing sign" in refused.value.fix


SHARDS: dict[str, tuple[Callable[[dict[str, Any]], object], str]] = {
    "a shard without its bytes": (lambda it: first(it).update(name=".hidden"), "expected path:start:end, a shard"),
    "a shard that is too long": (lambda it: first(it).update(name=".hidden:0:6"), "expected a shard of at most 5"),
    "a shard of nothing": (lambda it: first(it).update(name=".hidden:0:0"), "got bytes 0 to 0"),
    "a gap": (lambda it: first(it).update(name=".hidden:1:2"), "does not follow the one before"),
    "shards of nothing": (lambda it: it["predicate"]["serialization"].update(shard_size=0), "shard_size: got 0"),
    "half a byte": (lambda it: it["predicate"]["serialization"].update(shard_size=1.5), "shard_size: got 1.5"),
}


@pytest.mark.parametrize(("change", "said"), SHARDS.values(), ids=SHARDS)
def test_shards_that_are_none(change: Callable[[dict[str, Any]], object], said: str) -> None:
    with pytest.raises(Unreadable) as refused:
        read_bundle(io.BytesIO(forged(change, "shards.sig")))
    assert said in refused.value.what


def test_the_name_of_a_single_file_stays_in_its_folder() -> None:
    data = forged(lambda it: it["subject"][0].update(name="../other.joblib"), "single.sig")
    with pytest.raises(Unreadable, match="expected the name of the one file"):
        read_bundle(io.BytesIO(data))


OUTER: dict[str, tuple[Callable[[dict[str, Any]], object], str]] = {
    "another version": (lambda it: it.update(mediaType="application/vnd.dev.sigstore.bundle+json;version=0.2"), "medi"),
    "another payload": (
        lambda it: it["dsseEnvelope"].update(payloadType="text/plain"),
        "payloadType: got 'text/plain'",
    ),
    "no envelope": (lambda it: it.pop("dsseEnvelope"), "dsseEnvelope: got nothing"),
    "no signature": (lambda it: it["dsseEnvelope"].update(signatures=[]), "signatures: got 0, expected one"),
    "two signatures": (lambda it: it["dsseEnvelope"]["signatures"].append({}), "signatures: got 2, expected one"),
    "a payload that is no base64": (lambda it: it["dsseEnvelope"].update(payload="é"), "payload: is no base64"),
    "a payload that is no JSON": (lambda it: it["dsseEnvelope"].update(payload="AAAA"), "is no in-toto statement"),
    "nobody": (lambda it: it.update(verificationMaterial={}), "verificationMaterial.certificate: got nothing"),
}


@pytest.mark.parametrize(("change", "said"), OUTER.values(), ids=OUTER)
def test_a_bundle_that_is_none(change: Callable[[dict[str, Any]], object], said: str) -> None:
    document = json.loads((CORPUS / "p256.sig").read_text())
    change(document)
    with pytest.raises(Unreadable) as refused:
        read_bundle(io.BytesIO(json.dumps(document).encode()))
    assert said in refused.value.what


def test_another_hash_is_refused_and_not_taken_for_sha256() -> None:
    with pytest.raises(Unreadable, match="hash_type: got 'blake3'"):
        bundle("blake3.sig")


def test_a_bundle_truncated_anywhere_is_refused() -> None:
    whole = (CORPUS / "single.sig").read_bytes().rstrip()
    for length in range(0, len(whole), 7):
        with pytest.raises(Unreadable):
            read_bundle(io.BytesIO(whole[:length]))

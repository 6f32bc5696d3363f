"""What others make of our statements: the libraries of secure-systems-lab, in-toto and sigstore, in their versions.

Each is installed into an environment of its own. cosign and gh could not be had from PyPI, npm or Debian (whose gh is
older than `gh attestation`), and were not run.
"""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
from pathlib import Path

import pytest

from gatekeeper.signoff.files import EVIDENCE, STATEMENTS, TEST_RESULT, VERDICT
from tests.signoff.making import ANNA, BEN, SIGNER, Case, key_of, public_pem

NPM = ("@sigstore/bundle@4.0.0", "@sigstore/verify@3.1.1")

SECURESYSTEMSLIB = """\
import json, sys
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from securesystemslib.dsse import Envelope
from securesystemslib.exceptions import VerificationError
from securesystemslib.signer import SSlibKey
bundle, pem, keyid = sys.argv[1:]
envelope = Envelope.from_dict(json.load(open(bundle))["dsseEnvelope"])
key = SSlibKey.from_crypto(load_pem_public_key(open(pem, "rb").read()), keyid=keyid)
try:
    print(*envelope.verify([key], 1))
except VerificationError as error:
    sys.exit(f"refused: {error}")
"""

IN_TOTO = """\
import base64, json, sys
from google.protobuf import json_format
from in_toto_attestation.predicates.test_result.v0 import test_result_pb2
from in_toto_attestation.predicates.vsa.v1 import vsa_pb2
from in_toto_attestation.v1 import statement_pb2
from in_toto_attestation.v1.statement import Statement
types = {
    "https://slsa.dev/verification_summary/v1": vsa_pb2.VerificationSummary,
    "https://in-toto.io/attestation/test-result/v0.1": test_result_pb2.TestResult,
}
for name in sys.argv[1:]:
    payload = base64.b64decode(json.load(open(name))["dsseEnvelope"]["payload"])
    parsed = json_format.Parse(payload, statement_pb2.Statement())  # it refuses a key that it does not know
    Statement.copy_from_pb(parsed).validate()
    if parsed.predicate_type in types:
        said = json.loads(payload)["predicate"]
        # SLSA's specification has a list; in-toto-attestation 0.9.3 declares one text.
        levels = said.pop("verifiedLevels", [])
        assert isinstance(levels, list), levels
        predicate = json_format.ParseDict(said, types[parsed.predicate_type]())
        print(parsed.predicate_type, getattr(predicate, "verification_result", "") or predicate.result)
    else:
        print(parsed.predicate_type)
"""

SIGSTORE_PYTHON = """\
import sys
from sigstore_models.bundle.v1 import Bundle
for name in sys.argv[1:]:
    bundle = Bundle.from_json(open(name).read())
    print(bundle.media_type, bundle.verification_material.public_key.hint)
"""

SIGSTORE_JS = """\
const fs = require("fs");
const { bundleFromJSON } = require("@sigstore/bundle");
const { Verifier, toSignedEntity, toTrustMaterial } = require("@sigstore/verify");
const [keyid, pem, ...names] = process.argv.slice(2);
const empty = { certificateAuthorities: [], timestampAuthorities: [], tlogs: [], ctlogs: [] };
const keys = { [keyid]: { rawBytes: fs.readFileSync(pem, "utf8") } };
const verifier = new Verifier(toTrustMaterial(empty, keys), {
  ctlogThreshold: 0, tlogThreshold: 0, timestampThreshold: 0,
});
for (const name of names) {
  const bundle = bundleFromJSON(JSON.parse(fs.readFileSync(name)));
  verifier.verify(toSignedEntity(bundle));
  console.log("verified", JSON.parse(bundle.content.dsseEnvelope.payload).predicateType);
}
"""

TYPES = {
    EVIDENCE: "urn:gatekeeper:evidence:v1",
    TEST_RESULT: "https://in-toto.io/attestation/test-result/v0.1",
    VERDICT: "https://slsa.dev/verification_summary/v1",
}


@pytest.fixture(scope="module")
def modules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the libraries from npm."""
    assert shutil.which("npm"), "needs node and npm"
    folder = tmp_path_factory.mktemp("modules")
    subprocess.run(["npm", "install", "--no-audit", "--no-fund", "--silent", *NPM], cwd=folder, check=True, timeout=600)
    return folder


@pytest.fixture
def case(tmp_path: Path) -> Case:
    case = Case(tmp_path)
    for name in (SIGNER, ANNA, BEN):
        (tmp_path / f"{name}.pub").write_bytes(public_pem(name))
    return case


def ran(*command: str | Path) -> tuple[int, str]:
    done = subprocess.run([str(each) for each in command], capture_output=True, text=True, check=False, timeout=120)
    return done.returncode, done.stdout + done.stderr


@pytest.mark.slow
def test_securesystemslib_verifies_each_envelope_with_its_key_and_with_no_other(peers: Path, case: Case) -> None:
    signer, anna = key_of(SIGNER).public.id, key_of(ANNA).public.id
    for name, by, key in (*((name, SIGNER, signer) for name in STATEMENTS), (case.approval(ANNA).name, ANNA, anna)):
        code, said = ran(peers, "-c", SECURESYSTEMSLIB, case.release / name, case.folder / f"{by}.pub", key)
        assert (code, said.split()) == (0, [key]), said
        code, said = ran(peers, "-c", SECURESYSTEMSLIB, case.release / name, case.folder / f"{BEN}.pub", key)
        assert code == 1
        assert "refused: " in said


@pytest.mark.slow
def test_in_toto_parses_and_validates_each_statement_and_knows_its_predicate(peers: Path, case: Case) -> None:
    names = [case.release / name for name in (*STATEMENTS, case.approval(ANNA).name)]
    code, said = ran(peers, "-c", IN_TOTO, *names)
    assert code == 0, said
    assert said.splitlines() == [
        TYPES[EVIDENCE],
        f"{TYPES[TEST_RESULT]} PASSED",
        f"{TYPES[VERDICT]} PASSED",
        "urn:gatekeeper:approval:v1",
    ]


@pytest.mark.slow
def test_the_models_of_sigstore_python_read_each_bundle(peers: Path, case: Case) -> None:
    code, said = ran(peers, "-c", SIGSTORE_PYTHON, *(case.release / name for name in STATEMENTS))
    assert code == 0, said
    assert {line.split()[1] for line in said.splitlines()} == {key_of(SIGNER).public.id}


@pytest.mark.slow
def test_sigstore_js_verifies_each_bundle_with_the_key_that_its_hint_names(modules: Path, case: Case) -> None:
    program = modules / "verify.js"
    program.write_text(SIGSTORE_JS)
    key = key_of(SIGNER).public.id
    names = [case.release / name for name in STATEMENTS]
    code, said = ran("node", program, key, case.folder / f"{SIGNER}.pub", *names)
    assert code == 0, said
    assert said.splitlines() == [f"verified {TYPES[name]}" for name in STATEMENTS]
    code, said = ran("node", program, key, case.folder / f"{BEN}.pub", *names)
    assert code != 0
    assert "signature verification failed" in said


@pytest.mark.slow
def test_openssl_alone_verifies_a_signature(case: Case) -> None:
    """What is signed is told by DSSE; with openssl 3 and base64 nobody needs a tool of ours, nor a library."""
    envelope = json.loads((case.release / VERDICT).read_bytes())["dsseEnvelope"]
    payload, kind = base64.b64decode(envelope["payload"]), envelope["payloadType"].encode()
    (case.folder / "signed").write_bytes(b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload))
    (case.folder / "signature").write_bytes(base64.b64decode(envelope["signatures"][0]["sig"]))
    files = ("-in", case.folder / "signed", "-sigfile", case.folder / "signature")
    verify = ("openssl", "pkeyutl", "-verify", "-pubin", "-rawin", *files, "-inkey")
    assert ran(*verify, case.folder / f"{SIGNER}.pub")[0] == 0
    assert ran(*verify, case.folder / f"{BEN}.pub")[0] != 0

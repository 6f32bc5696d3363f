"""The commands of `gatekeeper artifact`, as a user types them: whole outputs, exit codes, bad input."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from gatekeeper.artifact.provenance.comparison import against_record
from gatekeeper.artifact.provenance.folders import dir_hash, list_model
from gatekeeper.artifact.provenance.record import Record, read_record
from gatekeeper.cli.artifact.builder import builder_of

CORPUS = Path(__file__).parent / "artifact" / "provenance_corpus"
PATH = {"PATH": os.environ["PATH"]}
PYTHON = ("--python", sys.executable)
WITHOUT_CRYPTOGRAPHY = """\
import sys
sys.modules["cryptography"] = None
from gatekeeper.__main__ import main
main()
"""

Gate = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Return a copy of the corpus: `model` and the bundles over it."""
    return Path(shutil.copytree(CORPUS, tmp_path / "corpus"))


def git(folder: Path, *args: str) -> str:
    identity = ("-c", "user.name=A", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false")
    done = subprocess.run(["git", *identity, *args], cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def read(path: Path) -> Record:
    with path.open("rb") as stream:
        return read_record(stream)


def test_a_record_says_what_was_trained_where_and_on_what(gate: Gate, home: Path) -> None:
    git(home, "init", "--quiet")
    git(home, "add", "p256.pub")
    git(home, "commit", "--quiet", "--message", "one")
    (home / "data.csv").write_text("a,b\n")
    done = gate(
        "artifact", "record", "model/model.joblib", "model/sub/weights", "./model/model.joblib", *PYTHON,
        "--data", "data.csv", "--data", "model", "--builder", "the tests", "-o", "model/record.json",
        cwd=home, env=PATH,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (0, "")
    record = read(home / "model/record.json")
    assert [each.path for each in record.files] == ["model.joblib", "sub/weights"]
    content = (home / "model/model.joblib").read_bytes()
    assert against_record(record, "model.joblib", hashlib.sha256(content).hexdigest(), len(content)) == ()
    assert record.python == ".".join(map(str, sys.version_info[:3]))
    assert record.packages["msgspec"]
    assert (record.git and record.git.commit, record.git and record.git.dirty) == (
        git(home, "rev-parse", "HEAD"),
        False,
    )
    assert record.builder == "the tests"
    shutil.move(home / "model/record.json", home / "record.json")
    assert [(each.name, each.kind, each.digest) for each in record.data] == [
        ("data.csv", "file", hashlib.sha256(b"a,b\n").hexdigest()),
        ("model", "folder", dir_hash(list_model(home / "model"))),
    ]
    assert f"wrote model/record.json: 2 files, {len(record.packages)} packages, Python {record.python}, commit" in (
        done.stderr
    )
    assert "warning" not in done.stderr


def test_two_records_of_the_same_differ_in_their_time_alone(gate: Gate, home: Path) -> None:
    written = []
    for name in ("a.json", "b.json"):
        done = gate("artifact", "record", "model/empty", "model/sub-x", *PYTHON, "-o", name, cwd=home, env=PATH)
        assert done.returncode == 3  # an empty file is no model
        done = gate("artifact", "record", "model/sub-x", *PYTHON, "-o", name, cwd=home, env=PATH)
        assert done.returncode == 0, done.stderr
        written.append(json.loads((home / name).read_text()) | {"created": ""})
    assert json.dumps(written[0]) == json.dumps(written[1])


def test_a_record_without_repository_and_builder_says_that_it_has_none(gate: Gate, home: Path) -> None:
    done = gate("artifact", "record", "model/sub-x", *PYTHON, cwd=home, env={**PATH, "GIT_CEILING_DIRECTORIES": "/"})
    assert done.returncode == 0
    record = read(home / "record.json")
    assert (record.git, record.builder, record.data) == (None, None, ())
    assert "warning: the record has no commit: git: fatal: not a git repository" in done.stderr
    assert "name one with --builder TEXT" in done.stderr


def test_a_record_where_there_is_no_git(gate: Gate, home: Path) -> None:
    done = gate("artifact", "record", "model/sub-x", *PYTHON, cwd=home, env={"PATH": str(home)})
    assert done.returncode == 0
    assert "warning: the record has no commit: there is no program `git`" in done.stderr


def test_a_change_that_is_not_committed_is_told(gate: Gate, home: Path) -> None:
    git(home, "init", "--quiet")
    git(home, "add", "p256.pub")
    git(home, "commit", "--quiet", "--message", "one")
    (home / "p256.pub").write_text("changed")
    done = gate("artifact", "record", "model/sub-x", *PYTHON, cwd=home, env=PATH)
    assert "(dirty)" in done.stderr
    found = read(home / "record.json").git
    assert found is not None
    assert found.dirty


def test_the_file_monitor_of_a_repository_is_not_started(gate: Gate, home: Path) -> None:
    git(home, "init", "--quiet")
    git(home, "add", "p256.pub")
    git(home, "commit", "--quiet", "--message", "one")
    git(home, "config", "core.fsmonitor", "echo was here > touched; false")
    assert gate("artifact", "record", "model/sub-x", *PYTHON, cwd=home, env=PATH).returncode == 0
    assert not (home / "touched").exists()


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, None),
        (
            {"GITHUB_SERVER_URL": "https://g.example", "GITHUB_REPOSITORY": "a/b", "GITHUB_RUN_ID": "7"},
            "https://g.example/a/b/actions/runs/7",
        ),
        (
            {
                "GITHUB_SERVER_URL": "https://g.example",
                "GITHUB_REPOSITORY": "a/b",
                "GITHUB_RUN_ID": "7",
                "GITHUB_RUN_ATTEMPT": "2",
            },
            "https://g.example/a/b/actions/runs/7/attempts/2",
        ),
        ({"CI_JOB_URL": "https://l.example/-/jobs/1"}, "https://l.example/-/jobs/1"),
        ({"GITHUB_RUN_ID": "7", "BUILD_URL": "https://j.example/1/"}, "https://j.example/1/"),
        ({"BUILD_URL": ""}, None),
    ],
)
def test_the_builder_is_the_run_of_the_ci(environment: Mapping[str, str], expected: str | None) -> None:
    assert builder_of(environment) == expected


@pytest.mark.parametrize(
    ("args", "exit_code", "said"),
    [
        (("nowhere.pkl",), 3, "nowhere.pkl: doesn't exist"),
        (("model",), 3, "model: is a directory, expected a file"),
        (("model/empty",), 3, "model/empty: is empty (0 bytes)"),
        (("p256.pub", "-o", "model/record.json"), 2, "p256.pub lies outside the folder of the record"),
        (("p256.pub", "-o", "p256.pub"), 2, "p256.pub is the record itself"),
        (("p256.pub", "--builder", " "), 2, "the builder is ' '"),
        (("p256.pub", "--builder", "a\nb"), 2, r"the builder is 'a\nb'"),
        (("p256.pub", "--data", "nowhere"), 3, "nowhere: doesn't exist"),
        (("p256.pub", "--data", "no-files"), 2, "--data: no-files holds no file"),
        (("p256.pub", "--python", "nowhere/python"), 2, "'nowhere/python' can't be started"),
        (("p256.pub", "--python", "/bin/false"), 3, "/bin/false ended with 1"),
        (("x\x1b[2Ky",), 2, r"the name 'x\x1b[2Ky' holds a character that can't be seen"),
        (("x\ny",), 2, r"the name 'x\ny' holds a character that can't be seen"),
        ((), 2, "Missing argument 'FILE...'"),
    ],
)
def test_what_can_not_be_recorded(args: tuple[str, ...], exit_code: int, said: str, gate: Gate, home: Path) -> None:
    (home / "no-files").mkdir()
    before = sorted(home.rglob("*"))
    done = gate("artifact", "record", *args, cwd=home, env=PATH)
    assert (done.returncode, done.stdout) == (exit_code, "")
    assert said in done.stderr
    assert sorted(home.rglob("*")) == before


def test_the_text_is_that_of_sha256sum(gate: Gate, home: Path) -> None:
    (home / "model/back\\slash").write_bytes(b"1")
    done = gate("artifact", "digest", "model", cwd=home)
    assert (done.returncode, done.stderr) == (0, "")
    checked = subprocess.run(
        ["sha256sum", "--check", "--strict"], input=done.stdout, cwd=home, capture_output=True, text=True, check=True
    )
    assert len(checked.stdout.splitlines()) == 8
    files = [line.partition("  ")[2] for line in done.stdout.splitlines()]
    assert files == [
        "model/.hidden", "model/a name with spaces", "model/back\\\\slash", "model/empty",
        "model/model.joblib", "model/sub/weights", "model/sub-x", "model/sub.txt",
    ]  # fmt: skip


def test_several_models_and_what_is_left_out(gate: Gate, home: Path) -> None:
    (home / "model/.git").mkdir()
    (home / "model/.git/HEAD").write_text("x")
    done = gate("artifact", "digest", "model", "p256.pub", "--format", "json", cwd=home)
    document = json.loads(done.stdout)
    assert document["schema"] == "gatekeeper/digests@1"
    assert [each["name"] for each in document["models"]] == ["model", "p256.pub"]
    assert ".git/HEAD" not in str(document)
    done = gate("artifact", "digest", "model", "--ignore", "sub", "--ignore", "empty", cwd=home)
    assert "weights" not in done.stdout
    assert "sub.txt" in done.stdout


def test_the_statement_is_the_one_in_the_bundle(gate: Gate, home: Path) -> None:
    import base64

    done = gate("artifact", "digest", "model", "--format", "model-signing", cwd=home)
    signed = json.loads((home / "p256.sig").read_text())["dsseEnvelope"]["payload"]
    theirs, ours = json.loads(base64.b64decode(signed)), json.loads(done.stdout)
    assert ours["subject"] == theirs["subject"]
    assert ours["predicate"]["resources"] == theirs["predicate"]["resources"]


@pytest.mark.parametrize(
    ("args", "exit_code", "said"),
    [
        (("nowhere",), 3, "nowhere: doesn't exist"),
        (("model", "p256.pub", "--format", "model-signing"), 2, "got 2 models, expected one"),
        (("model", "--ignore", "nothing"), 2, "--ignore nothing: there is no such path in model"),
        (("linked",), 3, "linked: 'link' is a symbolic link"),
        (("x\x1b[2Ky",), 2, r"the path 'x\x1b[2Ky' holds a character that can't be seen"),
    ],
)
def test_what_has_no_digest(args: tuple[str, ...], exit_code: int, said: str, gate: Gate, home: Path) -> None:
    (home / "linked").mkdir()
    (home / "linked/link").symlink_to("../p256.pub")
    done = gate("artifact", "digest", *args, cwd=home)
    assert (done.returncode, done.stdout) == (exit_code, "")
    assert said in done.stderr


def test_digests_that_agree_are_no_answer_to_who_signed(gate: Gate, home: Path) -> None:
    done = gate("artifact", "verify", "p256.sig", "model", cwd=home)
    assert done.returncode == 3
    key = hashlib.sha256((home / "p256.pub").read_bytes()).hexdigest()
    assert done.stdout == (
        "SIGNATURE NOT VERIFIED: no public key was given; the bundle says that it was signed by "
        f"the public key sha256:{key}\n"
        "  fix: give the key that you trust: --public-key PEM; or ask for the digests alone: --digests-only\n"
        "UNDECIDED: 7 files of model, each with the digest in the bundle; nobody verified who made the bundle "
        "(exit code 3).\n"
    )


def test_the_digests_alone_are_told_as_such(gate: Gate, home: Path) -> None:
    done = gate("artifact", "verify", "p256.sig", "model", "--digests-only", cwd=home)
    assert done.returncode == 0
    assert done.stdout.startswith("SIGNATURE NOT VERIFIED")
    assert "PASS: 7 files of model" in done.stdout


def test_one_flipped_byte_is_told_by_name_and_digests(gate: Gate, home: Path) -> None:
    (home / "model/sub/weights").write_bytes(b"0123456789aB")
    done = gate("artifact", "verify", "p256.sig", "model", cwd=home)
    assert done.returncode == 1
    got, expected = (hashlib.sha256(each).hexdigest() for each in (b"0123456789aB", b"0123456789ab"))
    assert f"\nsub/weights: got sha256:{got}, expected sha256:{expected}\n" in done.stdout
    assert "FAIL: 1 difference between model and the 7 files that were signed (exit code 1)." in done.stdout


def test_what_is_absent_or_was_not_signed_is_told(gate: Gate, home: Path) -> None:
    (home / "model/empty").rename(home / "model/full")
    done = gate("artifact", "verify", "p256.sig", "model", "--digests-only", cwd=home)
    assert done.returncode == 1
    assert "empty: was signed (sha256:" in done.stdout
    assert "full: is there (0 bytes), and was not signed" in done.stdout


def test_a_bundle_in_the_folder_did_not_sign_itself(gate: Gate, home: Path) -> None:
    shutil.copy(home / "p256.sig", home / "model/model.sig")
    assert gate("artifact", "verify", "model/model.sig", "model", "--digests-only", cwd=home).returncode == 0
    assert gate("artifact", "verify", "p256.sig", "model", "--digests-only", cwd=home).returncode == 1


def test_shards_and_single_files_are_held_against_their_bundles(gate: Gate, home: Path) -> None:
    for bundle, model in (("shards.sig", "model"), ("single.sig", "model/model.joblib"), ("ignoring.sig", "model")):
        assert gate("artifact", "verify", bundle, model, "--digests-only", cwd=home).returncode == 0


@pytest.mark.parametrize(
    ("args", "exit_code", "said"),
    [
        (("nowhere.sig", "model"), 3, "nowhere.sig: doesn't exist"),
        (("model", "model"), 3, "model: is a directory, expected a file"),
        (("p256.pub", "model"), 3, "p256.pub:1:1: is no model-signing bundle: it is no JSON"),
        (("p256.sig", "nowhere"), 3, "nowhere: doesn't exist"),
        (("p256.sig", "model/model.joblib"), 3, "model/model.joblib: got a file, expected a folder"),
        (("single.sig", "model"), 3, "model: got a folder, expected a file"),
        (("blake3.sig", "model"), 3, "predicate.serialization.hash_type: got 'blake3', expected sha256"),
        (("twice.json", "model"), 3, "twice.json: is no model-signing bundle: got the key 'a' twice"),
        (("p256.sig", "model", "--public-key", "p256.pub", "--digests-only"), 2, "give one of the two"),
        (("p256.sig", "model", "--public-key", "nowhere.pub"), 3, "nowhere.pub: doesn't exist"),
    ],
)
def test_what_can_not_be_verified(args: tuple[str, ...], exit_code: int, said: str, gate: Gate, home: Path) -> None:
    (home / "twice.json").write_text('{"a": 1, "a": 2}')
    done = gate("artifact", "verify", *args, cwd=home)
    assert (done.returncode, done.stdout) == (exit_code, "")
    assert said in done.stderr
    assert "  fix: " in done.stderr


def test_a_hundred_megabytes_of_json_are_not_read_whole(gate: Gate, home: Path) -> None:
    with (home / "large.sig").open("wb") as file:
        file.write(b'{"mediaType": "')
        file.truncate(100 * 1024 * 1024)
    done = gate("artifact", "verify", "large.sig", "model", cwd=home)
    assert done.returncode == 3
    assert "large.sig: got more than 4194304 bytes; no model-signing bundle is that large" in done.stderr


def test_without_cryptography_a_key_is_a_usage_error_that_says_what_to_install(gate: Gate, home: Path) -> None:
    command = [sys.executable, "-I", "-c", WITHOUT_CRYPTOGRAPHY]
    args = ("artifact", "verify", "p256.sig", "model", "--public-key", "p256.pub")
    done = gate(*args, command=command, cwd=home)
    assert (done.returncode, done.stdout) == (2, "")
    assert "pip install cryptography" in done.stderr


def test_the_schema_of_the_record_is_printed(gate: Gate) -> None:
    document = json.loads(gate("schema", "record").stdout)
    assert document["title"] == "gatekeeper/record@1"
    assert document["additionalProperties"] is False


def test_the_help_of_each_command_says_what_it_is_for(gate: Gate) -> None:
    for command in ("record", "digest", "verify"):
        done = gate("artifact", command, "--help")
        assert done.returncode == 0
        assert "Usage: gatekeeper artifact" in done.stdout

"""gatekeeper.yaml: every error at once, each with its line, its column and the fix."""

import json
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper import document, policy
from gatekeeper.errors import PolicyError
from gatekeeper.policy import Policy, declared_paths

HEAD = "schema: gatekeeper/candidate@1\nname: pricing\n"
COMPLETE = (
    HEAD
    + """\
version: "2.10"
artifacts: [model.joblib, encoder.joblib]
environment:
  training: training.lock
  production: production.lock
  target: cp311-linux_x86_64
  approved: approved.lock
  dockerfile: Dockerfile
  stage: serve
  base_image: {index: "sha256:DIGEST", platforms: {linux/amd64: "sha256:DIGEST"}}
  holds:
    torch: {version: "2.1.2", until: "2026-12-31", reason: the driver of the old nodes, lifted_by: new-nodes.json}
  receipt: receipt.json
  integration: {tests: tests/integration, required: required-tests.txt}
code:
  paths: [serving]
  predictor: serving.app:predictor
manifest: manifest.yaml
baseline: baseline.json
golden: golden
deployment: [deploy.yaml]
checks:
  version-pinning: {timeout: 30}
plugins: [no-secrets]
waivers: waivers.yaml
""".replace("DIGEST", "0123456789abcdef" * 4)
)


def problems(text: str | bytes) -> list[str]:
    """Return `line:column what | fix` for each problem of a policy."""
    data = text.encode() if isinstance(text, str) else text
    with pytest.raises(PolicyError) as caught:
        document.load(data, "gatekeeper.yaml", Policy)
    return [f"{each.at.line}:{each.at.column} {each.what} | {each.fix}" for each in caught.value.problems]


def folder_problems(folder: Path, text: str) -> list[str]:
    """Return the problems that are known only when the policy meets its folder."""
    (folder / "gatekeeper.yaml").write_text(text)
    with pytest.raises(PolicyError) as caught:
        policy.load(folder / "gatekeeper.yaml", folder)
    return [f"{each.at.line}:{each.at.column} {each.what}" for each in caught.value.problems]


def loaded(folder: Path, text: str) -> Policy:
    (folder / "gatekeeper.yaml").write_text(HEAD + text)
    return policy.load(folder / "gatekeeper.yaml", folder).policy


def test_a_complete_policy_is_read() -> None:
    loaded = document.load(COMPLETE.encode(), "gatekeeper.yaml", Policy)
    assert loaded.value.version == "2.10"
    assert loaded.value.environment.holds["torch"].until == "2026-12-31"
    assert loaded.value.checks == {"version-pinning": {"timeout": 30}}
    assert loaded.marks["environment.training"] == (6, 13)
    assert loaded.marks["artifacts[1]"] == (4, 27)


def test_only_schema_and_name_are_required() -> None:
    assert problems("version: x\n") == [
        "1:1 'schema' is missing | add `schema:`",
        "1:1 'name' is missing | add `name:`",
    ]
    assert document.load(HEAD.encode(), "gatekeeper.yaml", Policy).value.artifacts == ()


def test_all_errors_are_told_at_once_in_the_order_of_their_lines() -> None:
    text = (
        "schema: gatekeeper/candidate@2\nname: 3\nversion: 2.10\nartefacts: []\nenvironment:\n  trainig: x\ncode: []\n"
    )
    assert problems(text) == [
        "1:9 schema: got 'gatekeeper/candidate@2', expected gatekeeper/candidate@1 | write: gatekeeper/candidate@1",
        '2:7 name: 3 is read as a number, expected text | write: "3"',
        '3:10 version: 2.10 is read as a number, expected text | write: "2.10"',
        "4:1 unknown key 'artefacts' | did you mean 'artifacts'?",
        "6:3 environment.trainig: unknown key 'trainig' | did you mean 'training'?",
        "7:7 code: got a list, expected keys and values | indent `key: value` below it",
    ]


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("2.10", "2.10 is read as a number"),
        ("1_0", "1_0 is read as a number"),
        ("0x10", "0x10 is read as a number"),
        ("1:30", "1:30 is read as a number"),
        ("yes", "yes is read as a truth value"),
        ("2026-11-23", "2026-11-23 is read as a date"),
        (".inf", ".inf is read as a number"),
    ],
)
def test_what_yaml_would_change_silently_is_refused_with_the_quotes_shown(value: str, told: str) -> None:
    (problem,) = problems(f"schema: gatekeeper/candidate@1\nname: {value}\n")
    assert told in problem
    assert problem.endswith(f'| write: "{value}"')


@given(st.decimals(min_value=0, max_value=99, places=2).map(str))
def test_no_unquoted_version_is_ever_taken(version: str) -> None:
    assert any("is read as a number" in each for each in problems(HEAD + f"version: {version}\n"))
    loaded = document.load((HEAD + f'version: "{version}"\n').encode(), "gatekeeper.yaml", Policy)
    assert loaded.value.version == version


@given(st.text())
def test_any_text_that_yaml_can_write_is_read_as_it_is(name: str) -> None:
    text = yaml.safe_dump({"schema": "gatekeeper/candidate@1", "name": "x" + name})
    assert document.load(text.encode(), "gatekeeper.yaml", Policy).value.name == "x" + name


@given(st.binary(max_size=200))
def test_any_bytes_give_a_policy_or_problems(data: bytes) -> None:
    try:
        document.load(data, "gatekeeper.yaml", Policy)
    except PolicyError as error:
        told = error.problems
    else:
        told = ()
    assert all(each.what and each.fix and each.at.line for each in told)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "1:1 the file is empty"),
        ("# only a comment\n", "1:1 the file is empty"),
        ("- a\n", "1:1 got a list, expected keys and values"),
        ("a: [\n", "not YAML"),
        ("name: a\n\tb: c\n", "indent with spaces; YAML allows no tabs"),
        ("a: b\n---\nc: d\n", "another document"),
        (b"name: \xff\n", "1:7 byte 0xff is not UTF-8"),
        ("name: a\0b\n", "U+0000 is not allowed"),
        ("[" * 3000, "nested too deeply"),
        (HEAD + "artifacts: &a [x]\ndeployment: *a\n", "an alias (`*name`)"),
        (HEAD + "name: again\n", "3:1 duplicate key 'name'; it stands in line 2 too"),
        (HEAD + "environment: {training: a, training: b}\n", "duplicate key 'training'"),
        (HEAD + "environment: {target: !!python/object:os.system x}\n", "is not used here"),
        (HEAD + "artifacts: model.joblib\n", "write: [model.joblib]"),
        (HEAD + "artifacts: [[a]]\n", "artifacts[0]: got a list, expected text"),
        (HEAD + "code: {predictor: serving}\n", "code.predictor: got 'serving'"),
        (HEAD + "environment: {holds: {torch: {version: '2', until: soon, reason: r}}}\n", "got 'soon'"),
        (HEAD + 'manifest: ""\n', "manifest: the text is empty"),
        (HEAD + "? [a]\n: b\n", "a key is a list, expected text"),
        (HEAD + "<<: {version: a}\n", "unknown key '<<'"),
    ],
)
def test_malformed_documents(text: str | bytes, told: str) -> None:
    assert any(told in each for each in problems(text)), problems(text)


def test_a_policy_of_10_mb_is_refused_without_being_parsed() -> None:
    assert "expected at most 262,144" in problems(b"#" * (10 << 20))[0]


def test_paths_may_not_leave_the_folder(tmp_path: Path) -> None:
    folder, outside = tmp_path / "candidate", tmp_path / "outside.lock"
    folder.mkdir()
    outside.write_text("x")
    (folder / "link.lock").symlink_to(outside)
    (folder / "out").symlink_to(tmp_path)
    text = HEAD + (
        'artifacts: [../outside.lock, link.lock, out/outside.lock, /etc/passwd, "a\\0b"]\n'
        "environment: {training: ../outside.lock}\n"
    )
    assert folder_problems(folder, text) == [
        "3:13 artifacts[0]: '../outside.lock' leaves the candidate's folder",
        "3:30 artifacts[1]: 'link.lock' leaves the candidate's folder (through a symbolic link)",
        "3:41 artifacts[2]: 'out/outside.lock' leaves the candidate's folder (through a symbolic link)",
        "3:59 artifacts[3]: '/etc/passwd' is absolute",
        "3:72 artifacts[4]: 'a\\x00b' is no path",
        "4:25 environment.training: '../outside.lock' leaves the candidate's folder",
    ]


def test_a_link_inside_the_folder_is_a_path_like_any_other(tmp_path: Path) -> None:
    (tmp_path / "real.lock").write_text("x")
    (tmp_path / "link.lock").symlink_to("real.lock")
    (tmp_path / "gatekeeper.yaml").write_text(HEAD + "environment: {training: link.lock}\n")
    assert policy.load(tmp_path / "gatekeeper.yaml", tmp_path).policy.environment.training == "link.lock"


@pytest.mark.parametrize("production", ["/srv/production.lock", f"sha256:{'a' * 64}", "production.lock"])
def test_production_may_be_absolute_or_a_digest(tmp_path: Path, production: str) -> None:
    (tmp_path / "gatekeeper.yaml").write_text(HEAD + f"environment: {{production: '{production}'}}\n")
    assert policy.load(tmp_path / "gatekeeper.yaml", tmp_path).policy.environment.production == production


@pytest.mark.parametrize("digest", ["sha256:", "sha256:abc", f"sha256:{'A' * 64}", f"sha256:{'g' * 64}"])
def test_a_malformed_digest_is_refused(tmp_path: Path, digest: str) -> None:
    (told,) = folder_problems(tmp_path, HEAD + f'environment: {{production: "{digest}"}}\n')
    assert "is no sha256 digest" in told


def test_a_target_that_is_none_is_refused_where_it_stands(tmp_path: Path) -> None:
    (told,) = folder_problems(tmp_path, HEAD + "environment:\n  target: linux\n")
    assert told == "4:11 environment.target: got the target 'linux'"


@pytest.mark.parametrize("key", ["production", "approved"])
def test_a_malformed_environment_hash_is_refused(tmp_path: Path, key: str) -> None:
    (told,) = folder_problems(tmp_path, HEAD + f"environment: {{{key}: 'sha256:abc'}}\n")
    assert told == f"3:{17 + len(key)} environment.{key}: 'sha256:abc' is no sha256 digest"


def test_a_hold_names_a_version_and_a_day_that_there_are(tmp_path: Path) -> None:
    text = HEAD + "environment:\n  holds:\n    torch: {version: '2.1.*', until: '2026-02-30', reason: drivers}\n"
    assert folder_problems(tmp_path, text) == [
        "5:22 environment.holds.torch.version: got '2.1.*', expected one version",
        "5:38 environment.holds.torch.until: 2026-02-30 is a day that there is not",
    ]


def test_a_hold_names_one_package_and_a_reason(tmp_path: Path) -> None:
    kept = "{version: '1', until: '2026-12-31', reason: r}"
    holds = f"    si x: {kept}\n    Six: {kept}\n    six: {kept}\n    tqdm: {kept.replace(': r', ': ' + repr(' '))}\n"
    assert folder_problems(tmp_path, HEAD + f"environment:\n  holds:\n{holds}") == [
        "5:11 environment.holds: 'si x' is no name of a package",
        "7:10 environment.holds: 'six' is held already, as 'Six'",
        "8:55 environment.holds.tqdm.reason: the text is blank",
    ]


@pytest.mark.parametrize("declared", ["stage: final", "base_image: {platforms: {}}"])
def test_what_is_said_of_a_dockerfile_needs_one(tmp_path: Path, declared: str) -> None:
    (told,) = folder_problems(tmp_path, HEAD + f"environment: {{{declared}}}\n")
    key = declared.partition(":")[0]
    assert told == f"3:{17 + len(key)} environment.{key}: there is no `environment.dockerfile` that it is about"


def test_the_digests_of_a_base_image_are_digests_of_platforms(tmp_path: Path) -> None:
    assert "must match" in problems(HEAD + "environment: {base_image: {index: 'sha256:abc'}}\n")[0]
    text = HEAD + f"environment: {{dockerfile: D, base_image: {{platforms: {{amd64: 'sha256:{'ab' * 32}'}}}}}}\n"
    (told,) = folder_problems(tmp_path, text)
    assert told.endswith("environment.base_image.platforms: 'amd64' is no platform")


@pytest.mark.parametrize(
    ("block", "says"),
    [
        ("outputs: {price: {dtype: bfloat16}}", "bfloat16 with no relative tolerance: two neighbours are 0.0078 apart"),
        ("outputs: {price: {dtype: bfloat16, relative: 0.0001}}", "bfloat16 with a relative tolerance of 0.0001"),
        ("outputs: {price: {dtype: float16, relative: 0.0001}}", "two neighbours are 0.00098 apart"),
        ("outputs: {price: {relative: -1.0}}", "got -1.0, expected a finite number that is not negative"),
        ("outputs: {price: {floor: .nan}}", "floor"),
        ("outputs: {price: {relative: 1.5}}", "0 would pass for any value"),
        ("devices: []", "no device is named"),
        ("{devices: [cuda], gpu: never}", "`never`, and `devices` names cuda"),
        ("gpu: required", "`required`, and `devices` does not name cuda"),
        ("stress: 5", "replay.stress: got 5, expected at least 20"),
        ("repeat: 0", "replay.repeat: got 0, expected at least 1"),
        ("require_sandbox: [everything]", "everything"),
    ],
)
def test_a_replay_that_can_not_be_kept_to_is_refused_when_the_policy_is_read(
    block: str, says: str, tmp_path: Path
) -> None:
    text = f"{HEAD}replay: {block if block.startswith('{') else '{' + block + '}'}\n"
    assert any(says in each for each in folder_problems(tmp_path, text))


def test_a_tolerance_that_its_type_can_hold_is_taken(tmp_path: Path) -> None:
    block = "outputs: {price: {dtype: bfloat16, relative: 0.02}, units: {relative: 0.000000001, floor: 0.0}}"
    assert loaded(tmp_path, f"replay: {{{block}}}\n").replay.outputs["units"].floor == 0.0


@pytest.mark.parametrize("predictor", ["a.b:c", "exec: ./serve --jsonl", "http://127.0.0.1:8080/v2/models/m/infer"])
def test_a_predictor_is_a_factory_a_program_or_a_server(predictor: str, tmp_path: Path) -> None:
    assert loaded(tmp_path, f"code: {{predictor: {json.dumps(predictor)}}}\n").code.predictor == predictor


@pytest.mark.parametrize("predictor", ["serve", "a.b:", "ftp://127.0.0.1/m", "exec:"])
def test_a_predictor_that_is_none_is_refused(predictor: str, tmp_path: Path) -> None:
    assert folder_problems(tmp_path, f"{HEAD}code: {{predictor: {json.dumps(predictor)}}}\n")


def test_every_path_of_a_policy_is_held_to_the_folder() -> None:
    """A new key that names a path must be added to `declared_paths`, or nothing keeps it inside."""
    value = document.load(COMPLETE.encode(), "gatekeeper.yaml", Policy).value
    named = {path for _, path in declared_paths(value)}
    everything = json.loads(json.dumps(_texts(yaml.safe_load(COMPLETE))))
    not_paths = {
        "gatekeeper/candidate@1",
        "pricing",
        "2.10",
        "cp311-linux_x86_64",
        "serving.app:predictor",
        "no-secrets",
    }
    not_paths |= {"2.1.2", "2026-12-31", "the driver of the old nodes", "serve", f"sha256:{'0123456789abcdef' * 4}"}
    assert named == set(everything) - not_paths


def _texts(value: object) -> list[str]:
    if isinstance(value, dict):
        return [text for each in value.values() for text in _texts(each)]
    if isinstance(value, list):
        return [text for each in value for text in _texts(each)]
    return [value] if isinstance(value, str) else []

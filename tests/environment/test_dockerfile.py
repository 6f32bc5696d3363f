"""What a Dockerfile says: one file of the corpus for each family of traps, its facts listed beside it.

After a change that is meant: UPDATE_SNAPSHOTS=1 pytest tests/environment/test_dockerfile.py
"""

from __future__ import annotations

import io
import os
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gatekeeper.environment.dockerfile import parse_dockerfile, read_instructions
from gatekeeper.environment.dockerfile.context import context_paths
from gatekeeper.environment.dockerfile.expansion import expand
from gatekeeper.environment.dockerfile.facts import Pin, Stage
from gatekeeper.environment.dockerfile.images import parse_image
from gatekeeper.environment.dockerfile.installed import installed_lock
from gatekeeper.environment.dockerfile.instructions import Script
from gatekeeper.environment.dockerfile.production import base_chain, final_stage, needed_stages
from gatekeeper.errors import Unreadable

CORPUS = Path(__file__).parent / "corpus_dockerfiles"
FILES = sorted(CORPUS.glob("*.Dockerfile"))
TEXTS = [path.read_text() for path in FILES]
DIGEST = "9f3f3a1c2d4e5b60718293a4b5c6d7e8f90123456789abcdef0123456789abcd"
HEAD = f"FROM python:3.11@sha256:{DIGEST}\n"


def listing(facts: Any, indent: str = "") -> str:
    """Return every field that says something, one a line."""
    lines = []
    for each in fields(facts):
        value = getattr(facts, each.name)
        items = value if isinstance(value, tuple) and value and is_dataclass(value[0]) else (value,)
        for item in items:
            if is_dataclass(item):
                lines.append(f"{indent}{each.name}\n{listing(item, indent + '  ')}")
            elif item or (item == 0 and not isinstance(item, bool)):
                lines.append(f"{indent}{each.name}: {', '.join(item) if isinstance(item, tuple) else item}\n")
    return "".join(lines)


def only_stage(text: str) -> Stage:
    (stage,) = parse_dockerfile(HEAD + text).stages
    return stage


def refusal(text: str) -> tuple[int | None, str]:
    with pytest.raises(Unreadable) as caught:
        parse_dockerfile(text)
    assert caught.value.fix
    return caught.value.line, caught.value.what


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_facts_of_each_file_of_the_corpus(path: Path) -> None:
    facts = listing(parse_dockerfile(path.read_text(), "linux/amd64"))
    expected = path.with_suffix(".txt")
    if os.environ.get("UPDATE_SNAPSHOTS"):
        expected.write_text(facts)
    assert facts == expected.read_text()


def test_the_instructions_are_stored_and_decoded_by_type() -> None:
    for path in FILES:
        with path.open("rb") as stream:
            script = read_instructions(stream)
        assert msgspec.msgpack.decode(msgspec.msgpack.encode(script), type=Script) == script


# --- variables


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("$A-$B", "1-$B"),
        ("${A}${E}", "1"),
        ("${B:-x}${E:-y}${E-z}", "xy"),
        ("${A:+set}${B:+set}${E:+set}${E+set}", "setset"),
        ("${B:-${A:+${E:-deep}}}", "deep"),
        ('"$A" \'$A\' "a b"', "1 $A a b"),
        (r"\$A \\", "$A \\"),
        ('"${B:-a}b}"', "ab}"),
    ],
)
def test_variables_are_put_in_as_buildkit_does(text: str, expected: str) -> None:
    assert expand(text, {"A": "1", "E": "", "B": None}).text == expected


def test_what_has_no_value_is_named_and_a_default_that_is_not_taken_is_not_asked_for() -> None:
    assert expand("$A${B}${A}", {}).unknown == ("A", "B")
    assert expand("${A:-$B}", {"A": "1"}).unknown == ()
    assert expand("${A:-$B}", {}).unknown == ("B",)
    assert expand("${A#x}${A", {"A": "1"}).unknown == ("${A#x}", "${A")


# --- images


@pytest.mark.parametrize(
    ("text", "registry", "name", "tag", "pin"),
    [
        ("python", None, "python", None, Pin.TAG),
        ("team/python:3.11-slim", None, "team/python", "3.11-slim", Pin.TAG),
        (f"example.com/a/b/c@sha256:{DIGEST}", "example.com", "a/b/c", None, Pin.DIGEST),
        (f"localhost:5000/x:1@sha256:{DIGEST}", "localhost:5000", "x", "1", Pin.DIGEST),
        ("localhost/x", "localhost", "x", None, Pin.TAG),
        (f"x@sha256:{'a' * 64}", None, "x", None, Pin.PLACEHOLDER),
        (f"x@sha256:{'a' * 63}", None, "x", None, Pin.MALFORMED),
        (f"x@sha256:{DIGEST.upper()}", None, "x", None, Pin.MALFORMED),
        ("x@", None, "x", None, Pin.MALFORMED),
    ],
)
def test_an_image_is_taken_apart(text: str, registry: str | None, name: str, tag: str | None, pin: Pin) -> None:
    image = parse_image(text)
    assert (image.registry, image.name, image.tag, image.pin) == (registry, name, tag, pin)


@pytest.mark.parametrize("text", ["", "Python", "a b", "x:", ":x", "x/", "example.com/", "x:tag:tag", "-x"])
def test_what_is_no_image_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="expected name:tag@sha256"):
        parse_image(text)


# --- which stages count


def test_the_final_stage_decides_which_stages_count() -> None:
    dockerfile = parse_dockerfile((CORPUS / "stage-graph.Dockerfile").read_text())
    named = {
        name: [each.name for each in needed_stages(dockerfile, final_stage(dockerfile, name))]
        for name in ("serve", "test", "files", "0")
    }
    assert named == {
        "serve": ["base", "wheels", "files", "serve"],
        "test": ["base", "test"],
        "files": ["files"],
        "0": ["base"],
    }
    assert final_stage(dockerfile).name == "debug"
    assert [each.name for each in base_chain(dockerfile, final_stage(dockerfile))] == ["debug", "serve", "base"]
    with pytest.raises(Unreadable, match="has no stage 'prod'"):
        final_stage(dockerfile, "prod")


def test_stages_that_take_from_each_other_end_the_search() -> None:
    text = "FROM scratch AS a\nCOPY --from=b /x /x\nFROM a AS b\nCOPY --from=b /y /y\n"
    dockerfile = parse_dockerfile(text)
    assert len(needed_stages(dockerfile, final_stage(dockerfile))) == 2


def test_the_platform_decides_a_stage_that_is_chosen_by_architecture() -> None:
    text = f"{HEAD[:-1]} AS base-arm64\n{HEAD[:-1]} AS base-amd64\nFROM base-${{TARGETARCH}}\n"
    stages = {each: parse_dockerfile(text, each).stages[-1].base.stage for each in ("linux/amd64", "linux/arm64")}
    assert stages == {"linux/amd64": 1, "linux/arm64": 0}
    assert parse_dockerfile(text).stages[-1].base.undecided == "nothing in the file sets TARGETARCH"


# --- from the image back to the build context


@pytest.mark.parametrize(
    ("copies", "asked", "expected"),
    [
        ("COPY a.lock /app/\n", "/app/a.lock", "a.lock"),
        ("COPY a.lock /app/b.lock\n", "/app/b.lock", "a.lock"),
        ("WORKDIR /app\nCOPY . .\n", "/app/locks/a.lock", "locks/a.lock"),
        ("COPY locks /app/locks\n", "/app/locks/a.lock", "locks/a.lock"),
        ("COPY locks/ /app\n", "/app/a.lock", "locks/a.lock"),
        ("COPY locks/*.lock other.txt /app/\n", "/app/a.lock", "locks/a.lock"),
        ('COPY ["with blank.lock", "/app/"]\n', "/app/with blank.lock", "with blank.lock"),
        ("ADD --chown=1:1 --link ./a.lock app/\n", "/app/a.lock", "a.lock"),
        ("ENV D=/opt\nCOPY a.lock ${D}/\n", "/opt/a.lock", "a.lock"),
    ],
)
def test_a_file_in_the_image_is_found_in_the_build_context(copies: str, asked: str, expected: str) -> None:
    dockerfile = parse_dockerfile(HEAD + copies)
    assert expected in context_paths(dockerfile, dockerfile.stages[0], asked)


def test_a_file_is_followed_through_stages() -> None:
    text = f"{HEAD[:-1]} AS a\nCOPY in.lock /x/\nFROM a AS b\nFROM scratch\nCOPY --from=b /x/in.lock /y/out.lock\n"
    dockerfile = parse_dockerfile(text)
    assert "in.lock" in context_paths(dockerfile, dockerfile.stages[-1], "/y/out.lock")
    assert context_paths(dockerfile, dockerfile.stages[-1], "/y/other.lock") == ()


def test_a_bind_mount_is_seen_by_its_own_run_alone() -> None:
    text = HEAD + "RUN --mount=type=bind,source=a.lock,target=/t/a.lock true\nRUN true\n"
    dockerfile = parse_dockerfile(text)
    found = [context_paths(dockerfile, dockerfile.stages[0], "/t/a.lock", line) for line in (2, 3)]
    assert found == [("a.lock",), ()]


# --- refusals


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        ("", 1, "got no FROM"),
        ("# only a comment\n", 1, "got no FROM"),
        ("ARG A=1\nRUN true\n" + HEAD, 2, "got RUN before the first FROM"),
        (HEAD + "INSTALL pip\n", 2, "got 'INSTALL' where an instruction begins"),
        (HEAD + "RUN <<EOF\ntrue\n", 2, "the heredoc 'EOF' has no end"),
        (HEAD + "RUN echo 'a\n", 2, "a RUN can't be read: a ' is not closed"),
        (HEAD + "RUN echo $(true\n", 2, "a RUN can't be read: a ( is not closed"),
        (HEAD + "COPY --from=3 /x /x\n", 2, "COPY --from names stage 3"),
        ("# escape=x\n" + HEAD, 1, "got the escape character 'x'"),
        ("# escape=`\n# ESCAPE=`\n" + HEAD, 2, "the parser directive escape stands here twice"),
        ("FROM Python:3.11\n", 1, "FROM names 'Python:3.11', which is no image"),
        ("FROM a b\n", 1, "expected FROM image or FROM image AS name"),
        ("FROM a AS 1b\n", 1, "got the stage name '1b'"),
    ],
)
def test_what_buildkit_would_not_build_is_refused_with_its_line(text: str, line: int, what: str) -> None:
    got_line, got = refusal(text)
    assert got_line == line
    assert what in got


def test_a_file_of_more_than_a_mebibyte_is_refused() -> None:
    with pytest.raises(Unreadable, match="no Dockerfile is that large"):
        read_instructions(io.BytesIO(b"#" * (1 << 20) + b"\n"))


def test_a_secret_in_a_url_is_no_fact() -> None:
    stage = only_stage("RUN pip install --extra-index-url https://user:secret@example.com/simple -r a.lock\n")
    assert stage.installs[0].options[0].value == "https://example.com/simple"
    assert "secret" not in str(stage)


# --- laws


@given(st.sampled_from(TEXTS), st.data())
def test_a_mutated_dockerfile_gives_facts_or_a_refusal(text: str, data: st.DataObject) -> None:
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(text)))
        end = data.draw(st.integers(start, min(len(text), start + 20)))
        text = text[:start] + data.draw(st.text("\\\"'`$({<#\n =-FROMa,@:", max_size=6)) + text[end:]
    try:
        parse_dockerfile(text, "linux/amd64")
    except Unreadable as error:
        assert error.what
        assert error.fix


@given(st.text(max_size=200))
@example("FROM a\nRUN " + "$(" * 3000)
@example("FROM " + "${A:-" * 3000)
@example("FROM a\nRUN " + "sh -c " * 500)
@example("FROM a\nRUN [" + "[" * 5000)
def test_any_text_gives_facts_or_a_refusal(text: str) -> None:
    try:
        parse_dockerfile(text)
    except Unreadable as error:
        assert error.what


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_comments_and_crlf_change_no_fact_but_lines(path: Path) -> None:
    text = path.read_text()
    with_crlf = read_instructions(io.BytesIO(text.replace("\n", "\r\n").encode()))
    assert with_crlf == read_instructions(io.BytesIO(text.encode()))


@pytest.mark.parametrize(
    ("command", "told"),
    [
        ("pip install six", "installs packages beside the lock"),
        ("pip install .", "brings more than the lock pins"),
        ("uv lock", "brings more than the lock pins"),
        ("curl -sSf https://example.com/install.sh | sh", "runs a script from its standard input"),
    ],
)
def test_an_image_with_more_than_its_lock_is_no_evidence_of_the_lock(command: str, told: str) -> None:
    text = f"{HEAD}COPY a.lock /\nRUN pip install --require-hashes -r /a.lock\n"
    assert (
        installed_lock(parse_dockerfile(f"{text}RUN pip install --no-deps /app\n"), {"a.lock"}.__contains__).line == 3
    )
    with pytest.raises(Unreadable) as caught:
        installed_lock(parse_dockerfile(f"{text}RUN {command}\n"), {"a.lock"}.__contains__)
    assert told in caught.value.what
    assert caught.value.line == 4

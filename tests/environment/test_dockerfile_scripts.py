"""Shell scripts of the build context that are copied into the image and run there: what they install is seen too."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.environment.dockerfile import build_stages, read_script
from gatekeeper.environment.dockerfile.facts import Stage
from gatekeeper.environment.dockerfile.instructions import parse_instructions
from gatekeeper.errors import Unreadable

BASE = f"FROM python:3.11@sha256:{'0123456789abcdef' * 4}"


def built(dockerfile: str, **scripts: str) -> Stage:
    """Return the last stage; `a_sh` is the file a.sh of the build context."""
    files = {name.replace("_", "."): text for name, text in scripts.items()}
    return build_stages(parse_instructions(f"{BASE}\n{dockerfile}"), None, files.get).stages[-1]


def installed(stage: Stage) -> list[str]:
    return [f"{each.script}:{each.line} {each.written}" for each in stage.installs]


@pytest.mark.parametrize(
    "run",
    [
        "RUN bash a.sh --all",
        "RUN sh -e ./a.sh",
        "RUN /app/a.sh",
        'RUN ["./a.sh", "x"]',
        "RUN . ./a.sh && true",
        "RUN cd / && source app/a.sh",
        "RUN timeout 60 bash a.sh",
        "RUN sh -c 'bash a.sh'",
        'ENTRYPOINT ["/app/a.sh"]',
        "CMD ./a.sh",
    ],
)
def test_a_script_that_is_run_is_read(run: str) -> None:
    stage = built(f"WORKDIR /app\nCOPY a.sh .\n{run}\n", a_sh="set -e\npip install six\n")
    assert installed(stage) == ["a.sh:2 pip install six"]
    assert stage.unread == ()


def test_a_script_without_a_suffix_is_read_if_its_first_line_names_a_shell() -> None:
    text = "COPY a /bin/a\nRUN /bin/a\n"
    assert installed(built(text, a="#!/usr/bin/env bash\npip install six\n")) == ["a:2 pip install six"]
    assert installed(built(text, a="#!/usr/bin/env python3\npip install six\n")) == []
    assert installed(built(text, a="")) == []


def test_a_script_is_followed_through_stages_and_into_other_scripts() -> None:
    stage = built(
        f"COPY a.sh b.sh /x/\n{BASE}\nCOPY --from=0 /x /y\nRUN /y/a.sh\n",
        a_sh="cd /y\n./b.sh\n",
        b_sh="pip install six\n",
    )
    assert installed(stage) == ["b.sh:1 pip install six"]


@pytest.mark.parametrize(
    "here",
    ['$(dirname "$0")', "$(dirname $0)", '$(cd "$(dirname "$0")" && pwd)', '$(dirname -- "${BASH_SOURCE[0]}")'],
)
def test_a_script_knows_its_own_folder(here: str) -> None:
    text = f'cd "{here}"\npip install -r a.lock\npip install -r "{here}/b.lock"\n'
    stage = built("WORKDIR /app\nCOPY a.sh /s/\nRUN /s/a.sh\n", a_sh=text)
    assert [each.files for each in stage.installs] == [("/s/a.lock",), ("/s/b.lock",)]


def test_a_script_runs_where_its_command_does_and_leaves_that_where_it_was() -> None:
    stage = built(
        "WORKDIR /app\nCOPY a.sh .\nRUN cd sub && ../a.sh && pip install -r c\n", a_sh="cd x\npip install -r b\n"
    )
    assert [each.files for each in stage.installs] == [("/app/sub/x/b",), ("/app/sub/c",)]


def test_a_script_that_is_not_there_is_named() -> None:
    stage = built("COPY a.sh b.sh /\nRUN /a.sh\nRUN bash /gone.sh\n", a_sh="./b.sh\nmake install\n")
    assert [(each.written, each.script, each.line) for each in stage.unread] == [
        ("./b.sh", "a.sh", 1),
        ("make install", "a.sh", 2),
        ("bash /gone.sh", "", 4),
    ]


def test_a_script_that_runs_itself_ends_the_search() -> None:
    assert len(built("COPY a.sh /\nRUN /a.sh\n", a_sh="pip install six\n/a.sh\n").installs) < 10


def test_a_script_that_is_not_whole_is_refused_with_its_name() -> None:
    with pytest.raises(Unreadable) as caught:
        built("COPY a.sh /\nRUN /a.sh\n", a_sh="echo 'a\n")
    assert caught.value.what == "a.sh, which line 3 of the Dockerfile runs, can't be read: a ' is not closed"
    assert caught.value.at
    assert caught.value.at.path == "a.sh"


def test_a_program_is_no_script_and_a_long_text_is_refused() -> None:
    assert read_script(io.BytesIO(b"\x7fELF\x00" + b"x" * (2 << 20))) == ""
    with pytest.raises(Unreadable, match="no script is that large"):
        read_script(io.BytesIO(b"#\n" * (1 << 20)))


@given(st.text("\"'`$(){}[]dirname 0&|;\n#<cd", max_size=120))
def test_any_script_gives_facts_or_a_refusal(text: str) -> None:
    try:
        built("COPY a.sh /\nRUN /a.sh\n", a_sh=text)
    except Unreadable as error:
        assert error.what

"""What the options of a command in a Dockerfile come to, for a lock with extras and groups."""

from __future__ import annotations

import pytest

from gatekeeper.environment.dockerfile import parse_dockerfile
from gatekeeper.environment.dockerfile.context import exported, lock_paths
from gatekeeper.environment.dockerfile.facts import Asked, Export
from gatekeeper.environment.dockerfile.installed import installed_lock
from gatekeeper.environment.dockerfile.selecting import Selected, selected
from gatekeeper.environment.facts import Lock

BASE = f"FROM python:3.11@sha256:{'0123456789abcdef' * 4}"
UV = Lock(rows=(), extras=("gpu", "web"), groups=("dev", "serve"), default_groups=("dev",))
POETRY = Lock(rows=(), extras=("gpu", "web"), groups=("dev", "main", "serve"), default_groups=("main",))


def asked(command: str) -> Asked:
    stage = parse_dockerfile(f"{BASE}\nRUN {command}\n").stages[0]
    found = (*(each.asked for each in stage.installs), *(each.asked for each in stage.exports))
    assert len(found) == 1
    assert found[0]
    return found[0]


def chosen(extras: str, groups: str, *, whole: bool = True) -> Selected:
    return Selected(extras=frozenset(extras.split()), groups=frozenset(groups.split()), whole=whole)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ("", chosen("", "dev")),
        ("--all-extras", chosen("gpu web", "dev")),
        ("--extra gpu", chosen("gpu", "dev")),
        ("--all-extras --no-extra web", chosen("gpu", "dev")),
        ("--no-dev", chosen("", "")),
        ("--dev --no-dev", chosen("", "")),
        ("--all-groups", chosen("", "dev serve")),
        ("--all-groups --no-group dev", chosen("", "serve")),
        ("--group serve", chosen("", "dev serve")),
        ("--group dev --no-group dev", chosen("", "")),
        ("--no-default-groups", chosen("", "")),
        ("--no-default-groups --group serve", chosen("", "serve")),
        ("--only-group serve", chosen("", "serve", whole=False)),
        ("--only-dev", chosen("", "dev", whole=False)),
        ("--extra GPU", chosen("gpu", "dev")),
    ],
)
def test_the_options_of_uv(options: str, expected: Selected) -> None:
    """As `uv export --frozen` (0.13.9) decides each of them."""
    assert selected(asked(f"uv sync --locked {options}"), UV) == expected
    assert selected(asked(f"uv export --frozen {options} -o r.txt"), UV) == expected


@pytest.mark.parametrize("variables", ["UV_NO_DEV=1", "UV_NO_GROUP=dev", "UV_NO_DEFAULT_GROUPS=true"])
def test_the_variables_of_uv(variables: str) -> None:
    assert selected(asked(f"{variables} uv sync --locked"), UV) == chosen("", "")
    assert selected(asked(f"{variables.partition('=')[0]}= uv sync --locked"), UV) == chosen("", "dev")


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("install --only main", chosen("", "main")),
        ("install --only main,serve --extras 'gpu web'", chosen("gpu web", "main serve")),
        ("install --only serve", chosen("", "serve")),
        ("install --without dev,serve", chosen("", "main")),
        ("install --with serve --without dev -E gpu", chosen("gpu", "main serve")),
        ("install --with dev,serve", chosen("", "dev main serve")),
        ("install --all-groups --all-extras", chosen("gpu web", "dev main serve")),
        ("export -o r.txt", chosen("", "main")),
        ("export --with serve -o r.txt", chosen("", "main serve")),
        ("export --only serve -o r.txt", chosen("", "serve")),
    ],
)
def test_the_options_of_poetry(command: str, expected: Selected) -> None:
    assert selected(asked(f"poetry {command}"), POETRY) == expected


@pytest.mark.parametrize(
    ("command", "lock", "told"),
    [
        (
            "poetry install",
            POETRY,
            "the groups that are not optional, and the lock does not say which of these are: dev, serve",
        ),
        ("poetry install --with serve", POETRY, "does not say which of these are: dev"),
        ("uv sync --package api", UV, "--package takes a part of the lock"),
        ("uv sync --no-install-package torch", UV, "--no-install-package takes a part of the lock"),
        ("uv export --prune torch -o r.txt", UV, "--prune takes a part of the lock"),
        ('uv sync --group "$GROUP"', UV, "nobody can say here what $GROUP stands for"),
        ("pixi install --all", UV, "--all installs several environments"),
    ],
)
def test_what_command_and_lock_do_not_say_is_undecided(command: str, lock: Lock, told: str) -> None:
    with pytest.raises(ValueError, match=r".") as caught:
        selected(asked(command), lock)
    assert told in str(caught.value)


def test_a_poetry_lock_with_no_other_group_leaves_nothing_open() -> None:
    assert selected(asked("poetry install"), Lock(rows=(), groups=("main",))) == chosen("", "main")


def test_an_environment_of_pixi_takes_the_place_of_the_default_one() -> None:
    lock = Lock(rows=(), groups=("default", "prod"), default_groups=("default",))
    assert selected(asked("pixi install --locked -e prod"), lock) == chosen("", "prod")
    assert selected(asked("pixi install --locked"), lock) == chosen("", "default")


def test_what_a_command_runs_is_not_given_to_it() -> None:
    assert selected(asked("uv run --no-dev serve --group serve --all-extras"), UV) == chosen("", "")


# --- files that are exported in the image


def exported_to(dockerfile: str, path: str, line: int) -> Export | None:
    parsed = parse_dockerfile(dockerfile)
    found = exported(parsed, parsed.stages[-1], path, line)
    return found and found[1]


@pytest.mark.parametrize(
    "command",
    [
        "uv export --frozen -o /r.txt",
        "uv export --frozen --output-file=/r.txt --no-dev > /dev/null",
        "uv export --frozen > /r.txt",
        "cd / && uv export --frozen --project /app 1>> r.txt 2> errors",
        "sh -c 'uv export --frozen > /r.txt'",
        "poetry export -f requirements.txt --output /r.txt",
        "timeout 60 python -m uv export --frozen -o /r.txt",
    ],
)
def test_the_file_that_an_export_writes(command: str) -> None:
    export = exported_to(f"{BASE}\nWORKDIR /app\nRUN {command} && true\nRUN true\n", "/r.txt", 4)
    assert export
    assert export.lock == f"/app/{'poetry' if 'poetry' in command else 'uv'}.lock"


@pytest.mark.parametrize("command", ["uv export --frozen", "uv export --frozen 2> /r.txt", "echo uv export > /r.txt"])
def test_what_writes_no_such_file(command: str) -> None:
    assert exported_to(f"{BASE}\nRUN {command}\nRUN true\n", "/r.txt", 3) is None


def test_an_export_is_no_file_before_it_is_written() -> None:
    text = f"{BASE}\nRUN true\nRUN uv export --frozen -o /r.txt\n"
    assert exported_to(text, "/r.txt", 2) is None


def test_an_export_is_followed_through_stages_to_the_lock_in_the_build_context() -> None:
    text = (
        f"{BASE} AS locks\nWORKDIR /src\nCOPY service/uv.lock .\nRUN uv export --frozen -o r.txt\n"
        f"{BASE}\nCOPY --from=locks /src/r.txt /app/requirements.txt\n"
        "RUN pip install --require-hashes -r /app/requirements.txt\n"
    )
    parsed = parse_dockerfile(text)
    assert "service/uv.lock" in lock_paths(parsed, parsed.stages[-1], "/app/requirements.txt", 7)
    assert installed_lock(parsed, {"service/uv.lock"}.__contains__).path == "service/uv.lock"


@pytest.mark.parametrize("reader", ["pip install --require-hashes -r /dev/stdin", "uv pip sync --require-hashes -"])
def test_an_export_may_be_read_from_a_pipe(reader: str) -> None:
    parsed = parse_dockerfile(f"{BASE}\nCOPY uv.lock .\nRUN uv export --frozen | {reader}\n")
    assert installed_lock(parsed, {"uv.lock"}.__contains__).path == "uv.lock"

"""Locks as pip itself reads them: nothing may be read otherwise, and what pip drops in silence is refused."""

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name
from pip._internal.exceptions import RequirementsFileParseError
from pip._internal.network.session import PipSession
from pip._internal.req.req_file import parse_requirements

from gatekeeper.environment import read_lock
from gatekeeper.errors import Unreadable

# pip 23 warns about a part of itself.
pytestmark = pytest.mark.filterwarnings("ignore:pkg_resources is deprecated:DeprecationWarning")
CORPUS = Path(__file__).parent / "corpus"


@pytest.fixture(scope="module")
def session() -> PipSession:
    return PipSession()


def pip_reads(path: Path, session: PipSession) -> Iterator[tuple[str, str, str | None, frozenset[str]]]:
    for each in parse_requirements(str(path), session=session):
        given_hashes = (each.options or {}).get("hashes", {})
        hashes = frozenset(f"{name}:{digest.lower()}" for name, digests in given_hashes.items() for digest in digests)
        if each.is_editable:
            yield "", "", None, hashes
        else:
            requirement = Requirement(each.requirement)
            marker = None if requirement.marker is None else str(requirement.marker)
            yield canonicalize_name(requirement.name), str(requirement.specifier), marker, hashes


def we_read(content: bytes) -> Iterator[tuple[str, str, str | None, frozenset[str]]]:
    for row in read_lock(io.BytesIO(content)).rows:
        yield row.name, row.specifier, row.marker, frozenset(map(str, row.hashes))


@pytest.mark.parametrize(
    "name", ["training.txt", "production.txt", "universal.txt", "export.txt", "editable.txt", "large.txt"]
)
def test_a_real_lock_is_read_as_pip_reads_it(name: str, session: PipSession) -> None:
    path = CORPUS / name
    assert list(we_read(path.read_bytes())) == list(pip_reads(path, session))


pieces = st.sampled_from(
    [
        "six==1.16.0",
        "attrs==25.1",
        " ; python_version < '3.12'",
        f" --hash=sha256:{'a' * 64}",
        f"    --hash=sha256:{'B' * 64}",
        f" --hash sha256:{'c' * 64}",
        " \\",
        "\\",
        "\\ ",
        "\n",
        "\r\n",
        "\n",
        " # why",
        "# why",
        "    # via six",
        " ",
        "\t",
    ]
)


@given(st.lists(pieces, max_size=14).map("".join))
@settings(max_examples=500, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_is_read_at_all_is_read_as_pip_reads_it(tmp_path: Path, session: PipSession, text: str) -> None:
    try:
        ours = list(we_read(text.encode()))
    except Unreadable:
        return
    path = tmp_path / "requirements.txt"
    path.write_bytes(text.encode())
    try:
        theirs = list(pip_reads(path, session))
    except (InvalidRequirement, RequirementsFileParseError):
        return
    assert ours == theirs

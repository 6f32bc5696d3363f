"""`pip inspect` as an inventory: names, versions, origins and the Python; no hashes."""

import io
import json
from pathlib import Path
from typing import Any

import pytest

from gatekeeper.environment import Lock, Source, read_lock
from gatekeeper.environment.formats import Format
from gatekeeper.errors import Unreadable

CORPUS = Path(__file__).parent / "corpus_inventories"
AGAIN = "write it again, by pip 22.3 or newer: python -m pip inspect > production.json"
ALGORITHMS = "md5, sha1, sha224, sha256, sha384, sha512"
COMMIT = "0123456789abcdef0123456789abcdef01234567"


def read(document: dict[str, Any]) -> Lock:
    return read_lock(io.BytesIO(json.dumps(document).encode()))


def report(**distribution: Any) -> dict[str, Any]:
    installed = {"metadata": {"name": "Six", "version": "1.17"}, "installer": "pip", **distribution}
    return {"version": "1", "pip_version": "26.3", "installed": [installed]}


def test_what_pip_wrote_is_read() -> None:
    lock = read_lock(io.BytesIO((CORPUS / "pip-inspect.json").read_bytes()))
    assert lock.format is Format.PIP_INSPECT
    assert {row.name: (row.version, row.source) for row in lock.rows} == {
        "click": ("8.1.7", Source.INDEX),
        "joblib": ("1.4.2", Source.INDEX),
        "pip": ("26.3", Source.INDEX),
        "pricing": ("1.0", Source.EDITABLE),
        "redis": ("5.0.4", Source.INDEX),
    }
    assert lock.runtime is not None
    assert (lock.runtime.python, lock.runtime.implementation) == ("3.11.7", "cpython")
    assert not any(row.hashes or row.records for row in lock.rows)


@pytest.mark.parametrize(
    ("direct_url", "source", "url"),
    [
        ({"url": "https://u:p@h/six.whl", "archive_info": {}}, Source.URL, "https://h/six.whl"),
        ({"url": "https://h/x.zip", "archive_info": {}, "subdirectory": "s"}, Source.URL, "https://h/x.zip#subdirectory=s"),
        ({"url": "file:///srv/six", "dir_info": {}}, Source.PATH, "file:///srv/six"),
        ({"url": "file:///srv/six", "dir_info": {"editable": True}}, Source.EDITABLE, "file:///srv/six"),
        ({"url": "https://h/six", "vcs_info": {"vcs": "git", "commit_id": COMMIT}}, Source.VCS, f"git+https://h/six@{COMMIT}"),
    ],
    ids=["url", "subdirectory", "folder", "editable", "vcs"],
)  # fmt: skip
def test_where_a_distribution_came_from(direct_url: dict[str, Any], source: Source, url: str) -> None:
    (row,) = read(report(direct_url=direct_url)).rows
    assert (row.source, row.url, row.version) == (source, url, "1.17")


@pytest.mark.parametrize("archive", [{"hashes": {"sha256": "A" * 64}}, {"hash": f"sha256={'a' * 64}"}])
def test_an_archive_from_a_url_has_its_hash(archive: dict[str, Any]) -> None:
    (row,) = read(report(direct_url={"url": "https://h/six.whl", "archive_info": archive})).rows
    assert [str(each) for each in row.hashes] == [f"sha256:{'a' * 64}"]


def test_a_distribution_that_conda_installed_is_a_conda_package() -> None:
    (row,) = read(report(installer="conda")).rows
    assert row.source is Source.CONDA


@pytest.mark.parametrize(
    ("document", "what"),
    [
        ({**report(), "version": "2"}, "version: got '2', expected '1', the only one that is known"),
        (report(metadata={"name": "six"}), "installed[0].metadata.version: got nothing, expected text"),
        (report(metadata={"name": "", "version": "1"}),
         "installed[0].metadata.name: got '', expected the name of a distribution"),
        (report(metadata={"name": "s\nx", "version": "1"}),
         "installed[0].metadata.name: got 's\\nx', expected text on one line without control characters"),
        (report(direct_url=[]), "installed[0].direct_url: got a list, expected an object"),
        (report(direct_url={"url": "https://h", "vcs_info": {"vcs": "git"}}),
         "installed[0].direct_url.vcs_info.commit_id: got nothing, expected text"),
        (report(direct_url={"url": "https://h", "archive_info": {"hash": "crc=1"}}),
         f"installed[0].direct_url.archive_info.hashes: got the hash algorithm 'crc', expected one of {ALGORITHMS}"),
    ],
    ids=["major", "version", "name", "control", "list", "commit", "hash"],
)  # fmt: skip
def test_what_can_not_be_read_whole_is_refused(document: dict[str, Any], what: str) -> None:
    with pytest.raises(Unreadable) as caught:
        read(document)
    assert (caught.value.what, caught.value.fix) == (what, AGAIN)

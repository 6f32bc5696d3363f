"""`--deep`: the files themselves are hashed, whatever RECORD says of them."""

import base64
import hashlib
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from gatekeeper.environment.facts import Anomaly, Flaw, Lock
from gatekeeper.environment.installed.probe import parse_probe, probe
from gatekeeper.environment.installed.records import records_of_wheels

CODE = "pricing_core/__init__.py"


class Installed:
    """The environment of the small wheel, to be tampered with."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (self.site,) = folder.glob("lib/python*/site-packages")
        self.record = self.site / "pricing_core-1.0.dist-info" / "RECORD"
        self.code = self.site / CODE

    def probe(self, *, deep: bool) -> Lock:
        return parse_probe(probe(str(self.folder / "bin" / "python"), deep=deep).decode())

    def digest(self, *, deep: bool) -> str:
        (row,) = self.probe(deep=deep).rows
        (record,) = row.records
        return record

    def edit_record(self, path: Path) -> None:
        """Make RECORD say of a file what it is now."""
        content = path.read_bytes()
        found = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).decode().rstrip("=")
        name = re.escape(str(path.relative_to(self.site)))
        self.record.write_text(
            re.sub(rf"^({name}),.*$", rf"\1,sha256={found},{len(content)}", self.record.read_text(), flags=re.MULTILINE)
        )


@pytest.fixture
def installed(copy_of_environment: Callable[[], Path]) -> Installed:
    return Installed(copy_of_environment())


@pytest.fixture
def locked(core_wheel: Path) -> str:
    """The record that was taken from the wheel when the lock was made."""
    (record,) = records_of_wheels([core_wheel]).values()
    return record.record


def test_a_clean_environment_is_what_its_records_and_the_wheel_say(installed: Installed, locked: str) -> None:
    lock = installed.probe(deep=True)
    assert lock.anomalies == ()
    assert installed.digest(deep=False) == installed.digest(deep=True) == locked


def test_one_appended_byte_is_found(installed: Installed, locked: str) -> None:
    before = installed.code.stat().st_size
    installed.code.write_bytes(installed.code.read_bytes() + b"\n")
    assert installed.probe(deep=False).anomalies == ()
    (found,) = installed.probe(deep=True).anomalies
    assert (found.flaw, found.name, found.path) == (Flaw.MODIFIED, "pricing-core", CODE)
    assert re.fullmatch(rf"RECORD says sha256=\S{{43}} {before}, got sha256=\S{{43}} {before + 1}", found.detail)
    assert installed.digest(deep=True) != locked


def test_a_byte_that_changes_and_leaves_the_size_is_found(installed: Installed) -> None:
    installed.code.write_bytes(installed.code.read_bytes().replace(b"main", b"mean"))
    assert [each.flaw for each in installed.probe(deep=True).anomalies] == [Flaw.MODIFIED]


def test_a_record_that_was_edited_to_match_is_not_the_one_of_the_lock(installed: Installed, locked: str) -> None:
    installed.code.write_text("def main() -> None:\n    echo()\n")
    installed.edit_record(installed.code)
    assert installed.probe(deep=True).anomalies == ()
    assert installed.digest(deep=True) == installed.digest(deep=False) != locked


def test_a_record_that_was_left_as_it_was_does_not_hide_the_file(installed: Installed, locked: str) -> None:
    """Without `--deep` RECORD is believed; with it the digest is that of the files."""
    installed.code.write_text("changed = True\n")
    assert installed.digest(deep=False) == locked
    assert installed.digest(deep=True) != locked


def test_an_absent_file_is_found(installed: Installed, locked: str) -> None:
    installed.code.unlink()
    (found,) = installed.probe(deep=True).anomalies
    assert (found.flaw, found.path) == (Flaw.ABSENT_FILE, CODE)
    assert found.detail.endswith("got no file")
    assert installed.digest(deep=True) != locked


def test_a_folder_in_the_place_of_a_file_is_found(installed: Installed) -> None:
    data = installed.site / "pricing_core" / "data.txt"
    data.unlink()
    data.mkdir()
    assert [(each.flaw, each.path) for each in installed.probe(deep=True).anomalies] == [
        (Flaw.MODIFIED, "pricing_core/data.txt")
    ]


def test_a_script_outside_of_site_packages_is_hashed_too(installed: Installed, locked: str) -> None:
    """Its row is no part of the digest, because the path of the interpreter stands in it."""
    script = installed.folder / "bin" / "price"
    script.write_text(script.read_text() + "\n")
    (found,) = installed.probe(deep=True).anomalies
    assert (found.flaw, found.path) == (Flaw.MODIFIED, "../../../bin/price")
    assert installed.digest(deep=True) == locked


def test_byte_code_may_come_and_go(installed: Installed, locked: str) -> None:
    """numpy's wheel has some, with hashes; pip compiles it again."""
    cache = installed.site / "pricing_core" / "__pycache__"
    for each in list(cache.glob("*")):
        each.unlink()
    (cache / "more.cpython-311.pyc").write_bytes(b"compiled again")
    with installed.record.open("a") as record:
        record.write("pricing_core/__pycache__/more.cpython-311.pyc,sha256=x,1\n")
    assert installed.probe(deep=True).anomalies == ()
    assert installed.digest(deep=True) == locked


def test_a_row_without_a_hash_counts_as_what_its_file_is(installed: Installed, locked: str) -> None:
    record = installed.record.read_text()
    installed.record.write_text(re.sub(rf"^{CODE},.*$", f"{CODE},,", record, flags=re.MULTILINE))
    detail = "RECORD has no hash, expected sha256"
    expected = (Anomaly(flaw=Flaw.NO_RECORD, name="pricing-core", path=CODE, detail=detail),)
    assert installed.probe(deep=False).anomalies == installed.probe(deep=True).anomalies == expected
    assert installed.digest(deep=False) != locked
    assert installed.digest(deep=True) == locked

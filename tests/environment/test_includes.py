"""What `-r` and `-c` pull in: followed inside the folder, in pip's order, and refused where pip would refuse."""

from collections.abc import Mapping
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from pip._internal.network.session import PipSession
from pip._internal.req.req_file import parse_requirements as pip_parse

from gatekeeper.environment import Lock, Option
from gatekeeper.environment.decoding import decode
from gatekeeper.environment.facts import Include
from gatekeeper.environment.requirements.includes import follow
from gatekeeper.environment.requirements.parser import parse_requirements
from gatekeeper.errors import Unreadable
from gatekeeper.model import Location

# pip 23 warns about a part of itself.
pytestmark = pytest.mark.filterwarnings("ignore:pkg_resources is deprecated:DeprecationWarning")
A, B = f"--hash=sha256:{'a' * 64}", f"--hash=sha256:{'b' * 64}"
FIX = "compile one lock that holds everything: pip-compile --generate-hashes -o requirements.lock requirements.in"


def parse(text: str) -> Lock:
    return parse_requirements(decode(text.encode()))


def followed(files: Mapping[str, str], lock: str = "lock.txt") -> Lock:
    def read(path: str) -> Lock:
        if path not in files:
            raise FileNotFoundError(path)
        return parse(files[path])

    return follow(read(lock), lock, read)


def refusal(files: Mapping[str, str], lock: str = "lock.txt") -> tuple[str, int | None]:
    with pytest.raises(Unreadable) as caught:
        followed(files, lock)
    return caught.value.what, caught.value.line


@pytest.mark.parametrize(
    ("text", "path", "constraint"),
    [
        ("-r base.txt", "base.txt", False),
        ("-rbase.txt", "base.txt", False),
        ("--requirement=sub/base.txt", "sub/base.txt", False),
        ("-r 'our base.txt'", "our base.txt", False),
        ("  -c limits.txt # why", "limits.txt", True),
        ("--constraint limits.txt", "limits.txt", True),
    ],
)
def test_an_include_is_recorded_and_not_read(text: str, path: str, *, constraint: bool) -> None:
    assert parse(f"six==1.16.0\n{text}\n").includes == (Include(path=path, constraint=constraint, line=2),)


def test_rows_and_options_come_in_the_order_in_which_pip_reads_them(tmp_path: Path) -> None:
    files = {
        "lock.txt": f"-i https://a.example.com\nattrs==25.1 {A}\n-r sub/base.txt\nzipp==3.0 {A}\n-f wheels\n",
        "sub/base.txt": f"--extra-index-url https://b.example.com\nsix==1.16.0 {A}\n-r more.txt\nidna==3.7 {B}\n",
        "sub/more.txt": f"numpy==1.26.4 {A}\n--no-binary numpy\n",
    }
    lock = followed(files)
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    theirs = pip_parse(str(tmp_path / "lock.txt"), session=PipSession())
    assert [row.name for row in lock.rows] == [Requirement(each.requirement).name for each in theirs]
    assert [row.path for row in lock.rows] == [None, "sub/base.txt", "sub/more.txt", "sub/base.txt", None]
    assert [(each.name, each.value) for each in lock.options] == [
        ("--index-url", "https://a.example.com"),
        ("--extra-index-url", "https://b.example.com"),
        ("--no-binary", "numpy"),
        ("--find-links", "wheels"),
    ]
    assert lock.includes == ()


def test_a_lock_without_includes_is_returned_as_it_is() -> None:
    lock = parse(f"six==1.16.0 {A}\n")
    assert follow(lock, "lock.txt", parse) is lock


def test_the_index_of_a_row_is_that_of_all_files_together() -> None:
    one = followed({"lock.txt": f"-r base.txt\nsix==1.16.0 {A}\n", "base.txt": "-i https://a.example.com/simple\n"})
    assert [row.index for row in one.rows] == ["https://a.example.com/simple"]
    two = followed(
        {
            "lock.txt": f"-i https://a.example.com\n-r base.txt\nsix==1.16.0 {A}\n",
            "base.txt": "--extra-index-url https://b.example.com\n",
        }
    )
    assert [row.index for row in two.rows] == [None]


def test_a_file_that_is_pulled_in_twice_is_read_twice_as_pip_does() -> None:
    files = {"lock.txt": "-r a.txt\n-r b.txt\n", "a.txt": "-r c.txt\n", "b.txt": "-r c.txt\n", "c.txt": f"six==1 {A}\n"}
    assert [row.path for row in followed(files).rows] == ["c.txt", "c.txt"]


def test_a_constraint_adds_no_row_and_pins_nothing() -> None:
    files = {
        "lock.txt": "-c limits.txt\nsix\n",
        "limits.txt": f"six==1.16.0 {A}\nnumpy==1.26.4\n-i https://a.example.com\n",
    }
    lock = followed(files)
    assert [(row.name, row.version, row.hashes) for row in lock.rows] == [("six", None, ())]
    assert lock.options == (Option(name="--index-url", value="https://a.example.com", line=3),)


def test_also_what_a_constraints_file_pulls_in_only_limits() -> None:
    files = {"lock.txt": f"six==1.16.0 {A}\n-c limits.txt\n", "limits.txt": "-r more.txt\n", "more.txt": "numpy==2.0\n"}
    assert [row.name for row in followed(files).rows] == ["six"]


def test_of_the_hashes_of_a_row_pip_takes_those_that_the_constraint_gives_as_well() -> None:
    files = {"lock.txt": f"six==1.16.0 {A} {B}\n-c limits.txt\n", "limits.txt": f"six==1.16.0 {B}\n"}
    assert [[each.digest[0] for each in row.hashes] for row in followed(files).rows] == [["b"]]


@pytest.mark.parametrize(
    ("limit", "called"),
    [
        ("six<1.16", "the constraint six<1.16 (limits.txt:2)"),
        ("six==1.15.0", "the constraint six==1.15.0 (limits.txt:2)"),
        (f"six==1.16.0 {B}", "the hashes that its constraint (limits.txt:2) allows"),
    ],
    ids=["specifier", "version", "hash"],
)
def test_a_row_that_contradicts_a_constraint_is_none_that_pip_would_install(limit: str, called: str) -> None:
    what, line = refusal({"lock.txt": f"-c limits.txt\nsix==1.16.0 {A}\n", "limits.txt": f"# why\n{limit}\n"})
    assert what == f"six==1.16.0 (line 2) contradicts {called}: pip would refuse"
    assert line == 2


def test_a_constraint_under_another_marker_decides_nothing() -> None:
    files = {"lock.txt": f"-c limits.txt\nsix==1.16.0 {A}\n", "limits.txt": "six<1 ; python_version < '3'\n"}
    assert [row.version for row in followed(files).rows] == ["1.16.0"]


def test_a_constraint_with_a_url_is_refused_for_pip_would_install_it() -> None:
    files = {"lock.txt": f"-c limits.txt\nsix==1.16.0 {A}\n", "limits.txt": "six @ https://example.com/six.whl\n"}
    assert refusal(files)[0] == "limits.txt:1: the constraint 'six' is a URL or a path, which replaces a row"


@pytest.mark.parametrize(
    ("path", "what"),
    [
        ("other.txt", "pulls in 'other.txt', which is not there"),
        ("../other.txt", "pulls in '../other.txt', which lies outside the folder"),
        ("sub/../../other.txt", "pulls in 'sub/../../other.txt', which lies outside the folder"),
        (".", "pulls in '.', which lies outside the folder"),
        ("/etc/passwd", "pulls in '/etc/passwd', expected a path relative to this file, with /"),
        ("https://example.com/x", "pulls in 'https://example.com/x', expected a path relative to this file, with /"),
        ("C:/x.txt", "pulls in 'C:/x.txt', expected a path relative to this file, with /"),
    ],
)
@pytest.mark.parametrize("option", ["-r", "-c"])
def test_an_include_that_is_not_followed(option: str, path: str, what: str) -> None:
    with pytest.raises(Unreadable) as caught:
        followed({"lock.txt": f"six==1.16.0\n{option} {path}\n"})
    assert (caught.value.what, caught.value.fix, caught.value.line) == (what, FIX, 2)


def test_a_path_is_relative_to_the_file_that_names_it_and_may_go_up_inside_the_folder() -> None:
    files = {"locks/lock.txt": "-r sub/a.txt\n", "locks/sub/a.txt": "-r ../../b.txt\n", "b.txt": f"six==1 {A}\n"}
    assert [row.path for row in followed(files, "locks/lock.txt").rows] == ["b.txt"]


def test_files_that_pull_in_each_other() -> None:
    files = {"lock.txt": "\n-r a.txt\n", "a.txt": "-r b.txt\n", "b.txt": "# why\n-r a.txt\n"}
    assert refusal(files) == ("b.txt:2 pulls in 'a.txt' again: lock.txt -> a.txt -> b.txt -> a.txt", 2)
    assert refusal({"lock.txt": "-r ./lock.txt\n"}) == ("pulls in 'lock.txt' again: lock.txt -> lock.txt", 1)


def test_a_chain_of_twenty_files_is_followed_and_one_of_twenty_one_is_not() -> None:
    files = {f"{level}.txt": f"-r {level + 1}.txt\n" for level in range(21)}
    assert followed({**files, "20.txt": f"six==1 {A}\n"}, "0.txt").rows
    what = "20.txt:1 pulls in '21.txt', the 21th of a chain; expected at most 20"
    assert refusal({**files, "21.txt": ""}, "0.txt") == (what, 1)


def test_a_line_of_another_file_that_can_not_be_read_is_told_by_its_place() -> None:
    what, line = refusal({"lock.txt": "\n-r a.txt\n", "a.txt": "-r b.txt\n", "b.txt": "six==1\nsix=1\n"})
    assert what.startswith("b.txt:2:1 'six=1' is no requirement: ")
    assert line == 2


def test_an_error_that_knows_its_place_is_left_alone() -> None:
    at = Location(path="a.txt", line=7)

    def read(path: str) -> Lock:
        raise Unreadable(f"{path} is odd", fix="mend it", at=at)

    with pytest.raises(Unreadable, match=r"^a\.txt is odd$") as caught:
        follow(parse("-r a.txt\n"), "lock.txt", read)
    assert caught.value.at == at

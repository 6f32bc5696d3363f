"""What a requirements lock says, as facts."""

import io
from pathlib import Path

import pytest

from gatekeeper.environment import Hash, Lock, Option, Row, Source, read_lock

CORPUS = Path(__file__).parent / "corpus"
A, B = "a" * 64, "b" * 64


def read(text: str | bytes) -> Lock:
    return read_lock(io.BytesIO(text if isinstance(text, bytes) else text.encode()))


def row(text: str) -> Row:
    (only,) = read(text).rows
    return only


@pytest.mark.parametrize(
    ("name", "rows", "hashes"),
    [
        ("training.txt", 9, 157),
        ("production.txt", 9, 153),
        ("universal.txt", 12, 207),
        ("export.txt", 29, 713),
        ("editable.txt", 5, 8),
        ("large.txt", 164, 3194),
    ],
)
def test_every_row_and_hash_of_a_real_lock_is_read(name: str, rows: int, hashes: int) -> None:
    lock = read((CORPUS / name).read_bytes())
    assert (len(lock.rows), sum(len(each.hashes) for each in lock.rows)) == (rows, hashes)


def test_a_row_of_pip_compile() -> None:
    joblib = read((CORPUS / "training.txt").read_bytes()).rows[0]
    assert joblib == Row(
        name="joblib",
        written="joblib",
        specifier="==1.4.2",
        version="1.4.2",
        extras=(),
        marker=None,
        hashes=(
            Hash(algorithm="sha256", digest="06d478d5674cbc267e7496a410ee875abd68e4340feff4490bcb7afb88060ae6"),
            Hash(algorithm="sha256", digest="2382c5816b2636fbd20a09e0f4e9dad4736765fdfb7dca582943b9c1366b3f0e"),
        ),
        source=Source.INDEX,
        url=None,
        line=7,
        column=1,
        direct=True,
    )


def test_a_row_of_uv_export_has_its_marker_normalised() -> None:
    rows = read((CORPUS / "export.txt").read_bytes()).rows
    markers = [each.marker for each in rows if each.name == "scipy"]
    assert markers == ['python_full_version < "3.11"', 'python_full_version >= "3.11"']


def test_the_project_itself_is_an_editable_row_without_a_name() -> None:
    project = read((CORPUS / "editable.txt").read_bytes()).rows[0]
    assert (project.name, project.written, project.source, project.url) == ("", ".", Source.EDITABLE, ".")


def test_name_extras_hashes_and_marker_are_brought_to_one_form() -> None:
    read_row = row(
        f"Scikit_Learn [Plots,a_B] == 1.4.2 ; python_version<'3.12' --hash=sha256:{B.upper()} --hash sha256:{A}"
    )
    assert read_row.name == "scikit-learn"
    assert read_row.written == "Scikit_Learn"
    assert read_row.extras == ("a-b", "plots")
    assert read_row.marker == 'python_version < "3.12"'
    assert read_row.hashes == (Hash(algorithm="sha256", digest=A), Hash(algorithm="sha256", digest=B))


def test_a_hash_that_is_given_twice_is_one() -> None:
    assert len(row(f"six==1.16.0 --hash=sha256:{A} --hash=sha256:{A.upper()}").hashes) == 1


@pytest.mark.parametrize(("algorithm", "digits"), [("md5", 32), ("sha1", 40), ("sha224", 56), ("sha384", 96)])
def test_a_weak_or_a_long_hash_is_a_fact(algorithm: str, digits: int) -> None:
    assert row(f"six==1.16.0 --hash={algorithm}:{'0' * digits}").hashes[0].algorithm == algorithm


@pytest.mark.parametrize(
    ("specifier", "version"),
    [
        ("==1.4.2", "1.4.2"),
        ("===1.4.2", "1.4.2"),
        ("== 1!2.0.post1", "1!2.0.post1"),
        ("==2.2.0+CU-121", "2.2.0+cu.121"),
        ("==v1.0RC1", "1.0rc1"),
        ("==1.04", "1.4"),
        ("==1.2.*", None),
        (">=1.4", None),
        ("==1.4.2,<2", None),
        ("===one.of.ours", None),
        ("", None),
    ],
)
def test_the_version_is_known_when_exactly_one_version_is_pinned(specifier: str, version: str | None) -> None:
    assert row(f"six{specifier}").version == version


@pytest.mark.parametrize(
    ("text", "name", "source", "url"),
    [
        ("six @ https://h/six-1.whl", "six", Source.URL, "https://h/six-1.whl"),
        ("six @ https://user:secret@h/six-1.whl", "six", Source.URL, "https://h/six-1.whl"),
        ("https://token@h/Six_X-1.0-py3-none-any.whl", "six-x", Source.URL, "https://h/Six_X-1.0-py3-none-any.whl"),
        ("https://h/archive.tar.gz#egg=Six", "six", Source.URL, "https://h/archive.tar.gz"),
        ("https://h/archive.tar.gz", "", Source.URL, "https://h/archive.tar.gz"),
        ("six @ git+https://u:p@h/six@abc", "six", Source.VCS, "git+https://h/six@abc"),
        ("six @ git+ssh://git:p@h/six@abc", "six", Source.VCS, "git+ssh://git@h/six@abc"),
        (
            "git+https://h/m@abc#egg=six&subdirectory=py",
            "six",
            Source.VCS,
            "git+https://h/m@abc#subdirectory=py",
        ),
        ("six @ file:///opt/six", "six", Source.PATH, "file:///opt/six"),
        ("./wheels/six-1.0-py3-none-any.whl", "six", Source.PATH, "./wheels/six-1.0-py3-none-any.whl"),
        ("six-1.0-py3-none-any.whl", "six", Source.PATH, "six-1.0-py3-none-any.whl"),
        ("wheels/six", "", Source.PATH, "wheels/six"),
        ("-e ./six[dev]", "", Source.EDITABLE, "./six"),
        ("--editable=git+https://h/six@abc#egg=six", "six", Source.EDITABLE, "git+https://h/six@abc"),
    ],
)
def test_the_source_of_a_row_and_its_url_without_credentials(text: str, name: str, source: str, url: str) -> None:
    read_row = row(text)
    assert (read_row.name, read_row.source, read_row.url) == (name, source, url)


@pytest.mark.parametrize(
    "text",
    [
        "-e ./six[Dev] ; python_version < '3'",
        "./six[Dev];python_version < '3'",
        "git+https://h/six@abc#egg=six[Dev] ; python_version < '3'",
    ],
)
def test_extras_and_marker_of_a_path_and_of_a_bare_url(text: str) -> None:
    assert (row(text).extras, row(text).marker) == (("dev",), 'python_version < "3"')


@pytest.mark.parametrize("text", ["six @ https://h/six.whl#sha256={}", "https://h/six.whl#egg=six&sha256={}"])
def test_a_hash_in_the_fragment_of_a_url_is_a_hash_of_the_row(text: str) -> None:
    assert row(text.format(A)).hashes == (Hash(algorithm="sha256", digest=A),)


def test_options_are_recorded_in_the_long_form_without_credentials() -> None:
    text = (
        "-i https://user:secret@h/simple/\n--extra-index-url=https://e/simple\n-f 'wheels of ours'\n"
        "--no-binary :all: --only-binary numpy\n--pre\n--require-hashes\n"
    )
    assert read(text).options == (
        Option(name="--index-url", value="https://h/simple", line=1),
        Option(name="--extra-index-url", value="https://e/simple", line=2),
        Option(name="--find-links", value="wheels of ours", line=3),
        Option(name="--no-binary", value=":all:", line=4),
        Option(name="--only-binary", value="numpy", line=4),
        Option(name="--pre", value="", line=5),
        Option(name="--require-hashes", value="", line=6),
    )


def test_line_and_column_are_those_of_the_name() -> None:
    rows = read("# header\n\n  \\\n   six==1.16.0\n-e  ./x\n").rows
    assert [(each.line, each.column) for each in rows] == [(4, 4), (5, 5)]


@pytest.mark.parametrize("text", ["", "\n\n", "# nothing yet: ключ\n", "\ufeff"])
def test_a_file_of_nothing_but_comments_is_a_lock_without_rows(text: str) -> None:
    assert read(text) == Lock(rows=(), options=())


def test_byte_order_mark_line_ends_blanks_and_comments_change_nothing() -> None:
    plain = read(f"six==1.16.0 \\\n    --hash=sha256:{A} \\\n    --hash=sha256:{B}\n")
    other = read(
        f"\ufeffsix==1.16.0 \\\r\n\t--hash=sha256:{B} \\\r\n  --hash=sha256:{A}  # via us\r\n    # и мы".encode()
    )
    assert plain == other


def test_a_last_line_without_an_end_is_read() -> None:
    assert row(f"six==1.16.0 --hash=sha256:{A}").hashes


@pytest.mark.parametrize(
    ("comment", "direct"),
    [
        ("# via -r requirements.in", True),
        ("# via pricing (pyproject.toml)", True),
        ("# via pricing (sub/setup.cfg)", True),
        ("# via\n    #   -r requirements.in\n    #   numpy", True),
        ("# via\n    #   numpy\n    #   pricing (pyproject.toml:dev)", True),
        ("# via numpy", False),
        ("# via\n    #   NumPy\n    #   attrs", False),
        ("# via numpy, -r requirements.in", True),
        ("# via\n    #   -c limits.txt\n    #   numpy", False),
        ("# via -c limits.txt", None),
        ("# via pricing", None),
        ("# why", None),
    ],
)
@pytest.mark.parametrize("between", ["\n    ", "  "])
def test_a_row_is_direct_if_a_comment_says_that_the_project_asks_for_it(
    comment: str, between: str, *, direct: bool | None
) -> None:
    lock = read(f"# via us\nattrs==25.1\nsix==1.16.0 --hash=sha256:{A}{between}{comment}\nnumpy==1.26.4\n")
    assert [(each.name, each.direct) for each in lock.rows] == [("attrs", None), ("six", direct), ("numpy", None)]


@pytest.mark.parametrize(
    ("name", "direct"),
    [
        ("training.txt", {"joblib", "numpy", "pandas", "scikit-learn"}),
        ("universal.txt", {"joblib", "numpy", "pandas", "scikit-learn"}),
        ("large.txt", {"jupyterlab", "mlflow", "uvicorn"}),
    ],
)
def test_the_direct_rows_of_a_real_lock_are_those_of_its_input(name: str, direct: set[str]) -> None:
    rows = read((CORPUS / name).read_bytes()).rows
    assert {each.name for each in rows if each.direct} == direct
    assert {each.direct for each in rows} == {True, False}


@pytest.mark.parametrize(
    ("options", "index"),
    [
        ("-i https://me:secret@H.example.com/simple/", "https://h.example.com/simple"),
        ("-i https://h.example.com/simple --pre", "https://h.example.com/simple"),
        ("", None),
        ("-i https://h.example.com/simple --extra-index-url https://e.example.com", None),
        ("-i https://h.example.com/simple -f wheels", None),
        ("-i https://h.example.com/simple --no-index", None),
        ("-i https://h.example.com/simple -i https://g.example.com/simple", None),
        ("--extra-index-url https://e.example.com", None),
    ],
)
def test_the_index_of_a_row_is_known_where_there_is_no_other_place(options: str, index: str | None) -> None:
    lock = read(f"{options}\nsix==1.16.0 --hash=sha256:{A}\nx @ https://h/x.whl\n")
    assert [each.index for each in lock.rows] == [index, None]


def test_pips_own_index_is_no_index_of_a_row() -> None:
    from pip._internal.models.index import PyPI

    assert row(f"-i {PyPI.simple_url}/\nsix==1.16.0 --hash=sha256:{A}\n").index is None

"""Which files of a tree are looked at, under which names, and what is said of those that can't be."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from gatekeeper.errors import UsageError
from gatekeeper.inference.walking import source_files


def tree(root: Path, *paths: str, links: Mapping[str, str] | None = None) -> Path:
    """Write empty files, and links by their names."""
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).touch()
    for path, target in (links or {}).items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).symlink_to(target)
    return root


def modules(root: Path, *given: str) -> dict[str, str]:
    """Return the reported path of each file with its dotted name, as they were found; there is no flaw."""
    found, flaws = source_files([Path(each) for each in given], base=root)
    assert flaws == []
    return {each.path: each.module for each in found}


def test_a_folder_is_walked_in_the_order_of_names_files_before_folders(tmp_path: Path) -> None:
    tree(tmp_path, "b.py", "a.py", "z/c.py", "m/d.py", "m/deep/e.py")
    assert [*modules(tmp_path, ".")] == ["a.py", "b.py", "m/d.py", "m/deep/e.py", "z/c.py"]


def test_python_files_and_notebooks_are_found_and_nothing_else(tmp_path: Path) -> None:
    tree(tmp_path, "app.py", "app.pyi", "app.pyc", "app.txt", "demo.ipynb", "native.so")
    assert [*modules(tmp_path, ".")] == ["app.py", "demo.ipynb"]


def test_what_no_one_wrote_for_this_service_is_left_out(tmp_path: Path) -> None:
    tree(tmp_path, "app.py", ".git/hook.py", ".hidden.py", "__pycache__/app.pyc", "web/node_modules/x/gyp.py")
    tree(tmp_path, "env/pyvenv.cfg", "env/lib/site.py", "model.egg-info/x.py")
    assert [*modules(tmp_path, ".")] == ["app.py"]


def test_what_is_named_is_looked_at_wherever_it_is(tmp_path: Path) -> None:
    tree(tmp_path, ".hidden/app.py", "env/pyvenv.cfg", "env/site.py", "bin/serve", "stubs/app.pyi")
    assert [*modules(tmp_path, ".hidden", "env", "bin/serve", "stubs/app.pyi")] == [
        ".hidden/app.py",
        "env/site.py",
        "bin/serve",
        "stubs/app.pyi",
    ]


def test_a_file_that_is_met_twice_counts_once(tmp_path: Path) -> None:
    tree(tmp_path, "serving/app.py", "serving/inner/engine.py", links={"serving/alias.py": "app.py"})
    given = ["serving/inner", "serving", "./serving", "serving/app.py", str(tmp_path / "serving")]
    assert [*modules(tmp_path, *given)] == ["serving/inner/engine.py", "serving/alias.py"]


def test_paths_are_reported_as_they_were_given(tmp_path: Path) -> None:
    tree(tmp_path, "serving/app.py")
    assert [*modules(tmp_path, str(tmp_path / "serving"))] == [f"{tmp_path.as_posix()}/serving/app.py"]
    assert [*modules(tmp_path, "./serving/")] == ["serving/app.py"]
    assert [*modules(tmp_path / "serving", "../serving")] == ["../serving/app.py"]


def test_paths_start_from_the_working_folder_without_a_base(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tree(tmp_path, "app.py")
    monkeypatch.chdir(tmp_path)
    found, _ = source_files([Path()])
    assert [(each.path, each.real) for each in found] == [("app.py", tmp_path.resolve() / "app.py")]


def test_a_name_that_is_no_utf8_can_be_printed(tmp_path: Path) -> None:
    (tmp_path / os.fsdecode(b"\xe9\xff.py")).touch()
    (found,), _ = source_files([tmp_path], base=tmp_path)
    assert found.path.endswith("\\xe9\\xff.py")
    assert found.real.is_file()


class TestNames:
    def test_start_at_the_topmost_package(self, tmp_path: Path) -> None:
        tree(tmp_path, "src/shop/__init__.py", "src/shop/ml/__init__.py", "src/shop/ml/engine.py")
        for given in (".", "src", "src/shop", "src/shop/ml", "src/shop/ml/engine.py"):
            found, _ = source_files([Path(given)], base=tmp_path)
            assert found[-1].module == "shop.ml.engine"

    def test_of_a_package_are_those_of_its_folder(self, tmp_path: Path) -> None:
        tree(tmp_path, "shop/__init__.py", "shop/ml/__init__.py")
        found, _ = source_files([tmp_path])
        assert [(each.module, each.is_package) for each in found] == [("shop", True), ("shop.ml", True)]

    def test_start_at_the_given_folder_where_there_is_no_package(self, tmp_path: Path) -> None:
        tree(tmp_path, "serving/app.py", "serving/ml/engine.py")
        assert [*modules(tmp_path, ".").values()] == ["serving.app", "serving.ml.engine"]
        assert [*modules(tmp_path, "serving").values()] == ["app", "ml.engine"]

    def test_of_a_given_file_start_at_its_own_folder(self, tmp_path: Path) -> None:
        tree(tmp_path, "serving/app.py")
        assert [*modules(tmp_path, "serving/app.py").values()] == ["app"]

    def test_of_a_folder_in_the_package_that_was_given_start_at_the_package(self, tmp_path: Path) -> None:
        tree(tmp_path, "shop/__init__.py", "shop/plain/engine.py")
        assert modules(tmp_path, "shop")["shop/plain/engine.py"] == "shop.plain.engine"

    def test_have_no_dots_but_those_between_folders(self, tmp_path: Path) -> None:
        tree(tmp_path, "v1.2/app.old.py", "v1.2/serve.sh", "v1.2/Demo 1.ipynb")
        assert [*modules(tmp_path, ".").values()] == ["v1-2.Demo 1", "v1-2.app-old"]
        assert [*modules(tmp_path, "v1.2/serve.sh").values()] == ["serve-sh"]


class TestLinks:
    def test_to_a_folder_above_do_not_loop(self, tmp_path: Path) -> None:
        tree(tmp_path, "a/app.py", links={"a/up": "..", "a/self": ".", "loop": "loop"})
        assert [*modules(tmp_path, ".")] == ["a/app.py"]

    def test_inside_are_followed_after_the_folders_themselves(self, tmp_path: Path) -> None:
        tree(tmp_path, "zoo/app.py", ".releases/3/engine.py", links={"alias": "zoo", "current": ".releases/3"})
        assert [*modules(tmp_path, ".")] == ["zoo/app.py", "current/engine.py"]

    def test_into_another_folder_that_was_given_are_of_no_concern(self, tmp_path: Path) -> None:
        tree(tmp_path, "serving/app.py", "common/engine.py", links={"serving/common": "../common"})
        assert [*modules(tmp_path, "common", "serving")] == ["common/engine.py", "serving/app.py"]

    @pytest.mark.parametrize("target", ["../other", "../other/engine.py"])
    def test_to_python_outside_are_not_followed_and_told(self, tmp_path: Path, target: str) -> None:
        link = "engine.py" if target.endswith(".py") else "engine"
        tree(tmp_path, "serving/app.py", "other/engine.py", links={f"serving/{link}": target})
        found, (flaw,) = source_files([Path("serving")], base=tmp_path)
        assert [each.path for each in found] == ["serving/app.py"]
        assert flaw.path == f"serving/{link}"
        assert flaw.what == f"is a link to {(tmp_path / 'serving' / target).resolve()}, outside of what was given"
        assert flaw.fix == "name that as well, or copy it to where the link is"

    def test_to_data_outside_are_of_no_concern(self, tmp_path: Path) -> None:
        tree(tmp_path, "serving/app.py", "data/rows.csv", links={"serving/data": "../data", "serving/rows": "nowhere"})
        assert [*modules(tmp_path, "serving")] == ["serving/app.py"]

    def test_that_are_named_are_read(self, tmp_path: Path) -> None:
        tree(tmp_path, "other/engine.py", links={"serving": "other", "main.py": "other/engine.py"})
        found, _ = source_files([Path("serving"), Path("main.py")], base=tmp_path)
        assert [(each.path, each.real) for each in found] == [
            ("serving/engine.py", (tmp_path / "other/engine.py").resolve())
        ]


class TestNothingToLookAt:
    def test_is_a_flaw_of_a_folder_without_python(self, tmp_path: Path) -> None:
        tree(tmp_path, "serving/README.md", "serving/.venv/app.py")
        found, (flaw,) = source_files([Path("serving")], base=tmp_path)
        assert found == []
        assert (flaw.path, flaw.what) == ("serving", "has no Python file: nothing was looked at")
        assert flaw.fix == "name the folder with the serving code"

    def test_is_a_flaw_of_the_working_folder_too(self, tmp_path: Path) -> None:
        _, (flaw,) = source_files([Path()], base=tmp_path)
        assert flaw.path == "."

    def test_is_not_said_of_a_folder_whose_files_are_known_already(self, tmp_path: Path) -> None:
        tree(tmp_path, "serving/ml/engine.py")
        assert [*modules(tmp_path, "serving", "serving/ml")] == ["serving/ml/engine.py"]

    def test_is_a_flaw_of_a_folder_that_can_not_be_listed(self, tmp_path: Path) -> None:
        tree(tmp_path, "app.py")
        folder = os.open(tmp_path, os.O_RDONLY)
        for _ in range(17):  # together longer than any path that can be opened
            os.mkdir("d" * 250, dir_fd=folder)
            inner = os.open("d" * 250, os.O_RDONLY, dir_fd=folder)
            os.close(folder)
            folder = inner
        os.close(folder)
        found, (flaw,) = source_files([Path()], base=tmp_path)
        assert [each.path for each in found] == ["app.py"]
        assert (flaw.what, flaw.fix) == ("can't be listed: File name too long", "check the folder and its mode")


class TestAPathThatIsNotThere:
    @pytest.mark.parametrize(
        ("given", "fix"),
        [
            ("servign", "did you mean 'serving'?"),
            ("serving/ap.py", "did you mean 'serving/app.py'?"),
            ("elsewhere", "correct the path"),
            ("no/such/folder", "correct the path"),
            ("serving/app.py/inner", "correct the path"),
        ],
    )
    def test_is_an_error_of_usage_with_the_one_that_was_meant(self, tmp_path: Path, given: str, fix: str) -> None:
        tree(tmp_path, "serving/app.py")
        with pytest.raises(UsageError, match="no such file or folder") as error:
            source_files([Path(given)], base=tmp_path)
        assert (error.value.what, error.value.fix) == (f"{given}: no such file or folder", fix)

    def test_is_told_of_a_link_that_leads_nowhere(self, tmp_path: Path) -> None:
        tree(tmp_path, links={"app.py": "gone.py"})
        with pytest.raises(UsageError, match=r"app\.py: no such file or folder"):
            source_files([Path("app.py")], base=tmp_path)

    def test_is_told_of_a_name_that_is_too_long(self, tmp_path: Path) -> None:
        with pytest.raises(UsageError, match="File name too long"):
            source_files([Path("x" * 300)], base=tmp_path)


def test_a_source_beside_what_python_compiled_is_one_like_any_other(tmp_path: Path) -> None:
    """Python imports it as it imports any other."""
    tree(tmp_path, "serving/app.py", "serving/__pycache__/extra.py", "serving/__pycache__/app.cpython-311.pyc")
    found, flaws = source_files([tmp_path / "serving"])
    assert (sorted(each.path.rpartition("/")[2] for each in found), flaws) == (["app.py", "extra.py"], [])

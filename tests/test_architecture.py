"""What the house promises about who may import whom, and about size; see CONTRIBUTING.md."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PRODUCT = sorted([*(ROOT / "gatekeeper").rglob("*.py"), *(ROOT / "checks").rglob("*.py")])
HEAVY = {"numpy", "pandas", "sklearn", "torch", "joblib", "pydantic", "scipy", "piptools", "pip"}
DOMAINS = ("environment", "artifact", "contract", "inference", "replay", "signoff")
MAX_FILE, MAX_FUNCTION = 400, 60


def name(path: Path) -> str:
    relative = path.relative_to(ROOT / "checks" if path.is_relative_to(ROOT / "checks") else ROOT)
    return ".".join(relative.with_suffix("").parts).removesuffix(".__init__")


def imports(path: Path, *, top_level_only: bool = False) -> Iterator[str]:
    """Yield the dotted names that a module imports; `if TYPE_CHECKING:` blocks do not count."""
    tree = ast.parse(path.read_text())
    skipped = {id(inner) for node in ast.walk(tree) if _is_type_checking(node) for inner in ast.walk(node)}
    nodes = tree.body if top_level_only else list(ast.walk(tree))
    for node in nodes:
        if id(node) in skipped:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            assert node.level == 0, f"{path}: imports are absolute"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _is_type_checking(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"


GRAPH = {name(path): set(imports(path)) for path in PRODUCT}


def users_of(package: str) -> set[str]:
    return {module for module, used in GRAPH.items() if any(f"{each}.".startswith(f"{package}.") for each in used)}


def test_there_is_something_to_look_at() -> None:
    assert len(PRODUCT) > 40


INSIDE = {module for module in GRAPH if module.startswith("gatekeeper.replay.inside")}
"""What is sent to the candidate's interpreter as text. The gate never imports it: see tests/replay/test_program.py."""

ENFORCING = {module for module in GRAPH if module.startswith("gatekeeper.contract.generation.parts")}
"""What is written into the generated guard, as text. It runs in production, and the gate never imports it."""

COUNTING = {
    *("gatekeeper.artifact.tensors.vectors", "gatekeeper.contract.tables.arrow", "gatekeeper.contract.tables.memory"),
    *(f"gatekeeper.replay.{each}" for each in "arrays replaying foreign.tensors golden.arrays golden.vectors".split()),
    *("gatekeeper.replay.imports.numbers", "gatekeeper.replay.imports.tensors"),
    *(module for module in GRAPH if module.startswith("gatekeeper.contract.bounds.") and "numpy" in GRAPH[module]),
    *(f"gatekeeper.contract.baseline.{each}" for each in "blocks building calendar counting".split()),
    *(f"gatekeeper.contract.baseline.{each}" for each in "describing edges pairs spans survey tally".split()),
}
"""The modules that count numbers, or work out what a model makes of them, with numpy.

What reads and judges their counts does without."""


def test_the_engine_and_the_gate_never_import_the_ml_stack() -> None:
    offenders = {module: used for module, used in GRAPH.items() if {each.split(".")[0] for each in used} & HEAVY}
    assert offenders.keys() - INSIDE - ENFORCING == COUNTING


def test_numpy_counts_numbers_and_is_loaded_when_there_are_many_to_count() -> None:
    assert users_of("numpy") - INSIDE == COUNTING
    loaded_by = {name(path): set(imports(path, top_level_only=True)) for path in PRODUCT}
    loading = {
        module for module, used in loaded_by.items() if any(each.rpartition(".")[0] in COUNTING for each in used)
    }
    assert loading - INSIDE <= COUNTING | DATA_FILES


DATA_FILES = {
    f"gatekeeper.contract.tables.{each}" for each in "arrow csv_files guess ipc json_lines memory parquet text".split()
}


def test_pyarrow_reads_data_files_and_nothing_else() -> None:
    assert users_of("pyarrow") == DATA_FILES


def test_pictures_are_drawn_by_one_pen() -> None:
    assert all(module.startswith("gatekeeper.report.baseline.plot") for module in users_of("matplotlib"))


def test_only_the_command_line_names_the_built_in_checks() -> None:
    outside = {module for module in users_of("gatekeeper_checks") if not module.startswith("gatekeeper_checks")}
    commands = {"run", "list", "explain", "inspect", "lint", "manifest.asked", "manifest.explain", "manifest.probe"}
    commands |= {"doctor.configuration", "doctor.machine", "golden.record", "golden.replay", "signoff"}
    assert outside == {f"gatekeeper.cli.{command}" for command in commands}


def test_a_check_knows_no_other_check() -> None:
    checks = {path.name for path in (ROOT / "checks/gatekeeper_checks").iterdir() if path.is_dir()} - {"__pycache__"}
    for check in checks:
        others = {f"gatekeeper_checks.{other}" for other in checks - {check}}
        for module, used in GRAPH.items():
            if module.startswith(f"gatekeeper_checks.{check}"):
                assert not any(each.startswith(tuple(others)) for each in used), module


@pytest.mark.parametrize("domain", DOMAINS)
def test_a_domain_package_knows_files_and_facts_alone(domain: str) -> None:
    """Domain packages never judge: they know no policy, no candidate, no engine, no report and no other domain."""
    reading = {
        f"gatekeeper.{each}" for each in ("errors", "strict_json", "document", "words", "model.Location", "dsse")
    }
    allowed = {*reading, f"gatekeeper.{domain}"}
    for module, used in GRAPH.items():
        if module.startswith(f"gatekeeper.{domain}"):
            ours = {each for each in used if each.startswith(("gatekeeper.", "gatekeeper_checks"))}
            assert all(each.startswith(tuple(allowed)) for each in ours), (module, ours)


def test_the_vocabulary_is_the_standard_library_alone() -> None:
    for module in ("gatekeeper.model", "gatekeeper.errors"):
        used = {each for each in GRAPH[module] if not each.startswith("gatekeeper.model")}
        assert {each.split(".")[0] for each in used} <= {"__future__", "enum", "collections", "dataclasses", "typing"}


def test_reports_are_pure_functions_of_results() -> None:
    for path in PRODUCT:
        module = name(path)
        if module.startswith("gatekeeper.report") and module != "gatekeeper.report.subject":
            used = {each.split(".")[0] for each in GRAPH[module]}
            # A sign-off holds days; that it asks nobody which day it is stands below.
            if module.startswith("gatekeeper.report.signoff"):
                used.discard("datetime")
            assert not used & {"os", "sys", "pathlib", "time", "datetime", "click"}, module
            asked = {node.attr for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Attribute)}
            assert not asked & {"now", "today", "utcnow"}, module


def test_results_do_not_know_how_to_draw_themselves() -> None:
    reporters = {module for module in users_of("gatekeeper.report") if not module.startswith("gatekeeper.report")}
    assert all(module.startswith("gatekeeper.cli") for module in reporters), reporters


def test_rich_and_click_stay_at_the_edge() -> None:
    assert users_of("rich") == {"gatekeeper.report.text", "gatekeeper.cli.progress"}
    assert all(module.startswith("gatekeeper.cli") for module in users_of("click"))


def test_there_is_no_import_cycle() -> None:
    tops = {name(path): set(imports(path, top_level_only=True)) for path in PRODUCT}
    edges = {
        module: {
            other for other in tops if other != module and any(f"{each}.".startswith(f"{other}.") for each in used)
        }
        for module, used in tops.items()
    }
    # A module imports its parent package first; that the parent re-exports it is no cycle of meaning.
    edges = {
        module: {other for other in others if not module.startswith(f"{other}.")} for module, others in edges.items()
    }
    done: set[str] = set()

    def visit(module: str, path: tuple[str, ...]) -> None:
        assert module not in path, " -> ".join((*path[path.index(module) :], module))
        if module not in done:
            for other in edges[module]:
                visit(other, (*path, module))
            done.add(module)

    for module in edges:
        visit(module, ())


def test_the_broad_excepts_are_those_that_are_meant() -> None:
    broad = {
        name(path)
        for path in PRODUCT
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or {"Exception", "BaseException"} & {ast.unparse(each) for each in _types(node.type)})
    }
    # child: what a check does; cli: a defect of the gate; files: cleans up and raises again; calls: what a model does,
    # in its own process; guard: what a model does in production, which is counted and answered with the fallback.
    in_the_gate = {"gatekeeper.child", "gatekeeper.cli", "gatekeeper.cli.files"}
    elsewhere = {"gatekeeper.replay.inside.calls", "gatekeeper.contract.generation.parts.guard"}
    assert broad == in_the_gate | elsewhere


def _types(node: ast.expr) -> list[ast.expr]:
    return node.elts if isinstance(node, ast.Tuple) else [node]


@pytest.mark.parametrize("path", PRODUCT, ids=name)
def test_files_and_functions_stay_small(path: Path) -> None:
    source = path.read_text()
    assert source.count("\n") <= MAX_FILE
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            size = (node.end_lineno or 0) - node.lineno + 1
            assert size <= MAX_FUNCTION, f"{node.name} has {size} lines"


def test_nothing_prints_but_the_command_line() -> None:
    printing = {
        name(path)
        for path in PRODUCT
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
    }
    assert printing <= {"gatekeeper.__main__", "gatekeeper.isolation", "gatekeeper.streams"}


def test_nothing_unpickles() -> None:
    loaders = {"pickle", "dill", "cloudpickle", "shelve", "marshal"}
    unpickling = {module for module, used in GRAPH.items() if {each.split(".")[0] for each in used} & loaders}
    # They are sent to the sandboxed worker; `ghosts` calls nothing that a file names.
    assert unpickling == {f"gatekeeper.replay.inside.{each}" for each in ("loading", "ghosts")}


def test_what_runs_elsewhere_is_never_imported_by_the_gate() -> None:
    for module, used in GRAPH.items():
        if module not in INSIDE | ENFORCING:
            elsewhere = ("gatekeeper.replay.inside.", "gatekeeper.contract.generation.parts.")
            ours = {each for each in used if f"{each}.".startswith(elsewhere)}
            assert not ours, (module, ours)

"""Makes `gatekeeper/artifact/known/globals.txt` from the sources of libraries; nothing of them is imported.

Run it with a folder of wheels (`pip download --no-deps --only-binary :all:` fetches them), from the repository's root:

    python tests/artifact/make_known_globals.py WHEELS

It ran with Python 3.11 and scikit-learn 1.0.2, 1.1.3, 1.2.2, 1.3.0, 1.3.2, 1.4.2, 1.5.2, 1.6.1, 1.7.2, 1.8.0, 1.9.1;
the last patch of each numpy from 1.21 to 2.4, pandas from 1.3 to 3.1 and scipy from 1.7 to 1.17; joblib 1.0.1 to 1.6.0;
torch 1.13.1 to 2.13.0; xgboost 1.5.2 to 3.4.1; lightgbm 3.3.5, 4.1.0, 4.6.0; pytz 2022.1 and 2026.6. Each line `@` of
what it writes has the versions.

A name is found by a rule, and the rule is its reason: a class that derives from one of `Rules.roots`, a reconstructor
that Cython wrote, an element-wise function that a stub declares, a metric that scikit-learn's own scorers use. What
else there is, `make_known_globals.txt` lists by hand. A class whose methods that loading can call do reach what
executes, imports or opens (`RUNNERS`) is left out, and so is what derives from it; they are printed. Calls are followed
through `self` and through functions of the same library, not through other objects: so no class counts that a rule has
not named. It is what finds that the distributions of scipy.stats execute text out of their state.
"""

from __future__ import annotations

import ast
import functools
import re
import sys
import zipfile
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from packaging.utils import parse_wheel_filename
from packaging.version import Version

BY_HAND = Path(__file__).with_suffix(".txt")
TARGET = Path(__file__).parents[2] / "gatekeeper" / "artifact" / "known" / "globals.txt"
ALIASES = {"xgboost": "xgboost-cpu", "torch": "pytorch"}

SKIPPED = re.compile(
    r"/(tests?|testing|_?externals|_vendor|datasets|experimental|io|plotting|dask|spark)/"
    r"|/(_testing|_mocking|dask)\.py$|torch/nn/parallel/distributed\.py$"
)

_METHODS = (
    "__init__ __new__ __setstate__ __setattr__ __getattr__ __getattribute__ __del__ __hash__ __eq__ __call__ "
    "__setitem__ __post_init__ append extend add update"
)
CALLED_BY_LOADING = tuple(_METHODS.split())
"""What REDUCE, NEWOBJ, BUILD, APPENDS, SETITEMS and ADDITEMS call, or what being a key of a dictionary calls."""

_RUNNERS = (
    "eval exec compile open __import__ input breakpoint import_module system popen Popen urlopen urlretrieve "
    "memmap fromfile mkdir makedirs rmtree unlink write_text write_bytes read_text read_bytes check_output check_call "
    "load_module exec_module run_module run_path CDLL LoadLibrary load_library load_inline mkstemp mkdtemp "
    "NamedTemporaryFile fork execv spawnv pickle.load pickle.loads marshal.loads joblib.load np.load numpy.load "
    "torch.load torch.compile subprocess.run subprocess.call jit.load jit.script jit.trace"
)
RUNNERS = frozenset(_RUNNERS.split())
CALLED_WITHOUT_PACKAGES = {"_loss": "sklearn._loss._loss"}
BUILT_IN = frozenset({"compile", "eval", "exec", "input"})
"""Runners by these names alone: methods of other things are called so too."""


@dataclass(frozen=True)
class Rules:
    """What is known of a library without naming its classes."""

    folders: tuple[str, ...]
    roots: tuple[str, ...] = ()
    cython: str = "(?!)"
    """Modules in which reconstructors that Cython wrote count."""
    stub: tuple[str, str, tuple[str, ...]] | None = None
    """A stub, how it declares an element-wise function, and the modules that have these functions."""
    scorers: str = ""
    """The module that makes scorers of metrics."""


RULES = {
    "scikit-learn": Rules(
        folders=("sklearn/",),
        roots=(
            "sklearn.base.BaseEstimator",
            "sklearn.gaussian_process.kernels.Kernel",
            "sklearn.gaussian_process.kernels.Hyperparameter",
            "sklearn.model_selection._split.BaseCrossValidator",
            "sklearn.model_selection._split.BaseShuffleSplit",
            "sklearn.model_selection._split._RepeatedSplits",
            "sklearn.metrics._scorer._BaseScorer",
            "sklearn.metrics._scorer._PassthroughScorer",
            "sklearn.metrics._scorer._MultimetricScorer",
            "sklearn._loss.loss.BaseLoss",
            "sklearn._loss.link.BaseLink",
            "sklearn._loss.link.Interval",
            "sklearn._loss.glm_distribution.ExponentialDispersionModel",
            "sklearn.ensemble._gb_losses.LossFunction",
            "sklearn.ensemble._hist_gradient_boosting.loss.BaseLoss",
            "sklearn.linear_model._glm.link.BaseLink",
            "sklearn.neural_network._stochastic_optimizers.BaseOptimizer",
        ),
        cython=r"sklearn\.(_loss|tree|neighbors|linear_model|metrics\._dist_metrics|ensemble|utils\._)",
        scorers="sklearn/metrics/_scorer.py",
    ),
    "numpy": Rules(
        folders=("numpy/ma/", "numpy/random/", "numpy/core/", "numpy/_core/", "numpy/__init__.py", "numpy/rec/"),
        stub=(
            "numpy/__init__.pyi",
            r"(?m)^(\w+): _UFunc",
            ("numpy", "numpy.core._multiarray_umath", "numpy._core._multiarray_umath"),
        ),
        cython=r"numpy\.random\.",
    ),
    "pandas": Rules(
        folders=("pandas/core/", "pandas/_libs/", "pandas/__init__.py", "pandas/api/", "pandas/arrays/"),
        roots=(
            "pandas.core.generic.NDFrame",
            "pandas.core.indexes.base.Index",
            "pandas.core.arrays.base.ExtensionArray",
            "pandas.core.dtypes.base.ExtensionDtype",
            "pandas.core.internals.blocks.Block",
            "pandas.core.internals.base.DataManager",
            "pandas.core.internals.managers.BaseBlockManager",
        ),
        cython=r"pandas\._libs\.(arrays|internals|interval|tslibs)",
    ),
    "scipy": Rules(
        folders=("scipy/sparse/", "scipy/interpolate/", "scipy/spatial/", "scipy/optimize/"),
        roots=(
            "scipy.sparse.base.spmatrix",
            "scipy.sparse._base.spmatrix",
            "scipy.sparse._base._spbase",
            "scipy.interpolate._bsplines.BSpline",
            "scipy.interpolate._polyint._Interpolator1D",
            "scipy.interpolate.polyint._Interpolator1D",
            "scipy.interpolate._interpolate._PPolyBase",
            "scipy.interpolate.interpolate._PPolyBase",
            "scipy.spatial._kdtree.KDTree",
        ),
        stub=(
            "scipy/special/_ufuncs.pyi",
            r"(?m)^(\w+): np\.ufunc",
            ("scipy.special._ufuncs", "scipy.special._special_ufuncs", "scipy.special"),
        ),
    ),
    "joblib": Rules(folders=("joblib/",)),
    "torch": Rules(
        folders=("torch/nn/", "torch/ao/nn/"),
        roots=("torch.nn.modules.module.Module",),
    ),
    "xgboost": Rules(folders=("xgboost/",), roots=("xgboost.sklearn.XGBModel",)),
    "lightgbm": Rules(folders=("lightgbm/",), roots=("lightgbm.sklearn.LGBMModel",)),
    "pytz": Rules(folders=("pytz/",)),
}

Names = dict[tuple[str, str], str]
"""(module, name) to the reason."""


@dataclass
class Module:
    """What a source file defines at its top level, and what its names stand for."""

    classes: dict[str, ast.ClassDef] = field(default_factory=dict)
    functions: dict[str, ast.FunctionDef] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)
    stars: list[str] = field(default_factory=list)
    dynamic: bool = False
    """Whether it writes names into `globals()`."""


def read_module(name: str, tree: ast.Module, *, package: bool) -> Module:
    """Collect definitions and imports, those inside `if` and `try` too."""
    found = Module(dynamic=any(isinstance(node, ast.Name) and node.id == "globals" for node in ast.walk(tree)))
    pending = list(tree.body)
    while pending:
        node = pending.pop()
        match node:
            case ast.ClassDef():
                found.classes[node.name] = node
            case ast.FunctionDef():
                found.functions[node.name] = node
            case ast.ImportFrom():
                parts = name.split(".") if package else name.split(".")[:-1]
                base = parts[: len(parts) - node.level + 1] if node.level else []
                origin = ".".join([*base, *([node.module] if node.module else [])])
                for alias in node.names:
                    if alias.name == "*":
                        found.stars.append(origin)
                    else:
                        found.aliases[alias.asname or alias.name] = f"{origin}.{alias.name}"
            case ast.Import():
                found.aliases.update({alias.asname or alias.name: alias.name for alias in node.names})
            case ast.Assign(targets=[ast.Name(id=target)], value=ast.Name() | ast.Attribute()):
                found.aliases[target] = f"{name}.{ast.unparse(node.value)}"
            case ast.If() | ast.Try():
                pending += [*node.body, *node.orelse, *getattr(node, "finalbody", ())]
                pending += [each for handler in getattr(node, "handlers", ()) for each in handler.body]
            case _:
                pass
    return found


class Library:
    """The sources of one wheel."""

    def __init__(self, wheel: zipfile.ZipFile, rules: Rules) -> None:
        self.wheel = wheel
        self.rules = rules
        self.files = frozenset(wheel.namelist())
        self.modules: dict[str, Module] = {}
        self.clean: set[tuple[tuple[str, str], tuple[str, str], str]] = set()
        for path in sorted(self.files):
            if path.endswith(".py") and path.startswith(rules.folders) and not SKIPPED.search(path):
                name = path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
                tree = ast.parse(wheel.read(path))
                self.modules[name] = read_module(name, tree, package=path.endswith("__init__.py"))

    @functools.cache  # noqa: B019 - the same
    def resolve(self, dotted: str, depth: int = 0) -> tuple[str, str] | None:
        """Return module and name of the class or function that a dotted path leads to."""
        parts = dotted.split(".")
        at = next((i for i in range(len(parts) - 1, 0, -1) if ".".join(parts[:i]) in self.modules), 0)
        if not at or depth > 12:
            return None
        name, first, rest = ".".join(parts[:at]), parts[at], parts[at + 1 :]
        module = self.modules[name]
        if not rest and (first in module.classes or first in module.functions):
            return name, first
        if first in module.aliases:
            return self.resolve(".".join([module.aliases[first], *rest]), depth + 1)
        through = (self.resolve(".".join([star, first, *rest]), depth + 1) for star in module.stars)
        return next((found for found in through if found), None)

    def bases(self, module: str, name: str) -> Iterator[tuple[str, str]]:
        for base in self.modules[module].classes[name].bases:
            found = self.resolve(f"{module}.{ast.unparse(base)}")
            if found and found != (module, name) and found[1] in self.modules[found[0]].classes:
                yield found

    @functools.cache  # noqa: B019 - one library lives as long as its wheel is read
    def ancestry(self, module: str, name: str) -> tuple[tuple[str, str], ...]:
        """Return the class and all that it derives from in this library."""
        found, pending = [(module, name)], list(self.bases(module, name))
        while pending:
            each = pending.pop()
            if each not in found:
                found.append(each)
                pending += self.bases(*each)
        return tuple(found)

    def runner(self, module: str, name: str) -> str | None:
        """Return what in `RUNNERS` the loading of such an object can reach, following methods and functions."""
        # A step is the class that `self` is of, and the class or function whose body is looked at.
        pending = [((module, name), owner, each) for owner in self.ancestry(module, name) for each in CALLED_BY_LOADING]
        seen = set()
        while pending:
            step = pending.pop()
            if step in seen or step in self.clean:
                continue
            seen.add(step)
            of, owner, method = step
            for called in (each for body in self.bodies(owner, method) for each in calls_in(body)):
                if is_runner(called):
                    return f"{owner[0]}.{owner[1]}.{method}: {called}"
                pending += self.steps(of, owner, called)
        self.clean |= seen
        return None

    def steps(
        self, of: tuple[str, str], owner: tuple[str, str], called: str
    ) -> Iterator[tuple[tuple[str, str], tuple[str, str], str]]:
        """Yield where a call leads to in this library."""
        if called.startswith(("self.", "super().", "cls.")) and of[1] in self.modules[of[0]].classes:
            for each in self.ancestry(*of):
                yield of, each, called.rpartition(".")[2]
        elif found := self.resolve(f"{owner[0]}.{called}"):
            if found[1] in self.modules[found[0]].functions:
                yield found, found, ""
                return
            for each in self.ancestry(*found):
                yield from ((found, each, method) for method in ("__init__", "__new__"))

    def bodies(self, owner: tuple[str, str], method: str) -> Iterator[ast.AST]:
        module = self.modules[owner[0]]
        if not method:
            # What decorates a function runs when its module is imported, not when it is called.
            yield from module.functions[owner[1]].body
        elif owner[1] in module.classes:
            for node in module.classes[owner[1]].body:
                if isinstance(node, ast.FunctionDef) and node.name == method:
                    yield from node.body

    def surface(self) -> dict[str, frozenset[str] | None]:
        """Return the names of each module, None for a module that may have any: pickles find moved names there too."""
        compiled = {path.partition(".")[0].replace("/", ".") for path in self.files if path.endswith(".so")}
        return dict.fromkeys(compiled) | {
            name: None
            if module.stars or "__getattr__" in module.functions or module.dynamic
            else frozenset({*module.classes, *module.functions, *module.aliases})
            for name, module in self.modules.items()
        }

    def has(self, module: str, name: str) -> bool:
        """Whether a module has a name, as far as its source or its compiled file shows."""
        stem = CALLED_WITHOUT_PACKAGES.get(module, module).replace(".", "/")
        word = re.compile(rb"\b" + name.encode() + rb"\b")
        texts = [f"{stem}.py", f"{stem}.pyi", f"{stem}/__init__.py", f"{stem}/__init__.pyi"]
        if module == "torch":
            texts += ["torch/_C/__init__.pyi", "torch/_C/_VariableFunctions.pyi"]
        compiled = [path for path in self.files if path.startswith(f"{stem}.") and path.endswith(".so")]
        return any(word.search(self.content(path)) for path in [*texts, *compiled] if path in self.files)

    @functools.cache  # noqa: B019 - the same
    def content(self, path: str) -> bytes:
        return self.wheel.read(path)


@functools.cache
def calls_in(body: ast.AST) -> tuple[str, ...]:
    """Return what a body calls, as it is written there."""
    return tuple({ast.unparse(node.func) for node in ast.walk(body) if isinstance(node, ast.Call)})


def is_runner(called: str) -> bool:
    """Whether this is a call of one of `RUNNERS`; `model.compile` is a method that only has such a name."""
    last = called.rpartition(".")[2]
    if ".".join(called.split(".")[-2:]) in RUNNERS:
        return True
    return last in RUNNERS and (called == last or last not in BUILT_IN)


def derived(library: Library, refused: dict[str, str]) -> Names:
    """Return the classes that derive from a root, but for those that can run something."""
    roots = {found for root in library.rules.roots if (found := library.resolve(root))}
    names: Names = {}
    for module, source in library.modules.items():
        for name, node in source.classes.items():
            lineage = library.ancestry(module, name)
            root = next((f"{each[0]}.{each[1]}" for each in lineage if each in roots), None)
            if root is None:
                continue
            if runner := library.runner(module, name):
                refused[f"{module}.{name}"] = runner
                continue
            for public in {module, *set_module(node)}:
                names[public, name] = f"class: derives from {root}"
    return names


def set_module(node: ast.ClassDef) -> Iterator[str]:
    """Yield the module that a class is told to say it is of."""
    for decorator in node.decorator_list:
        match decorator:
            case ast.Call(func=ast.Name(id="set_module"), args=[ast.Constant(value=str(module))]):
                yield module
            case _:
                pass


def compiled(library: Library) -> Names:
    """Return the reconstructors that Cython wrote: they check the layout and set the attributes of an empty object."""
    found: Names = {}
    for path in library.files:
        own = path.partition(".")[0].replace("/", ".")
        if path.endswith(".so") and re.match(library.rules.cython, own):
            marked = re.escape(own).encode() + rb"\.(__pyx_unpickle_\w+)\x00"
            for name in re.findall(marked, library.content(path)):
                if not name.endswith(b"__set_state"):
                    found[own, name.decode()] = "reconstructor: written by Cython for a class of the same module"
    return found


def elementwise(library: Library) -> Names:
    if library.rules.stub is None or library.rules.stub[0] not in library.files:
        return {}
    path, pattern, modules = library.rules.stub
    there = [
        m
        for m in modules
        if any(f.startswith((m.replace(".", "/") + ".", m.replace(".", "/") + "/")) for f in library.files)
    ]
    names = re.findall(pattern, library.wheel.read(path).decode())
    return {(module, name): "function: elementwise, by the library's stub" for module in there for name in names}


def metrics(library: Library) -> Names:
    """Return the metrics that scikit-learn's scorers are made of."""
    if not library.rules.scorers:
        return {}
    module = library.rules.scorers.removesuffix(".py").replace("/", ".")
    found: Names = {}
    for node in ast.walk(ast.parse(library.wheel.read(library.rules.scorers))):
        match node:
            case (
                ast.Call(func=ast.Name(id="make_scorer"), args=[ast.Name(id=name), *_])
                | ast.Tuple(elts=[ast.Constant(value=str()), ast.Name(id=name)])
            ):
                if origin := library.resolve(f"{module}.{name}"):
                    found[origin] = "function: a metric that the library's own scorers are made of"
            case _:
                pass
    return found


def by_hand() -> dict[str, Names]:
    """Return the names listed by hand, by distribution."""
    found: dict[str, Names] = defaultdict(dict)
    section = reason = ""
    for line in BY_HAND.read_text().splitlines():
        if line.startswith("["):
            section = line.strip("[]")
        elif line.startswith("="):
            reason = line.removeprefix("= ")
        elif line and not line.startswith("#"):
            module, _, names = line.partition(": ")
            for name in names.split():
                found[section][module, name] = reason
    return found


def wheels(folder: Path) -> dict[str, list[tuple[Version, Path]]]:
    found: dict[str, list[tuple[Version, Path]]] = defaultdict(list)
    for path in folder.glob("*.whl"):
        name, version, _, _ = parse_wheel_filename(path.name)
        if name in RULES:
            found[name].append((Version(version.public), path))
    return {name: sorted(each) for name, each in found.items()}


def lines(names: dict[tuple[str, str], tuple[str, str]]) -> Iterator[str]:
    """Yield the names by reason, and by module and range of versions; the last reason given for a name counts."""
    grouped: dict[str, dict[tuple[str, str], list[str]]] = defaultdict(lambda: defaultdict(list))
    for (module, name), (reason, versions) in names.items():
        grouped[reason][module, versions].append(name)
    for reason in sorted(grouped):
        yield f"= {reason}"
        for (module, versions), each in sorted(grouped[reason].items()):
            yield f"{versions} {module} {' '.join(sorted(each))}"


def names_of(library: Library, hand: Names, refused: dict[str, str]) -> Names:
    """Return all names of one version; a reason given by hand is the one that counts."""
    there = {key: reason for key, reason in hand.items() if library.has(*key)}
    for module, name in there:
        if name in library.modules.get(module, Module()).classes and (what := library.runner(module, name)):
            print(f"by hand, although it can run something: {module}.{name} ({what})")
    found = {**elementwise(library), **metrics(library), **compiled(library), **derived(library, refused)}
    return {**found, **there}


def library_lines(distribution: str, found: list[tuple[Version, Path]], hand: Names) -> Iterator[str]:
    """Yield the section of a library, and tell what was refused."""
    refused: dict[str, str] = {}
    seen: Names = {}
    there: list[tuple[Version, Names, dict[str, frozenset[str] | None]]] = []
    for version, path in found:
        with zipfile.ZipFile(path) as wheel:
            library = Library(wheel, RULES[distribution])
            names = names_of(library, hand, refused)
            there.append((version, names, library.surface()))
            seen |= names
        print(f"{distribution} {version}: {len(names)} names")
    for what, runner in sorted(refused.items()):
        seen.pop((what.rpartition(".")[0], what.rpartition(".")[2]), None)
        print(f"refused: {what} ({runner})")
    for module, name in sorted(hand.keys() - seen.keys()):
        print(f"by hand, and in no version: {module}.{name}")
    every = " ".join([distribution, *ALIASES.get(distribution, "").split()])
    yield f"@ {every}: {' '.join(str(version) for version, _ in found)}"
    yield from lines({key: (reason, span(key, there)) for key, reason in seen.items()})


def span(key: tuple[str, str], there: list[tuple[Version, Names, dict[str, frozenset[str] | None]]]) -> str:
    """Return the first and the last version with a name, be it only a stub that leads to where the name is now."""
    module, name = key
    having = []
    for version, names, surface in there:
        exported = surface.get(module, frozenset())
        # Cython 3.1 and later compress what is in a compiled module, but for the names that tracebacks show.
        may_have = exported is None and not name.startswith("__pyx_")
        if key in names or may_have or (exported and name in exported):
            having.append(version)
    return f"{having[0]}..{having[-1]}"


def main() -> None:
    hand = by_hand()
    text = ["# Made by tests/artifact/make_known_globals.py; what is written here by hand is lost."]
    text += ["@ python:", *lines({key: (reason, "-") for key, reason in hand["python"].items()})]
    for distribution, found in sorted(wheels(Path(sys.argv[1])).items()):
        text += library_lines(distribution, found, hand[distribution])
    TARGET.write_text("\n".join(text) + "\n")


if __name__ == "__main__":
    main()

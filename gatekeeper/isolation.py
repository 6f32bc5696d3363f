"""Keep the audited folder out of the gate's own imports.

`python -m gatekeeper` puts the working directory first on `sys.path`, and `PYTHONPATH=.` does so for the console script
too: a candidate that holds a `yaml.py` would then be executed by the gate that judges it. So the gate's first lines
start it again with `-I`, which ignores both. They use nothing but what the interpreter has loaded already.

What no line of ours can prevent: before the first line of this file, the interpreter has run a `sitecustomize` from
`PYTHONPATH`, has imported from there what starts the gate (`re` for the console script, `types` and more for `-m`,
which looks into the working directory too), and the package `gatekeeper` itself. All but the last are noticed and
refused; against all of them, CI runs `python -I -m gatekeeper`.
"""

import os
import sys

REFUSED = 2
"""The exit code for "the gate can't be used like this": the same as for a wrong command line."""

_STARTUP_MODULES = ("sitecustomize", "usercustomize")

# A ModuleNotFoundError must not end in exit code 1, which means "the candidate failed".
_RESTART = f"""\
import sys
try:
    from gatekeeper.__main__ import main
except ModuleNotFoundError as error:
    print(f"gatekeeper: can't start isolated: {{error}}.", file=sys.stderr)
    print("  fix: install gatekeeper into this interpreter; PYTHONPATH is not used to find it", file=sys.stderr)
    sys.exit({REFUSED})
main()
"""


def isolate() -> None:
    """Return if nothing outside the installation can be imported; else start the process again with `-I`.

    Exits with 2 where the interpreter has already run a module from `PYTHONPATH` or the working directory.
    """
    if sys.flags.isolated:
        return
    hijacker = _startup_module_on_pythonpath() or _module_from_elsewhere()
    if hijacker is not None:
        print(f"gatekeeper: {hijacker} ran before the gate could start.", file=sys.stderr)
        print("  fix: unset PYTHONPATH, or run: python -I -m gatekeeper", file=sys.stderr)
        sys.exit(REFUSED)
    if os.environ.get("PYTHONPATH") or _working_directory_is_importable():
        os.execv(sys.executable, [sys.executable, "-I", "-c", _RESTART, *sys.argv[1:]])  # noqa: S606 - no shell is meant


def _working_directory_is_importable() -> bool:
    here = os.path.realpath(os.getcwd())
    return any(os.path.realpath(entry or here) == here for entry in sys.path)


def _startup_module_on_pythonpath() -> str | None:
    """Return the path of a `sitecustomize` or `usercustomize` that PYTHONPATH offers, by whatever loader."""
    entries = _pythonpath()
    for finder in sys.meta_path:
        if getattr(finder, "__name__", "") != "PathFinder":
            continue
        for name in _STARTUP_MODULES:
            spec = finder.find_spec(name, entries)
            if spec is not None:
                return str(spec.origin or name)
    return None


def _module_from_elsewhere() -> str | None:
    """Return the path of a module that was imported from PYTHONPATH or the working directory, but for the gate's own.

    The gate itself may lie there, in a checkout: the isolated start then takes the one that is installed.
    """
    folders = {os.path.realpath(entry) for entry in _pythonpath()}
    if _working_directory_is_importable():
        folders.add(os.path.realpath(os.getcwd()))
    for name, module in list(sys.modules.items()) if folders else ():
        file = getattr(module, "__file__", None)
        if file and name.partition(".")[0] not in {"__main__", "gatekeeper"} and _home(file) in folders:
            return str(file)
    return None


def _home(file: str) -> str:
    """Return the folder from which a module was imported; for a package, the folder that holds the package."""
    folder, name = os.path.split(os.path.realpath(file))
    return os.path.dirname(folder) if name.startswith("__init__.") else folder


def _pythonpath() -> list[str]:
    value = os.environ.get("PYTHONPATH", "")
    return [entry or os.getcwd() for entry in value.split(os.pathsep)] if value else []

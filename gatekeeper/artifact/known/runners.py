"""What a call of well-known functions does, for the words of a message alone: the list of known globals decides."""

from __future__ import annotations

_COMMAND = "runs a command"
_TEXT = "evaluates text as code"
_IMPORT = "imports a module"
_LOOKUP = "looks an attribute up by its name"
_FILE = "opens, changes or deletes files"
_CONNECTION = "opens a connection"
_LOAD = "loads another pickle or model"
_NATIVE = "loads or calls native code"
_CALL = "calls whatever it is given"

_BY_MODULE = {
    "posix": dict.fromkeys(("system", "popen", "execv", "execve", "posix_spawn", "posix_spawnp", "fork"), _COMMAND),
    "nt": dict.fromkeys(("system", "startfile", "execv", "execve", "spawnv", "spawnve"), _COMMAND),
    "os": {
        **dict.fromkeys(("system", "popen", "execl", "execv", "execve", "execvp", "spawnl", "spawnv"), _COMMAND),
        **dict.fromkeys(("remove", "unlink", "rename", "rmdir", "removedirs", "open", "chmod"), _FILE),
    },
    "subprocess": dict.fromkeys(
        ("Popen", "run", "call", "check_call", "check_output", "getoutput", "getstatusoutput"), _COMMAND
    ),
    "pty": {"spawn": _COMMAND},
    "commands": dict.fromkeys(("getoutput", "getstatusoutput"), _COMMAND),
    "builtins": {
        **dict.fromkeys(("eval", "exec", "compile"), _TEXT),
        "__import__": _IMPORT,
        "getattr": _LOOKUP,
        "open": _FILE,
        **dict.fromkeys(("map", "filter", "apply"), _CALL),
    },
    "io": dict.fromkeys(("open", "open_code", "FileIO"), _FILE),
    "_io": dict.fromkeys(("open", "open_code", "FileIO"), _FILE),
    "code": {"InteractiveInterpreter": _TEXT},
    "timeit": dict.fromkeys(("timeit", "repeat", "main"), _TEXT),
    "runpy": dict.fromkeys(("run_path", "run_module", "_run_code"), _TEXT),
    "pdb": dict.fromkeys(("run", "runeval"), _TEXT),
    "cProfile": dict.fromkeys(("run", "runctx"), _TEXT),
    "profile": dict.fromkeys(("run", "runctx"), _TEXT),
    "types": dict.fromkeys(("FunctionType", "CodeType", "LambdaType"), _TEXT),
    "importlib": dict.fromkeys(("import_module", "__import__", "reload"), _IMPORT),
    "pkgutil": {"resolve_name": _IMPORT},
    "pydoc": {"locate": _IMPORT},
    "operator": dict.fromkeys(("attrgetter", "methodcaller"), _LOOKUP),
    "functools": dict.fromkeys(("partial", "reduce"), _CALL),
    "shutil": dict.fromkeys(("rmtree", "move", "copy", "copyfile", "copytree", "unpack_archive"), _FILE),
    "pathlib": dict.fromkeys(("Path.write_text", "Path.unlink", "Path.write_bytes", "PosixPath.unlink"), _FILE),
    "urllib.request": dict.fromkeys(("urlopen", "urlretrieve"), _CONNECTION),
    "socket": dict.fromkeys(("socket", "create_connection"), _CONNECTION),
    "webbrowser": {"open": _CONNECTION},
    "ctypes": dict.fromkeys(("CDLL", "PyDLL", "cdll"), _NATIVE),
    "pickle": dict.fromkeys(("load", "loads", "Unpickler"), _LOAD),
    "_pickle": dict.fromkeys(("load", "loads", "Unpickler"), _LOAD),
    "marshal": dict.fromkeys(("load", "loads"), _LOAD),
    "joblib.numpy_pickle": {"load": _LOAD},
    "joblib": {"load": _LOAD},
    "numpy": {"load": _LOAD},
    "torch": {"load": _LOAD},
    "torch.serialization": {"load": _LOAD},
    "torch.storage": {"_load_from_bytes": _LOAD},
    "torch.hub": dict.fromkeys(("load", "load_state_dict_from_url"), _CONNECTION),
    "torch.jit": {"load": _LOAD},
    "pandas.io.pickle": {"read_pickle": _LOAD},
    "pandas": {"read_pickle": _LOAD},
    "dill._dill": dict.fromkeys(("_create_function", "_create_code"), _TEXT),
    "cloudpickle.cloudpickle": dict.fromkeys(("_make_function", "_builtin_type"), _TEXT),
    "numpy.testing._private.utils": {"runstring": _TEXT},
    "numpy.core": {"_ufunc_reconstruct": _IMPORT},
    "numpy._core": {"_ufunc_reconstruct": _IMPORT},
}


def executes(module: str, name: str) -> str | None:
    """Return what a call of a well-known function does: "runs a command". None says nothing of any other."""
    return _BY_MODULE.get(module, {}).get(name)

"""Where things were made: a few requests once more, while tracemalloc notes the lines that allocate.

An object that is held is looked up itself, so the line is its own and no guess from sizes. On CUDA torch notes its
own allocations the same way; what is still allocated at the end says who made it.
"""

from __future__ import annotations

import ast
import sys
import tracemalloc
from collections import Counter
from collections.abc import Callable
from typing import Any

from gatekeeper.replay.inside.calls import Fault, attempt

_DEPTH = 30
_HISTORY = 100000
_REUSED = ("float", "int", "str", "list", "tuple", "dict")
"""Python keeps the memory of such objects for the next ones: tracemalloc may name the line of an earlier one."""


class _Lines:
    """A trace function of the interpreter: after which of the candidate's lines a holder held more than before."""

    def __init__(self, is_own: Callable[[str], bool], tokens: list[Callable[[], int]]) -> None:
        self._is_own, self._tokens = is_own, tokens
        self._known = [each() for each in tokens]
        self._last: tuple[str, int, str] | None = None
        self.found: list[Counter[tuple[str, int, str]]] = [Counter() for _ in tokens]

    def entered(self, frame: Any, event: str, _: Any) -> Any:
        """Look at the lines of a call, if they are the candidate's."""
        return self._looked(frame, event, None) if self._is_own(frame.f_code.co_filename) else None

    def _looked(self, frame: Any, event: str, _: Any) -> Any:
        for position, each in enumerate(self._tokens):
            now = each()
            if now != self._known[position] and self._last is not None:
                self.found[position][self._last] += 1
            self._known[position] = now
        at = frame.f_back if event == "return" else frame
        own = at is not None and self._is_own(at.f_code.co_filename)
        self._last = (at.f_code.co_filename, at.f_lineno, at.f_code.co_name) if own else None
        return self._looked


class Sites:
    """Lines of the candidate."""

    def __init__(self, root: str) -> None:
        self._root = root.rstrip("/") + "/"
        self._sources: dict[str, Any] = {}

    def during(self, run: Callable[[], None], tokens: list[Callable[[], int]]) -> list[str]:
        """Run what allocates; `of` knows its objects until `end`. Returns, for each holder, the line that filled it."""
        watch = _Lines(self._is_own, tokens)
        tracemalloc.start(_DEPTH)
        before = sys.gettrace()
        sys.settrace(watch.entered)
        try:
            run()
        finally:
            sys.settrace(before)
        return [self._located(*each.most_common(1)[0][0]) if each else "" for each in watch.found]

    def _located(self, path: str, line: int, function: str) -> str:
        return f"{path[len(self._root) :]}:{line} in {function}"

    def end(self) -> None:
        """Forget what was allocated where."""
        tracemalloc.stop()

    def of(self, things: list[Any], kind: str, named: Callable[[type], str]) -> str:
        """Return the line that made most of the things of a class; empty where none is known."""
        lines: Counter[tuple[str, int]] = Counter()
        for each in things if kind not in _REUSED else []:
            if named(type(each)) == kind:
                trace = tracemalloc.get_object_traceback(each)
                for frame in reversed(trace or ()):
                    if self._is_own(frame.filename):
                        lines[frame.filename, frame.lineno] += 1
                        break
        return self.shown(*lines.most_common(1)[0][0]) if lines else ""

    def _is_own(self, path: str) -> bool:
        return path.startswith(self._root) and "-packages/" not in path

    def shown(self, path: str, line: int) -> str:
        """Return a line as "serving/demand.py:41 in estimate"."""
        function = attempt(self._function, path, line)
        inside = "" if isinstance(function, Fault) or not function else f" in {function}"
        return f"{path[len(self._root) :]}:{line}{inside}"

    def _function(self, path: str, line: int) -> str:
        if path not in self._sources:
            with open(path, "rb") as source:  # noqa: PTH123 - a path that the candidate gave
                self._sources[path] = ast.parse(source.read())
        found = ""
        for node in ast.walk(self._sources[path]):
            is_function = isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
            if is_function and node.lineno <= line <= node.end_lineno:  # type: ignore[attr-defined] # a function's
                found = node.name  # type: ignore[attr-defined] # inner ones are walked after outer ones
        return found

    def on_cuda(self, run: Callable[[], None]) -> str:
        """Return the line that allocated most of what is still allocated on CUDA after `run`; empty if unknown."""
        memory = sys.modules["torch"].cuda.memory
        started = attempt(
            lambda: memory._record_memory_history("all", context="alloc", stacks="python", max_entries=_HISTORY)  # noqa: SLF001 - torch documents it by this name
        )
        if isinstance(started, Fault):
            return ""
        run()
        taken = attempt(memory._snapshot)  # noqa: SLF001 - the same
        attempt(lambda: memory._record_memory_history(enabled=None))  # noqa: SLF001 - the same
        lines: Counter[tuple[str, int]] = Counter()
        for segment in [] if isinstance(taken, Fault) else taken["segments"]:
            for block in segment["blocks"]:
                own = [each for each in block.get("frames", ()) if self._is_own(each["filename"])]
                if block["state"] == "active_allocated" and own:
                    lines[own[0]["filename"], own[0]["line"]] += block["size"]
        return self.shown(*lines.most_common(1)[0][0]) if lines else ""

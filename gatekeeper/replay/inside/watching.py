"""What happens besides while records are answered, seen by hooks on all modules of torch; they change no answer.

A forward counts as one with gradients where it proves it: gradients were enabled when a module was called, and what the
module returned carries a graph (or can't, as the labels of a TorchScript module whose weights require grad). So a
`forward` that guards itself does not count, and neither do frozen weights, for which nothing is recorded.
"""

from __future__ import annotations

import importlib.machinery
import os
import sys
import threading
from collections.abc import Iterator, Sequence
from typing import Any

from gatekeeper.replay.inside.calls import Fault, attempt, named
from gatekeeper.replay.inside.weights import Weights

_HOME = "torch.nn.modules.module"
_MAX_LISTED = 100
_MAX_PARTS = 1000
_MAX_DEPTH = 8


class Watch:
    """Hooks that are on from `begin` to `end`; torch may be imported before, in between, or never."""

    def __init__(self, root: str) -> None:
        self.weights = Weights()
        self.forwards = self.grad_forwards = 0
        self.grad_at = ""
        self._root = os.path.join(os.path.realpath(root), "")  # noqa: PTH118 - a path is text here
        self._training: dict[int, tuple[Any, Any]] = {}
        self._devices: set[str] = set()
        self._lock = threading.Lock()
        self._local = threading.local()
        self._turn = self._main = 0
        self._handles: list[Any] = []
        self._finder: _Finder | None = None

    def begin(self, known: Sequence[Any]) -> None:
        """Put on the hooks, and look at the weights of what is known to have some."""
        self._main = threading.get_ident()
        if _HOME in sys.modules:
            self._hook(sys.modules[_HOME])
        else:
            self._finder = _Finder(self)
            sys.meta_path.insert(0, self._finder)
        for each in known:
            self.weights.add(each)

    def next_record(self) -> None:
        """Forget what is unfinished: a record before may have raised in the middle of a module."""
        self._turn += 1

    def end(self) -> None:
        """Take off the hooks."""
        for each in self._handles:
            each.remove()
        self._handles = []
        if self._finder is not None:
            sys.meta_path.remove(self._finder)
            self._finder = None

    def said(self) -> dict[str, Any]:
        """Return what was seen."""
        return {
            "forwards": self.forwards,
            "grad_forwards": self.grad_forwards,
            "grad_at": self.grad_at,
            "training": self._in_training(),
            "devices": sorted(self._devices)[:_MAX_LISTED],
            "changed_weights": self.weights.changed()[:_MAX_LISTED],
        }

    def _hook(self, home: Any) -> None:
        """Register with the module of torch that holds the hooks of all modules."""
        self._handles.append(home.register_module_forward_pre_hook(self._before))
        try:
            after = home.register_module_forward_hook(self._after, always_call=True)
        except TypeError:  # before torch 2.1
            after = home.register_module_forward_hook(self._after)
        self._handles.append(after)

    def _before(self, module: Any, _: Any) -> None:
        attempt(self._enter, module)

    def _after(self, module: Any, _: Any, returned: Any) -> None:
        attempt(self._leave, module, returned)

    def _stack(self) -> list[Any]:
        """Return the calls that go on in this thread; grad mode is each thread's own, too."""
        if getattr(self._local, "turn", None) != self._turn:
            self._local.turn, self._local.stack, self._local.proved = self._turn, [], False
        stack: list[Any] = self._local.stack
        return stack

    def _enter(self, module: Any) -> None:
        torch = sys.modules["torch"]
        stack = self._stack()
        if not stack:
            self._local.proved = False
            self.weights.add(module)
        root = stack[0][0] if stack else module
        stack.append((module, torch.is_grad_enabled() and not torch.is_inference_mode_enabled()))
        if _is_script(module) and not stack[:-1]:
            for each in module.modules():
                self._note_training(root, each)
        else:
            self._note_training(root, module)

    def _note_training(self, root: Any, module: Any) -> None:
        exported = any(each.__module__.startswith("torch.export.") for each in type(root).__mro__)
        if module.training and not exported and len(self._training) < _MAX_LISTED:
            self._training.setdefault(id(module), (root, module))

    def _leave(self, module: Any, returned: Any) -> None:
        stack = self._stack()
        while stack and stack[-1][0] is not module:
            stack.pop()
        if not stack:
            return
        _, with_grad = stack.pop()
        tensors = list(_tensors(returned))
        if with_grad and not self._local.proved:
            self._local.proved = any(each.grad_fn is not None for each in tensors) or _records_unseen(module, tensors)
        if stack:
            return
        with self._lock:
            self.forwards += 1
            self._devices.update(str(each.device) for each in tensors)
            if self._local.proved:
                self.grad_forwards += 1
                self.grad_at = self.grad_at or self._caller()

    def _caller(self) -> str:
        """Return the innermost line of the candidate's own files that called; else the innermost outside of torch.

        A thread of a pool has none of them: then it is the line that waits for it.
        """
        found, is_own = self._line(sys._getframe(1))  # noqa: SLF001 - the way to the frames that call
        if not is_own and threading.get_ident() != self._main:
            waiting, is_own = self._line(sys._current_frames().get(self._main))  # noqa: SLF001 - likewise
            found = waiting if is_own else found
        return found

    def _line(self, frame: Any) -> tuple[str, bool]:
        """Return a line as "file:line in function", and whether it is in the candidate's own files."""
        other = ""
        while frame is not None:
            code = frame.f_code
            name = os.path.realpath(code.co_filename) if not code.co_filename.startswith("<") else ""
            if name.startswith(self._root) and "/site-packages/" not in name:
                return f"{name[len(self._root) :]}:{frame.f_lineno} in {code.co_name}"[:500], True
            if not other and name and not str(frame.f_globals.get("__name__", "")).startswith("torch."):
                other = f"{name}:{frame.f_lineno} in {code.co_name}"[:500]
            frame = frame.f_back
        return other, False

    def _in_training(self) -> list[str]:
        found = set()
        for root, module in self._training.values():
            names = attempt(lambda root=root: {id(each): name for name, each in root.named_modules()})
            path = "" if isinstance(names, Fault) else names.get(id(module), "")
            found.add(f"{named(type(module))} at {path}" if path else named(type(module)))
        return sorted(found)


class _Finder:
    """Puts on the hooks when torch is imported while records are answered."""

    def __init__(self, watch: Watch) -> None:
        self._watch = watch

    def find_spec(self, name: str, path: Sequence[str] | None = None, target: Any = None) -> Any:
        """Return the spec of the one module of torch, as it would be found, that tells when it has run."""
        if name != _HOME:
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, path, target)
        if spec is not None and spec.loader is not None:
            run = spec.loader.exec_module

            def run_and_hook(module: Any) -> None:
                run(module)
                attempt(self._watch._hook, module)  # noqa: SLF001 - it is its own finder

            spec.loader.exec_module = run_and_hook  # type: ignore[method-assign] # this loader is of this module alone
        return spec


def _is_script(module: Any) -> bool:
    return any(
        each.__name__ == "ScriptModule" and each.__module__ == "torch.jit._script" for each in type(module).__mro__
    )


def _records_unseen(module: Any, tensors: list[Any]) -> bool:
    """Return whether a graph was recorded that the outputs do not show: they are labels of a TorchScript module."""
    if not _is_script(module) or any(each.is_floating_point() for each in tensors):
        return False
    return any(each.requires_grad for each in module.parameters())


def _tensors(given: Any) -> Iterator[Any]:
    """Yield the tensors in what a module returned."""
    torch = sys.modules["torch"]
    waiting: list[tuple[Any, int]] = [(given, 0)]
    for _ in range(_MAX_PARTS):
        if not waiting:
            return
        each, depth = waiting.pop()
        if isinstance(each, torch.Tensor):
            yield each
        elif depth < _MAX_DEPTH:
            inner = each.values() if isinstance(each, dict) else each if isinstance(each, (list, tuple)) else ()
            inside = getattr(each, "__dict__", None) if hasattr(type(each), "__dataclass_fields__") else None
            inner = list(inside.values()) if isinstance(inside, dict) and not inner else inner
            waiting.extend((part, depth + 1) for part in list(inner)[:_MAX_PARTS])

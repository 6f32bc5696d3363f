"""What was seen in serving code: its entry points, its forward calls, and where memory or gradients are at stake.

Facts, no judgement: an observation says what the code does. Which of them break a rule, how much they weigh and how
they are mended is told by the check `no-grad`.
"""

from __future__ import annotations

import enum

from msgspec import Struct


class Kind(enum.StrEnum):
    """What an observation is about."""

    # Forward calls with gradients on.
    UNGUARDED_CALL = "unguarded-call"
    """A forward call that an entry point reaches with gradients on."""
    PARTIAL_GUARD = "partial-guard"
    """The same, in a function that guards another forward call."""
    GUARD_LOST_IN_THREAD = "guard-lost-in-thread"
    """The same, because the guard of the caller's thread is not one of the thread that does the work."""
    PROCESS_WIDE_SWITCH = "process-wide-switch"
    """The same, where `set_grad_enabled(False)` was called, for one thread, in another than the one that serves."""
    GUARD_ENTERED_AT_STARTUP = "guard-entered-at-startup"
    """A guard entered while the service starts and left open: it holds in the thread that started it alone."""

    # Guards that don't guard.
    GUARD_ON_ASYNC = "guard-on-async"
    GUARD_ON_CLASS = "guard-on-class"
    GUARD_NOT_ENTERED = "guard-not-entered"
    GUARD_NOT_CALLED = "guard-not-called"
    AWAIT_IN_GUARD = "await-in-guard"
    YIELD_IN_GUARD = "yield-in-guard"
    GRAD_ENABLED_INSIDE = "grad-enabled-inside"

    # Tensors that outlive the request.
    GRAPH_RETAINED = "graph-retained"
    CPU_WITHOUT_DETACH = "cpu-without-detach"
    DEVICE_RETAINED = "device-retained"
    ACCUMULATED = "accumulated"
    CACHED = "cached"
    VIEW_RETAINED = "view-retained"
    LOGGED = "logged"
    HOOK_RETAINS = "hook-retains"

    # Training that a request reaches.
    BACKWARD = "backward"
    OPTIMIZER = "optimizer"
    TRAIN_MODE = "train-mode"
    TRAINER = "trainer"

    # Loads that may execute what they read.
    LOAD_WITHOUT_WEIGHTS_ONLY = "load-without-weights-only"
    LOAD_OF_ANYTHING = "load-of-anything"


class Place(Struct, frozen=True, kw_only=True):
    """A piece of source. Lines and columns count from 1, columns in characters; the end is behind the last one.

    Attributes:
        cell: the code cell of a notebook, counted from 1; lines count from the cell's first.
    """

    path: str
    line: int
    column: int
    end_line: int
    end_column: int
    cell: int | None = None


class Step(Struct, frozen=True, kw_only=True):
    """One step of the way from an entry point to a place: in `function`, what is done at `at`.

    Attributes:
        function: dotted, without the module: `Engine.run`.
        what: `entry of FastAPI`, `calls self.engine.run(x)`, `hands work to a thread: pool.submit(run, x)`.
    """

    at: Place
    function: str
    what: str


class Observation(Struct, frozen=True, kw_only=True):
    """One thing that was seen.

    Attributes:
        subject: the source of the expression that it is about, on one line.
        function: the function that it stands in, dotted; `<module>` outside of all.
        trace: the way there from an entry point; empty for what is told from the place alone.
        detail: what else is known, by name; which names there are is said beside the code that makes them.
    """

    kind: Kind
    at: Place
    subject: str
    function: str
    trace: tuple[Step, ...] = ()
    detail: tuple[tuple[str, str], ...] = ()

    def told(self, name: str) -> str:
        """Return the detail of that name, or the empty string."""
        return dict(self.detail).get(name, "")


class Guarding(enum.StrEnum):
    """What keeps a forward call from building a graph; `NOTHING` where at least one way to it has no guard."""

    LEXICAL = "a block around the call"
    FUNCTION = "its own function"
    CALLER = "every caller"
    CALLEE = "the callee guards itself"
    LIBRARY = "the library guards itself"
    FROZEN = "frozen weights"
    WANTED = "gradients are wanted"
    NOTHING = "nothing"


class Forward(Struct, frozen=True, kw_only=True):
    """A forward call that an entry point reaches, and what guards it."""

    at: Place
    subject: str
    guarding: Guarding


class Entry(Struct, frozen=True, kw_only=True):
    """A function that a serving framework calls, or that was named.

    Attributes:
        framework: `FastAPI`, `TorchServe`, ...; `named` for what the policy or the command line names.
        function: `package.module:Class.method`.
        threaded: the framework calls it in a thread that is not the one that imported the module.
    """

    framework: str
    function: str
    at: Place
    threaded: bool = False


class SourceFile(Struct, frozen=True, kw_only=True):
    """A file that was parsed whole."""

    path: str
    sha256: str
    lines: int


class Suppression(Struct, frozen=True, kw_only=True):
    """A comment `# noqa: CODE, CODE -- reason`.

    Attributes:
        codes: as written; only those of this project's form, `family/name`.
        reason: what follows the `--`, or the empty string.
        first: the first line of the statement that it stands in, or on the last line of.
        last: the last one.
    """

    at: Place
    codes: tuple[str, ...]
    reason: str
    first: int
    last: int


class Flaw(Struct, frozen=True, kw_only=True):
    """Why something could not be looked at, and what to do about it."""

    what: str
    fix: str
    path: str
    line: int | None = None
    column: int | None = None


class Analysis(Struct, frozen=True, kw_only=True):
    """All that was seen in one tree of serving code.

    Attributes:
        unreached: forward calls that no entry point reaches.
        suppressions: of all files, in the order of paths and lines.
        flaws: what could not be looked at; the rest was.
    """

    files: tuple[SourceFile, ...]
    entries: tuple[Entry, ...]
    forwards: tuple[Forward, ...]
    unreached: tuple[Place, ...]
    observations: tuple[Observation, ...]
    suppressions: tuple[Suppression, ...]
    flaws: tuple[Flaw, ...]

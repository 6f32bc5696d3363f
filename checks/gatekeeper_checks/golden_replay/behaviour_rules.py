"""The rules of `golden-replay` on what a request does beside answering, and what is left of it."""

from __future__ import annotations

from typing import ClassVar, Final

from gatekeeper.model import Example, Rule, Severity
from gatekeeper_checks.golden_replay import samples

TORCH: Final = ("torch",)


class ReachesOut(Rule):
    """A request reaches out of its process.

    What it checks:
        That neither model nor handler tries to open a connection, start a program, or write a file while it is loaded
        and asked. The sandbox keeps it from doing so, and tells.

    Why it matters:
        A pickle can run anything. And an answer that depends on a service is not the model's.

    What it can't see:
        What a library does below Python; the sandbox keeps that in, too, but does not name it.

    How to fix:
        Find what the message names. What a request needs from elsewhere is handed in with it.
    """

    code: ClassVar[str] = "golden-replay/reaches-out"
    passing: ClassVar[Example] = samples.PASSING
    failing: ClassVar[Example] = Example(files=samples.files(serve=samples.WRITING))


class InputChanged(Rule):
    """A request is changed while it is answered.

    What it checks:
        That a record is the same after it was answered as before.

    Why it matters:
        What is logged, retried or sent to a second model is then no longer what the customer sent.

    What it can't see:
        A change that is undone before the answer.

    How to fix:
        Work on a copy.
    """

    code: ClassVar[str] = "golden-replay/input-changed"
    passing: ClassVar[Example] = samples.PASSING
    failing: ClassVar[Example] = Example(files=samples.files(serve=samples.CHANGING))


class WeightsChanged(Rule):
    """The model is not the same after it was asked.

    What it checks:
        That the numbers of every torch module and fitted estimator in the process are the same, bit by bit, after the
        records were answered.

    Why it matters:
        What was approved is no longer what answers. A poisoned stream of requests becomes a poisoned model.

    What it can't see:
        Weights that are held by another library.

    How to fix:
        Train elsewhere, and release what was trained through this gate.
    """

    code: ClassVar[str] = "golden-replay/weights-changed"
    severity: ClassVar[Severity] = Severity.CRITICAL
    passing: ClassVar[Example] = samples.PASSING
    failing: ClassVar[Example] = Example(files=samples.files(serve=samples.LEARNING))


class TrainingMode(Rule):
    """A module answers in training mode.

    What it checks:
        `module.training` of each torch module that a request calls.

    Why it matters:
        Dropout and batch normalisation do another thing then; in a net without them nobody sees it until one is added.

    What it can't see:
        Modules that no golden record reaches.

    How to fix:
        Call `model.eval()` when the handler is made.
    """

    code: ClassVar[str] = "golden-replay/training-mode"
    passing: ClassVar[Example] = samples.PASSING
    failing: ClassVar[Example] = Example(files=samples.files(serve=samples.TRAINING), needs=TORCH)


class GradEnabled(Rule):
    """A request builds a graph.

    What it checks:
        Whether gradients are enabled while a torch module is called, in whatever thread, and whether what is returned
        requires grad: the proof at run time beside the lint `no-grad`.

    Why it matters:
        Every answer then carries its activations until it is freed. One list that keeps answers ate the memory of the
        incident's graphics cards.

    What it can't see:
        Calls that no golden record makes.

    How to fix:
        `with torch.inference_mode():` around the call, inside the thread or coroutine that makes it.
    """

    code: ClassVar[str] = "golden-replay/grad-enabled"
    passing: ClassVar[Example] = samples.PASSING
    failing: ClassVar[Example] = Example(files=samples.files(serve=samples.GRADIENTS), needs=TORCH)


class Leak(Rule):
    """Memory does not come back.

    What it checks:
        After a warm-up, some hundred requests are made, and live tensors, blocks of Python's allocator, the process and
        the graphics cards' memory are counted, after garbage was collected. What grows to the end is a leak, and who
        holds it is named. The same is done with requests that are each new: a memo without a bound grows then alone.

    Why it matters:
        The leak of incident 4092-X was visible after a few hundred requests that nobody had made.

    What it can't see:
        Less than a block in twenty requests, and what begins after more requests than were made (`replay.stress`).

    How to fix:
        Take what the message names out of the request's path, or bound it.
    """

    code: ClassVar[str] = "golden-replay/leak"
    severity: ClassVar[Severity] = Severity.CRITICAL
    passing: ClassVar[Example] = samples.PASSING
    failing: ClassVar[Example] = Example(files=samples.files(serve=samples.LEAKING))


class KeepsGraphs(Rule):
    """What is kept carries its graph.

    What it checks:
        Whether anything that outlives its request, though it is bounded, is a tensor with a `grad_fn`.

    Why it matters:
        A thousand kept scalars are nothing; a thousand kept graphs are all activations of a thousand requests.

    What it can't see:
        Graphs that are kept outside of Python.

    How to fix:
        Keep `tensor.detach().cpu()`, or the number, and build no graph in the first place.
    """

    code: ClassVar[str] = "golden-replay/keeps-graphs"
    passing: ClassVar[Example] = samples.PASSING
    failing: ClassVar[Example] = Example(files=samples.files(serve=samples.KEEPING), needs=TORCH)


class Cycle(Rule):
    """Tensors are freed by the garbage collector alone.

    What it checks:
        Whether tensors live on, in a cycle of references, until the collector runs.

    Why it matters:
        The collector counts objects, not bytes: it sees no reason to hurry while a graphics card fills up.

    What it can't see:
        Cycles without tensors; Python's libraries make many, and they are harmless.

    How to fix:
        Break the cycle: do not store a tensor on an object that the tensor's hook or graph refers to.
    """

    code: ClassVar[str] = "golden-replay/cycle"
    severity: ClassVar[Severity] = Severity.NOTE
    passing: ClassVar[Example] = samples.PASSING
    failing: ClassVar[Example] = Example(files=samples.files(serve=samples.CYCLING), needs=TORCH)


class Device(Rule):
    """A device is not what was asked for, or not what was recorded.

    What it checks:
        With `cuda` among `replay.devices`: that a graphics card which is there can be used, and that the answers'
        tensors and modules lay on it. And where answers are held against golden values of another kind of device, it
        says so.

    Why it matters:
        A library that finds no driver falls back to the processor and answers 200 OK, a hundred times slower.

    What it can't see:
        Work that is moved to the processor between two modules.

    How to fix:
        Mend the driver or the build of torch that the message names; record golden values on the device:
        `gatekeeper golden record . --device cuda --inputs FILE --reason "..."`.
    """

    code: ClassVar[str] = "golden-replay/device"
    severity: ClassVar[Severity] = Severity.NOTE
    passing: ClassVar[Example] = samples.PASSING
    failing: ClassVar[Example] = Example(files=samples.files(recorded_on="cuda:NVIDIA H200"))

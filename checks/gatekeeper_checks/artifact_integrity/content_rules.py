"""The rules of `artifact-integrity` about what is in the file."""

from __future__ import annotations

from typing import ClassVar

from gatekeeper.model import Example, Rule, Severity
from gatekeeper_checks.artifact_integrity import samples


class NoArtifact(Rule):
    """The policy declares no artifact.

    What it checks:
        That `artifacts` names at least one file.

    Why it matters:
        A check that looked at no file has nothing to say, and must not look as if it had.

    What it can't see:
        Model files in the folder that nobody declared; `candidate-declaration` finds them.

    How to fix:
        Name the model file under `artifacts`.
    """

    code: ClassVar[str] = "artifact-integrity/no-artifact"
    passing: ClassVar[Example] = samples.recorded(samples.MODEL)
    failing: ClassVar[Example] = Example(files={"gatekeeper.yaml": "schema: gatekeeper/candidate@1\nname: pricing\n"})


class Executes(Rule):
    """Loading the file runs commands, evaluates text, imports modules or opens files.

    What it checks:
        Whether the file names a function that is known to do such a thing: `posix.system`, `builtins.eval` and their
        like. The finding says where in the file, and with which arguments loading would call it.

    Why it matters:
        `pickle.load` calls what the file says before it returns. It happens on the machine that loads, with its rights,
        even if the load then fails.

    What it can't see:
        What such a call would do: nothing is executed to find out. That a name is not known here does not make it
        harmless; it is then a finding of `unjustified-global`.

    How to fix:
        Don't load the file anywhere. Find out who wrote it, and train again from sources that you trust.
    """

    code: ClassVar[str] = "artifact-integrity/executes"
    severity: ClassVar[Severity] = Severity.CRITICAL
    passing: ClassVar[Example] = samples.recorded(samples.MODEL)
    failing: ClassVar[Example] = samples.recorded(samples.COMMAND, "a pickle that calls os.system with an echo")


class UnjustifiedGlobal(Rule):
    """The file names a class or function that nothing justifies.

    What it checks:
        Each global of the file, by its exact name: whether `artifact.globals`, the list that was approved, has it. If
        no list is declared: whether it is one that ordinary models of a library write, and production's lock pins
        that library at a version that has it.

    Why it matters:
        A list of what is forbidden is never complete: functions that run code are found in torch, numpy, pandas and
        the standard library every month. What a model needs is few names, and they don't change between releases.

    What it can't see:
        What an approved class does with its state.

    How to fix:
        If the name belongs to the model, such as a transformer of your own, approve it: `gatekeeper artifact approve`
        writes the list, and `artifact.globals` declares it. If nobody can say why it is there, don't load the file.
    """

    code: ClassVar[str] = "artifact-integrity/unjustified-global"
    passing: ClassVar[Example] = samples.recorded(samples.MODEL)
    failing: ClassVar[Example] = samples.recorded(samples.OWN_CLASS, "a pickle of an object of pricing.steps.Clip")


class RunsCode(Rule):
    """The format can run code by design, and this file can't be shown to be free of it.

    What it checks:
        Whether the file is of a format whose loader executes what the file holds: Keras and HDF5 models with their
        Lambda layers and custom objects.

    Why it matters:
        There is no list of names to hold such a file against: its code is in the file itself.

    What it can't see:
        Whether the code does harm.

    How to fix:
        Export the weights alone, as safetensors or npz, and build the model in the serving code.
    """

    code: ClassVar[str] = "artifact-integrity/runs-code"
    passing: ClassVar[Example] = samples.recorded(samples.MODEL)
    failing: ClassVar[Example] = samples.recorded(samples.KERAS, "a Keras model without layers")


class OddContainer(Rule):
    """The container is not what its own writer makes.

    What it checks:
        Zip members whose two headers disagree, that share a name or bytes, are encrypted, lie outside the folder or
        where none belongs; bytes before, between and after; archives in archives; checksums; sizes and offsets of
        tensors.

    Why it matters:
        Two readers see two files in such a container: the one that was scanned, and the one that is loaded.

    What it can't see:
        Whether it was meant. Files that were repacked by hand are odd too.

    How to fix:
        Save the model again with the library that it belongs to.
    """

    code: ClassVar[str] = "artifact-integrity/odd-container"
    passing: ClassVar[Example] = samples.recorded(samples.NPZ, "an npz with one array")
    failing: ClassVar[Example] = samples.recorded(samples.NPZ + b"more", "the same npz with four more bytes at its end")


class NotFinite(Rule):
    """A tensor holds NaN or infinity.

    What it checks:
        Every number of every tensor, in every float format that is understood. Where libraries write them on purpose
        (an infinite threshold in a tree that splits on missing values, NaN among the categories of an encoder), they
        are let pass; `artifact.nonfinite` names further tensors.

    Why it matters:
        A model with a NaN weight loads, answers 200 OK, and every price it gives is NaN.

    What it can't see:
        Numbers that are wrong and finite, numbers in quantised blocks, and numbers that lie as Python floats among the
        opcodes.

    How to fix:
        Train again and look at the loss: it was NaN too. If the value is meant, name the tensor under
        `artifact.nonfinite`.
    """

    code: ClassVar[str] = "artifact-integrity/not-finite"
    passing: ClassVar[Example] = samples.recorded(samples.NPZ, "an npz with one array")
    failing: ClassVar[Example] = samples.recorded(samples.NPZ_WITH_NAN, "the same with a NaN in it")


class DegenerateWeights(Rule):
    """A tensor is constant, or full of numbers too small for their type.

    What it checks:
        Whether a tensor of at least 64 float numbers, in two dimensions or more, has one value throughout, or more than
        a tenth of denormal numbers.

    Why it matters:
        A layer of zeros was never trained or was pruned away; denormal numbers are a training that died out, and slow
        down many processors.

    What it can't see:
        Whether it was meant. This is a note: it never fails the gate.

    How to fix:
        Ask the person who trained the model about the tensor.
    """

    code: ClassVar[str] = "artifact-integrity/degenerate-weights"
    severity: ClassVar[Severity] = Severity.NOTE
    passing: ClassVar[Example] = samples.recorded(samples.NPZ, "an npz with one array")
    failing: ClassVar[Example] = samples.recorded(samples.NPZ_OF_ZEROS, "an npz with an array of 64 zeros")


class MissingPart(Rule):
    """A file that belongs to the model is not declared.

    What it checks:
        Whether each file that a model file refers to, a shard of an index or the external data of ONNX, is in the same
        folder and is declared under `artifacts`.

    Why it matters:
        Half a model that was checked is a model that was not checked.

    What it can't see:
        Files that the serving code fetches by itself.

    How to fix:
        Add the file to the candidate and to `artifacts`.
    """

    code: ClassVar[str] = "artifact-integrity/missing-part"
    passing: ClassVar[Example] = samples.sharded(declared=True)
    failing: ClassVar[Example] = samples.sharded(declared=False)

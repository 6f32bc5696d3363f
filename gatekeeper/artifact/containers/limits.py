"""The limits of the container readers, beside those of `gatekeeper.artifact.limits` and with the same purpose."""

from __future__ import annotations

MAX_MEMBERS = 20_000
"""Members of one archive, two seconds of reading. torch writes one for each storage, some thousand in the largest
published shards; skops one for each array, ten for a tree of a forest."""

MAX_DIRECTORY = 2**25
"""32 MiB of directory, which is held in memory: more than a kilobyte for each of MAX_MEMBERS."""

MAX_FLAWS = 2_000
"""Flaws of one file. Beyond so many the rest says nothing new."""

MAX_TENSORS = 150_000
"""Tensors of one file, up to half a kilobyte each. The largest published shards have some ten thousand, the index of
all shards of a model ninety thousand."""

MAX_DIMENSIONS = 64
"""Dimensions of one tensor; numpy 2 allows 64, torch and ONNX as many as a list has room for."""

MAX_ELEMENTS = 2**59
"""Elements of one tensor. A product of dimensions beyond it is an overflow, not a tensor."""

MAX_OFFSET = 2**63 - 1
"""The last byte of a file that an operating system can name."""

MAX_HEADER = 2**24
"""16 MiB of JSON before the tensors, a hundred thousand of them. The reader of safetensors takes 100 MB, which takes a
gigabyte when it is parsed."""

MAX_JSON = 2**25
"""32 MiB of JSON in an archive. The schema of a skops file of a forest has a few megabytes."""

MAX_JSON_VALUES = 400_000
"""Braces, brackets and commas in one JSON text: each value has one, and takes up to 250 bytes when it is parsed."""

MAX_METADATA = 1024
"""Characters of one value of metadata that are kept; and MAX_METADATA_ENTRIES of them."""

MAX_METADATA_ENTRIES = 1_000

MAX_FIELDS = 10_000
"""Fields of a structured array. A table has some hundred columns."""

MAX_NPY_HEADER = 2**20
"""1 MiB. numpy itself takes 10,000 bytes, unless it is told that the file is trusted."""

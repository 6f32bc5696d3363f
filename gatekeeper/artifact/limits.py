"""The limits of the reader. Each is far above what trained models need and stops a file made to exhaust the gate."""

from __future__ import annotations

FREE_OPCODES = 2_000_000
"""Opcodes that any file may have: a second of reading."""

MAX_OPCODES_PER_BYTE = 8
"""Opcodes a byte of a file that has more. An uncompressed pickle has less than one, a compressed one up to three."""

MAX_OPCODES = 20_000_000
"""Some ten seconds of reading. A forest of 200 trees has 15 thousand, a vocabulary of a million words 10 million."""

MAX_VALUES = 5_000_000
"""Entries of the memo: that vocabulary needs 4 million. Eight bytes each, beside what they stand for."""

MAX_STACK = 1_000_000
"""Values on the stack. Picklers write lists and dictionaries in batches of a thousand, a tuple at once."""

WHOLE_MEMO = 500_000
"""Entries of the memo that stand for themselves. Later ones are kept where they may be needed: names, arrays."""

MAX_NODES = 750_000
"""Containers, objects and pieces of bytes that a file makes, a hundred bytes each. Ten thousand trees need 400,000."""

MAX_NESTING = 10_000
"""Containers open at once. Picklers recurse, so Python's own recursion limit (1000) bounds what they write."""

SHORT_TEXT = 64
"""Bytes of a string that is always kept: keys, versions and type codes are shorter."""

MAX_TEXT = 1024
"""Bytes of a string that may be kept. Names of modules and classes are shorter; longer text is crossed, not held."""

TEXT_BUDGET = 2**26
"""64 MiB of strings longer than SHORT_TEXT are kept. Should a later one name a global, the file is refused."""

MAX_TUPLE = 16
"""Members of a tuple that is kept. The longest that must be understood, the state of a dtype, has nine."""

MAX_NAMES = 20_000
"""Different globals, and different classes with a version. Large pipelines name some hundred."""

MAX_ATTRIBUTES = 500_000
"""Attributes of all states of a file. Those of ten thousand trees are 350 thousand."""

MAX_ARRAY_BYTES = 2**48
"""256 TiB. A product of dimensions beyond it is an overflow, not an array."""

MAX_INFLATED = 2**36
"""64 GiB out of one compressed file: several minutes of inflating."""

FREE_INFLATED = 2**26
"""64 MiB may come out of any file before the ratio counts: small models of zeros deflate by 1000."""

MAX_RATIO = 200
"""Bytes out for a byte in. Forests and linear models reach 3 to 20; deflate can reach 1032, bzip2 a million."""

LZMA_MEMORY = 2**28
"""256 MiB for the dictionary of xz and lzma. Their highest preset needs 65 MiB; a header may ask for 4 GiB."""

MAX_KEPT = 300_000
"""Members of lists and dictionaries that are kept at one time. A forest of ten thousand trees needs 250 thousand."""

MAX_KEYS = 512
"""Keys of one dictionary that are kept. An estimator's state has some twenty; a state_dict's tensors count apart."""

MAX_LEAVES = 1000
"""Members of one list that are kept: names of features, categories."""

MAX_PATH = 16
"""Levels of a tensor's path that are shown. A deep torch module has ten."""

MAX_TENSORS = 500_000
"""Tensors in one file. The largest published models have some hundred thousand."""

SMALL_ARRAY = 4096
"""Bytes of an array that are kept until its owner is known: classes, categories."""

SMALL_ARRAYS = 2**23
"""8 MiB of such arrays are kept."""

MAX_ARGUMENTS = 120
"""Characters of a call's arguments that are shown."""

"""Makes `float8.json`: which number each of the 256 patterns of bits is, as torch reads it, in every 8-bit format.

Run it from the repository's root where torch is installed (it ran with 2.13.0): python tests/artifact/make_float8.py
"""

from __future__ import annotations

import json
from pathlib import Path

import torch

NAMES = ("float8_e4m3fn", "float8_e4m3fnuz", "float8_e5m2", "float8_e5m2fnuz", "float8_e8m0fnu")


def main() -> None:
    patterns = torch.arange(256, dtype=torch.int16).to(torch.uint8)
    read = {name: patterns.view(getattr(torch, name)).to(torch.float64).tolist() for name in NAMES}
    # JSON has neither NaN nor infinity: numbers are written as Python writes them.
    table = {name: [repr(number) for number in numbers] for name, numbers in read.items()}
    Path(__file__).with_name("float8.json").write_text(json.dumps(table, indent=0) + "\n")


if __name__ == "__main__":
    main()

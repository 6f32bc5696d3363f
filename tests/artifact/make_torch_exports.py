"""Makes the corpus of what torch writes beside `torch.save`: exported programs, TorchScript, and the legacy format.

Run it once in each of these environments, all of Python 3.11 (3.10 for 1.13.1), from the repository's root:

    pip install torch==1.13.1      pip install torch==2.2.0      pip install torch==2.13.0

    python tests/artifact/make_torch_exports.py

torch notes in these files where its own sources lay. Those paths are replaced by as many other characters, and the zip
is packed again as torch packs it: stored, without anything between the members.
"""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path

import torch

CORPUS = Path(__file__).parent / "corpus" / "torch-exports"
PLACES = re.compile(rb"/[\w./-]*(?=/site-packages/)|/[\w./-]*(?=/make_torch_exports)")


class Net(torch.nn.Module):
    """A layer, and a buffer with a number that is none."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = torch.nn.Linear(2, 2)
        self.register_buffer("scale", torch.tensor([1.0, float("nan")]).bfloat16())

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.layer(x) * self.scale.float()


def packed(content: bytes) -> bytes:
    """Return a zip without the paths of the machine that wrote it."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w") as new:
        for member in old.infolist():
            data = old.read(member)
            data = PLACES.sub(lambda found: b"." * len(found[0]), data)
            new.writestr(zipfile.ZipInfo(member.filename), data)
    return out.getvalue()


def main() -> None:
    torch.manual_seed(0)
    version = torch.__version__.partition("+")[0]
    CORPUS.mkdir(parents=True, exist_ok=True)
    legacy = io.BytesIO()
    torch.save(Net().state_dict(), legacy, _use_new_zipfile_serialization=False)
    (CORPUS / f"legacy-{version}.pt").write_bytes(legacy.getvalue())
    script = io.BytesIO()
    torch.jit.save(torch.jit.trace(Net(), torch.zeros(1, 2)), script)
    (CORPUS / f"script-{version}.pt").write_bytes(packed(script.getvalue()))
    if hasattr(torch, "export"):
        exported = io.BytesIO()
        torch.export.save(torch.export.export(Net(), (torch.zeros(1, 2),)), exported)
        (CORPUS / f"export-{version}.pt2").write_bytes(packed(exported.getvalue()))


if __name__ == "__main__":
    main()

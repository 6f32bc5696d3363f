import os
from pathlib import Path


def arrange(folder: Path) -> None:
    with open(os.fsencode(folder) + b"/caf\xe9.pkl", "wb") as stream:
        stream.write(b"x")

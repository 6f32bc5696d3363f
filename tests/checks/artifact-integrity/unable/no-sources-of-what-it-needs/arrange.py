"""Version control keeps no empty folder."""

from pathlib import Path


def arrange(folder: Path) -> None:
    (folder / "wheels").mkdir(exist_ok=True)

from pathlib import Path


def arrange(folder: Path) -> None:
    for each in folder.iterdir():
        each.unlink()

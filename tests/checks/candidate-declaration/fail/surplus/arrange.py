from pathlib import Path


def arrange(folder: Path) -> None:
    (folder / "features.csv").symlink_to("/etc/hostname")
    (folder / "gone.csv").symlink_to("nowhere")

"""Whether a file of the candidate was touched while it was judged.

Each check reads when its turn comes, and what executes the model reads it once more. A digest says what one of them
read; only if nothing was touched from before the run until after it did all of them read the same. A second pass over
the model would cost as much as the first: the file system keeps the time of the last change, which nobody sets.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TypeAlias

from gatekeeper.policy import Declaration, declared_paths

State: TypeAlias = Mapping[str, tuple[int, ...] | None]


def state_of(root: Path, declaration: Declaration) -> State:
    """Return the state of each declared file, and of those below declared folders; None for what is not there."""
    production = declaration.policy.environment.production
    paths = [root / path for _, path in declared_paths(declaration.policy)]
    paths += [Path(production)] if production and production.startswith("/") else []
    paths += [declaration.path] if declaration.path else []
    return {str(each): _state(each) for path in paths for each in _files(path)}


def touched(before: State, after: State) -> tuple[str, ...]:
    """Return the paths whose state is not what it was, sorted."""
    return tuple(sorted(path for path in before.keys() | after.keys() if before.get(path) != after.get(path)))


def _files(path: Path) -> Iterator[Path]:
    if not path.is_dir():
        yield path
        return
    for here, folders, names in os.walk(path):
        # What Python compiles while the code runs is none of the candidate's.
        folders[:] = [name for name in folders if name != "__pycache__"]
        yield from (Path(here, name) for name in names)


def _state(path: Path) -> tuple[int, ...] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)

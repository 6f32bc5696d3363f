"""Where Chromium is, `$GATEKEEPER_CHROMIUM` or on PATH, and what looks at pages: in `$GATEKEEPER_NODE_MODULES`.

Debian has the browser in the package `chromium`; the modules come by
`npm install --prefix FOLDER puppeteer-core@24.43.1 axe-core@4.14.1` and are then in FOLDER/node_modules.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

LOOK = Path(__file__).parent / "look.cjs"


def browser() -> str:
    found = os.environ.get("GATEKEEPER_CHROMIUM") or shutil.which("chromium")
    assert found, "Chromium is not there: apt-get install chromium, or set GATEKEEPER_CHROMIUM"
    return found


def look(pages: Sequence[Path], pictures: Path | None = None) -> dict[str, Any]:
    """Return what Chromium and axe-core say of pages, by their names; write pictures of them into a folder."""
    modules = os.environ.get("GATEKEEPER_NODE_MODULES")
    assert modules, "set GATEKEEPER_NODE_MODULES to the node_modules that has puppeteer-core and axe-core"
    environment = {**os.environ, "NODE_PATH": modules, "GATEKEEPER_CHROMIUM": browser()}
    command = ["node", str(LOOK), str(pictures or "-"), *map(str, pages)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=600)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found

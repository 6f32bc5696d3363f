"""What of README.md is generated: the picture of a run, the table of the checks, and what `--help` says.

`python -m tests.readme`, from the repository's root, writes them; `tests/test_readme.py` compares them.
"""

from __future__ import annotations

import functools
import io
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console
from rich.terminal_theme import MONOKAI
from rich.text import Text

from gatekeeper.model import Check, Needs
from gatekeeper_checks import BUILTIN

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
PICTURE = ROOT / ".github" / "readme" / "incident.svg"
PICTURED = ("run", "examples/incident-4092x", "--check", "artifact-integrity", "--check", "version-pinning")
"""The command of the picture: it executes nothing of the candidate, and says the same at every run."""
COLUMNS = 104


def gatekeeper(*args: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run the real command in the repository's root, with an environment of its own."""
    with tempfile.TemporaryDirectory() as home:
        environment = {"PATH": os.defpath, "LANG": "C.UTF-8", "HOME": home, **variables}
        command = (sys.executable, "-I", "-m", "gatekeeper", *args)
        return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, encoding="utf-8", check=False)


def picture() -> str:
    """Return what a terminal shows of the command, as SVG.

    Raises:
        RuntimeError: the command did not end with 1, so that the picture would be of something else.
    """
    done = gatekeeper(*PICTURED, FORCE_COLOR="1", COLUMNS=str(COLUMNS))
    if done.returncode != 1:
        raise RuntimeError(f"{' '.join(PICTURED)} ended with {done.returncode}: {done.stderr}")
    console = Console(record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True, color_system="truecolor")
    console.print(Text(f"$ gatekeeper {' '.join(PICTURED)}", style="bold"))
    console.print(Text.from_ansi(done.stdout.rstrip()))
    console.print(Text(f"$ echo $?\n{done.returncode}", style="bold"))
    drawn = console.export_svg(title="gatekeeper", theme=MONOKAI, code_format=_form(), unique_id="gatekeeper")
    return "".join(f"{line.rstrip()}\n" for line in drawn.splitlines())


def _form() -> str:
    """Return rich's frame without its fonts, which lie on another host: a picture asks nobody for anything."""
    form, count = re.subn(r"@font-face \{\{.*?\}\}\s*", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL)
    if count != 2 or "url(http" in form:
        raise RuntimeError("rich draws its frame in another way")
    return form.replace("Fira Code, monospace", "ui-monospace, SFMono-Regular, Menlo, Consolas, monospace")


def checks(builtin: Sequence[type[Check]] = BUILTIN) -> Iterator[str]:
    """Yield the lines of the table of the checks."""
    yield "| check | asks whether | rules | executes the candidate |"
    yield "|---|---|---|---|"
    for check in builtin:
        about = check.about
        executes = "in the sandbox" if Needs.EXECUTION in about.needs else "no"
        yield f"| [`{about.id}`](checks/docs/{about.id}.md) | {about.title} | {len(about.rules)} | {executes} |"


def usage(*command: str) -> Iterator[str]:
    """Yield what `--help` says, as a block."""
    done = gatekeeper(*command, "--help", COLUMNS="80")
    yield "```text"
    yield from (line.rstrip() for line in done.stdout.rstrip().splitlines())
    yield "```"


@functools.cache
def blocks() -> Mapping[str, str]:
    """Return the generated blocks by name."""
    made = {"checks": checks(), "help": usage(), "help-run": usage("run")}
    return {name: "\n".join(lines) for name, lines in made.items()}


def filled(text: str) -> str:
    """Return the README with its generated blocks anew.

    Raises:
        ValueError: a block's marks are not there, once each.
    """
    for name, block in blocks().items():
        begin, end = f"<!-- generated: {name} -->\n", f"<!-- end: {name} -->"
        if text.count(begin) != 1 or text.count(end) != 1:
            raise ValueError(f"README.md: the marks of the generated block {name!r} are not there once")
        before, _, rest = text.partition(begin)
        text = f"{before}{begin}{block}\n{end}{rest.partition(end)[2]}"
    return text


if __name__ == "__main__":
    PICTURE.parent.mkdir(parents=True, exist_ok=True)
    PICTURE.write_text(picture(), encoding="utf-8")
    README.write_text(filled(README.read_text(encoding="utf-8")), encoding="utf-8")

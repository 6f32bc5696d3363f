"""Write down what `--help`, `list` and `explain` print: `python -m tests.record`, from the repository's root."""

from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner

from gatekeeper.cli import main
from gatekeeper.recorded import FILE_NAME, SEPARATOR
from gatekeeper.report.own_codes import PAGES
from gatekeeper_checks import BUILTIN

FILE = Path(__file__).parent.parent / "checks" / "gatekeeper_checks" / FILE_NAME


def commands() -> list[list[str]]:
    """Return the command lines whose answers are recorded."""
    subjects = [name for check in BUILTIN for name in (check.about.id, *(rule.code for rule in check.about.rules))]
    return [["--help"], ["list"], *(["explain", subject] for subject in (*subjects, *PAGES))]


def answer(args: list[str]) -> str:
    """Return what the command prints, worked out by the command itself."""
    # 78: what click makes of a terminal of 80 columns, and its runner for tests does not.
    runner = CliRunner(env={"COLUMNS": "80"})
    result = runner.invoke(main, args, prog_name="gatekeeper", catch_exceptions=False, terminal_width=78)
    assert result.exit_code == 0
    return result.stdout


if __name__ == "__main__":
    FILE.write_text("".join(f"{SEPARATOR}{' '.join(args)}\n{answer(args)}" for args in commands()), encoding="utf-8")

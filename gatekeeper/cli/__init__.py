"""The command line: thin click commands, one file each, loaded when they are called.

Exit codes: 0 PASS, 1 FAIL, 2 usage or configuration, 3 UNDECIDED or a defect of the gate itself, 130 interrupted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any, TypeAlias

import click

from gatekeeper import __version__
from gatekeeper.streams import OutputLost

if TYPE_CHECKING:
    from gatekeeper.errors import GatekeeperError

UNDECIDED = 3

MAX_PROBLEMS = 50
"""Errors of a document that are printed. Who has more has given the wrong file."""

_MAX_WIDTH = 500

Table: TypeAlias = Mapping[str, tuple[str, str, str]]
"""Name to (module, attribute, one line of help): `--help` reads it and imports no command."""

_COMMANDS: Table = {
    "run": ("gatekeeper.cli.run", "run", "Judge a release candidate."),
    "inspect": ("gatekeeper.cli.inspect", "inspect", "Say what is in a model file, without loading it."),
    "lint": ("gatekeeper.cli.lint", "lint", "Lint serving code: forward calls with gradients on, kept tensors."),
    "list": ("gatekeeper.cli.list", "list_checks", "List the checks, their profiles and what they need."),
    "explain": ("gatekeeper.cli.explain", "explain", "Explain a check or a finding's code."),
    "init": ("gatekeeper.cli.init", "init", "Write a gatekeeper.yaml for a folder, from what is in it."),
    "env": ("gatekeeper.cli.env", "env", "Hash, compare, measure and lock environments."),
    "baseline": ("gatekeeper.cli.baseline", "baseline", "Describe training data, and tell drift from it."),
    "manifest": ("gatekeeper.cli.manifest", "manifest", "Declare, try and enforce what a model may be fed and answer."),
    "golden": ("gatekeeper.cli.golden", "golden", "Record what a model answers, and ask again: deviation and memory."),
    "artifact": ("gatekeeper.cli.artifact", "artifact", "Record, approve and verify what vouches for a model file."),
    "signoff": ("gatekeeper.cli.signoff", "signoff", "Judge a release as strictly as can be, and sign what came out."),
    "approve": ("gatekeeper.cli.approve", "approve", "Approve a release: a reviewer's signature over its files."),
    "verify": ("gatekeeper.cli.verify", "verify", "Verify a release and a model at deploy, offline."),
    "receipt": ("gatekeeper.cli.receipt", "receipt", "Record that the integration suite passed."),
    "doctor": ("gatekeeper.cli.doctor", "doctor", "Say whether all that a run needs is here, and what to do."),
    "schema": ("gatekeeper.cli.schema", "schema", "Print the JSON Schema of a document."),
    "completion": ("gatekeeper.cli.completion", "completion", "Print the script that completes commands in a shell."),
}


class LazyGroup(click.Group):
    """A group that knows its commands by name and imports one when it is called."""

    def __init__(self, *args: Any, table: Table, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._table = table

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order of the table."""
        del ctx
        return list(self._table)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """Import and return the command, or None."""
        del ctx
        if name not in self._table:
            return None
        module, attribute, _ = self._table[name]
        command: click.Command = getattr(import_module(module), attribute)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command; for an unknown one say which was probably meant."""
        if args and args[0] not in self._table and not args[0].startswith("-"):
            from difflib import get_close_matches

            meant = get_close_matches(args[0], self._table, n=1)
            hint = f"did you mean {meant[0]!r}?" if meant else f"one of: {', '.join(self._table)}"
            ctx.fail(f"no such command {args[0]!r}; {hint}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the table of commands."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, help_) for name, (_, _, help_) in self._table.items()])


@click.group(cls=LazyGroup, table=_COMMANDS, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, message="gatekeeper %(version)s")
def main() -> None:
    """gatekeeper: judge a model release candidate before production does.

    Exit codes: 0 pass, 1 fail, 2 usage or configuration, 3 could not decide.
    """


def run_command_line(args: Sequence[str]) -> int:
    """Run one command and return the exit code. A defect of the gate is never mistaken for a verdict: it is 3.

    Raises:
        OutputLost: standard output takes no more.
        KeyboardInterrupt: SIGINT came while no candidate was being judged.
    """
    try:
        # No shell completion: a variable of the environment would make every command exit 0 without doing its work.
        code = main.main(args=list(args), prog_name="gatekeeper", standalone_mode=False, complete_var="")
    except click.ClickException as error:
        return _show_usage(error)
    except click.Abort as error:  # click's name for SIGINT
        raise KeyboardInterrupt from error
    except OutputLost:
        raise
    except Exception as error:  # noqa: BLE001 - the boundary: Python would exit with 1, "the candidate failed"
        return _report_error(error)
    return code if isinstance(code, int) else 0


def _show_usage(error: click.ClickException) -> int:
    from io import StringIO

    from gatekeeper.report.commands import quiet
    from gatekeeper.report.printable import printable

    shown = StringIO()
    error.show(shown)
    click.echo(quiet(printable(shown.getvalue())), err=True, nl=False)
    return error.exit_code


def _report_error(error: Exception) -> int:
    from errno import ENAMETOOLONG

    from gatekeeper.errors import GatekeeperError, UsageError

    if isinstance(error, OSError) and error.errno == ENAMETOOLONG:
        # Every path has a command line behind it; what there is has a name that the system takes.
        error = UsageError(f"{error.filename}: {error.strerror}", fix="name a file or folder that there is")
    if isinstance(error, GatekeeperError):
        return _explain_error(error)
    import traceback

    from gatekeeper.report.printable import printable

    click.echo(printable("".join(traceback.format_exception(error))), err=True)
    click.echo(
        "gatekeeper: this is a defect of gatekeeper itself, no verdict; please report it (exit code 3).", err=True
    )
    return UNDECIDED


def _explain_error(error: GatekeeperError) -> int:
    from gatekeeper.errors import PolicyError, Problem, Undelivered
    from gatekeeper.report.commands import quiet
    from gatekeeper.report.printable import one_line

    problems = error.problems if isinstance(error, PolicyError) else (error,)
    for each in problems[:MAX_PROBLEMS]:
        where = f"{each.at}: " if each.at else ""
        click.echo(_cut(quiet(one_line(f"{where}{each.what}"))), err=True)
        click.echo(_cut(quiet(one_line(f"  fix: {each.fix}"))), err=True)
    if len(problems) > MAX_PROBLEMS:
        click.echo(f"... and {len(problems) - MAX_PROBLEMS} more", err=True)
    if isinstance(error, PolicyError):
        count = f"{len(problems)} error{'' if len(problems) == 1 else 's'}"
        where = problems[0].at.path if isinstance(problems[0], Problem) else "the policy"
        click.echo(f"gatekeeper: nothing was judged: {count} in {where} (exit code {error.exit_code}).", err=True)
    elif isinstance(error, Undelivered):
        click.echo(f"gatekeeper: the answer did not arrive (exit code {error.exit_code}).", err=True)
    else:
        click.echo(f"gatekeeper: nothing was judged (exit code {error.exit_code}).", err=True)
    return error.exit_code


def _cut(line: str) -> str:
    return line if len(line) <= _MAX_WIDTH else f"{line[:_MAX_WIDTH]}... ({len(line) - _MAX_WIDTH} characters more)"

"""The way in, for the console script and for `python -m gatekeeper`: isolation, the version, then the CLI."""

import sys

from gatekeeper.isolation import isolate
from gatekeeper.streams import OutputLost, guard, lost


def main() -> None:
    """Run the command line and exit with its code."""
    isolate()
    guard()
    try:
        code = _answer(sys.argv[1:])
        sys.stdout.flush()
    except OutputLost as error:
        code = lost(error)
    except KeyboardInterrupt:
        print("gatekeeper: interrupted; there is no verdict.", file=sys.stderr)
        code = 130
    sys.exit(code)


def _answer(args: list[str]) -> int:
    if args == ["--version"]:
        from gatekeeper import __version__

        print(f"gatekeeper {__version__}")
        return 0
    from gatekeeper.recorded import recorded

    answer = recorded(args)
    if answer is not None:
        print(answer, end="")
        return 0
    from gatekeeper.cli import run_command_line

    return run_command_line(args)


if __name__ == "__main__":
    main()

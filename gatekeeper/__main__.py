"""The way in, for the console script and for `python -m gatekeeper`: isolation, the version, then the CLI."""

import sys

from gatekeeper.isolation import isolate


def main() -> None:
    """Run the command line and exit with its code."""
    isolate()
    if sys.argv[1:] == ["--version"]:
        from gatekeeper import __version__

        print(f"gatekeeper {__version__}")
        return
    from gatekeeper.cli import run_command_line

    sys.exit(run_command_line(sys.argv[1:]))


if __name__ == "__main__":
    main()

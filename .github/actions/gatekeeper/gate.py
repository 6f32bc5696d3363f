"""The action's own words to the gate: one run with all reports, and the sign-off of what passed.

It adds no second opinion. The verdict is what the gate's exit code and its JSON report both say; where they do not
agree there is none, and the action's last step fails. Only the standard library is used.
"""
# ruff: noqa: INP001 - a script beside action.yml, of no package

from __future__ import annotations

import json
import os
import secrets
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

REPORTS = {
    "json": "report.json",
    "sarif": "report.sarif",
    "junit": "junit.xml",
    "html": "report.html",
    "markdown": "report.md",
}

_AGREEING = {0: "pass", 1: "fail", 3: "undecided", 130: "incomplete"}
"""What the report says by exit code. A wrong command line or policy (2) leaves no verdict."""

_MAX_REPORT = 256 << 20
"""Bytes. A report is refused rather than read when it is larger."""

_SECRET = ("GATEKEEPER_SIGNING_KEY", "GITHUB_TOKEN", "GH_TOKEN")
_COMMAND_FILES = ("GITHUB_OUTPUT", "GITHUB_ENV", "GITHUB_PATH", "GITHUB_STATE")
"""What is written there speaks for this step, or changes later ones: that is not for who executes a candidate."""


def main(arguments: Sequence[str]) -> int:
    """Run one of the action's two steps and return the exit code of the step."""
    if list(arguments) == ["judge"]:
        return judge()
    if list(arguments) == ["signoff"]:
        return sign_off()
    complain("gate.py is asked for neither judge nor signoff.")
    return 2


def judge() -> int:
    """Judge the candidate; whatever the verdict, the step ends well, so that the reports are uploaded.

    The last step of the action fails for every verdict but a pass, and where this one says nothing.
    """
    wrong = mistake()
    if wrong:
        complain(wrong)
        tell({"exit-code": "2", "verdict": "none", "report": ""})
        return 0
    folder = Path(os.environ["REPORTS"])
    report = folder / REPORTS["json"]
    code = gate(["run", "--no-cache", *asked(), *reports(folder), "--", os.environ["CANDIDATE"]])
    tell({"exit-code": str(code), "verdict": verdict(code, report), "report": str(report) if report.is_file() else ""})
    return 0


def sign_off() -> int:
    """Sign off a candidate that passed, where a key was given; the gate judges it once more, without a cache."""
    if not key_is_given():
        return 0
    if (os.environ["EXIT_CODE"], os.environ["VERDICT"]) != ("0", "pass"):
        sys.stdout.write("There is no sign-off: the candidate did not pass.\n")
        return 0
    folder = Path(os.environ["REPORTS"]) / "signoff"
    options = [each for each in asked() if not each.startswith(("--profile=", "--check="))]
    with key_file() as (key, held):
        code = gate(["signoff", *options, f"--key={key}", f"--output={folder}", "--", os.environ["CANDIDATE"]], held)
    if code != 0:
        complain(f"The sign-off failed with exit code {code}.")
        return code if 0 < code < 256 else 3
    if not any(folder.glob("*.json")):
        complain("The sign-off left nothing behind.")
        return 3
    tell({"folder": str(folder)})
    return 0


def mistake() -> str:
    """Return what is wrong with the inputs, in a sentence, or nothing; the gate itself judges the others."""
    for name in ("CANDIDATE", "PROFILE", "REPORTS"):
        if not os.environ.get(name):
            return f"The input {name.lower()} is empty."
    if key_is_given() and os.environ["PROFILE"] != "release":
        return "A key is given, and only the profile release can be signed off."
    if key_is_given() and os.environ.get("CHECKS", "").strip():
        return "A key is given, and a run of chosen checks can't be signed off."
    return ""


def key_is_given() -> bool:
    """Return whether the candidate is to be signed off."""
    return bool(os.environ.get("SIGNOFF_KEY") or os.environ.get("GATEKEEPER_SIGNING_KEY"))


def asked() -> list[str]:
    """Return the options of a run that the inputs ask for; `--name=value`, so that no value is taken for an option."""
    options = [f"--profile={os.environ['PROFILE']}"]
    options += [f"--{name.lower()}={os.environ[name]}" for name in ("PYTHON", "CONFIG") if os.environ.get(name)]
    return options + [f"--check={each}" for each in os.environ.get("CHECKS", "").replace(",", " ").split()]


def reports(folder: Path) -> list[str]:
    """Return the options for all reports: annotations and summary for GitHub, the others as files."""
    return ["--report=github", *(f"--report={format_}={folder / name}" for format_, name in REPORTS.items())]


def gate(arguments: Sequence[str], held: Sequence[int] = ()) -> int:
    """Run the gate and return its exit code; a negative one is the signal that killed it.

    A job that is cancelled tells this process alone. It is told on, and the gate leaves a report that says INCOMPLETE.
    """
    command = [os.environ["GATE"], "-I", "-m", "gatekeeper", *arguments]
    child = subprocess.Popen(command, env=environment(), pass_fds=held)  # noqa: S603

    def tell_on(number: int, frame: FrameType | None) -> None:
        del frame
        child.send_signal(number)

    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, tell_on)
    return child.wait()


def environment() -> dict[str, str]:
    """Return the variables that the gate gets: those of the step without secrets and the runner's command files."""
    hidden = {*_SECRET, *_COMMAND_FILES}
    return {name: value for name, value in os.environ.items() if name not in hidden and not name.startswith("ACTIONS_")}


def verdict(code: int, report: Path) -> str:
    """Return the verdict that the exit code and the report both say, or `none`."""
    document = read(report)
    expected = _AGREEING.get(code)
    said = document.get("verdict")
    same_code = document.get("exit_code", "") == (None if code == 130 else code)
    return str(said) if expected is not None and said == expected and same_code else "none"


def read(report: Path) -> Mapping[str, object]:
    """Return the JSON report, empty where there is none that can be read."""
    try:
        if report.is_symlink() or report.stat().st_size > _MAX_REPORT:
            return {}
        document = json.loads(report.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    if not isinstance(document, dict) or not str(document.get("schema", "")).startswith("gatekeeper/report@"):
        return {}
    return document


@contextmanager
def key_file() -> Iterator[tuple[str, Sequence[int]]]:
    """Yield the path of the key, and what has to stay open for it.

    A key that came in a variable lies in a file without a name: nobody finds it, and it is gone with the gate.
    """
    if os.environ.get("SIGNOFF_KEY"):
        yield os.environ["SIGNOFF_KEY"], ()
        return
    with tempfile.TemporaryFile(dir=os.environ["RUNNER_TEMP"]) as file:
        file.write(os.environ["GATEKEEPER_SIGNING_KEY"].strip().encode() + b"\n")
        file.flush()
        file.seek(0)
        yield f"/dev/fd/{file.fileno()}", (file.fileno(),)


def tell(outputs: Mapping[str, str]) -> None:
    """Set outputs of the step; each value is delimited by a word that it can't hold, so that none sets another."""
    with Path(os.environ["GITHUB_OUTPUT"]).open("a", encoding="utf-8") as file:
        for name, value in outputs.items():
            end = secrets.token_hex(16)
            file.write(f"{name}<<{end}\n{value}\n{end}\n")


def complain(sentence: str) -> None:
    """Show a sentence as an error of the run."""
    sys.stdout.write(f"::error title=gatekeeper::{sentence}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""A composite action run as GitHub's runner runs it: its own steps, in order, in bash, with the files they write to.

Only the expressions that our action uses are known; any other is an error, never a guess. `uses:` steps can't be run
here: what they were given is recorded, an upload is checked to find something, and setup-python is not expected.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

import yaml

REPOSITORY = Path(__file__).parents[2]
ACTION = REPOSITORY / ".github" / "actions" / "gatekeeper"
VERIFY = REPOSITORY / ".github" / "actions" / "verify"

_EXPRESSION = re.compile(r"\$\{\{\s*(.*?)\s*\}\}", re.DOTALL)
_STATUS = re.compile(r"\b(?:always|success|failure|cancelled)\(\)")
_NAME = re.compile(r"[a-z]+(?:\.[A-Za-z_-]+)+")


Installed: TypeAlias = Mapping[str, Mapping[str, str]]
"""Steps that an earlier job has done, and the outputs of each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What became of a step: `success`, `failure` or `skipped`; what it printed; the values that it set."""

    name: str
    outcome: str
    log: str = ""
    code: int | None = None
    outputs: Mapping[str, str] = field(default_factory=dict)
    given: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What became of the action: the job is red when `outcome` is `failure`."""

    outcome: str
    outputs: Mapping[str, str]
    steps: Mapping[str, Step]
    summary: str
    environment: str
    path: str

    @property
    def log(self) -> str:
        """All that the steps printed."""
        return "".join(step.log for step in self.steps.values())

    @property
    def uploaded(self) -> list[str]:
        """The files that the artifact has."""
        upload = next((each for each in self.steps.values() if "upload-artifact" in each.name), None)
        if upload is None or upload.outcome != "success":
            return []
        root = Path(upload.given["path"])
        return sorted(each.relative_to(root).as_posix() for each in root.rglob("*") if each.is_file())


@dataclass(slots=True, kw_only=True)
class Runner:
    """A runner: a folder for its own files, the workspace, and the variables of the job."""

    folder: Path
    workspace: Path
    variables: Mapping[str, str]
    action: Path = ACTION

    def run(self, inputs: Mapping[str, str], done: Installed | None = None) -> Job:
        """Run the action. `done` are steps that an earlier job has done, by their id, and the outputs of each."""
        definition = definition_of(self.action)
        unknown = inputs.keys() - definition["inputs"].keys()
        assert not unknown, f"the action has no inputs {unknown}"
        given = {name: str(about.get("default", "")) for name, about in definition["inputs"].items()} | dict(inputs)
        self.folder.mkdir(parents=True, exist_ok=True)
        state = _State(inputs=given, steps={})
        for number, step in enumerate(definition["runs"]["steps"]):
            key = step.get("id", f"{number}-{step.get('uses', step.get('name', '')).partition('@')[0]}")
            if done and key in done:
                state.steps[key] = Step(name=key, outcome="success", outputs=done[key])
            else:
                state.steps[key] = self._step(key, step, state)
        return Job(
            outcome="success" if state.is_green() else "failure",
            outputs={name: state.text(about["value"]) for name, about in definition.get("outputs", {}).items()},
            steps=state.steps,
            summary=self._written("GITHUB_STEP_SUMMARY"),
            environment=self._written("GITHUB_ENV"),
            path=self._written("GITHUB_PATH"),
        )

    def _step(self, key: str, step: Mapping[str, Any], state: _State) -> Step:
        condition = str(step.get("if", "success()"))
        if not _STATUS.search(condition):
            condition = f"success() && {condition}"
        if not state.truth(condition):
            return Step(name=key, outcome="skipped")
        if "uses" in step:
            given = {name: state.text(str(value)) for name, value in step.get("with", {}).items()}
            return self._used(step["uses"], given)
        assert step["shell"] == "bash"
        variables = {name: state.text(str(value)) for name, value in step.get("env", {}).items()}
        return self._script(key, step["run"], variables)

    def _used(self, action: str, given: Mapping[str, str]) -> Step:
        assert "upload-artifact" in action, f"{action}: this machine has a Python, and there is nothing else to use"
        found = any(each.is_file() for each in Path(given["path"]).rglob("*"))
        return Step(name=action, outcome="success" if found else "failure", given=given)

    def _script(self, key: str, script: str, variables: Mapping[str, str]) -> Step:
        output = self._file(f"output-{key}")
        file = self._file(f"script-{key}.sh", script)
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(file)],
            env=self.environment() | {"GITHUB_OUTPUT": str(output)} | dict(variables),
            cwd=self.workspace,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="backslashreplace",
            timeout=600,
            check=False,
        )
        outcome = "success" if done.returncode == 0 else "failure"
        return Step(
            name=key, outcome=outcome, log=done.stdout, code=done.returncode, outputs=outputs_of(output.read_text())
        )

    def environment(self) -> dict[str, str]:
        """Return the variables of every step: the runner's, and those of the job."""
        temporary = self.folder / "temporary"
        temporary.mkdir(exist_ok=True)
        files = ("GITHUB_ENV", "GITHUB_PATH", "GITHUB_STEP_SUMMARY", "GITHUB_STATE")
        return {
            "PATH": os.environ["PATH"],
            "LANG": "C.UTF-8",
            "HOME": str(self.folder),
            "CI": "true",
            "GITHUB_ACTIONS": "true",
            "GITHUB_JOB": "gate",
            "GITHUB_WORKSPACE": str(self.workspace),
            "GITHUB_ACTION_PATH": str(self.action),
            "RUNNER_TEMP": str(temporary),
            **{name: str(self._file(name)) for name in files},
            **self.variables,
        }

    def _file(self, name: str, text: str = "") -> Path:
        path = self.folder / name
        if text or not path.exists():
            path.write_text(text)
        return path

    def _written(self, name: str) -> str:
        return self._file(name).read_text()


@dataclass(slots=True, kw_only=True)
class _State:
    """What expressions can ask for: the inputs, and the steps so far."""

    inputs: Mapping[str, str]
    steps: dict[str, Step]

    def is_green(self) -> bool:
        return all(each.outcome != "failure" for each in self.steps.values())

    def text(self, value: str) -> str:
        """Return a value with each `${{ ... }}` replaced."""
        return _EXPRESSION.sub(lambda match: self._term(match[1]), value)

    def truth(self, condition: str) -> bool:
        """Return whether a condition holds; `||` binds less than `&&`, and there are no brackets."""
        return any(all(self._holds(part) for part in some.split("&&")) for some in condition.split("||"))

    def _holds(self, part: str) -> bool:
        part = part.strip()
        if part in {"always()", "success()"}:
            return part == "always()" or self.is_green()
        left, operator, right = re.split(r"\s*(==|!=)\s*", part)
        return (self._term(left) == self._term(right)) == (operator == "==")

    def _term(self, term: str) -> str:
        if re.fullmatch(r"'[^']*'", term):
            return term[1:-1]
        assert _NAME.fullmatch(term), f"an expression that the harness does not know: {term}"
        match term.split("."):
            case ["inputs", name]:
                return self.inputs[name]
            case ["steps", step, "outputs", name]:
                return self.steps[step].outputs.get(name, "") if step in self.steps else ""
            case ["steps", step, "outcome"]:
                return self.steps[step].outcome if step in self.steps else ""
            case _:
                raise AssertionError(f"an expression that the harness does not know: {term}")


def definition_of(action: Path) -> dict[str, Any]:
    """Return an action's definition."""
    definition: dict[str, Any] = yaml.safe_load((action / "action.yml").read_text())
    return definition


def outputs_of(text: str) -> dict[str, str]:
    """Return what a step wrote to GITHUB_OUTPUT: `name=value`, or `name<<WORD`, lines, and WORD."""
    found: dict[str, str] = {}
    lines = iter(text.splitlines())
    for line in lines:
        name, operator, value = re.split(r"(<<|=)", line, maxsplit=1)
        if operator == "=":
            found[name] = value
            continue
        held = []
        for each in lines:
            if each == value:
                break
            held.append(each)
        found[name] = "\n".join(held)
    return found

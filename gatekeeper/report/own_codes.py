"""The codes under which the gate itself tells something, with their pages: no check reports them."""

from __future__ import annotations

from typing import Final

UNDECIDED: Final = "gatekeeper/undecided"
"""That a check, or the whole run, decided nothing."""

WAIVER: Final = "gatekeeper/waiver"
"""That a waiver has no effect, or will soon have none."""

PAGES: Final = {
    UNDECIDED: """\
# gatekeeper/undecided

A check, or the whole run, decided nothing. Severity: the verdict can't be PASS (exit code 3, and 130 where a signal
came).

## What it checks

That each check of the profile looked at all that it had to look at: none was unable, crashed, ran out of time, or
looked at nothing; and that the run came to its end.

## Why it matters

Whoever reads a list of findings takes an empty one for a clean run. Every health check of incident 4092-X was
green; none of them had looked at the model.

## What it can't see

Whether anything is wrong with the candidate: that is what is not known.

## How to fix

Do what stands beside it: name the interpreter (`--python PATH`), give the file that could not be read, allow the
check more time (`checks: {ID: {timeout: SECONDS}}`). `gatekeeper doctor FOLDER` says what the machine lacks. A
check that crashes is a defect: report it to its author. No waiver decides what could not be looked at.
""",
    WAIVER: """\
# gatekeeper/waiver

A waiver has no effect, or will soon have none. Severity: told; what it was meant for blocks as if it were not
there.

## What it checks

That each waiver of the file that the policy names (`waivers: waivers.yaml`) holds today and is used: it has not
expired, has begun, lasts 90 days at most (30 under `--profile release`), may be given under this profile, and is
for a finding that there is and that no waiver before it covers. One that ends within a week is told, too.

## Why it matters

An exception that nobody ends becomes the rule, and one that matches nothing hides the next fault of its kind.

## What it can't see

Whether the reason is a good one, and whether the approver is who the file says.

## How to fix

Mend what was waived and delete the entry; or have it granted anew, with a new date. One that matches nothing is
deleted. `--no-waivers` shows what the candidate is without any.
""",
}
"""Code to its page in Markdown, as `gatekeeper explain` prints it."""

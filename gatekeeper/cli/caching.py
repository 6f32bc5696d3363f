"""Whether answers of earlier runs may be used, and where they lie: what the options and the surroundings say."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import click

from gatekeeper.cache.place import Place
from gatekeeper.cli.delivery import Destination
from gatekeeper.errors import UsageError
from gatekeeper.profiles import Profile
from gatekeeper.report.printable import one_line

_REQUESTS: Final = (
    *("CI_MERGE_REQUEST_IID", "CHANGE_ID", "BITBUCKET_PR_ID", "SYSTEM_PULLREQUEST_PULLREQUESTID"),
    *("CIRCLE_PULL_REQUEST", "DRONE_PULL_REQUEST", "TRAVIS_PULL_REQUEST", "BUILDKITE_PULL_REQUEST"),
)
"""What a CI sets where it runs what somebody proposes: GitLab, Jenkins, Bitbucket, Azure, CircleCI and others."""

_TRUSTED_EVENTS: Final = frozenset({"push", "schedule", "workflow_dispatch", "release", "workflow_call"})
"""Events of GitHub after which what runs stands in the repository already; every other may be somebody's proposal."""

_CIS: Final = ("CI", "TF_BUILD", "JENKINS_URL", "TEAMCITY_VERSION", "CODEBUILD_BUILD_ID", "BUILD_BUILDID")
"""What a CI sets. Azure, Jenkins, TeamCity and CodeBuild do not set `CI`."""


def place_of(
    cache: Path | None, root: Path, profile: Profile, wanted: Sequence[Destination], *, none: bool
) -> Place | None:
    """Return where answers are kept; None where none is used.

    Without `--cache` that is the user's own folder, and none in a CI: what a machine of theirs has answered is not
    known. What has to be signed off is always looked at.

    Args:
        cache: the folder that `--cache` names.
        root: the candidate's folder.
        profile: what is required.
        wanted: where the reports of this run go.
        none: whether `--no-cache` is given.

    Raises:
        UsageError: the folder named is the candidate's own, or not the user's own.
    """
    if none and cache is not None:
        raise UsageError("--cache and --no-cache at once", fix="give one of them")
    if none or profile.strict or (cache is None and any(os.environ.get(name) for name in _CIS)):
        return None
    folder = cache or _own()
    if folder is None:
        return None
    written = tuple(each.path for each in wanted if each.path is not None)
    place = Place(folder=folder.absolute(), tell=_tell, read_only=_is_request(), written=written)
    try:
        return _usable(place, root)
    except UsageError as error:
        if cache is not None:
            raise
        _tell(f"{error.what}; fix: {error.fix}")
        return None


def _usable(place: Place, root: Path) -> Place | None:
    from gatekeeper.cache.entries import opened

    if place.folder.resolve().is_relative_to(root.resolve()):
        what = f"{place.folder} lies in the candidate's folder: a candidate could bring its own answers"
        raise UsageError(what, fix="name a folder elsewhere: --cache DIR, or run without: --no-cache")
    return place if opened(place.folder, read_only=place.read_only) else None


def _own() -> Path | None:
    """Return the user's own folder for answers, if the user has one; XDG says that a relative path does not count."""
    given = Path(os.environ.get("XDG_CACHE_HOME", ""))
    try:
        return (given if given.is_absolute() else Path.home() / ".cache") / "gatekeeper"
    except RuntimeError:
        return None


def _is_request() -> bool:
    named = (os.environ.get(name, "") for name in _REQUESTS)
    event = os.environ.get("GITHUB_EVENT_NAME", "")
    return (event != "" and event not in _TRUSTED_EVENTS) or any(value not in {"", "false"} for value in named)


def _tell(line: str) -> None:
    click.echo(f"gatekeeper: cache: {one_line(line)}", err=True)

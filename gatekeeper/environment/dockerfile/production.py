"""Which stages end up in the image that is shipped: the final one, what it starts from, what it takes files from."""

from __future__ import annotations

from gatekeeper.environment.dockerfile.facts import Dockerfile, Stage
from gatekeeper.environment.quoting import quoted
from gatekeeper.errors import Unreadable


def final_stage(dockerfile: Dockerfile, name: str | None = None) -> Stage:
    """Return the stage that is shipped: the last one, or the one that `docker build --target` names.

    Raises:
        Unreadable: There is no stage of that name.
    """
    if name is None:
        return dockerfile.stages[-1]
    # As in Docker, a later stage of the same name wins, and a number counts from 0.
    for stage in reversed(dockerfile.stages):
        if name.lower() == stage.name or name == str(stage.number):
            return stage
    known = ", ".join(stage.name for stage in dockerfile.stages if stage.name) or "none has a name"
    raise Unreadable(f"has no stage {quoted(name)}", fix=f"name one of its stages: {known}")


def base_chain(dockerfile: Dockerfile, stage: Stage) -> tuple[Stage, ...]:
    """Return the stage, the stage that it starts from, and so on to the one that starts from an image."""
    chain = [stage]
    while chain[-1].base.stage is not None:
        chain.append(dockerfile.stages[chain[-1].base.stage])
    return tuple(chain)


def needed_stages(dockerfile: Dockerfile, stage: Stage) -> tuple[Stage, ...]:
    """Return each stage that BuildKit builds for this one, in the order of the file; it skips all others."""
    needed: set[int] = set()
    waiting = [stage.number]
    while waiting:
        number = waiting.pop()
        if number not in needed:
            needed.add(number)
            origins = (dockerfile.stages[number].base, *dockerfile.stages[number].takes)
            waiting += [each.stage for each in origins if each.stage is not None]
    return tuple(each for each in dockerfile.stages if each.number in needed)

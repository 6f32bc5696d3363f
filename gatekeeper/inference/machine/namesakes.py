"""Which class is meant by a method of something unknown: the one of few that has a method of that name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gatekeeper.inference.machine.objects import is_abstract
from gatekeeper.inference.modules import Project
from gatekeeper.inference.values import Instance

_MAX_NAMESAKES = 8
"""Classes of the tree with a method of one name, up to which a call of it on something unknown is taken to be meant."""
_COMMON_NAMES = frozenset(
    """
    close open read write run start stop send receive put flush connect execute commit fetch save load reset step log
    info debug error warning submit result done cancel wait acquire release set is_set post head delete patch json text
    main name setup size shape parse exists mkdir resize convert train eval fit transform tokenize to
    """.split()
).union(*(dir(kind) for kind in (str, bytes, list, dict, set, int, float)))
"""Names of methods that say nothing of the class."""


def by_method(project: Project) -> Mapping[str, Sequence[Instance]]:
    """Return objects of the classes that have a method, by its name; without the names that many have."""
    found: dict[str, list[Instance]] = {}
    for class_ in project.classes():
        for name, method in class_.methods.items():
            if name not in _COMMON_NAMES and not name.startswith("__") and not is_abstract(method):
                found.setdefault(name, []).append(Instance(class_))
    return {name: several for name, several in found.items() if len(several) <= _MAX_NAMESAKES}

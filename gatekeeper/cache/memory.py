"""The answers of earlier runs: which of them still hold, and which of this run's are kept."""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from gatekeeper import __version__
from gatekeeper.cache import entries, trees
from gatekeeper.cache.entries import Entry
from gatekeeper.cache.place import Place
from gatekeeper.cache.surroundings import Installation, installation, machine, sources, variables
from gatekeeper.cache.traces import Reads, is_folder, signature
from gatekeeper.cache.trees import Tree, Unknowable
from gatekeeper.candidate import Candidate, Digest
from gatekeeper.model import Examined, Needs, Outcome
from gatekeeper.registry import Link


class _Question(msgspec.Struct, frozen=True, kw_only=True):
    """All that an answer may depend on beside what is read."""

    gate: str
    sources: str
    interpreters: tuple[str, ...]
    machine: str
    variables: str
    policy: str
    profile: str
    today: str
    unexamined: tuple[str, ...]
    root: str
    listing: str
    check: str = ""
    contents: str = ""


@dataclass(slots=True)
class _Given:
    """An answer of this run that may be kept."""

    link: Link
    outcome: Examined
    reads: Reads


@dataclass(slots=True, kw_only=True)
class Memory:
    """What is known from earlier runs of one candidate. Made when a run begins: what changes later is noticed."""

    place: Place
    folder: Path
    candidate: Candidate
    packages: tuple[str, ...]
    tree: Tree
    installations: tuple[Installation, ...]
    question: _Question
    written: frozenset[str]
    seen: dict[str, str] = field(default_factory=dict)
    given: list[_Given] = field(default_factory=list)
    vouched: set[str] = field(default_factory=set)
    whole: str = ""

    def keeps(self, link: Link) -> bool:
        """Return whether an answer of this check may be kept at all.

        Code of others may read what it likes, and a program or a server that answers for the candidate lies outside it.
        """
        if not link.provider.builtin or Needs.GPU in link.needs:
            return False
        if Needs.EXECUTION not in link.needs:
            return True
        code = self.candidate.policy.code
        is_inside = code.predictor is None or code.factory is not None
        return is_inside and self.tree.closed and all(each.closed for each in self.installations)

    def recall(self, link: Link) -> tuple[Examined, str] | None:
        """Return the answer of an earlier run and when it was given, if nothing has changed that it depends on."""
        if not self.keeps(link):
            return None
        try:
            entry = entries.read(self.folder, self._key(link))
            if entry is None or any(self._look_at(path) != was for path, was in entry.reads.items()):
                return None
        except Unknowable:
            return None
        except entries.Damaged as error:
            self.place.tell(f"the stored answer of {link.id} is damaged ({error}); the check runs")
            return None
        self._vouch(entry)
        return entry.outcome, entry.at

    def _vouch(self, entry: Entry) -> None:
        """Hand on the digests of what was looked at: the report names the same bytes, and nobody hashes them again."""
        for path, was in entry.reads.items():
            kind, _, digest = was.partition(" ")
            is_own = path.startswith(f"{self.question.root}/") and " " not in digest  # no link leads to it
            if kind != "file" or not is_own or path in self.vouched:
                continue
            self.vouched.add(path)
            found = signature(path)
            if found is not None and found[1]:
                below = path[len(self.question.root) + 1 :]
                self.candidate.vouch(below, Digest(sha256=digest, size=found[1]))

    def keep(self, link: Link, outcome: Outcome, reads: Reads | None) -> None:
        """Take note of an answer; `save` stores it. Only a check that found nothing wrong is believed later."""
        if reads is None or reads.untraceable or self.place.read_only or not self.keeps(link):
            return
        if isinstance(outcome, Examined) and outcome.evidence and not any(f.severity.blocks for f in outcome.findings):
            self.given.append(_Given(link, outcome, reads))

    def save(self) -> None:
        """Store the answers of this run, unless something that they depend on has changed while it went on."""
        try:
            kept = [entry for each in self.given if (entry := self._entry(each)) is not None]
            # Looked at last: what has not changed until now had not changed when its digest was taken.
            if not kept or begun(self.place, self.candidate, self.packages).state() != self.state():
                return
            for entry in kept:
                entries.write(self.folder, entry)
            entries.prune(self.folder)
        except Unknowable:
            return
        except OSError as error:
            self.place.tell(f"{self.folder} can't be written: {error.strerror}; nothing of this run is kept")

    def _entry(self, given: _Given) -> Entry | None:
        """Return what is stored of an answer; None where what was read is no longer what it was, or can't be known."""
        try:
            reads, key = self._settled(given.reads), self._key(given.link)
        except Unknowable:
            return None
        if reads is None:
            return None
        now = datetime.now(UTC).isoformat(timespec="seconds")
        return Entry(key=key, check=given.link.id, at=now, reads=reads, outcome=given.outcome)

    def state(self) -> tuple[str, ...]:
        """Return what must be the same at the end of a run as at its beginning."""
        key = hashlib.sha256(msgspec.json.encode(self.question)).hexdigest()
        return key, self.tree.state, *(each.state for each in self.installations)

    def _settled(self, reads: Reads) -> dict[str, str] | None:
        """Return what was read, as it is now; None where that is not what it was then."""
        settled = {}
        for path, then in reads.paths.items():
            if os.path.realpath(path) in self.written:
                continue
            if any(each.covers(path) for each in self.installations) and not self._is_candidates(path):
                continue
            if then is not None and is_folder(then) and self._is_candidates(path):
                continue
            before = signature(path)
            settled[path] = self._look_at(path) if self._is_candidates(path) else trees.look_at(path)
            if not then == before == signature(path):
                return None
        return settled

    def _is_candidates(self, path: str) -> bool:
        """Return whether a path is in the candidate, so that its state is part of the tree's."""
        return os.path.realpath(path).startswith(f"{self.question.root}/")

    def _key(self, link: Link) -> str:
        """Return the digest of the whole question that a check answers.

        Raises:
            Unknowable: part of it can't be found out.
        """
        options = (link.id, sorted(link.codes), str(link.needs), link.timeout, link.memory, repr(link.make()))
        contents = self._contents() if Needs.EXECUTION in link.needs else ""
        question = msgspec.structs.replace(self.question, check=repr(options), contents=contents)
        return hashlib.sha256(msgspec.json.encode(question)).hexdigest()

    def _contents(self) -> str:
        if not self.whole:
            self.whole = trees.contents(self.tree, self.written, self._look_at)
        return self.whole

    def _look_at(self, path: str) -> str:
        if path not in self.seen:
            self.seen[path] = trees.look_at(path)
        return self.seen[path]


def remembered(place: Place, candidate: Candidate, modules: Sequence[str]) -> Memory | None:
    """Return the memory of a candidate; None where nothing can be known.

    Args:
        place: where the answers are.
        candidate: as it is judged.
        modules: names of the modules of the built-in checks.
    """
    if candidate.profile.strict:
        return None
    packages = {os.path.dirname(os.path.dirname(os.path.abspath(__file__)))}  # noqa: PTH100, PTH120
    for name in modules:
        file = sys.modules[name.partition(".")[0]].__file__
        packages |= {os.path.dirname(os.path.abspath(file))} if file else set()  # noqa: PTH100, PTH120
    try:
        return begun(place, candidate, tuple(sorted(packages)))
    except Unknowable:
        return None


def begun(place: Place, candidate: Candidate, packages: tuple[str, ...]) -> Memory:
    """Return the memory of a candidate, as everything is now.

    Raises:
        Unknowable: part of what an answer depends on can't be found out.
    """
    root = os.path.realpath(candidate.root)
    tree = trees.look(root)
    states: dict[tuple[str, frozenset[str]], str] = {}
    installations: tuple[Installation, ...] = (installation(sys.executable, root, sys.path, states),)
    executor = str(candidate.executor or "")
    if executor and executor != sys.executable:
        installations += (installation(executor, root, known=states),)
    declaration = candidate.declaration
    production = declaration.policy.environment.production or ""
    policy = (
        str(declaration.path and declaration.path.name),
        declaration.data.hex(),
        msgspec.json.encode(declaration.policy).decode(),
        repr(sorted(declaration.marks.items())),
        repr(signature(production)) if production.startswith("/") else "",
    )
    question = _Question(
        gate=__version__,
        # What is installed is part of the interpreter's state.
        sources=sources(
            [each for each in packages if not any(known.covers(f"{each}/a.py") for known in installations)]
        ),
        interpreters=(str(candidate.python), executor, *(each.state for each in installations)),
        machine=machine(),
        variables=variables(),
        policy=hashlib.sha256(repr(policy).encode()).hexdigest(),
        profile=repr(candidate.profile),
        today=candidate.today.isoformat(),
        unexamined=candidate.unexamined,
        root=root,
        listing=tree.listing,
    )
    return Memory(
        place=place,
        folder=place.folder,
        candidate=candidate,
        packages=packages,
        tree=tree,
        installations=installations,
        question=question,
        written=frozenset(os.path.realpath(each) for each in place.written),
    )

"""A page read by a parser that accepts nothing crooked: what is in it, and where it leads."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = {"meta", "br", "hr", "link", "img", "input"}


@dataclass(frozen=True)
class Element:
    """An element with its attributes, the elements around it, and all text inside it."""

    name: str
    attributes: dict[str, str]
    around: tuple[str, ...]
    texts: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return " ".join("".join(self.texts).split())


class Page(HTMLParser):
    """All elements of a page, in their order."""

    def __init__(self, source: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[Element] = []
        self.declarations: list[str] = []
        self._open: list[Element] = []
        self.feed(source)
        self.close()
        assert self._open == [], f"never closed: {self._open[-1].name}"

    def handle_decl(self, decl: str) -> None:
        self.declarations.append(decl)

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"a comment: {data!r}")

    def handle_pi(self, data: str) -> None:
        raise AssertionError(f"a processing instruction: {data!r}")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names)), f"an attribute twice: {tag} {names}"
        around = tuple(each.name for each in self._open)
        element = Element(tag, {name: value or "" for name, value in attrs}, around)
        self.elements.append(element)
        if tag not in VOID:
            self._open.append(element)

    def handle_endtag(self, tag: str) -> None:
        assert self._open, f"closed and never opened: {tag}"
        assert self._open[-1].name == tag, f"{self._open[-1].name} closed by {tag}"
        self._open.pop()

    def handle_data(self, data: str) -> None:
        for each in self._open:
            each.texts.append(data)

    def all(self, name: str, **attributes: str) -> list[Element]:
        """Return the elements of a name; `class_` is one of its classes."""
        kind = attributes.pop("class_", None)
        return [
            each
            for each in self.elements
            if each.name == name
            and (kind is None or kind in each.attributes.get("class", "").split())
            and all(each.attributes.get(key) == value for key, value in attributes.items())
        ]

    def by_id(self, name: str) -> Element:
        [found] = [each for each in self.elements if each.attributes.get("id") == name]
        return found

    @property
    def text(self) -> str:
        return self.all("body")[0].text

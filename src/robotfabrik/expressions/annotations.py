"""Type annotations of a definition (`date`, `färre | lika | fler`, `list of text`, `procapita.person?`)."""

from __future__ import annotations

from collections.abc import Mapping

from robotfabrik.model.source import Located
from robotfabrik.model.types import SCALARS, Type, enumeration

_PLAIN = (*SCALARS, "any", "list", "table", "record")


class UnknownType(ValueError):
    """A type that nothing is called."""

    def __init__(self, name: str, known: tuple[str, ...]) -> None:
        super().__init__(f"there is no type '{name}'")
        self.name, self.known = name, known


def parse_type(annotation: Located | str, known: Mapping[str, Type]) -> Type:
    """The type that a text names; ValueError with what is wrong.

    `known` holds the names of screens, records and rule outputs.
    A trailing `?` says that none is possible; of an enumeration it stands after the last text. What a list
    holds may stand in parentheses: `list of (a | b)?` is a list or none, `list of (a | b?)` may hold none.
    """
    text = (annotation if isinstance(annotation, str) else annotation.text).strip()
    if text.endswith("?"):
        return parse_type(text[:-1], known).or_none()
    head, _, element = text.partition(" of ")
    if head in ("list", "table") and element.strip():
        return Type(head, of=parse_type(_without_parentheses(element.strip()), known))
    if "|" in text:
        before, opened, rest = text.partition("(")
        if opened and text.endswith(")") and "|" in rest and ")" not in rest.partition("|")[0]:
            raise UnknownType(before.strip(), ("list of", "table of"))
        values = [value.strip() for value in text.split("|")]
        if not all(values) or len(set(values)) < len(values):
            raise ValueError(
                "an enumeration is different texts with | between them, such as färre | lika | fler"
            )
        return enumeration(*values)
    if text in known:
        return known[text]
    if text in _PLAIN:
        return Type(text)
    if not text:
        raise ValueError("a type is missing")
    if " " in text and text.partition(" ")[0] in ("list", "table"):
        raise UnknownType(" ".join(text.split()[:2]), ("list of", "table of"))
    raise UnknownType(text, (*_PLAIN, *known))


def _without_parentheses(text: str) -> str:
    return text[1:-1].strip() if text.startswith("(") and text.endswith(")") else text

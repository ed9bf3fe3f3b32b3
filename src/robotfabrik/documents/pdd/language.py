"""The documents' own words, in Swedish and English. What the PDD says itself stays as it is written."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from robotfabrik.documents.pdd.model import Language

LANGUAGES: tuple[Language, ...] = ("sv", "en")


@cache
def table() -> Mapping[str, tuple[str, ...]]:
    """Every key with its words, in the order of LANGUAGES."""
    sections = tomllib.loads(_file("words.toml"))
    return {key: tuple(words) for section in sections.values() for key, words in section.items()}


@cache
def sentences() -> Mapping[str, tuple[tuple[str, ...], ...]]:
    """Activity → its sentences, each in the order of LANGUAGES."""
    found = tomllib.loads(_file("sentences.toml"))
    return {name: tuple(tuple(both) for both in several) for name, several in found.items()}


def _file(name: str) -> str:
    return (Path(__file__).parent / name).read_text(encoding="utf-8")


class Words:
    """The words of one language."""

    def __init__(self, language: Language) -> None:
        self.language: Language = language
        at = LANGUAGES.index(language)
        self._words = {key: words[at] for key, words in table().items()}
        self.sentences = {name: tuple(both[at] for both in several) for name, several in sentences().items()}

    def __call__(self, key: str, /, **values: object) -> str:
        """The words of a key, with the values in its gaps. A key that is not there is a mistake of ours."""
        text = self._words[key]
        return text.format(**values) if values else text

    def get(self, key: str, otherwise: str = "") -> str:
        """The words of a key that may be missing."""
        return self._words.get(key, otherwise)

    def quoted(self, text: str) -> str:
        """The text in quotation marks."""
        opened, closed = self("quotes").split()
        return f"{opened}{text}{closed}"

    def listed(self, parts: list[str], last: str = "and") -> str:
        """a, b och c."""
        return f" {self(last)} ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)

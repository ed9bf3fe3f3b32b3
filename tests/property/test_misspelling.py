"""With any one key, name or cell misspelt, `robotfabrik check` says so, at the right place.

Every token of the shipped robot is misspelt in turn: two letters swapped, one dropped, one doubled.
Then there is an error *at* it whose suggestion (or list of what is known) holds the right spelling, and few
others; where it is a definition that is used once, a warning, since its use may be the slip as well.

What may be misspelt without an error is listed in FREE, each with its reason. It is text that belongs to
people or to the application; no program knows it better.
"""

from __future__ import annotations

import os
import random
import re
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path

import pytest

from robotfabrik.cli import check
from robotfabrik.model.errors import Diagnostic
from robotfabrik.parsing import nodes
from robotfabrik.parsing.diagnostics import in_order
from robotfabrik.parsing.nodes import ListNode, MapNode, Node, ScalarNode

PROJECT = Path(__file__).parents[2]
ROBOT = ("pdd/folkbokforing.yaml", "bots/folkbokforing.yaml")
FILES = (*ROBOT, "pdd/objects/procapita.yaml", "schedule.yaml")
EVERY_PDD = tuple(f"pdd/{file.name}" for file in sorted((PROJECT / "pdd").glob("*.yaml")))

FREE = {
    # what people read
    "name": "a name for people",
    "version": "the authors' own numbering",
    "document.**": "the document's contents (its keys are checked)",
    "data_protection.**": "the same",
    "**.description": "for people",
    "exceptions.*.name": "for people",
    "exceptions.*.action": "for people",
    "rules.*.name": "for people",
    "**.steps.-.name": "a step's name, for people",
    "process.**.name": "the same",
    "**.verify.-.name": "the same",
    "**.do.-.name": "the same",
    "dispatch.**.name": "the same",
    "outage.**.name": "the same",
    "retract.**.name": "the same",
    "triggers.-.name": "a name for people",
    "tests.-.name": "a test's name, for people",
    "texts.*.rubrik": "wording (its expressions are checked)",
    "texts.*.text.**": "wording (its expressions are checked)",
    "**.return": "a reason, for people",
    # what belongs to the application: its own labels, headers and values
    "titles.*": "what people call a screen",
    "screens.**.label": "the application's own text",
    "screens.**.name": "the application's own text",
    "screens.**.text": "the application's own text",
    "screens.**.text_matches": "the application's own text",
    "screens.**.header": "the application's own text",
    "screens.**.columns.*": "a column's header: the application's own text",
    "**.item": "an entry of the application's list",
    "**.with.*": "a text given to a text input (the application's own, or wording)",
    # values
    "config.*.value": "a value, read as its type",
    "config.*.source": "for people",
    "dataset": "any data set",
    "applications.*.url": "any address",
    "applications.*.credential": "any credential of the machine",
    # examples: `robotfabrik test` compares them with what comes out
    "tests.-.given.**": "data (its keys are checked)",
    "tests.-.expect.text": "data",
    "tests.-.expect.rubrik": "data",
    "tests.-.expect.contains.**": "data",
    "tests.-.expect.once.**": "data (its keys are checked)",
    "tests.-.expect.items.-": "data: `robotfabrik test` compares it",
}
CHECKED = ("**.with.screen", "tests.-.given.koder.-")
"""Paths that are FREE as others are, but whose type is an enumeration here."""

FREE_CELLS = {
    "Namnbyte": "an event that no row of the rule knows, on purpose",
    "Inflyttning från annan kommun": "the same",
    "none": "the outcome of no row: `robotfabrik test` compares it",
}

"""Paths of values (`*` one key, `-` a list's item, `**` any) that no checker can know."""

FREE_KEYS = {
    "report.columns": "a column's heading, for people (where a list or `per` names one, that is checked)",
    "screens.kir.not_found": "nothing names it: it says `means: none`",
    "screens.search.hits.columns": "nothing uses this column: any name would do",
}
"""Where keys are names that nothing else must know."""

FREE_WORDS = {
    "screens.case.status.as.Avslutat": "a word of the application that nothing else names",
    "screens.kir.status.as.Utvandrad": "the same",
    "workflows.tell_left.steps.-.assign.shown.Ärende": "a column of a report that each PDD makes its own",
}
"""Single words of values and expressions that no checker can know."""

QUESTIONS = (
    "when", "if", "while", "until", "where", "for_each", "for_each_row", "partial", "condition", "lock",
    "check_true", "findings",
)  # fmt: skip
LISTS_OF_QUESTIONS = ("key", "reference")
MAPS_OF_QUESTIONS = ("assign", "collect", "columns")
_WORD = re.compile(r"(?<!\w)[^\W\d]\w*")
_TEXT = re.compile(r"'[^']*'")
_CODE = re.compile("'(ANDRING|FARRE|FLER|ANNAN|N_OKANT|går inte|lägenhet)'")
_EXPRESSION = re.compile(r"\$\{\{(.*?)\}\}", re.DOTALL)
LANGUAGE = {"and", "or", "not", "in", "is", "if", "else", "for", "none", "true", "false"}


@dataclass(frozen=True)
class Token:
    """A word at a place of a file, with the path of the value it stands in."""

    path: str
    word: str
    line: int
    column: int
    kind: str

    def __str__(self) -> str:
        return f"{self.line}:{self.column} {self.word!r} ({self.kind} {self.path})"


def tree(path: Path) -> Node:
    source = nodes.load(path, lambda _: None)
    assert source is not None
    found = nodes.read(source, lambda _: None)
    assert found is not None
    return found


def tokens(node: Node, path: tuple[str, ...] = ()) -> Iterator[Token]:
    """Every key, and every word of a value that is not FREE."""
    if isinstance(node, MapNode):
        for entry in node.entries:
            yield from _key(entry.key, path)
            yield from tokens(entry.value, (*path, entry.key.text))
    elif isinstance(node, ListNode):
        for item in node.items:
            yield from tokens(item, (*path, "-"))
    else:
        yield from _words(node, path)


def _key(key: ScalarNode, path: tuple[str, ...]) -> Iterator[Token]:
    line, column = key.located.locate(0)
    yield Token(".".join(path), key.text, line, column, "key")


def _words(node: ScalarNode, path: tuple[str, ...]) -> Iterator[Token]:
    where = ".".join(path)

    def at(offset: int, word: str, kind: str) -> Token:
        return Token(where, word, *node.located.locate(offset), kind)

    if _is_expression(path):
        yield from (at(o, w, "expression") for o, w in _names(node.text, 0))
        if where != "report.findings":  # `default(koder, [])` may be a list of anything
            yield from (at(found.start(1), found[1], "code") for found in _CODE.finditer(node.text))
    elif "${{" in node.text:
        for found in _EXPRESSION.finditer(node.text):
            yield from (at(o, w, "expression") for o, w in _names(found[1], found.start(1)))
    elif path[-1:] in (("table",), ("examples",)) and node.style == "literal":
        header = node.text.index("\n")
        kinds = ((0, header, "header"), (header, len(node.text), "cell"))
        for start, stop, kind in kinds:
            if kind == "header" or not is_free(where):
                for found in re.finditer(r"[^|\n,'\[\]]+", node.text[start:stop]):
                    word = found[0].strip()
                    offset = start + found.start() + found[0].index(word or found[0])
                    if re.search(r"[^\W\d]", word) and not (kind == "cell" and word in FREE_CELLS):
                        yield at(offset, word, kind)
    elif not is_free(where):
        yield from (at(found.start(), found[0], "value") for found in _WORD.finditer(node.text))


def _is_expression(path: tuple[str, ...]) -> bool:
    last, before = (*path[-1:], "")[0], (*path[-2:-1], "")[0]
    return (
        (path[0] not in ("document", "data_protection", "tests") and last in QUESTIONS)
        or (last == "-" and before in LISTS_OF_QUESTIONS)
        or (
            before in MAPS_OF_QUESTIONS
            and path[0] in ("process", "dispatch", "finish", "workflows", "report")
        )
    )


def _names(text: str, offset: int) -> Iterator[tuple[int, str]]:
    """Names and words of an expression; its texts are compared with data that nobody knows here."""
    blanked = _TEXT.sub(lambda found: " " * len(found[0]), text)
    return ((offset + found.start(), found[0]) for found in _WORD.finditer(blanked))


def is_free(path: str) -> bool:
    def like(patterns: Iterable[str]) -> bool:
        return any(_matches(path.split("."), pattern.split(".")) for pattern in patterns)

    return like(FREE) and not like(CHECKED)


def _matches(path: list[str], pattern: list[str]) -> bool:
    if not pattern:
        return not path
    if pattern[0] == "**":
        return any(_matches(path[at:], pattern[1:]) for at in range(len(path) + 1))
    return bool(path) and fnmatchcase(path[0], pattern[0]) and _matches(path[1:], pattern[1:])


def misspellings(word: str) -> list[str]:
    """One edit away."""
    letters = [at for at, char in enumerate(word) if char.isalpha()]
    found = [word[:at] + word[at] + word[at:] for at in letters]
    found += [word[:at] + word[at + 1 :] for at in letters if len(word) > 2]
    found += [
        word[:at] + word[at + 1] + word[at] + word[at + 2 :]
        for at in letters
        if at + 1 in letters and word[at] != word[at + 1]
    ]
    return [other for other in dict.fromkeys(found) if other != word]


def diagnose(project: Path, file: str) -> list[Diagnostic]:
    """What is said of the robot alone; of what robots share, when all of them are looked at."""
    files = ROBOT if file in ROBOT else (*FILES, *EVERY_PDD)
    return in_order(check.diagnose([project / file for file in files]).diagnostics)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the shipped definitions."""
    folder = tmp_path_factory.mktemp("project")
    for name in ("pdd", "bots"):
        shutil.copytree(PROJECT / name, folder / name)
    shutil.copy(PROJECT / "schedule.yaml", folder)
    return folder


@cache
def chosen(file: str) -> list[Token]:
    """The tokens to misspell, each once (a YAML alias is where it was written)."""
    found = {(token.line, token.column): token for token in tokens(tree(PROJECT / file))}
    wanted = [token for token in found.values() if _may_be_misspelt(token)]
    most = SAMPLE if file in ROBOT else SHARED_SAMPLE
    if os.environ.get("ROBOTFABRIK_MISSPELL") == "all" or len(wanted) <= most:
        return wanted
    return random.Random(file).sample(wanted, most)


SAMPLE, SHARED_SAMPLE = 40, 8
"""So many of each file, and of those for which all PDDs are read each time. ROBOTFABRIK_MISSPELL=all takes
every one (some minutes)."""


def _may_be_misspelt(token: Token) -> bool:
    if token.kind == "expression" and token.word in LANGUAGE:
        return False  # `not` for `note` is another expression, not a misspelt name
    if token.kind == "key" and {token.path, f"{token.path}.{token.word}"} & FREE_KEYS.keys():
        return False
    if token.kind in ("value", "expression") and f"{token.path}.{token.word}" in FREE_WORDS:
        return False
    return bool(misspellings(token.word))


CASES = [
    pytest.param(file, token, id=f"{Path(file).name}:{token}") for file in FILES for token in chosen(file)
]


def test_the_shipped_definitions_are_right(project: Path) -> None:
    assert diagnose(project, "schedule.yaml") == []


@pytest.mark.parametrize(("file", "token"), CASES)
def test_a_misspelt_word_is_found(project: Path, file: str, token: Token) -> None:
    path = project / file
    text = path.read_text(encoding="utf-8")
    wrong = random.Random(str(token)).choice([w for w in misspellings(token.word) if w not in LANGUAGE])
    lines = text.split("\n")
    line, at = lines[token.line - 1], token.column - 1
    assert line.startswith(token.word, at), "the token is not where the tree says"
    lines[token.line - 1] = line[:at] + wrong + line[at + len(token.word) :]
    try:
        path.write_text("\n".join(lines), encoding="utf-8")
        found = diagnose(project, file)
    finally:
        path.write_text(text, encoding="utf-8")
    assert any(d.severity == "error" for d in found), f"nothing is said of {wrong!r}"
    here = [d for d in found if d.span.source.path.endswith(file) and d.span.line == token.line]
    at_it = [d for d in here if d.span.column <= token.column < d.span.column + d.span.length]
    right = [d for d in at_it if token.word in (d.suggestion or "")]
    # used once under the right name, or handed over to a PDD: the error is told there, and names both words
    errors = [(d, f"{d.message} {d.suggestion}") for d in found if d.severity == "error"]
    names = [f"'{token.word}'"] if token.path == "report.findings" else [f"'{wrong}'", f"'{token.word}'"]
    right += [d for d, told in errors if all(name in told for name in names)]
    assert right, "\n".join(f"{d.span} {d.message} ({d.suggestion})" for d in found[:5])
    assert len(found) <= 6, "one slip, many errors"
    unused = [d for d in at_it if d.rule == "definition" or d.rule.startswith("unused")]
    assert len(unused) <= 1, "a misspelt definition is told twice"

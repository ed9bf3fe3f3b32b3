"""Expressions in plain words; what cannot be said plainly stays code."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from robotfabrik.documents.pdd import language
from robotfabrik.documents.pdd.language import LANGUAGES, Words, sentences, table
from robotfabrik.documents.pdd.model import plain
from robotfabrik.documents.pdd.wording import Wording
from robotfabrik.expressions import parse_expression, parse_value
from robotfabrik.model.source import inline
from tests.support.documents import BARE, process_of

CONDITIONS = [
    ("status == 'Öppet'", "status är ”Öppet”", "status is “Öppet”"),
    ("n != 3", "n inte är 3", "n is not 3"),
    ("n <= 3", "n är högst 3", "n is at most 3"),
    ("0 < n <= 3", "0 är mindre än n och n är högst 3", "0 is less than n and n is at most 3"),
    ("kir is none", "kir saknas", "kir is missing"),
    ("not kir is none", "kir finns", "kir is there"),
    ("not på_adressen", "på adressen är falskt", "på adressen is false"),
    ("len(funna) > 0", "funna inte är tom", "funna is not empty"),
    ("len(funna) == 0", "funna är tom", "funna is empty"),
    ("len(funna) == 2", "antalet i funna är 2", "the number in funna is 2"),
    ("a and (b or c)", "a är sant och (b är sant eller c är sant)", "a is true and (b is true or c is true)"),
    ("x in ['a', 'b']", "x är ”a” eller ”b”", "x is “a” or “b”"),
    ("'A' in koder", "”A” finns i koder", "“A” is in koder"),
    (
        "any(m.ok for m in alla)",
        "det för någon m i alla gäller att ok för m är sant",
        "for some m in alla it is so that ok of m is true",
    ),
    ("job.date > senast", "dagens datum är efter senast", "today’s date is after senast"),
    ("item.belopp >= config.gräns", "belopp för ärendet är minst inställningen gräns",
     "belopp of the item is at least the setting gräns"),
    ("starts_with(t, 'A')", "t börjar med ”A”", "t begins with “A”"),
    ("not contains(t, 'A')", "det inte gäller att t innehåller ”A”", "it is not so that t contains “A”"),
]  # fmt: skip
VALUES = [
    ("antal - len(medlemmar)", "antal − antalet i medlemmar"),
    ("add_months(job.date, -3)", "3 månader före dagens datum"),
    ("[k for k in alla if k.status == 'Avliden']", "alla k i alla där status för k är ”Avliden”"),
    ("[r.namn for r in rader]", "namn för r för varje r i rader"),
    ("max(job.date, senast)", "det senaste av dagens datum och senast"),
    ("a if b else c", "om b är sant: a; annars: c"),
    ("x is none", "ja om x saknas, annars nej"),
    ("item.reference", "ärendets referens"),
    ("none", "inget värde"),
    ("members[0].role", "role för första posten i members"),
]
CODE = ["a * (b + c)", "replace(a, 'b', 'c')", "[[x] for x in [y for y in z]]", "a[3]", "not (a and b)"]


def wording(folder: Path, spoken: str = "sv") -> Wording:
    return Wording(Words(spoken), process_of(folder, BARE))  # type: ignore[arg-type]


def parsed(text: str) -> object:
    problems: list[object] = []
    found = parse_expression(inline(text), problems.append)
    assert problems == []
    return found


@pytest.mark.parametrize(("text", "swedish", "english"), CONDITIONS)
def test_conditions_in_words(text: str, swedish: str, english: str, tmp_path: Path) -> None:
    assert plain(wording(tmp_path).condition(parsed(text))) == swedish
    assert plain(wording(tmp_path, "en").condition(parsed(text))) == english


@pytest.mark.parametrize(("text", "swedish"), VALUES)
def test_values_in_words(text: str, swedish: str, tmp_path: Path) -> None:
    assert plain(wording(tmp_path).expression(parsed(text))) == swedish


@pytest.mark.parametrize("text", CODE)
def test_what_has_no_plain_words_stays_code(text: str, tmp_path: Path) -> None:
    (part,) = wording(tmp_path).expression(parsed(text))
    assert (part.text, part.style) == (text, "code")


def test_a_long_expression_stays_code(tmp_path: Path) -> None:
    text = " and ".join(f"a{n} == 'x'" for n in range(30))
    assert wording(tmp_path).condition(parsed(text))[0].style == "code"


def test_the_gaps_of_a_text_are_named_without_their_filters(tmp_path: Path) -> None:
    value = parse_value(inline("Beloppet är ${{ belopp | kr }} den ${{ job.date }}, ${{ a + b }}."), print)
    said = plain(wording(tmp_path).sentence(value))
    assert said == "Beloppet är ‹belopp› den ‹dagens datum›, ‹a + b›."


def test_both_languages_have_every_word_and_the_same_gaps() -> None:
    every = [*table().items(), *((name, both) for name, several in sentences().items() for both in several)]
    for key, words in every:
        assert len(words) == len(LANGUAGES), key
        gaps = [{piece.partition("}")[0] for piece in text.split("{")[1:]} for text in words]
        assert gaps[0] == gaps[1], key


def test_no_word_is_defined_twice() -> None:
    text = (Path(language.__file__).parent / "words.toml").read_text(encoding="utf-8")
    keys = [key for section in tomllib.loads(text).values() for key in section]
    assert len(keys) == len(set(keys))

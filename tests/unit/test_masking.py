"""No private value and nothing personal by its form gets through the masker."""

from __future__ import annotations

import time
import unicodedata
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from robotfabrik.model.masking import MASK, Masker, mask_patterns
from robotfabrik.model.values import Record, Secret

WORDS = st.text(
    st.characters(categories=("Lu", "Ll", "Nd"), include_characters=" -'.åäöÅÄÖéü"), min_size=3, max_size=25
).filter(lambda text: sum(c.isalnum() for c in text.strip()) >= 3)
CASES = st.sampled_from([str, str.lower, str.upper, str.title, str.casefold])
FORMS = st.sampled_from(["NFC", "NFD"])


def holds(text: str, value: str) -> bool:
    def plain(part: str) -> str:
        return unicodedata.normalize("NFC", part).casefold()

    return plain(value.strip()) in plain(text)


@settings(deadline=None)
@given(st.lists(WORDS, min_size=1, max_size=5), CASES, FORMS, st.text(max_size=30), st.text(max_size=30))
def test_no_added_value_survives(values: list[str], case: object, form: str, before: str, after: str) -> None:
    masker = Masker()
    masker.add(values)
    for value in values:
        shown = unicodedata.normalize(form, case(value))  # type: ignore[operator]
        masked = masker.mask(f"{before} {shown} {after}")
        # Only what is written in `before` and `after` by chance could still spell it, and that is masked too.
        assert not holds(masked, value) or holds(MASK, value)


@settings(deadline=None)
@given(st.from_regex(r"(19|20)\d{2}(0[1-9]|1[0-2])(0[1-9]|[12]\d|6[1-9]|[78]\d)\d{4}", fullmatch=True))
def test_identity_numbers_are_masked_in_every_form(number: str) -> None:
    for shown in (number, f"{number[:8]}-{number[8:]}", number[2:], f"{number[2:8]}-{number[8:]}",
                  f"{number[2:8]}+{number[8:]}", f"{number[:8]} {number[8:]}"):  # fmt: skip
        masked = mask_patterns(f"Person {shown}: klar")
        assert number[-4:] not in masked.replace(MASK, "")
        assert masked == f"Person {MASK}: klar"


@pytest.mark.parametrize(
    "text",
    [
        "19880209T050",
        "880209-T050",
        "anna.svensson@example.se",
        "+46 70 123 45 67",
        "070-123 45 67",
        "0701234567",
        "08-123 456 78",
        "046-12 34 56",
        "8327-9, 123 456 789-0",
        "SE45 5000 0000 0583 9825 7466",
        "1234-5678",
        "12 34 56-7",
        "0046701234567",
    ],
)
def test_patterns(text: str) -> None:
    assert mask_patterns(f"se {text} där") == f"se {MASK} där"


@pytest.mark.parametrize(
    "text",
    [
        "2022-11-01",
        "2022-11-01 14:05:33",
        "step 12 took 3.25 ms",
        "1 234 kr",
        "12 500,50 kr",
        "process.3.then.1",
        "ärende 4711",
        "/journal/new",
        "BR2.1",
        "400 checked, 40 noted",
        "2022-11",
        "version 1.0.3",
        "127.0.0.1:8000",
        "Vad? Ingenting.",
        "20221101-folkbokforing-a1b2c3",
        "row 3 of 50",
    ],
)
def test_what_is_not_personal_stays(text: str) -> None:
    assert mask_patterns(text) == text


def test_query_strings_are_masked() -> None:
    assert mask_patterns("GET http://x/sok?pnr=1&namn=Anna HTTP") == f"GET http://x/sok{MASK} HTTP"


def test_values_of_all_kinds() -> None:
    masker = Masker()
    masker.add(
        Record(
            name="Åsa Öberg-Ek", born=date(1980, 1, 2), rent=7512, child=Record(name="Bo"), none=None, on=True
        )
    )
    masker.add([Secret("hemligt!"), ("Storgatan 12 A",)])
    masked = masker.mask("ÅSA och Öberg, öberg-ek: 1980-01-02, 7 512 kr, hemligt!, storgatan; Bo; True")
    assert masked == f"{MASK} och {MASK}, {MASK}-ek: {MASK}, {MASK} kr, {MASK}, {MASK}; Bo; True"


def test_numbers_with_other_separators() -> None:
    masker = Masker()
    masker.add("19800102-2386")
    masker.add("8105 123456")
    for text in ("198001022386", "19800102 2386", "800102-2386", "8105123456", "8105-123 456"):
        assert masker.mask(text) == MASK, text


def test_a_files_name_is_masked_as_a_whole() -> None:
    masker = Masker()
    for name in ("file.bin", "Anna Svensson.pdf", "x"):
        masker.add_name(name)
    line = "m.s.file: the file is not called as expected; FILE.BIN, runs/1/files/file.bin, the bin"
    masked = f"m.s.file: the file is not called as expected; {MASK}, runs/1/files/{MASK}, the bin"
    assert masker.mask(line) == masked
    assert masker.mask("Anna Svensson.pdf, anna svensson (2).pdf") == f"{MASK}, {MASK} (2).pdf"


def test_what_stands_in_an_id_is_no_value() -> None:
    masker = Masker({"app.journal", "app.journal.save"})
    masker.add(["journal", "save it"])
    line = "app.journal.save: the Journal; app.journal. x.journal.other"
    assert masker.mask(line) == f"app.journal.save: the {MASK}; app.journal. x.{MASK}.other"
    assert masker.mask("app.journal.save it") == f"app.journal.{MASK}"


def test_overlapping_values_leave_no_rest() -> None:
    masker = Masker()
    masker.add(["abcde", "cdefg"])
    assert masker.mask("x abcdefg x") == f"x {MASK} x"


def test_long_texts_are_masked_by_sentence_not_by_word() -> None:
    masker = Masker()
    masker.add("Hushållet saknar hyreskontrakt. Kontakta den sökande om detta snarast.")
    assert masker.mask("den sökande och detta") == "den sökande och detta"
    assert masker.mask("fel: Kontakta den sökande om detta snarast.") == f"fel: {MASK}"


def test_it_stays_fast_with_many_values() -> None:
    masker = Masker()
    for number in range(20_000):
        masker.add(f"Förnamn{number} Efternamn{number}")
    line = "worker 1: item finished in 0.31 s with outcome successful; 12 steps, 3 screens read " * 2
    started = time.process_time()
    for _ in range(200):
        masker.mask(line)
    assert (time.process_time() - started) / 200 < 0.005  # 0.1 ms measured; generous for a busy machine

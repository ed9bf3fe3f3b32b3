"""What messages show of the names on a page: the word that was meant, and nobody's name."""

from __future__ import annotations

import pytest

from robotfabrik.model.masking import Masker
from robotfabrik.sessions.candidates import namesakes, nearest, without_names


def plain(text: str) -> str:
    return text


@pytest.mark.parametrize(
    ("wanted", "kind", "names", "shown"),
    [
        ("Spara", "button", ["SPARA", "Avbryt"], ["SPARA"]),
        ("Förnamn", "label", ["Efternamn", "Förnamn (alla)"], ["Förnamn (alla)", "Efternamn"]),
        ("New Case", "button", ["Create New Case"], ["… New Case"]),
        ("Öppna", "button", ["Öppna Anna Svensson"], ["Öppna …"]),
        ("Öppna", "button", ["Öppna 19900101-2384"], ["Öppna …"]),
        ("Visa", "link", ["visa anna svensson", "Mer"], ["visa …"]),
        ("Inga träfar", "text", ["Inga träffar", "Hon har flyttat"], ["Inga träffar"]),
        ("Totalt", "text", ["Totalt 12 rader"], ["Totalt …"]),
        ("Rad", "text", ["Radio Olga", "Olga"], []),
        ("Spara", "button", [], []),
    ],
)  # fmt: skip
def test_what_comes_nearest(wanted: str, kind: str, names: list[str], shown: list[str]) -> None:
    assert nearest(wanted, kind, names, plain) == shown


def test_who_is_looked_for_is_not_answered_with_others() -> None:
    masker = Masker()
    masker.add("Eva Andersson")
    for kind in ("link", "option", "text", "row"):
        assert nearest("Eva Andersson", kind, ["Ewa Anderson"], masker.mask) == []


def test_the_same_name_on_other_kinds() -> None:
    names = [("link", "ny"), ("tab", "Ny"), ("tab", "Nya"), ("link", "Ny")]
    assert namesakes("Ny", names) == ["link", "tab"]


def test_names_are_left_out() -> None:
    assert without_names("Vill du ta bort Anna Svensson?") == "Vill du ta bort …?"
    assert without_names("Spara ett Beslut", keep="beslut") == "Spara ett Beslut"

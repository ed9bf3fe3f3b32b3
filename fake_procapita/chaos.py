"""Faults on purpose, for trying a robot. Deterministic: they come by counting, never by chance."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

PROFILES = {
    "slow": "every page takes 300 ms longer",
    "error500": "1 in 40 pages answers 500, Ett fel har uppstått",
    "lost-session": "the session is lost every 60 requests",
    "locked": "every 15th case is locked by Eva Lind the first time it is visited",
    "kir-down": "every 20th person in KIR gives no answer the first time",
    "ssbtek-down": "for every 10th person one of SSBTEK's parties does not answer the first time",
    "late-save": "every 7th save is stored, and answered, only after --chaos-delay seconds",
    "save-then-error": "every 5th save is stored but answers 500",
    "error-before-save": "every 5th save answers 500 and stores nothing",
    "renamed-button": "buttons have other names: Ny journalanteckning is called Ny anteckning",
    "renamed-label": "fields have other labels: Rubrik of a new note is called Ärendemening",
    "moved-button": "Spara and Avbryt of forms stand above the fields",
    "duplicate-row": "every 30th row of Aktiva ärenden and of lists whose rows can be opened is shown twice",
    "extra-dialog": "every 25th page opens a dialog Driftmeddelande, closed by OK",
}
ALL = "all"
BUTTONS = {
    "Ny journalanteckning": "Ny anteckning",
    "Ny anvisning": "Lägg till anvisning",
    "Ny beräkning": "Lägg till beräkning",
    "Ny bevakning": "Lägg till bevakning",
    "Ny kommunicering": "Nytt utskick",
    "Nytt förslag": "Lägg till förslag",
    "Lägg till dokument": "Nytt dokument",
    "Hämta uppgifter": "Fråga SSBTEK",
    "Avsluta": "Avsluta ärendet",
    "Skapa": "Ny utbetalning",
    "Ny": "Ny ansökan",
    "Lägg till post": "Ny post",
    "Lägg till uppgift": "Ny uppgift",
    "Nytt stickprov": "Lägg till stickprov",
    "Ta bort": "Radera",
}
LABELS = {
    "Rubrik": "Ärendemening",
    "Personidentitet": "Personnummer",
    "Kontaktuppgift": "Telefon eller e-post",
    "Slutdatum": "Avslutas den",
    "Motivering": "Skäl för beslutet",
    "Titel": "Benämning",
    "Text": "Meddelandetext",
    "Ansökt": "Sökt belopp",
    "Berörd månad": "Avser månad",
    "Ansökningsnummer": "E-tjänstens nummer",
}
#: with all profiles together each fault comes so many times more seldom
THINNED = 3
SLOW_SECONDS = 0.3
LOCK_HOLDER = "Eva Lind"


@dataclass(frozen=True)
class SaveFaults:
    """What will happen to one save."""

    delay: float = 0
    error_before: bool = False
    error_after: bool = False


@dataclass
class Chaos:
    """The chosen profiles and their counters; `seed` shifts which one of every n is hit."""

    profiles: frozenset[str] = frozenset()
    seed: int = 0
    delay: float = 20
    _counts: Counter[str] = field(default_factory=Counter)
    _visits: Counter[str] = field(default_factory=Counter)
    _asked: set[int] = field(default_factory=set)
    _questions: Counter[str] = field(default_factory=Counter)

    def page_delay(self) -> float:
        return SLOW_SECONDS if "slow" in self.profiles else 0

    def page_fails(self) -> bool:
        return self._every("error500", 40)

    def loses_session(self) -> bool:
        return self._every("lost-session", 60)

    def opens_dialog(self) -> bool:
        return self._every("extra-dialog", 25)

    def button(self, text: str) -> str:
        """What the button is called this time."""
        return BUTTONS[text] if text in BUTTONS and self._renames("renamed-button") else text

    def label(self, text: str) -> str:
        """What the field is called this time."""
        return LABELS[text] if text in LABELS and self._renames("renamed-label") else text

    def moves_buttons(self) -> bool:
        return "moved-button" in self.profiles

    def shows_twice(self, number: str) -> bool:
        return "duplicate-row" in self.profiles and self._chosen(_digits(number[-5:]), 30)

    def next_save(self) -> SaveFaults:
        return SaveFaults(
            delay=self.delay if self._every("late-save", 7) else 0,
            error_before=self._every("error-before-save", 5),
            error_after=self._every("save-then-error", 5),
        )

    def visit_case(self, case_number: str) -> None:
        """Someone has come to the case from elsewhere."""
        self._visits[case_number] += 1

    def lock_holder(self, case_number: str) -> str | None:
        """Who pretends to hold the case while it is visited."""
        if "locked" not in self.profiles or not self._chosen(_digits(case_number), 15):
            return None
        return LOCK_HOLDER if self._visits[case_number] == 1 else None

    def register_is_silent(self, row: int) -> bool:
        """Whether KIR gives no answer about the person in this row, this time."""
        if "kir-down" not in self.profiles or not self._chosen(row, 20) or row in self._asked:
            return False
        self._asked.add(row)
        return True

    def silent_party(self, person_id: str, parties: Sequence[str]) -> str:
        """Which party gives no answer about the person, this time; empty for none."""
        number = _digits(person_id)
        if "ssbtek-down" not in self.profiles or not self._chosen(number, 10):
            return ""
        self._questions[person_id] += 1
        return parties[number // 10 % len(parties)] if self._questions[person_id] == 1 else ""

    def _renames(self, profile: str) -> bool:
        """Always when the profile was chosen; with all together now and then, so that trying again helps."""
        return self._every(profile, THINNED if self._together else 1)

    def _every(self, profile: str, n: int) -> bool:
        if profile not in self.profiles:
            return False
        self._counts[profile] += 1
        return self._chosen(self._counts[profile], n * THINNED if self._together else n)

    @property
    def _together(self) -> bool:
        return len(self.profiles) == len(PROFILES)

    def _chosen(self, number: int, n: int) -> bool:
        return (number + self.seed) % n == 0


def _digits(text: str) -> int:
    return int("".join(c for c in text if c.isdigit()) or 0)

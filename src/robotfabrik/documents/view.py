"""What a report shows, before it is a workbook or a page: sections of rows, in the words of caseworkers.

Both forms are drawn from this one view, so they cannot say different things. Tone: a finding is something
to look at, never a suspicion; a row says which case, what was found and what to do next.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final, Literal, Protocol

from robotfabrik.expressions.functions import månad
from robotfabrik.expressions.text import plain
from robotfabrik.model.process import ExceptionType, Process
from robotfabrik.model.result import NUMBER, ItemResult, Summary
from robotfabrik.model.values import UNKNOWN, Credential, Month, Period, Secret
from robotfabrik.model.work import Job
from robotfabrik.runs.terminal import duration

Kind = Literal["clear", "noted", "listed", "held", "failed", "unhandled"]
Cell = str | int | float | Decimal | date | None

REFERENCE: Final = "Referens"
OUTCOME: Final = "Utfall"
TO_DO: Final = "Att göra"
RULE: Final = "Regel"
SOURCES: Final = "Källor"
TECHNICAL: Final = "Teknisk uppgift"
SOURCE: Final = "Källa"
VALUE: Final = "Värde"
EVENT: Final = "Händelsedatum"
SEEN: Final = "Avläst"
FINDING: Final = (SOURCE, VALUE, EVENT, SEEN, RULE)
OURS: Final = (REFERENCE, OUTCOME, TO_DO, RULE, SOURCES, TECHNICAL)

NEXT_RUN: Final = "Kontrollera ärendet själv om det ska handläggas i dag. Annars tar nästa körning det."
NO_RUN: Final = "Kontrollera ärendet själv. Det stod kvar från en tidigare körning och ingick inte i den här."

WHOLE: Final = "Alla ärenden"
COUNTS: Final = "Fördelning"
MANUAL: Final = "Manuell lista"

_ORDER: Final[Mapping[Kind, int]] = {
    "noted": 0,
    "listed": 1,
    "held": 2,
    "failed": 3,
    "unhandled": 4,
    "clear": 5,
}


class Results(Protocol):
    """What a job gave (engine.performer.Outcome)."""

    @property
    def status(self) -> str: ...
    @property
    def reason(self) -> str: ...
    @property
    def summary(self) -> Summary: ...
    @property
    def items(self) -> Sequence[ItemResult]: ...
    @property
    def unhandled(self) -> Sequence[str]: ...
    @property
    def left(self) -> Sequence[str]: ...
    @property
    def told(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Row:
    kind: Kind
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """A table of the report. `notes` stand for what is counted but not shown."""

    id: str
    kind: Literal["figures", "table", "counts", "whole", "person", "list", "manual"]
    title: str
    headings: tuple[str, ...]
    rows: tuple[Row, ...]
    notes: tuple[str, ...] = ()

    @property
    def cases(self) -> int:
        """A case may have several rows, and a count stands for several cases."""
        if self.kind == "counts":
            return sum(int(str(row.cells[-1])) for row in self.rows)
        if REFERENCE not in self.headings:
            return len(self.rows)
        at = self.headings.index(REFERENCE)
        return len({row.cells[at] for row in self.rows})


@dataclass(frozen=True, slots=True)
class View:
    """A whole report."""

    robot: str
    version: str
    date: date
    period: str
    mode: str
    rehearsal: bool
    job: str
    notices: tuple[str, ...]  # what must be known before anything else is read
    figures: tuple[tuple[str, str, str], ...]  # name, value, what it means
    follow_up: tuple[str, ...]
    notes: tuple[str, ...]
    tables: tuple[Section, ...]
    counts: tuple[Section, ...]
    whole: Section
    persons: tuple[Section, ...]
    lists: tuple[Section, ...]
    per: str | None

    @property
    def sections(self) -> tuple[Section, ...]:
        """All of them in the workbook's order."""
        first = (*self.figure_tables, *self.counts)
        return (*first, self.whole, *self.persons, *self.lists, *self.other_tables)

    @property
    def figure_tables(self) -> tuple[Section, ...]:
        """What the PDD shows of the whole job, without its cases: first in the report."""
        return tuple(section for section in self.tables if section.kind == "figures")

    @property
    def other_tables(self) -> tuple[Section, ...]:
        """The others may be long: behind what is to be done."""
        return tuple(section for section in self.tables if section.kind == "table")


def make_view(job: Job, process: Process, outcome: Results) -> View:
    """The report of a job."""
    rehearsal = job.mode == "rehearsal"
    shown = sorted((item for item in outcome.items if item.details), key=lambda item: natural(item.reference))
    hidden = [item for item in outcome.items if not item.details]
    taking_back = job.space.process.endswith("/retract")
    lines = [_Line(item, process, rehearsal, taking_back) for item in shown]
    waiting = [
        *((reference, NEXT_RUN) for reference in sorted(outcome.unhandled, key=natural)),
        *((reference, NO_RUN) for reference in sorted(outcome.left, key=natural)),
    ]
    return View(
        robot=process.name,
        version=process.version,
        date=job.date,
        period=_period(job.period),
        mode="Provkörning" if rehearsal else "Skarp körning",
        rehearsal=rehearsal,
        job=job.id,
        notices=tuple(_notices(outcome, rehearsal, taking_back=taking_back)),
        figures=tuple(_figures(outcome.summary, rehearsal, taking_back)),
        follow_up=tuple(str(step) for step in process.document.get("follow_up") or ()),
        notes=tuple(_counted(hidden)),
        tables=tuple(_tables(outcome.summary)),
        counts=tuple(_counts(process, outcome.summary)),
        whole=_whole(lines, process, hidden),
        persons=tuple(_persons(lines, process)),
        lists=tuple(_lists(lines, hidden, process, outcome.summary, waiting)),
        per=process.report.per,
    )


# --- rows


_NOTHING: Final[Mapping[str, Cell]] = {}


class _Line:
    """An item with its words: every column that a section may ask for, by heading."""

    __slots__ = ("_cells", "item", "kind")

    def __init__(self, item: ItemResult, process: Process, rehearsal: bool, taking_back: bool) -> None:
        known = process.exceptions.get(item.exception or "")
        notes = _notes(item, process)
        self.item = item
        self.kind = kind_of(item)
        self._cells: dict[str, Cell] = {name: cell(value) for name, value in item.columns.items()}
        self._cells |= {
            REFERENCE: item.reference,
            OUTCOME: outcome_text(item, taking_back, notes=notes),
            TO_DO: to_do(item, known, rehearsal, taking_back, notes=notes),
            RULE: ", ".join(item.rules),
            SOURCES: ", ".join(f"{source} {day}" for source, day in item.readings),
            TECHNICAL: item.reason if item.reason != item.exception_name and not item.checked else "",
        }

    def row(self, headings: Iterable[str], finding: Mapping[str, Cell] = _NOTHING) -> Row:
        return Row(self.kind, tuple(finding.get(name, self._cells.get(name)) for name in headings))

    def findings(self, headings: Sequence[str]) -> Iterable[Row]:
        """A row for each finding; without any, one that says why the case is here and when it was read."""
        if not self.item.findings:
            why = f"{self.item.exception or ''} {self.item.exception_name}".strip()
            yield self.row(headings, {SEEN: self._seen(""), RULE: why})
        for one in self.item.findings:
            yield self.row(headings, {
                SOURCE: one["source"], VALUE: cell(one["value"]), EVENT: _day(one["date"]),
                SEEN: self._seen(one["source"]), RULE: one["rule"],
            })  # fmt: skip

    def _seen(self, source: str) -> Cell:
        """When a source was read; where the screens have other names, when the case was."""
        days = dict(self.item.readings)
        day = days.get(source, max(days.values(), default=None))
        return None if day is None else date.fromisoformat(day)

    def cell(self, heading: str) -> Cell:
        return self._cells.get(heading)


def _day(value: Any) -> Cell:
    """The store keeps days as text."""
    return date.fromisoformat(value) if isinstance(value, str) else value


def kind_of(item: ItemResult) -> Kind:
    """Which of the outcomes that people tell apart."""
    if item.status == "failed" or item.status == "held":
        return item.status
    if not item.checked:
        return "listed"
    return "noted" if item.noted else "clear"


def _notes(item: ItemResult, process: Process) -> bool:
    """Is something to be read in the journal? Else what was done is a payment or the like."""
    effects = {e.id: e for application in process.applications.values() for e in application.effects.values()}
    known = [effects[one.effect] for one in item.effects if one.effect in effects]
    return not known or any(effect.writes == "note" for effect in known)


def outcome_text(item: ItemResult, taking_back: bool, *, notes: bool = True) -> str:
    """The outcome, as the report says it."""
    what = "Rättelse" if taking_back else "Anteckning"
    match kind_of(item):
        case "failed":
            return "Fel"
        case "held":
            return "Osäker – kontrolleras av en person"
        case "listed":
            return f"Till handläggare: {item.exception_name or item.exception}"
        case "noted":
            outcomes = {effect.outcome for effect in item.effects}
            if not notes:
                if "written" in outcomes:
                    return "Utfört"
                return "Skulle ha utförts" if "rehearsed" in outcomes else "Var redan utfört"
            if "written" in outcomes:
                return f"{what} skriven"
            return f"{what} skulle ha skrivits" if "rehearsed" in outcomes else f"{what} fanns redan"
        case _:
            return (
                item.exception_name
                if item.status == "business" and item.exception_name
                else "Ingen avvikelse"
            )


def to_do(
    item: ItemResult, known: ExceptionType | None, rehearsal: bool, taking_back: bool, *, notes: bool = True
) -> str:
    """What the caseworker does next."""
    match kind_of(item):
        case "failed":
            return "Kontrollera ärendet själv. Roboten kunde inte läsa klart på grund av ett tekniskt fel."
        case "held":
            return (
                "Se efter i ärendet om det som roboten skrev finns, och meddela systemförvaltaren. "
                "Roboten skriver inget mer i ärendet förrän någon har svarat."
            )
        case "listed":
            return (
                known.action
                if known and known.action
                else "Kontrollera ärendet själv. Roboten har lämnat det."
            )
        case "noted" if not notes:
            return "Bedöm om det stämmer. Inget är gjort i ärendet." if rehearsal else ""
        case "noted" if rehearsal:
            return "Läs texten och bedöm om den stämmer. Inget är skrivet i ärendet."
        case "noted" if taking_back:
            return "Läs rättelsen i journalen och bedöm om något har gjorts utifrån det som inte gäller."
        case "noted":
            action = known.action if known else ""
            return action or "Läs anteckningen i journalen och kontrollera ärendet utifrån den."
        case _:
            return known.action if known else ""


def cell(value: Any) -> Cell:
    """A value as a report shows it: numbers and dates stay what they are, identifiers stay text."""
    if value is None or isinstance(value, str | date):
        return value
    if isinstance(value, bool):
        return "ja" if value else "nej"
    if isinstance(value, int | float | Decimal):
        return value
    if isinstance(value, Mapping):
        return ", ".join(f"{name}: {text(part)}" for name, part in value.items())
    if isinstance(value, list | tuple | set | frozenset):
        return ", ".join(text(part) for part in value)
    if value is UNKNOWN:
        return "svar saknas"
    if isinstance(value, Period):
        return f"{value.first}–{value.last}"
    if isinstance(value, timedelta):
        return duration(value.total_seconds())
    if isinstance(value, Secret | Credential):
        return "***"
    return str(value)


def text(value: Any) -> str:
    """A value as text, in Swedish form."""
    shown = cell(value)
    if shown is None:
        return ""
    if isinstance(shown, datetime):
        return shown.strftime("%Y-%m-%d %H:%M")
    if isinstance(shown, float):
        shown = Decimal(str(shown))
    return plain(shown) if isinstance(shown, int | Decimal) else str(shown)


# --- sections


def _counts(process: Process, summary: Summary) -> Iterable[Section]:
    """How many of each combination of the columns that the PDD counts."""
    names = process.report.counts
    if names:
        rows = tuple(
            Row("clear", (*(cell(row[name]) for name in names), row[NUMBER])) for row in summary.counts
        )
        yield Section("antal", "counts", COUNTS, (*names, "Antal"), rows)


def _tables(summary: Summary) -> Iterable[Section]:
    """What the PDD shows of the whole job."""
    for number, (title, table) in enumerate(summary.tables.items(), 1):
        headings = tuple(dict.fromkeys(name for row in table.rows for name in row)) or (title,)
        rows = tuple(Row("clear", tuple(cell(row.get(name)) for name in headings)) for row in table.rows)
        kind: Literal["figures", "table"] = "figures" if table.figures_only else "table"
        yield Section(f"tabell-{number}", kind, title, headings, rows)


def _whole(lines: Sequence[_Line], process: Process, hidden: Sequence[ItemResult]) -> Section:
    headings = (REFERENCE, OUTCOME, RULE, SOURCES, *_columns(process))
    return Section("alla", "whole", WHOLE, headings, _rows(lines, headings), tuple(_counted(hidden)))


def _persons(lines: Sequence[_Line], process: Process) -> Iterable[Section]:
    """A section for each value of the `per` column. A failure without one stands on the manual list."""
    per = process.report.per
    if per is None:
        return
    found: dict[str, list[_Line]] = {}
    for line in lines:
        name = text(line.cell(per))
        if line.kind != "clear" and (name or line.kind in ("noted", "listed")):
            found.setdefault(name, []).append(line)
    for number, name in enumerate(sorted(found, key=lambda name: (not name, swedish(name))), 1):
        title = name or f"Utan {per.lower()}"
        yield _person(f"person-{number}", title, found[name], process)


def make_own(process: Process, items: Iterable[ItemResult], person: str) -> Section | None:
    """What one person gets of a robot's items: the own cases that are to be looked at, and how to go on."""
    per = process.report.per
    lines = [_Line(item, process, False, False) for item in items if item.details]
    own = [line for line in lines if line.kind != "clear" and per and text(line.cell(per)) == person]
    steps = process.document.get("follow_up") or ()
    notes = tuple(f"{number}. {step}" for number, step in enumerate(steps, 1))
    return replace(_person("egna", process.name, own, process), notes=notes) if own else None


def _person(id: str, title: str, lines: Sequence[_Line], process: Process) -> Section:
    """A row for each finding, where the robot tells them one by one."""
    report = process.report
    last = (RULE, SOURCES) if report.findings is None else FINDING
    columns = [name for name in _columns(process) if name != report.per]
    headings = (REFERENCE, OUTCOME, TO_DO, *columns, *last)
    ordered = _by_kind(lines)
    rows = (
        _rows(ordered, headings)
        if report.findings is None
        else tuple(row for line in ordered for row in line.findings(headings))
    )
    return Section(id, "person", title, headings, rows)


def _lists(
    lines: Sequence[_Line],
    hidden: Sequence[ItemResult],
    process: Process,
    summary: Summary,
    waiting: Sequence[tuple[str, str]],
) -> Iterable[Section]:
    """A section for each list, declared ones first; last what the robot could not finish."""
    per = (process.report.per,) if process.report.per else ()
    used = dict.fromkeys(item.list for item in (*(line.item for line in lines), *hidden) if item.list)
    names = list(dict.fromkeys([*process.report.lists, *sorted(used, key=swedish)]))
    for number, name in enumerate((name for name in names if name.casefold() != MANUAL.casefold()), 1):
        headings = process.report.lists.get(name) or (REFERENCE, OUTCOME, TO_DO, *per)
        yield Section(
            f"lista-{number}", "list", f"Lista: {name}", headings,
            _rows([line for line in lines if line.item.list == name], headings),
            tuple(_counted([item for item in hidden if item.list == name])),
        )  # fmt: skip

    own = next((name for name in names if name.casefold() == MANUAL.casefold()), None)
    mine = [x for x in lines if x.kind in ("held", "failed") or (own is not None and x.item.list == own)]
    extra = [name for name in process.report.lists.get(own or "", ()) if name not in (*OURS, *per)]
    headings = (REFERENCE, OUTCOME, TO_DO, *per, *extra, TECHNICAL)
    rows = (*_rows(_by_kind(mine), headings), *(_unhandled(*one, headings) for one in waiting))
    notes = [*_counted([item for item in hidden if own is not None and item.list == own])]
    if earlier := summary.held - sum(item.status == "held" for item in (*(x.item for x in lines), *hidden)):
        notes.append(
            f"{_cases(earlier)} från tidigare körningar väntar på att en person svarar "
            "om det som roboten skrev finns."
        )
    if rows or notes:
        yield Section("manuell", "manual", MANUAL, headings, rows, tuple(notes))


def _columns(process: Process) -> list[str]:
    """The PDD's columns; where one has a name of ours, ours says the same in words."""
    return [name for name in process.report.columns if name not in OURS]


def _rows(lines: Iterable[_Line], headings: Sequence[str]) -> tuple[Row, ...]:
    return tuple(line.row(headings) for line in lines)


def _by_kind(lines: Iterable[_Line]) -> list[_Line]:
    return sorted(lines, key=lambda line: _ORDER[line.kind])


def _unhandled(reference: str, to_do: str, headings: Sequence[str]) -> Row:
    cells: dict[str, Cell] = {REFERENCE: reference, OUTCOME: "Inte kontrollerat", TO_DO: to_do}
    return Row("unhandled", tuple(cells.get(heading) for heading in headings))


def _counted(hidden: Sequence[ItemResult]) -> Iterable[str]:
    """Cases whose details a report must not show: how many, and where those who may see them find them."""
    counts = Counter(item.exception_name or item.exception or "" for item in hidden)
    for name, number in sorted(counts.items()):
        where = "Det visas" if number == 1 else "De visas"
        yield f"{_cases(number)} med {name[:1].lower()}{name[1:]}. {where} i verksamhetssystemets egen lista."


# --- the overview


def _notices(outcome: Results, rehearsal: bool, *, taking_back: bool) -> Iterable[str]:
    unhandled, earlier = len(outcome.unhandled), len(outcome.left)
    if taking_back:
        yield "Rättelser. Det som en tidigare körning skrev i de här ärendena gäller inte."
    if rehearsal:
        yield (
            "Provkörning. Inget har skrivits i verksamhetssystemet. "
            "Rapporten visar vad roboten skulle ha skrivit."
        )
    left = f" {_cases(unhandled)} är inte kontrollerade, se {MANUAL.lower()}." if unhandled else ""
    if outcome.told == "owed":
        left += " Enheten har inte kunnat meddelas i verksamhetssystemet: lämna listan till den."
    if outcome.told == "held":
        left += " Det är osäkert om enheten har meddelats i verksamhetssystemet: lämna listan till den."
    if outcome.status == "faulted":
        reason = f" Teknisk uppgift: {outcome.reason}" if outcome.reason else ""
        yield f"Körningen stannade i förtid.{left}{reason}"
    elif outcome.status == "interrupted":
        yield f"Körningen avbröts.{left}"
    elif unhandled:
        yield f"Körningen är inte färdig.{left}"
    if earlier:
        yield (
            f"{_cases(earlier)} från tidigare körningar har inte kontrollerats och ingick inte i den här, "
            f"se {MANUAL.lower()}."
        )


def _figures(summary: Summary, rehearsal: bool, taking_back: bool) -> Iterable[tuple[str, str, str]]:
    noted = (
        "skulle ha skrivits; inget är skrivet"
        if rehearsal
        else f"varav skrivna i denna körning: {summary.written}"
    )
    yield "Kontrollerade", str(summary.checked), "lästa till slutet"
    yield "Rättelser" if taking_back else "Anteckningar", str(summary.noted), noted
    yield "Till handläggare", str(summary.listed), "lämnade till en person, se listorna"
    yield "Fel", str(summary.failed), "tekniska fel, se manuell lista"
    yield "Osäkra", str(summary.held), "en person kontrollerar om det som roboten skrev finns"
    yield "Redan klara", str(summary.already_done), "kontrollerade tidigare i samma period"
    yield "Undantagna", str(summary.excluded), "roboten ska inte arbeta i dem"
    yield "Tid", duration(summary.seconds), ""


def _period(period: str) -> str:
    try:
        return månad(Month.parse(period))
    except ValueError:
        return period


def _cases(number: int) -> str:
    return f"{number} ärende" if number == 1 else f"{number} ärenden"


# --- order


def natural(reference: str) -> list[Any]:
    """Sorts 9/2022-11 before 10/2022-11."""
    return [int(part) if part.isdecimal() else part for part in re.split(r"(\d+)", reference)]


_LAST_LETTERS: Final = str.maketrans({"å": "{", "ä": "|", "ö": "}"})


def swedish(name: str) -> str:
    """Sorts å, ä and ö after z, whatever the machine's language is."""
    return name.casefold().translate(_LAST_LETTERS)

"""From figures to what administrators, heads of units and the board read: short, in Swedish, no cases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final

from robotfabrik.documents.statistics import measures, surveys
from robotfabrik.documents.statistics.model import (
    Cell,
    Chart,
    Document,
    Form,
    Key,
    Part,
    Table,
    Value,
    text,
)
from robotfabrik.documents.view import text as shown
from robotfabrik.expressions.functions import datum, månad
from robotfabrik.model.deployment import short
from robotfabrik.model.measures import FEWEST, Share
from robotfabrik.model.statistics import (
    WRONG,
    Cost,
    CostModel,
    JobTable,
    LeadTime,
    OutcomeFigures,
    RobotFigures,
    RuleFigures,
    Statistics,
    Work,
    cost,
)
from robotfabrik.model.values import Month

FEW: Final = f"– betyder att uppgift saknas, eller att andelen gäller färre än {FEWEST} och inte visas."
STATE: Final = {
    "clear": "Utan avvikelse", "noted": "Antecknade", "listed": "Till handläggare", "failed": "Fel",
    "held": "Osäkra", "open": "Inte hanterade",
}  # fmt: skip
ENGINES: Final = {
    "SE1": "Inloggningen misslyckades", "SE2": "Systemet svarade inte, eller något annat gick fel i det",
    "SE3": "Något på skärmen saknades eller kunde inte läsas", "SE4": "Ett register svarade inte",
    "SE6": "Roboten avbröts av ett fel", "by-hand": "Gjort för hand efter beslut av en person",
}  # fmt: skip
"""What the engine's own exceptions mean; a PDD may name them otherwise."""
DEFINITIONS: Final = (
    ("Ärenden", "Alla ärenden i robotens kö, räknade en gång, den månad då de blev klara eller lades in."),
    ("Kontrollerade", "Lästa till slutet: utan avvikelse eller med en anteckning."),
    ("Uppmärksammade", "Antecknade eller lämnade till handläggare. Det betyder inte att något är fel."),
    ("Manuella", "Till handläggare, fel och osäkra: det som en person gör i stället för roboten."),
    ("Osäkra", "Roboten vet inte om anteckningen sparades. En person kontrollerar."),
    ("Ledtid", "Från det att ärendet senast lades i kön tills det var klart."),
    ("Robottid", "Så länge som körningarna pågick. Provkörningar räknas inte."),
    ("Tillgänglighet", "Andelen körningar som nådde slutet. De som en person avbröt räknas inte."),
    ("Andelar av ärendena", "Mått ur robotens processbeskrivning, av de ärenden som måttet gäller."),
    ("Stämmer", f"Andelen klarmarkerade aktiviteter som inte fick utfallet {WRONG}."),
)


@dataclass(frozen=True, slots=True)
class About:
    """What a bot's own files say: names of its exceptions, its cost model, its measures in their order."""

    exceptions: Mapping[str, str] = field(default_factory=dict)
    cost: CostModel | None = None
    measures: tuple[str, ...] = ()


def make_document(
    statistics: Statistics, about: Mapping[str, About], notices: Sequence[str], made: datetime
) -> Document:
    """The view of all figures. `about`: by bot; what is not said is not shown."""
    robots = statistics.robots
    return Document(
        "Statistik för robotarna",
        period(statistics.first, statistics.last),
        f"{made:%Y-%m-%d %H:%M}",
        tuple(notices) if robots else (*notices, "Inga körningar finns i perioden."),
        _overview(robots),
        (
            *(
                _part(number, robot, about.get(robot.subject.bot, About()), statistics.months)
                for number, robot in enumerate(robots, 1)
            ),
            *surveys.parts(statistics.surveys),
        ),
        DEFINITIONS,
    )


def period(first: date, last: date) -> str:
    """november 2022, oktober–november 2022, or two days."""
    one, other = Month.of(first), Month.of(last)
    if (first, last) == (one.first_day, other.last_day):
        return månad(one) if one == other else f"{månad(one)} – {månad(other)}"
    return f"{datum(first, 'd månad åååå')} – {datum(last, 'd månad åååå')}"


def _overview(robots: Sequence[RobotFigures]) -> Table:
    rows = [
        (
            robot.name, _where(robot), _count(robot.cases.all), _percent(robot.cases.flagged),
            _percent(robot.cases.manual), _count(robot.cases.held), _lead(robot.lead),
            _hours(robot.work.seconds), _percent(robot.work.available), _count(robot.work.faults),
        )
        for robot in robots
    ]  # fmt: skip
    headings = (
        "Robot", "Miljö", "Ärenden", "Uppmärksammade", "Manuella", "Osäkra", "Ledtid, median",
        "Robottid, timmar", "Tillgänglighet", "Stannade i förtid",
    )  # fmt: skip
    return Table("Alla robotar", headings, tuple(rows), (FEW,))


def _part(number: int, robot: RobotFigures, about: About, months: int) -> Part:
    tables = (
        _cases(robot), _shares(robot), _lead_times(robot), _codes(robot), _rules(robot),
        _exceptions(robot, about.exceptions), _outcomes(robot), _jobs(robot), _releases(robot),
        _deployed(robot), _costs(robot, about.cost, months),
    )  # fmt: skip
    measured = measures.tables(robot.measures, about.measures)
    of_jobs = [_shown(one) for one in robot.tables if one.rows]
    shown_tables = (*measured, *of_jobs, *(table for table in tables if table is not None))
    return Part(f"robot-{number}", robot.name, _place(robot), tuple(_keys(robot)), shown_tables)


def _place(robot: RobotFigures) -> str:
    return f"{robot.subject.bot}, {_where(robot)}"


def _where(robot: RobotFigures) -> str:
    """The environment, and the data set that keeps figures apart from others of the same robot."""
    where = "produktion" if robot.subject.environment == "production" else "test"
    return f"{where}, {robot.subject.dataset}"


def _keys(robot: RobotFigures) -> list[Key]:
    cases, work = robot.cases, robot.work
    return [
        Key("Ärenden", _count(cases.all), f"{_plain(cases.checked)} kontrollerade"),
        Key("Uppmärksammade", _percent(cases.flagged), _of(cases.flagged)),
        Key("Manuella", _percent(cases.manual), _of(cases.manual)),
        Key("Osäkra", _count(cases.held), "en person kontrollerar"),
        Key("Ledtid, median", _lead(robot.lead), _within(robot.lead)),
        Key("Tillgänglighet", _percent(work.available), f"{_of(work.available)} körningar"),
        Key("Robottid, timmar", _hours(work.seconds), _pace(robot)),
        Key("Förvaltning, timmar", Value(robot.hours, "hours"), "som personer har lagt ned"),
    ]


def _pace(robot: RobotFigures) -> str:
    handled = robot.cases.all - robot.cases.open
    return f"{_plain(robot.work.seconds / handled, 'duration')} per ärende" if handled else ""


# --- tables


def _cases(robot: RobotFigures) -> Table:
    rows: list[tuple[Cell, ...]] = [
        (
            månad(one.month), *(_count(getattr(one.cases, name)) for name in STATE), _count(one.cases.all)
        )
        for one in robot.months
    ]  # fmt: skip
    chart = Chart("stacked", tuple(range(1, len(STATE) + 1)))
    return Table("Ärenden per månad", ("Månad", *STATE.values(), "Alla"), tuple(rows), (), chart)


def _shares(robot: RobotFigures) -> Table:
    rows = [
        (
            månad(one.month), _percent(one.cases.flagged), _percent(one.cases.manual),
            _count(one.cases.all), _lead(one.lead),
        )
        for one in robot.months
    ]  # fmt: skip
    headings = ("Månad", "Uppmärksammade", "Manuella", "av ärenden", "Ledtid, median")
    return Table("Andelar och ledtid per månad", headings, tuple(rows), (FEW,), Chart("line", (1, 2)))


def _shown(table: JobTable) -> Table:
    """What the PDD shows of the whole job, as its own report has it."""
    headings = tuple(dict.fromkeys(name for row in table.rows for name in row))
    rows = tuple(tuple(_as_cell(row.get(name)) for name in headings) for row in table.rows)
    return Table(table.title, headings, rows, (f"Från körningen {table.day}.",))


def _as_cell(value: Any) -> Cell:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return Value(value)
    return None if value is None else shown(value)


def _lead_times(robot: RobotFigures) -> Table | None:
    lead = robot.lead
    if lead is None:
        return None
    rows: tuple[tuple[Cell, ...], ...] = (
        ("Median", _duration(lead.median)), ("Nio av tio inom", _duration(lead.most)),
        ("Längsta", _duration(lead.longest)),
        ("Klara inom ett dygn", _percent(Share(lead.within_a_day, lead.count))),
    )  # fmt: skip
    return Table("Ledtid", ("Mått", "Ledtid"), rows, (f"Gäller {_plain(lead.count)} klara ärenden.",))


def _codes(robot: RobotFigures) -> Table | None:
    """The findings: rows of rules that their author has named."""
    codes = [rule for rule in robot.rules if rule.named]
    notes = (
        "Ett ärende kan ha flera koder. Det som redan är antecknat antecknas inte igen.",
        f"Andelen är de antecknade av alla {_plain(robot.cases.all)} ärenden.",
    )
    return _by_rule("Uppmärksammade per kod", "Kod", codes, robot, notes, chart=True)


def _rules(robot: RobotFigures) -> Table | None:
    """The other rows, which have a number: what the robot reckoned with."""
    rows = [rule for rule in robot.rules if not rule.named]
    notes = (f"Andelen är de antecknade av alla {_plain(robot.cases.all)} ärenden.",)
    return _by_rule("Övriga regler", "Regel", rows, robot, notes, chart=False)


def _by_rule(
    title: str, first: str, rules: Sequence[RuleFigures], robot: RobotFigures, notes: tuple[str, ...],
    *, chart: bool,
) -> Table | None:  # fmt: skip
    if not rules:
        return None
    rows = tuple(
        (
            rule.rule, _count(rule.cases), _count(rule.noted), _percent(Share(rule.noted, robot.cases.all))
        )
        for rule in rules
    )  # fmt: skip
    headings = (first, "Ärenden", "varav antecknade", "Andel")
    return Table(title, headings, rows, notes, Chart("rows", (2,)) if chart else None)


def _exceptions(robot: RobotFigures, names: Mapping[str, str]) -> Table | None:
    if not robot.exceptions:
        return None
    rows = tuple(
        (
            f"{one.id} {names.get(one.id) or ENGINES.get(one.id, '')}".rstrip(),
            "Fel" if one.status == "failed" else "Till handläggare" if one.listed else "Antecknat av roboten",
            _count(one.cases), _percent(Share(one.cases, robot.cases.all)),
        )
        for one in robot.exceptions
    )  # fmt: skip
    notes = (f"Andelen är av alla {_plain(robot.cases.all)} ärenden.",)
    headings = ("Undantag", "Slag", "Ärenden", "Andel")
    return Table("Undantag", headings, rows, notes, Chart("rows", (2,)))


def _outcomes(robot: RobotFigures) -> Table | None:
    if not robot.outcomes:
        return None
    kinds = sorted({kind for one in robot.outcomes for kind in one.outcomes if kind} - {WRONG})
    rows = tuple(
        (
            one.rule or "Alla", *(_count(one.outcomes.get(kind, 0)) for kind in (*kinds, WRONG, "")),
            _count(one.finished), _percent(one.right),
        )
        for one in sorted(robot.outcomes, key=_order)
    )  # fmt: skip
    headings = ("Regel", *kinds, WRONG, "Inte klarmarkerade", "Klarmarkerade", "Stämmer")
    notes = (
        "Stämmer är andelen av de klarmarkerade. En aktivitet räknas under varje regel bakom anteckningen, "
        "och en gång under Alla.",
        FEW,
    )
    return Table("Utfall av aktiviteterna", headings, rows, notes, Chart("rows", (len(headings) - 1,)))


def _order(one: OutcomeFigures) -> tuple[bool, bool, str]:
    """All first, then findings, then the numbered rows."""
    return bool(one.rule), not RuleFigures(one.rule, 0, 0).named, one.rule


def _jobs(robot: RobotFigures) -> Table:
    rows: list[tuple[Cell, ...]] = [(månad(one.month), *_work(one.work)) for one in robot.months]
    headings = (
        "Månad", "Körningar", "Klara", "Stannade i förtid", "Avbrutna av person", "Robottid, timmar",
        "Tillgänglighet", "Provkörningar",
    )  # fmt: skip
    notes = ("Provkörningar räknas inte i något annat tal.", FEW)
    return Table("Körningar per månad", headings, tuple(rows), notes, Chart("stacked", (2, 3, 4)))


def _work(work: Work) -> tuple[Cell, ...]:
    return (
        _count(work.jobs), _count(work.successful), _count(work.faults), _count(work.interrupted),
        _hours(work.seconds), _percent(work.available), _count(work.rehearsals),
    )  # fmt: skip


def _releases(robot: RobotFigures) -> Table | None:
    if not robot.releases:
        return None
    rows = tuple(
        (
            short(one.release), one.version or None, str(one.first), str(one.last), _count(one.jobs),
            _count(one.faults), _hours(one.seconds),
        )
        for one in robot.releases
    )  # fmt: skip
    headings = (
        "Utgåva", "Version", "Första körning", "Sista körning", "Körningar", "Stannade i förtid",
        "Robottid, timmar",
    )  # fmt: skip
    notes = ("En utgåva är processbeskrivningen med allt som hör till den. Varje ändring ger en ny.",)
    return Table("Utgåvor", headings, rows, notes)


def _deployed(robot: RobotFigures) -> Table | None:
    if not robot.deployed:
        return None
    rows = tuple(
        (str(one.day), one.version, short(one.release), "Återtagen" if one.rollback else "Driftsatt")
        for one in robot.deployed
    )
    return Table("Beslut om drift", ("Datum", "Version", "Utgåva", "Beslut"), rows)


def _costs(robot: RobotFigures, model: CostModel | None, months: int) -> Table | None:
    if model is None:
        return None
    reckoned: Cost = cost(model, robot.cases.checked, robot.hours, months)
    rows: tuple[tuple[Cell, ...], ...] = (
        ("Kontrollerade ärenden", _count(robot.cases.checked)),
        ("Tid för hand, timmar", Value(reckoned.manual_hours, "hours")),
        ("Kostnad för hand", _kronor(reckoned.manual)),
        ("Kostnad för roboten och förvaltningen", _kronor(reckoned.robot)),
        ("Skillnad", _kronor(reckoned.difference)),
    )
    minutes = _plain(float(model.manual_minutes) * 60, "duration")
    notes = (
        f"Beräknat, inte uppmätt: {minutes} för hand per kontrollerat ärende enligt robotens inställningar.",
        "Arbetet med det som roboten uppmärksammar ingår inte.",
    )
    return Table("Kostnad", ("Post", "Värde"), rows, notes)


# --- cells


def _count(number: float) -> Value:
    return Value(number)


def _percent(share: Share) -> Value | None:
    value = share.value
    return None if value is None else Value(value, "percent")


def _hours(seconds: float) -> Value:
    return Value(seconds / 3600, "hours")


def _duration(seconds: float) -> Value:
    return Value(seconds, "duration")


def _lead(lead: LeadTime | None) -> Value | None:
    return None if lead is None else _duration(lead.median)


def _kronor(amount: float | None) -> Value | None:
    return None if amount is None else Value(amount, "kronor")


def _of(share: Share) -> str:
    return f"{_plain(share.part)} av {_plain(share.whole)}"


def _within(lead: LeadTime | None) -> str:
    return "" if lead is None else f"nio av tio inom {_plain(lead.most, 'duration')}"


def _plain(number: float, form: Form = "count") -> str:
    return text(Value(number, form))

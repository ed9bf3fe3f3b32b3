"""What robots have done over time, in figures: counts, times and shares; no cases, no persons."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from robotfabrik.model.measures import MeasureFigures, Share
from robotfabrik.model.survey import Survey
from robotfabrik.model.values import Month

WRONG: Final = "Uppgiften stämmer inte"
"""The outcome by which a person says that what the robot noted was not so."""
OUTCOMES: Final = ("Utrett, ingen åtgärd", "Åtgärdat", WRONG)
"""What a person may choose who finishes an activity; empty: not finished yet."""


@dataclass(frozen=True, slots=True, order=True)
class Subject:
    """Whose figures these are. Two environments or data sets are never summed up."""

    bot: str
    environment: str
    dataset: str


@dataclass(frozen=True, slots=True)
class StatisticsFilter:
    """Which figures are asked for. Both days are included; `trend` begins the figures by month."""

    first: date
    last: date
    trend: date
    bot: str | None = None
    environment: str | None = None
    dataset: str | None = None


@dataclass(frozen=True, slots=True)
class Cases:
    """How cases ended; each is counted once, in the state that counts now. Deleted ones are not counted."""

    clear: int = 0  # read to the end, nothing found
    noted: int = 0  # read to the end, with a note
    listed: int = 0  # left to a person by a business exception
    failed: int = 0  # by a system exception, or abandoned
    held: int = 0  # a person must say what happened
    open: int = 0  # not handled yet

    @property
    def all(self) -> int:
        return self.checked + self.listed + self.failed + self.held + self.open

    @property
    def checked(self) -> int:
        return self.clear + self.noted

    @property
    def flagged(self) -> Share:
        """Those with a finding: noted, or left to a person."""
        return Share(self.noted + self.listed, self.all)

    @property
    def manual(self) -> Share:
        """Those that a person has to handle instead of the robot."""
        return Share(self.listed + self.failed + self.held, self.all)


@dataclass(frozen=True, slots=True)
class LeadTime:
    """Seconds from when a case came into the queue (was last added) until it was done."""

    count: int
    median: float
    most: float  # nine of ten took no longer
    longest: float
    within_a_day: int


@dataclass(frozen=True, slots=True)
class Work:
    """What live jobs did. Rehearsals are only counted."""

    successful: int = 0
    faulted: int = 0  # stopped early
    lost: int = 0  # ended without a word: killed, or the machine went down
    interrupted: int = 0  # a person ended it
    running: int = 0
    seconds: float = 0.0  # that robots worked
    rehearsals: int = 0

    @property
    def jobs(self) -> int:
        return self.successful + self.faults + self.interrupted + self.running

    @property
    def faults(self) -> int:
        return self.faulted + self.lost

    @property
    def available(self) -> Share:
        """Of the jobs that ended, and that no person ended, those that came to their end."""
        return Share(self.successful, self.successful + self.faults, 1)  # jobs are few; each one counts


@dataclass(frozen=True, slots=True)
class MonthFigures:
    month: Month
    cases: Cases
    work: Work
    lead: LeadTime | None


@dataclass(frozen=True, slots=True)
class RuleFigures:
    """A row of a rule: in how many cases it applied, and how many of these were noted."""

    rule: str
    cases: int
    noted: int

    @property
    def named(self) -> bool:
        """Whether the author gave the row a name, as findings have; others are numbered: BR1.2."""
        return "." not in self.rule


@dataclass(frozen=True, slots=True)
class ExceptionFigures:
    """How many cases ended with an exception. `status`: business or failed."""

    id: str
    status: str
    listed: int
    cases: int


@dataclass(frozen=True, slots=True)
class ReleaseFigures:
    """What was run of a release. `version`: the PDD's own, when a decision was taken about it."""

    release: str
    version: str
    first: date
    last: date
    jobs: int
    faults: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Deployed:
    """A decision to take a release into operation, or an earlier one back."""

    day: date
    version: str
    release: str
    rollback: bool


@dataclass(frozen=True, slots=True)
class OutcomeFigures:
    """What people found in the activities of notes by a rule. Outcome → how many; empty: not finished."""

    rule: str
    outcomes: Mapping[str, int]

    @property
    def finished(self) -> int:
        return sum(number for outcome, number in self.outcomes.items() if outcome)

    @property
    def right(self) -> Share:
        """The precision: of those finished, all but the ones that were not so."""
        return Share(self.finished - self.outcomes.get(WRONG, 0), self.finished)


@dataclass(frozen=True, slots=True)
class JobTable:
    """A table of figures that the newest job with any has shown of the whole job (`report_table`)."""

    title: str
    day: date
    rows: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True)
class RobotFigures:
    """All figures of one robot in the period. `months` go back further, for comparison."""

    subject: Subject
    name: str
    cases: Cases
    work: Work
    lead: LeadTime | None = None
    months: tuple[MonthFigures, ...] = ()
    rules: tuple[RuleFigures, ...] = ()
    exceptions: tuple[ExceptionFigures, ...] = ()
    releases: tuple[ReleaseFigures, ...] = ()
    deployed: tuple[Deployed, ...] = ()
    outcomes: tuple[OutcomeFigures, ...] = ()
    hours: float = 0.0  # that people spent on it
    measures: tuple[MeasureFigures, ...] = ()
    tables: tuple[JobTable, ...] = ()


@dataclass(frozen=True, slots=True)
class Statistics:
    """The figures of a period, both days included."""

    first: date
    last: date
    robots: tuple[RobotFigures, ...]
    surveys: tuple[Survey, ...] = ()

    @property
    def months(self) -> int:
        """How many calendar months the period touches."""
        return (self.last.year - self.first.year) * 12 + self.last.month - self.first.month + 1


@dataclass(frozen=True, slots=True)
class CostModel:
    """What a case costs by hand, and what the robot costs; kronor. A bot's `statistics:`."""

    manual_minutes: Decimal
    hourly_cost: Decimal | None = None
    robot_cost_month: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Cost:
    """Hours and kronor, reckoned from the cost model, not measured. None: the bot does not say the cost."""

    manual_hours: float
    manual: float | None
    robot: float | None

    @property
    def difference(self) -> float | None:
        return None if self.manual is None or self.robot is None else self.manual - self.robot


def cost(model: CostModel, checked: int, hours: float, months: int) -> Cost:
    """What the cases read to the end would have cost by hand, and what the robot and its upkeep cost."""
    manual_hours = float(model.manual_minutes) * checked / 60
    hourly = None if model.hourly_cost is None else float(model.hourly_cost)
    robot = None
    if hourly is not None and model.robot_cost_month is not None:
        robot = float(model.robot_cost_month) * months + hours * hourly
    return Cost(manual_hours, None if hourly is None else manual_hours * hourly, robot)


@dataclass(frozen=True, slots=True)
class Told:
    """What the case system tells of an activity, or of several alike.

    `case` finds the item whose rules count; or `rule` says it. Neither is kept longer than the counting.
    """

    day: date  # of the note
    outcome: str  # empty: not finished
    case: str = ""
    rule: str = ""
    number: int = 1


@dataclass(frozen=True, slots=True)
class Counted:
    """What came of an import: activities that belong to the robot's notes, others, and the months."""

    counted: int
    others: int
    months: tuple[str, ...]

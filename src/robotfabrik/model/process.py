"""A process as the engine runs it: frozen data without behaviour, every part with its span."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final, Literal, Protocol

from robotfabrik.model.measures import Show
from robotfabrik.model.source import Source, Span, Word
from robotfabrik.model.statistics import CostModel
from robotfabrik.model.types import Type, table_of
from robotfabrik.model.work import DEFAULT_POOL

Authority = Literal["read", "note", "propose", "decide", "pay"]
AUTHORITIES: tuple[Authority, ...] = ("read", "note", "propose", "decide", "pay")
PeriodKind = Literal["day", "week", "month"]
Scope = Mapping[str, Any]


class Evaluable(Protocol):
    """A constant, expression or template: anything that has a value in a scope."""

    @property
    def span(self) -> Span: ...
    def evaluate(self, scope: Scope) -> Any: ...


# --- object repository -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Selector:
    """How an element is found. `value` and `name` may hold parameters until they are bound.

    kind `role` uses value as the role and name as its accessible name.
    """

    kind: Literal["role", "label", "text", "text_matches", "test_id", "css"]
    value: str | Evaluable
    name: str | Evaluable | None = None
    exact: bool = True
    within: Selector | None = None
    frame: Selector | None = None
    anchor: Anchor | None = None
    fallbacks: tuple[Selector, ...] = ()

    def bind(self, scope: Scope) -> Selector:
        """The same selector with every parameter replaced by its text."""

        def text(part: str | Evaluable | None) -> Any:
            return part if part is None or isinstance(part, str) else part.evaluate(scope)

        return Selector(
            self.kind,
            text(self.value),
            text(self.name),
            self.exact,
            self.within.bind(scope) if self.within else None,
            self.frame.bind(scope) if self.frame else None,
            Anchor(self.anchor.selector.bind(scope), self.anchor.side) if self.anchor else None,
            tuple(fallback.bind(scope) for fallback in self.fallbacks),
        )


@dataclass(frozen=True, slots=True)
class Anchor:
    """The element lies beside another one: `side` says where, seen from the anchor."""

    selector: Selector
    side: Literal["right", "left", "above", "below"]


@dataclass(frozen=True, slots=True, eq=False)
class Element:
    """An element of a screen. `id` is app.screen.name; `table` names the table whose row it lies in."""

    id: str
    span: Span
    selector: Selector
    type: Type | None = None
    optional: bool = False
    private: bool = False
    writes: Authority | None = None
    submits: Literal["read"] | None = None
    parameters: Mapping[str, Type] = field(default_factory=dict)
    table: Table | None = None
    means_none: bool = False  # when it is shown, its screen holds nothing: read_form gives none

    @property
    def application(self) -> str:
        return self.id.split(".", 1)[0]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: found by its header's text, or by `selector` within the row.

    `always` is read in a protected row too.
    """

    name: str
    header: str
    type: Type
    optional: bool
    private: bool
    span: Span
    always: bool = False
    selector: Selector | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """A table of a screen. `protects` names the column whose non-empty cell hides the row's other cells.

    Columns that say `always` are read all the same: what belongs to the case, not to the person. `rows` says
    what a row is where the page has no table. `next` turns a page; with `grows` it adds more rows to what is
    there. `scrolls`: more rows come when it is scrolled. `end` is shown when there are no more.
    """

    id: str
    span: Span
    selector: Selector
    columns: tuple[Column, ...]
    optional: bool = False
    next: Element | None = None
    empty: Element | None = None
    protects: str | None = None
    rows: Selector | None = None
    grows: bool = False
    scrolls: bool = False
    end: Element | None = None
    row: dict[str, Element] = field(default_factory=dict)

    @property
    def application(self) -> str:
        return self.id.split(".", 1)[0]

    @property
    def type(self) -> Type:
        """A table of records; under `protects` every other cell may be none."""

        def cell(column: Column) -> Type:
            hidden = self.protects is not None and column.name != self.protects and not column.always
            return column.type.or_none() if column.optional or hidden else column.type

        rows = table_of({column.name: cell(column) for column in self.columns})
        return rows.or_none() if self.optional else rows


@dataclass(frozen=True, slots=True, eq=False)
class Screen:
    """A screen and its elements; `type` is the record that read_form returns, `title` what people call it."""

    id: str
    span: Span
    title: str
    elements: Mapping[str, Element | Table]
    type: Type

    @property
    def application(self) -> str:
        return self.id.split(".", 1)[0]

    @property
    def nothing(self) -> tuple[Element, ...]:
        """The elements that say that the screen holds nothing (`means: none`)."""
        return tuple(e for e in self.elements.values() if isinstance(e, Element) and e.means_none)


@dataclass(frozen=True, slots=True)
class RowChoice:
    """Which row of a table: by the values of its columns, or the first or last one."""

    by: Mapping[str, Evaluable] | Literal["first", "last"]


@dataclass(frozen=True, slots=True)
class TargetRef:
    """A target as written in a step."""

    span: Span
    element: Element | Table | Screen
    parameters: Mapping[str, Evaluable] = field(default_factory=dict)
    row: RowChoice | None = None


@dataclass(frozen=True, slots=True)
class Target:
    """A target at run time: parameters bound, row values evaluated to the texts to look for."""

    element: Element | Table | Screen
    selector: Selector | None
    row: Mapping[str, Any] | Literal["first", "last"] | None = None

    @property
    def id(self) -> str:
        return self.element.id

    @property
    def application(self) -> str:
        return self.element.application


# --- steps -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Retry:
    """`attempts` is the total number of executions; `interval` in seconds."""

    attempts: int
    interval: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What all steps have in common. `index` is the step's path in its process, such as process.3.then.1."""

    span: Span
    index: str = ""
    id: str | None = None
    name: str | None = None
    when: Evaluable | None = None
    save_as: str | Mapping[str, str] | None = None  # a variable, or {mine: output}
    timeout: float | None = None
    retry: Retry | None = None
    if_missing: str | None = None
    if_unreadable: str | None = None
    continue_on_error: bool = False
    private: bool = False
    rule: str | None = None
    sets: frozenset[str] = field(init=False, repr=False, compare=False, default=frozenset())

    def __post_init__(self) -> None:
        # The variables that may be set when the step is over: those of a branch not taken are none.
        object.__setattr__(self, "sets", _sets(self))


WORKBOOK = "the workbook"  # a variable that no author can name, so that no step inside sets it
Steps = tuple[Step, ...]
Argument = Any  # Evaluable | TargetRef | Mapping[TargetRef | str, Argument] | tuple[Argument, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Call(Step):
    """An activity with its arguments, by parameter name."""

    activity: str
    arguments: Mapping[str, Argument]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sequence(Step):
    steps: Steps


@dataclass(frozen=True, slots=True, kw_only=True)
class If(Step):
    """`branches` are (condition, steps) in order; `otherwise` is the else branch."""

    branches: tuple[tuple[Evaluable, Steps], ...]
    otherwise: Steps = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Switch(Step):
    value: Evaluable
    cases: tuple[tuple[Evaluable, Steps], ...]
    default: Steps | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ForEach(Step):
    """`values` is a list, or the activity that gives one."""

    values: Evaluable | Call
    variables: tuple[str, ...]
    steps: Steps
    where: Evaluable | None = None
    index_variable: str | None = None
    max_iterations: int | None = None
    collect: Mapping[str, Evaluable] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class While(Step):
    """`test_first` is false for do_while."""

    condition: Evaluable
    max_iterations: int
    steps: Steps
    test_first: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Try(Step):
    """`catches` are (exception id | business | system, steps)."""

    steps: Steps
    catches: tuple[tuple[str, Steps], ...]
    finally_: Steps = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeoutScope(Step):
    seconds: float
    steps: Steps


@dataclass(frozen=True, slots=True, kw_only=True)
class UseExcelFile(Step):
    """`file` is worked out once; the steps inside know it as the variable WORKBOOK."""

    file: Evaluable
    steps: Steps


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckAppState(Step):
    """Without branches, the element must appear. `vanishes` alone waits until it has gone.

    Both branches may be given; each may be empty.
    """

    target: TargetRef
    appears: Steps | None
    vanishes: Steps | None


@dataclass(frozen=True, slots=True, kw_only=True)
class InvokeWorkflow(Step):
    workflow: Workflow
    inputs: Mapping[str, Evaluable]


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluateRule(Step):
    decision: Rule
    inputs: Mapping[str, Evaluable]

    @property
    def as_rows(self) -> bool:
        """Is the whole of what several rows say saved? Then as a list, a record for each row."""
        return self.decision.hit_policy == "collect" and isinstance(self.save_as, str)


@dataclass(frozen=True, slots=True, kw_only=True)
class ComposeText(Step):
    text: Text
    inputs: Mapping[str, Evaluable]


@dataclass(frozen=True, slots=True, kw_only=True)
class Throw(Step):
    exception: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rethrow(Step):
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class Return(Step):
    reason: Evaluable | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Break(Step):
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class Continue(Step):
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class Assign(Step):
    values: Mapping[str, Evaluable]


@dataclass(frozen=True, slots=True, kw_only=True)
class Once(Step):
    """At most once: `effect` with these inputs, known by `key` for ever."""

    effect: Effect
    key: tuple[Evaluable, ...]
    inputs: Mapping[str, Evaluable]
    if_present: str | None = None
    inline: bool = False  # written in place: verify and do see the variables around them


# --- workflows and effects ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class Workflow:
    """Steps with inputs and outputs; isolated from the caller's variables. Filled in two passes."""

    id: str
    span: Span
    inputs: Mapping[str, Type]
    outputs: Mapping[str, Type]
    steps: Steps = ()
    application: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Retraction:
    """How an effect is taken back: by another effect, or the same one with other content.

    `inputs` see the inputs of what is taken back, and `retracted` (its id and date, the reason).
    """

    span: Span
    effect: Effect
    inputs: Mapping[str, Evaluable]


@dataclass(frozen=True, slots=True, eq=False)
class Effect:
    """An effect. `verify` saves `matches`; `unverified` names inputs that no screen shows.

    `retract` is completed in a second pass, since effects name each other.
    """

    id: str
    span: Span
    writes: Authority
    inputs: Mapping[str, Type]
    verify: Steps = ()
    do: Steps = ()
    partial: Evaluable | None = None
    repair: Steps = ()
    unverified: frozenset[str] = frozenset()
    application: str | None = None
    settles_within: float = 60.0
    retract: Retraction | None = None


# --- rules and texts ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class OneOf:
    """The value is one of these."""

    values: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Compared:
    """The value stands in this order to `limit`."""

    operator: Literal["<", "<=", ">", ">="]
    limit: Any


@dataclass(frozen=True, slots=True)
class Between:
    """low ≤ value ≤ high."""

    low: Any
    high: Any


@dataclass(frozen=True, slots=True)
class Excluded:
    """The value does not pass `test`."""

    test: CellTest


@dataclass(frozen=True, slots=True)
class IsUnknown:
    """The register did not answer."""


CellTest = OneOf | Compared | Between | Excluded | IsUnknown


@dataclass(frozen=True, slots=True)
class RuleCell:
    """A test of one input's value, or (`condition`) a question over all inputs; both none for `-`."""

    span: Span
    test: CellTest | None = None
    condition: Evaluable | None = None


@dataclass(frozen=True, slots=True)
class RuleRow:
    """`id` is RULE.n or RULE.<# column>."""

    id: str
    span: Span
    conditions: tuple[RuleCell, ...]
    outputs: Mapping[str, Evaluable]


@dataclass(frozen=True, slots=True, eq=False)
class Rule:
    """A decision table. `columns` are the input names of the table's columns; None is a `when` column."""

    id: str
    span: Span
    name: str
    hit_policy: Literal["unique", "first", "collect", "latest"]
    inputs: Mapping[str, Type]
    outputs: Mapping[str, Type]
    columns: tuple[str | None, ...]
    rows: tuple[RuleRow, ...]
    otherwise: Literal["none"] | Mapping[str, Evaluable] | None = None


@dataclass(frozen=True, slots=True)
class Sentence:
    text: Evaluable
    when: Evaluable | None = None


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Sentences one after the other, or with `lines` each on a line of its own, a list's texts too."""

    sentences: tuple[Sentence, ...]
    lines: bool = False

    def __iter__(self) -> Iterator[Sentence]:
        return iter(self.sentences)


@dataclass(frozen=True, slots=True, eq=False)
class Text:
    """Paragraphs of sentences, with a rubrik. Paragraphs join with a blank line."""

    id: str
    span: Span
    inputs: Mapping[str, Type]
    rubrik: Evaluable | None
    paragraphs: tuple[Paragraph, ...]


# --- the process -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Setting:
    """A value of `config:`; a locked one cannot be changed by a bot, a `secrecy` one is not shown outside."""

    name: str
    type: Type
    value: Any
    description: str
    locked: bool
    span: Span
    secrecy: bool = False
    source: str = ""  # where the value comes from, such as a decision


@dataclass(frozen=True, slots=True)
class ExceptionType:
    """`list` names the list that the case lands on; None for a finding that needs no list.

    `details: none` reports only a count. `postpone` in seconds, or end_of_queue.
    """

    id: str
    span: Span
    kind: Literal["business", "system"]
    name: str
    action: str = ""
    list: str | None = None
    details: bool = True
    postpone: float | Literal["end_of_queue"] | None = None
    attempts: int = 1


@dataclass(frozen=True, slots=True)
class Queue:
    item: Mapping[str, Type]
    reference: tuple[Evaluable, ...]
    lock: Evaluable | None
    attempts: int
    span: Span
    priority: Evaluable | None = None  # high, normal or low
    deadline: Evaluable | None = None  # a date, or a duration from the adding
    postpone: Evaluable | None = None  # not to be taken before: likewise

    @property
    def expressions(self) -> tuple[Evaluable, ...]:
        """What is evaluated when an item is added."""
        more = (self.lock, self.priority, self.deadline, self.postpone)
        return (*self.reference, *(part for part in more if part is not None))


@dataclass(frozen=True, slots=True)
class Measure:
    """What is observed of every item that has ended, and how it is shown over many.

    `private`: what people wrote; it goes with the item's other personal data.
    """

    of: Evaluable
    show: Show
    by: Evaluable | None
    private: bool
    span: Span

    @property
    def expressions(self) -> tuple[Evaluable, ...]:
        return (self.of,) if self.by is None else (self.of, self.by)


@dataclass(frozen=True, slots=True)
class Report:
    """Columns, evaluated when an item has ended; list name → columns shown on it.

    `analytics` are figures of the item without personal data, for statistics.
    """

    columns: Mapping[str, Evaluable] = field(default_factory=dict)
    lists: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    per: str | None = None  # the column whose value gets a list of its own, such as the caseworker
    analytics: Mapping[str, Evaluable] = field(default_factory=dict)
    findings: Evaluable | None = None  # a list of what was found: rule, source, value and date of each
    counts: tuple[str, ...] = ()  # the columns whose combinations a run counts
    measures: Mapping[str, Measure] = field(default_factory=dict)

    @property
    def expressions(self) -> tuple[Evaluable, ...]:
        """What is evaluated when an item has ended."""
        more = () if self.findings is None else (self.findings,)
        observed = (value for measure in self.measures.values() for value in measure.expressions)
        return (*observed, *self.columns.values(), *self.analytics.values(), *more)


@dataclass(frozen=True, slots=True)
class Comparison:
    """What another bot reads that this one's results are compared with. All names are columns of reports.

    `key` and `month` are columns of both. `fields` and `amounts` are own column → the other's. `left` are
    words of the first field that say that the case was left to people. Of the other's rows those count that
    have the values of `only`; `show` are those of its columns that a disagreement is listed with.
    """

    span: Span
    bot: str
    key: tuple[str, ...]
    month: str
    by: tuple[str, ...]
    fields: Mapping[str, str]
    amounts: Mapping[str, str] = field(default_factory=dict)
    left: tuple[str, ...] = ()
    only: Mapping[str, str] = field(default_factory=dict)
    show: tuple[str, ...] = ()

    @property
    def read(self) -> tuple[str, ...]:
        """The columns of the other bot's report that it needs."""
        return (
            *self.key, self.month, *self.fields.values(), *self.amounts.values(), *self.only, *self.show
        )  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Repository:
    id: str
    span: Span
    name: str
    login: Workflow | None
    settles_within: float
    unknown: tuple[Element, ...]
    screens: Mapping[str, Screen]
    workflows: Mapping[str, Workflow]
    effects: Mapping[str, Effect]
    exceptions: Mapping[str, ExceptionType] = field(default_factory=dict)
    reading: Mapping[str, str] = field(default_factory=dict)
    texts: Mapping[str, Text] = field(default_factory=dict)  # by name; the id names the application too
    notices: tuple[Element, ...] = ()  # they close what the application lays over a page, whenever it does


def ids_of(repositories: Iterable[Repository]) -> frozenset[str]:
    """The ids of everything on the screens of applications."""
    found: set[str] = set()
    for screen in (screen for repository in repositories for screen in repository.screens.values()):
        found.add(screen.id)
        for element in screen.elements.values():
            found.add(element.id)
            if isinstance(element, Table):
                found.update(inner.id for inner in element.row.values())
    return frozenset(found)


@dataclass(frozen=True, slots=True, eq=False)
class Process:
    """A PDD, whole and checked."""

    id: str
    span: Span
    name: str
    version: str
    document: Mapping[str, Any]
    authority: Authority
    period: PeriodKind | None
    applications: Mapping[str, Repository]
    config: Mapping[str, Setting]
    reading: Mapping[str, str]  # missing | unreadable | unknown → exception id
    exceptions: Mapping[str, ExceptionType]
    queue: Queue | None
    rules: Mapping[str, Rule]
    texts: Mapping[str, Text]
    workflows: Mapping[str, Workflow]
    dispatch: Steps
    process: Steps
    finish: Steps
    report: Report
    tests: tuple[Any, ...]
    release: str  # content hash of the PDD and its repositories
    services: tuple[str, ...] = ()  # registers with an API; each bot says where they are
    outage: Steps = ()  # once for each job that stops early
    retract: Steps = ()  # they lead to the place of an effect that is taken back
    compare: Comparison | None = None  # with what people decided

    def declares(self, thing: ExceptionType | Rule | Text) -> bool:
        """Does it stand in the PDD itself, and not in a repository that robots share?"""
        return thing.span.source is self.span.source

    @property
    def sections(self) -> tuple[Steps, ...]:
        """The steps of every section, in the order of running."""
        return (self.dispatch, self.process, self.finish, self.outage, self.retract)


@dataclass(frozen=True, slots=True, eq=False)
class Function:
    """A Python function of the project, as its text says; the text that was checked is the one that runs."""

    name: str
    source: Source
    parameters: Mapping[str, Type]
    defaults: frozenset[str]  # the parameters that need not be given
    returns: Type
    effect: Literal["read", "local", "write"]
    throws: tuple[Word, ...] = ()

    @property
    def shown(self) -> str:
        """As people write it: FILE.py:NAME."""
        return f"{self.source.path.rpartition('/')[2]}:{self.name}"


@dataclass(frozen=True, slots=True)
class BotApplication:
    """`url` is an address, or a folder of pages that is served; no credential: nobody logs in."""

    url: str
    credential: str | None = None


@dataclass(frozen=True, slots=True)
class BotService:
    """A register with an API. `auth`: the account as user and password, or its password as a token."""

    url: str
    credential: str | None = None
    auth: Literal["basic", "bearer"] = "basic"


EVIDENCE_DAYS: Final = 30
"""For so long, at most, pictures and page texts of failures are kept."""


@dataclass(frozen=True, slots=True)
class Retention:
    """For how many days what a bot leaves is kept. None: nobody has decided yet, so nothing is deleted."""

    evidence: int = EVIDENCE_DAYS
    runs: int | None = None  # reports, logs and files, but not the figures
    items: int | None = None  # what the store knows of a case, but not that it was handled
    audit: int | None = None  # the contents beside the chain, never the chain


@dataclass(frozen=True, slots=True)
class Bot:
    """How a process runs here: address, credential, environment, workers."""

    id: str
    span: Span
    pdd: str  # path of the PDD
    mode: Literal["rehearsal", "live"]
    environment: Literal["test", "production"]
    workers: int
    dataset: str
    applications: Mapping[str, BotApplication]
    config: Mapping[str, Any]
    limits: Mapping[str, Any] = field(default_factory=dict)
    services: Mapping[str, BotService] = field(default_factory=dict)
    credentials: tuple[str, ...] = ()  # that its steps may get, besides those of its applications
    secrets: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()  # absolute, or from ~: where its steps may read and write files
    files: Mapping[str, str] = field(default_factory=dict)  # path from the project → text: its release
    retention: Retention = Retention()
    pool: str = DEFAULT_POOL  # the machines that run it when it waits for one
    requires: tuple[str, ...] = ()  # what these must have, in the order of the alphabet
    statistics: CostModel | None = None  # none: its cost is not reckoned
    day: date | None = None  # the day of an application that has one of its own; none: today


def blocks(step: Step) -> list[Steps]:
    """The lists of steps that stand directly inside a block: its branches, its body, what it catches."""
    match step:
        case Sequence() | TimeoutScope() | UseExcelFile() | ForEach() | While():
            return [step.steps]
        case If():
            return [*(steps for _, steps in step.branches), step.otherwise]
        case Switch():
            return [*(steps for _, steps in step.cases), step.default or ()]
        case Try():
            return [step.steps, *(steps for _, steps in step.catches), step.finally_]
        case CheckAppState():
            return [step.appears or (), step.vanishes or ()]
        case Once(inline=True):
            return [step.effect.verify, step.effect.repair, step.effect.do]
    return []


def inner_steps(step: Step) -> list[Step]:
    """The steps that stand directly inside a block, in every branch."""
    return [inner for steps in blocks(step) for inner in steps]


def all_steps(steps: Iterable[Step]) -> Iterator[Step]:
    """Steps and everything inside them, from top to bottom."""
    for step in steps:
        yield step
        yield from all_steps(inner_steps(step))


def _sets(step: Step) -> frozenset[str]:
    names = {step.save_as} if isinstance(step.save_as, str) else set(step.save_as or ())
    match step:
        case Assign():
            names.update(step.values)
        case ForEach():
            names.update(step.collect)
        case If() | Switch() | Try() | CheckAppState() | Sequence() | TimeoutScope() | UseExcelFile():
            names.update(*(inner.sets for inner in inner_steps(step)))
            if isinstance(step, Try) and step.catches:
                names.add("error")
    return frozenset(names)

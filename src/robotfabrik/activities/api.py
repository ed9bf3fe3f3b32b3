"""What an activity is: one typed async function, its context, and the session that it drives.

    async def hover(ctx: Context, target: Target) -> None:
        '''Move the mouse over an element. …'''

`describe` reads the annotations: they are the parameter types that the checker and the
documentation use. The docstring is the activity's reference.
"""

from __future__ import annotations

import inspect
import typing
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, NoReturn, Protocol

from robotfabrik.model.alerts import Severity
from robotfabrik.model.assets import Asset
from robotfabrik.model.process import Column, Element, Function, Screen, Table, Target
from robotfabrik.model.types import Type
from robotfabrik.model.values import Credential, Record, Secret
from robotfabrik.model.work import StoredItem

Effect = Literal["none", "read", "local", "send", "write"]
Guard = Callable[[], Awaitable[None]]

# What the annotations of an activity may be, besides str, int, bool, Decimal, date, timedelta and Literal:
ElementTarget = Annotated[Target, "element"]  # an element of a screen, or of a table's row
TableTarget = Annotated[Target, "table"]
ScreenTarget = Annotated[Target, "screen"]
Rendered = Annotated[str, "rendered"]  # any scalar, as a template would show it
SecretText = Annotated[Secret, "secret"]
Values = Annotated[Mapping[str, Any], "values"]  # the step's whole mapping: name → value
FunctionName = Annotated[Function, "function"]  # FILE.py:NAME, a Python function of the project
Json = Annotated[Any, "json"]  # an expression, or names and lists of values, to any depth
Keys = Annotated[str, "keys"]  # keys that are pressed together, such as Control+a
Inputs = Annotated[Mapping[str, Any], "inputs"]  # `with:` beside the activity: the function's arguments
Fields = Annotated[Sequence[tuple[Target, str]], "fields"]  # the step's whole mapping: element → value
Texts = Annotated[Sequence[str], "texts"]  # a list of texts, or one

# Of activities on tables. A table is a list of records; names and expressions are checked against `table`,
# but for names in a parameter `…_other`, which are columns of `other`.
Data = Annotated[Sequence[Record], "data"]  # a table, as an expression
Columns = Annotated[Sequence[Column], "columns"]  # {column: type} or {column: {header, as, private}}
Rows = Annotated[Sequence[Mapping[str, Any]], "rows"]  # [[value for each of `columns`]]
Cells = Annotated[Mapping[str, Any], "cells"]  # {column: value}
TypeName = Annotated[Type, "type"]  # the name of a type, such as money, or money? when it may be empty
Names = Annotated[Sequence[str], "names"]  # a column's name, or a list of names
RowCondition = Annotated[Callable[[Record], bool], "row condition"]  # a bare expression over `row`
RowValue = Annotated[Callable[[Record], Any], "row value"]  # a bare expression over `row`
GroupValues = Annotated[Mapping[str, Callable[[Sequence[Record]], Any]], "group values"]  # … over `rows`


Modifier = Literal["alt", "control", "shift", "meta"]
UNENCRYPTED = ("localhost", "127.0.0.1", "::1")  # where a mail and a password may go in the clear
Storage = Literal["cookie", "local_storage", "session_storage"]


@dataclass(frozen=True, slots=True)
class Place:
    """A point of an element: from a corner or its center, so many pixels to the right and down."""

    corner: Literal["center", "top_left", "top_right", "bottom_left", "bottom_right"] = "center"
    right: int = 0
    down: int = 0


@dataclass(frozen=True, slots=True)
class RawRow:
    """A row as read: column → text; `hidden` rows have only their protecting cell."""

    cells: Mapping[str, str | None]
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class RawForm:
    """A screen as read from one state of the page; `unknown` names the element that stood there instead."""

    fields: Mapping[str, str | None]
    tables: Mapping[str, tuple[RawRow, ...] | None]
    unknown: str | None = None


@dataclass(frozen=True, slots=True)
class Service:
    """Where a register with an API is, and the robot's account there."""

    url: str
    credential: Credential | None = None
    auth: Literal["basic", "bearer"] = "basic"


class Session(Protocol):
    """The windows of one application, logged in. Times are in seconds. One session has one user.

    Every call waits until its element is there and ready, at most `timeout`, and raises ElementMissing
    (naming the element, what was there instead), SessionLost or TimedOut. Targets are looked for in the
    window that is used: at first `main`.
    """

    async def goto(self, url: str, timeout: float) -> None: ...
    async def navigate(self, action: Literal["back", "forward", "refresh"], timeout: float) -> None:
        """Refresh asks for the page's address again: a form that was sent is not sent once more."""
        ...

    async def click(
        self,
        target: Target,
        timeout: float,
        *,
        kind: Literal["single", "double", "right"] = "single",
        modifiers: Sequence[Modifier] = (),
        place: Place | None = None,
        guard: Guard | None = None,
    ) -> None:
        """Click when it can be clicked. `guard` runs after actionability, right before the click itself."""
        ...

    async def hover(self, target: Target, timeout: float) -> None: ...
    async def focus(self, target: Target, timeout: float) -> None: ...
    async def drag(self, target: Target, onto: Target, timeout: float) -> None: ...

    async def scroll(
        self,
        target: Target | None,
        direction: Literal["down", "up", "right", "left"],
        amount: int,
        timeout: float,
        *,
        until: Target | None = None,
    ) -> None:
        """Turn the wheel by `amount` pixels, over an element or the page; again `until` one is there."""
        ...

    async def fill(self, target: Target, text: str, timeout: float, *, verify: bool = True) -> None:
        """Replace a field's text. `verify` looks whether it holds it afterwards, perhaps in its own form."""
        ...

    async def type_keys(
        self, target: Target, text: str, timeout: float, *, delay: float, empty: bool, verify: bool
    ) -> None:
        """Type a text key by key, `delay` apart, into an emptied field or after what stands there."""
        ...

    async def enter(self, target: Target, value: str, timeout: float) -> None:
        """Give a control a value as its kind takes it: text, date, list, suggestion, box, radio button."""
        ...

    async def select(self, target: Target, item: str, timeout: float) -> None:
        """Choose an item by its text: of a list, a list that opens, suggestions, or radio buttons."""
        ...

    async def select_several(self, target: Target, items: Sequence[str], timeout: float) -> None:
        """Choose these items and no others."""
        ...

    async def check(self, target: Target, on: bool, timeout: float) -> None: ...
    async def read_text(self, target: Target, timeout: float) -> str | None: ...

    async def read_form(self, screen: Screen, unknown: Sequence[Element], timeout: float) -> RawForm:
        """All fields and tables (first page) of a screen, read at once."""
        ...

    async def read_table(
        self, table: Table, unknown: Sequence[Element], timeout: float, *, max_rows: int | None = None
    ) -> tuple[RawRow, ...] | str:
        """All rows, or the first ones, following `next` or `more` to its end.

        The id of an unknown element when that is there instead.
        """
        ...

    async def attribute(self, target: Target, name: str, timeout: float) -> str | None:
        """An attribute of an element, as the page has it now; a password's value is never given."""
        ...

    async def find(self, target: Target, timeout: float) -> None:
        """Wait until an element is there, once."""
        ...

    async def exists(self, target: Target, timeout: float, *, gone: bool = False) -> bool:
        """Does it appear (or vanish, `gone`) within `timeout`?"""
        ...

    async def press(self, keys: str, target: Target | None, timeout: float) -> None: ...
    async def wait_element_vanish(self, target: Target, timeout: float) -> None: ...

    async def upload(self, target: Target, files: Sequence[Path], timeout: float) -> None: ...

    async def download(
        self, target: Target, place: Callable[[str], Path], timeout: float, *, guard: Guard | None = None
    ) -> Path:
        """Click, and wait until the whole file lies there, readable by its owner alone.

        `place` is asked with the name that the application gives the file, made harmless.
        """
        ...

    async def picture(self, *, real: bool, timeout: float) -> bytes:
        """A PNG of the page: drawn without any text of a case, or `real`."""
        ...

    async def pdf(self, timeout: float) -> bytes: ...

    async def open_window(self, name: str, url: str, timeout: float) -> None:
        """Open another window of this user's, and use it."""
        ...

    async def attach_window(self, name: str, title: str, timeout: float) -> None:
        """Wait for a window that a page has opened (with this in its title), name it, and use it."""
        ...

    async def use_window(self, name: str) -> None: ...
    async def has_window(self, name: str) -> bool: ...
    async def close_window(self, name: str) -> None:
        """Close it; when it was used, the window that it was opened from is used again."""
        ...

    async def close_other_windows(self) -> None:
        """Close every window but `main`, and use that."""
        ...

    async def answer_dialog(self, accept: bool, text: str, message: str) -> None:
        """Prepare for the dialog of the next action: it must say `message`; `text` answers a prompt."""
        ...

    async def dialog_text(self) -> str | None:
        """What the last dialog said, since the last action began."""
        ...

    async def script(self, script: str, target: Target | None, argument: str, timeout: float) -> Any:
        """What a function's body returns that knows `argument`, and `element` when there is a target."""
        ...

    async def browser_data(self, kind: Storage, name: str, timeout: float) -> str | None: ...
    async def set_browser_data(self, kind: Storage, name: str, value: str | None, timeout: float) -> None:
        """None takes it away."""
        ...

    async def highlight(self, target: Target | None, timeout: float) -> None:
        """Draw an outline around an element, in place of the one before; none takes it away.

        With a timeout of 0 only what is shown now counts: no page of a table is turned.
        """
        ...


class Context(Protocol):
    """What an activity may use, and no more."""

    @property
    def timeout(self) -> float:
        """Seconds that this step may take."""
        ...

    @property
    def own_timeout(self) -> float | None:
        """The same, only when the step itself says `timeout:`."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait; TimedOut when the time of the steps around is over before."""
        ...

    @property
    def job(self) -> Mapping[str, Any]: ...

    def session(self, application: str) -> Session: ...

    def unknown_elements(self, application: str) -> Sequence[Element]:
        """The elements that say `the register did not answer`."""
        ...

    def write_guard(self, element: Element) -> Guard | None:
        """The guard for a click: none for a harmless element, refuses a writing one outside `once`."""
        ...

    def effect_guard(self, what: str) -> Guard:
        """The guard for something that writes without an element: runs right before it.

        SystemException outside the `do` of `once`, and in a rehearsal.
        """
        ...

    def throw(self, id: str, message: str = "") -> Exception:
        """The exception that an id of the PDD stands for."""
        ...

    def remember_private(self, value: Any) -> None:
        """Mask this value in logs and evidence from now on."""
        ...

    def remember_private_name(self, name: str) -> None:
        """Mask a file's name in logs and evidence from now on, but not its words."""
        ...

    def remember_reading(self, screen: str) -> None:
        """Note that this screen was read, for the report's sources."""
        ...

    async def add_items(self, rows: Sequence[Mapping[str, Any]]) -> Sequence[str]:
        """Add items, all or none; what became of each (model.work.Added)."""
        ...

    def exclude(self, exception: str) -> None:
        """Count a case that the dispatch skips."""
        ...

    def credential(self, name: str) -> Credential:
        """An account that the bot lists; SystemException when it does not."""
        ...

    def service(self, name: str) -> Service:
        """Where a register with an API is; SystemException when the bot does not say."""
        ...

    def secret(self, name: str) -> Secret:
        """A secret that the bot lists; SystemException when it does not."""
        ...

    async def asset(self, name: str) -> Asset | None:
        """What robots share under a name: set for this bot, else for this machine, else for all."""
        ...

    async def set_asset(self, name: str, value: str) -> None:
        """Set what `asset` gives; SystemException when its type does not allow that."""
        ...

    async def raise_alert(self, text: str, severity: Severity) -> None:
        """Tell people what is the same for every case; in a rehearsal only the log."""
        ...

    def show_table(self, title: str, rows: Sequence[Record], figures_only: bool) -> None:
        """Let the job's report show a table; SystemException while an item is processed."""
        ...

    async def keep(
        self, kind: str, key: str, type_: Type, make: Callable[[], Mapping[str, Any]], *, unless: bool = False
    ) -> Record:
        """What was first made under a key in this process and data set, for ever; made now if nothing was.

        `unless`: what is made now is not kept. A rehearsal keeps its own.
        """
        ...

    async def queue_items(self, process: str = "") -> Sequence[StoredItem]:
        """The items of this process's queue, or of another's live one, in the order of their adding."""
        ...

    def postpone(self, seconds: float, at_most: int) -> NoReturn:
        """End this execution; the item is taken again after so long. SystemException outside an item."""
        ...

    async def set_progress(self, text: str) -> None:
        """Note how far the work on the item has come."""
        ...

    def path(self, text: str, *, write: bool = False) -> Path:
        """Where a file or folder lies that a step names; it need not exist. SystemException when it may
        not be used, and in a rehearsal when something outside the job's own folder would be changed.

        A relative path is read in the job's own folder, else in the project's; `write` means the job's own,
        whose folders on the way are made. Absolute ones lie in folders that the bot grants.
        """
        ...

    def log(self, level: str, message: str) -> None: ...


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of an activity; `annotation` is the Python annotation."""

    name: str
    annotation: Any
    required: bool
    default: Any

    @property
    def tag(self) -> str:
        """What the annotation says besides its type: Annotated[…, 'element'] → element."""
        annotated = typing.get_origin(self.annotation) is Annotated
        return str(typing.get_args(self.annotation)[1]) if annotated else ""


@dataclass(frozen=True, slots=True)
class Activity:
    """An activity's description, made from its function."""

    name: str
    run: Callable[..., Awaitable[Any]]
    effect: Effect
    parameters: Mapping[str, Parameter]
    returns: Any
    doc: str
    result_type: Callable[[Mapping[str, Any]], Type] | None = (
        None  # from the arguments, when it depends on them
    )
    problem: Callable[[Mapping[str, Any]], str | None] | None = None  # of arguments that do not go together
    unsafe: bool = False  # nothing can check what it does
    block: str = ""  # the control step that gives its first parameter to the activities inside it
    result_from: Callable[[Mapping[str, Any], Mapping[str, Type]], Type] | None = (
        None  # from the arguments and the static types of those that belong to tables
    )

    effect_from: Callable[[Mapping[str, Any]], Effect] | None = None  # from the arguments, where it depends

    def effect_of(self, arguments: Mapping[str, Any]) -> Effect:
        """The effect of a step with these arguments."""
        return self.effect if self.effect_from is None else self.effect_from(arguments)

    @property
    def first(self) -> str | None:
        """The parameter that a plain value fills."""
        return next(iter(self.parameters), None)


def describe(run: Callable[..., Awaitable[Any]], effect: Effect = "read", **more: Any) -> Activity:
    """The description of an activity function."""
    hints = typing.get_type_hints(run, include_extras=True)
    parameters = {
        name: Parameter(name, _given(hints[name]), p.default is inspect.Parameter.empty, p.default)
        for name, p in inspect.signature(run).parameters.items()
        if name != "ctx"
    }
    doc = inspect.getdoc(run) or ""
    return Activity(run.__name__, run, effect, parameters, hints.get("return"), doc, **more)


def _given(annotation: Any) -> Any:
    """What is given, of something that may be left out: X | None → X."""
    options = typing.get_args(annotation)
    if type(None) in options and len(options) == 2:
        return next(option for option in options if option is not type(None))
    return annotation

"""What can go wrong, and who deals with it.

    RobotError
    ├── DefinitionError         a PDD, repository, bot or schedule is wrong: diagnostics, exit 2
    ├── UsageError              a command was called wrongly: one line, exit 2
    │   ├── JobTaken            the job does not wait any more: somebody else runs it, or nobody shall
    │   └── StoreUnreachable    the store's server does not answer
    ├── BusinessRuleException   the case asks for a person; never retried, may be postponed
    ├── SystemException         the application or machine failed; the queue retries, session reset
    │   ├── ElementMissing      an element was not found (or found several times)
    │   ├── SessionLost         the application logged the robot out
    │   ├── TimedOut            a step's time ran out
    │   └── StoreLost           the store's server went away; what was asked of it may be kept or not
    ├── Missing / Unreadable / Unknown    a reading has no value (mapped by the PDD's `reading:`)
    ├── InDoubt                 nobody knows whether an effect happened: held for a person, never caught
    └── LeaseLost               another worker owns the item now: stop at once, write nothing
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from robotfabrik.model.source import Span
from robotfabrik.model.suggest import did_you_mean, nearest

Severity = Literal["error", "warning", "info"]
"""An error makes `check` fail and a run impossible; a warning fails with `--strict`; info never does."""


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding in a definition: what is wrong, where, and what to write instead.

    When it is about a name that is not known, `name` is that name and `near` are those nearly like it.
    """

    span: Span
    message: str
    rule: str
    suggestion: str | None = None
    severity: Severity = "error"
    name: str | None = None
    near: tuple[str, ...] = ()


def unknown(span: Span, message: str, rule: str, name: str, known: Iterable[str]) -> Diagnostic:
    """A name that is not known, with the nearest ones as suggestion."""
    names = tuple(known)
    near = tuple(nearest(name, names))
    return Diagnostic(span, message, rule, did_you_mean(name, names) or None, name=name, near=near)


class RobotError(Exception):
    """Root of everything that robotfabrik raises on purpose."""


class DefinitionError(RobotError):
    """A definition is wrong. Carries every diagnostic that was found."""

    def __init__(self, diagnostics: tuple[Diagnostic, ...]) -> None:
        super().__init__(f"{len(diagnostics)} problem(s) in the definition")
        self.diagnostics = diagnostics


def plainly(error: OSError) -> str:
    """What a file or folder refused, for people: its path and the system's words."""
    what = error.strerror or str(error) or type(error).__name__
    return f"{error.filename}: {what}" if error.filename else what


def unforeseen(error: Exception) -> str:
    """What nobody foresaw, for the log: its type and its words, without the path of a file."""
    what = error.strerror if isinstance(error, OSError) else str(error)
    return f"{type(error).__name__}: {what}"


class UsageError(RobotError):
    """A command was called wrongly; the message says what to do."""


class JobTaken(UsageError):
    """The job was started before, or was stopped while it waited: whoever meets this does nothing."""

    def __init__(self, job_id: str) -> None:
        super().__init__(f"the job {job_id} does not wait any more: it was started before, or stopped")


class StoreUnreachable(UsageError):
    """The store's server does not answer: its address is wrong, or it is away."""


class BusinessRuleException(RobotError):
    """The rules say that a person takes this case. `id` is an exception id of the PDD."""

    def __init__(self, id: str, message: str = "") -> None:
        super().__init__(message or id)
        self.id = id


class SystemException(RobotError):
    """The application, the network or the machine failed. Anything unknown counts as this."""

    def __init__(self, message: str, id: str | None = None) -> None:
        super().__init__(message)
        self.id = id


class ElementMissing(SystemException):
    """An element was looked for and not found, or not found once."""


class SessionLost(SystemException):
    """The application no longer knows the robot's session."""


class TimedOut(SystemException):
    """A step took longer than its timeout."""


class StoreLost(SystemException):
    """The store's server went away; nobody knows whether it kept what it was asked last."""


class ReadingError(RobotError):
    """A reading has no value; the PDD's `reading:` says which exception that is."""

    outcome: Literal["missing", "unreadable", "unknown"]


class Missing(ReadingError):
    """What was to be read is not on the screen."""

    outcome = "missing"


class Unreadable(ReadingError):
    """Something stands there, but it is not of the declared type."""

    outcome = "unreadable"


class Unknown(ReadingError):
    """The register did not answer."""

    outcome = "unknown"


class InDoubt(RobotError):
    """An effect may or may not have happened. The item is held for a person."""


def system_id(error: BaseException) -> str:
    """The id of what is no business exception: the PDD's own for it, or one of the engine's.

    SE1 logging in, SE2 time-out, lost session or whatever else the application failed in, SE3 an element or
    reading that is missing, SE4 a register that did not answer, SE6 a crash. (SE5, a save that is not
    verified, is never an item's end: it is held.)
    """
    own: str | None = getattr(error, "id", None)
    if own:
        return own
    match error:
        case ElementMissing() | Missing() | Unreadable():
            return "SE3"
        case Unknown():
            return "SE4"
        case SystemException():
            return "SE2"
        case _:
            return "SE6"


class LeaseLost(RobotError):
    """The item belongs to somebody else now."""


class EvaluationError(RobotError):
    """An expression could not be evaluated. `span` is the place inside the expression."""

    def __init__(self, message: str, span: Span | None = None) -> None:
        super().__init__(message)
        self.span = span

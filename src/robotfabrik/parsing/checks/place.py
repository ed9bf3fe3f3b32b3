"""Where a step stands: what a rule may know of its surroundings."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from robotfabrik.model.errors import Diagnostic
from robotfabrik.model.process import Effect, Process, Step
from robotfabrik.model.types import Type

Report = Callable[[Diagnostic], None]


@dataclass(frozen=True, slots=True)
class Place:
    """`process` is None while a repository is checked alone.

    `writing` is the effect whose do or repair this is, `verifying` the one whose verify. `after` is the
    step right above when nothing goes on after that.
    """

    process: Process | None
    section: str
    writing: Effect | None = None
    verifying: Effect | None = None
    loop: bool = False
    catch: bool = False
    after: Step | None = None


Rule = Callable[[Step, Mapping[str, Type], Place, Report], None]

"""The tests that stand beside a PDD: of a rule, of a text, and of the whole process."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from robotfabrik.model.process import BotApplication, Effect, Rule, Text
from robotfabrik.model.source import Span


@dataclass(frozen=True, slots=True)
class Example:
    """One row of a rule's examples: typed inputs, and the outputs that are expected.

    `sound` is false when a cell could not be read, and was reported.
    """

    span: Span
    inputs: Mapping[str, Any]
    outputs: Mapping[str, Any]
    input_spans: Mapping[str, Span] = field(default_factory=dict)
    output_spans: Mapping[str, Span] = field(default_factory=dict)
    sound: bool = True


@dataclass(frozen=True, slots=True)
class RuleTest:
    span: Span
    rule: Rule
    examples: tuple[Example, ...]


@dataclass(frozen=True, slots=True)
class TextTest:
    """`whole` and `rubrik` are compared, `contains` looked for."""

    span: Span
    text: Text
    given: Mapping[str, Any]
    whole: str | None = None
    rubrik: str | None = None
    contains: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """What a mocked workflow gives back, when its inputs are like `where`."""

    where: Mapping[str, Any]
    outputs: Mapping[str, Any]
    throws: str | None = None


@dataclass(frozen=True, slots=True)
class Stopped:
    """How a job stopped early. `unhandled`: each an `item` and a `state`."""

    day: date | None
    at: str
    dispatched: bool
    unhandled: tuple[Mapping[str, Any], ...]
    told_later: bool = False


@dataclass(frozen=True, slots=True)
class Retracted:
    """An effect with its content, and why it is taken back."""

    effect: Effect
    content: Mapping[str, Any]
    id: str
    day: date | None
    reason: str


@dataclass(frozen=True, slots=True)
class Expectation:
    """None means: not looked at. `once` effect → the content of each time; `items` what dispatch adds."""

    status: str | None = None
    throws: str | None = None
    rules: tuple[str, ...] | None = None
    once: Mapping[str, tuple[Mapping[str, str], ...]] | None = None
    items: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class ProcessTest:
    """`workflows` name → answers: one is used for every call, several are used call by call or by `where`.

    `missing` are the ids of elements that are not there, in an application that has all others; None: no
    application is there. `application` says over which pages or address the test runs, by application.
    """

    span: Span
    name: str
    expect: Expectation
    day: date | None = None
    config: Mapping[str, Any] = field(default_factory=dict)
    item: Mapping[str, Any] | None = None
    last_completed: date | None = None
    workflows: Mapping[str, tuple[Answer, ...]] = field(default_factory=dict)
    effects: Mapping[str, tuple[Mapping[str, Any], ...]] = field(default_factory=dict)
    missing: tuple[str, ...] | None = None
    application: Mapping[str, BotApplication] = field(default_factory=dict)
    outage: Stopped | None = None
    items: tuple[Mapping[str, Any], ...] | None = None
    retract: Retracted | None = None


Case = RuleTest | TextTest | ProcessTest

"""A value that shall become text: what a template shows for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from robotfabrik.expressions.check import Environment
from robotfabrik.expressions.kinds import kind
from robotfabrik.expressions.text import NO_TEXT, to_text
from robotfabrik.model.errors import EvaluationError
from robotfabrik.model.source import Span
from robotfabrik.model.types import TEXT, Type


class Rendered:
    """Wraps a value of any scalar type; evaluates to its text."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value

    @property
    def span(self) -> Span:
        """Where it stands."""
        found: Span = self.value.span
        return found

    def check(self, env: Environment) -> Type:
        """Text; a value that has none is reported."""
        if problem := NO_TEXT.get(kind(self.value.check(env))):
            env.problem(self.span, problem, "template")
        return TEXT

    def evaluate(self, scope: Mapping[str, Any]) -> str:
        """The text. Raises EvaluationError when the value has none."""
        try:
            return to_text(self.value.evaluate(scope))
        except EvaluationError as error:
            error.span = error.span or self.span
            raise

"""What a step may name: screens, workflows, effects, rules and texts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from robotfabrik.expressions.kinds import kind
from robotfabrik.model.process import Effect, Repository, Rule, Screen, Text, Workflow
from robotfabrik.model.types import ANY, Type
from robotfabrik.parsing.code import Codebase

Returns = Mapping[str, Mapping[str, Type]]
"""Workflow id → the types of its outputs as its steps set them: a `list` is known to be one of what."""


def refined(declared: Type, found: Type | None) -> Type:
    """A declared type that says no more than list, table or record, with what is known of its inside."""
    vague = (
        declared.name in ("list", "table", "record") and declared.of in (None, ANY) and not declared.fields
    )
    if found is None or not vague or kind(found) != kind(declared):
        return declared
    return found.or_none() if declared.optional else found


@dataclass(slots=True)
class Names:
    """What a step may name. In a repository the application's own screens need no prefix."""

    application: str | None = None
    screens: Mapping[str, Screen] = field(default_factory=dict)
    repositories: Mapping[str, Repository] = field(default_factory=dict)
    unread: frozenset[str] = (
        frozenset()
    )  # applications whose repository could not be read: nothing is unknown
    returns: Returns = field(default_factory=dict)
    workflows: dict[str, Workflow] = field(default_factory=dict)
    effects: dict[str, Effect] = field(default_factory=dict)
    rules: Mapping[str, Rule] = field(default_factory=dict)
    texts: Mapping[str, Text] = field(default_factory=dict)
    code: Codebase = field(default_factory=Codebase)

    def all_workflows(self) -> dict[str, Workflow]:
        """Every workflow that can be named, as it is written."""
        return self._all(self.workflows, "workflows")

    def all_effects(self) -> dict[str, Effect]:
        return self._all(self.effects, "effects")

    def all_texts(self) -> dict[str, Text]:
        return self._all(self.texts, "texts")

    def id(self, name: str) -> str:
        """The id of what is defined under a name: in a repository it names the application."""
        return f"{self.application}.{name}" if self.application else name

    def _all(self, own: Mapping[str, Any], kind: str) -> dict[str, Any]:
        named = {
            f"{app}.{name}": x
            for app, repo in self.repositories.items()
            for name, x in getattr(repo, kind).items()
        }
        return {**named, **own}

    def record_types(self) -> dict[str, Type]:
        """Type names besides the scalars: screens, and RULE.output."""
        known = {name: screen.type for name, screen in self.screens.items()}
        for app, repository in self.repositories.items():
            known.update({f"{app}.{name}": screen.type for name, screen in repository.screens.items()})
        for rule in self.rules.values():
            known.update({f"{rule.id}.{name}": type_ for name, type_ in rule.outputs.items()})
        return known

    def rows(self) -> list[str]:
        """What a step or a test may name as the rule that decided: a row, or a whole rule."""
        return [*(row.id for rule in self.rules.values() for row in rule.rows), *self.rules]

    def unsure(self, name: str) -> bool:
        """Does a name begin with an application of which nothing is known?"""
        return name.split(".")[0] in self.unread

    def outputs(self, workflow: Workflow) -> dict[str, Type]:
        """The types of a workflow's outputs, as far as they are known."""
        found = self.returns.get(workflow.id, {})
        return {name: refined(type_, found.get(name)) for name, type_ in workflow.outputs.items()}

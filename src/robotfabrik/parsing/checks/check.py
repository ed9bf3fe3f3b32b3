"""What a rule of the checker is: an id, how bad a finding is, and what it finds, in one sentence."""

from __future__ import annotations

from dataclasses import dataclass

from robotfabrik.model.errors import Diagnostic, Severity
from robotfabrik.model.source import Span


@dataclass(frozen=True, slots=True)
class Check:
    """A rule. `judgement` marks an error that a person may overrule with an ignore and a reason."""

    id: str
    severity: Severity
    finds: str
    judgement: bool = False

    @property
    def ignorable(self) -> bool:
        """May `# robotfabrik: ignore[…]` silence it?"""
        return self.judgement or self.severity != "error"

    def at(self, span: Span, message: str, suggestion: str | None = None) -> Diagnostic:
        """A finding at `span`."""
        return Diagnostic(span, message, self.id, suggestion or None, self.severity)

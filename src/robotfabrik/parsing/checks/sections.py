"""A PDD that is released says what the business signs: the sections that a reader of it relies on.

Released is a version of 1.0.0 or more, or a bot that runs it live in production. Drafts may say less.
An approval is asked for in production only: it is given after the version has been written.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from robotfabrik.model.process import Bot, Process
from robotfabrik.model.source import place_of
from robotfabrik.parsing.checks.check import Check
from robotfabrik.parsing.checks.place import Report

CHECK = Check("missing-section", "warning", "A released PDD lacks a section of its document.")
DOCUMENT = ("purpose", "contacts", "overview", "scope", "history")
DATA_PROTECTION = ("legal_basis", "purpose", "reads", "retention")
_RELEASED = re.compile(r"v?([1-9]\d*)(\.|$)")


def check(process: Process, report: Report) -> None:
    """At the version, when that is a release."""
    if _is_release(process):
        for message, suggestion in _missing(process, "write it, or give a draft a version below 1"):
            span = place_of(process.version, process.span)
            report(CHECK.at(span, f"version {process.version} is a release, but {message}", suggestion))


def check_bot(bot: Bot, process: Process, report: Report) -> None:
    """At the bot, when it runs live in production."""
    if (bot.mode, bot.environment) != ("live", "production"):
        return
    missing = [] if _is_release(process) else list(_missing(process, "write it before the robot runs live"))
    if not _has_version(process, "approval"):
        missing.append(
            (f"no approval of version {process.version} stands in its document", _entry("approval"))
        )
    for message, suggestion in missing:
        report(CHECK.at(bot.span, f"{process.id} runs live in production, but {message}", suggestion))


def _is_release(process: Process) -> bool:
    return _RELEASED.match(process.version) is not None


def _missing(process: Process, advice: str) -> Iterator[tuple[str, str]]:
    protection = process.document.get("data_protection") or {}
    for part, names, written in (
        ("document", DOCUMENT, process.document), ("data_protection", DATA_PROTECTION, protection),
    ):  # fmt: skip
        if absent := [name for name in names if not written.get(name)]:
            yield f"its {part} lacks {', '.join(absent)}", advice
    if process.document.get("history") and not _has_version(process, "history"):
        yield f"its history has no version {process.version}", _entry("history")


def _has_version(process: Process, section: str) -> bool:
    entries = process.document.get(section) or ()
    return any(isinstance(entry, dict) and entry.get("version") == process.version for entry in entries)


def _entry(section: str) -> str:
    return f"document: {{{section}: [{{version: …, date: …}}]}}"

"""The sections of a definition: the parser's own tables of keys, and what they mean in words, by name."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from robotfabrik.authoring import words_alerts, words_files, words_pdd
from robotfabrik.parsing import (
    addresses,
    alerts,
    bots,
    comparing,
    decisions,
    document,
    exceptions,
    objects,
    process,
    reports,
    schedule,
    steps,
    testing,
    times,
)

KEYS: Mapping[str, tuple[str, ...]] = MappingProxyType({
    "pdd": process.KEYS,
    "document": tuple(document.DOCUMENT),
    "data_protection": tuple(document.DATA_PROTECTION),
    "config": process.SETTING,
    "reading": exceptions.READING,
    "exceptions": exceptions.EXCEPTION,
    "queue": process.QUEUE,
    "rules": decisions.RULE,
    "texts": decisions.TEXT,
    "paragraph": decisions.PARAGRAPH,
    "sentence": decisions.SENTENCE,
    "workflows": steps.WORKFLOW_KEYS,
    "effect": steps.EFFECT_KEYS,
    "retraction": steps.RETRACTION,
    "measure": reports.MEASURE,
    "step": steps.COMMON,
    "report": reports.REPORT,
    "compare": comparing.COMPARE,
    "rule_test": testing.RULE_TEST,
    "text_test": testing.TEXT_TEST,
    "process_test": testing.PROCESS_TEST,
    "given": testing.GIVEN,
    "given_outage": testing.GIVEN_OUTAGE,
    "given_retract": testing.GIVEN_RETRACT,
    "expect": testing.EXPECT,
    "objects": objects.KEYS,
    "element": objects.ELEMENT,
    "anchor": objects.ANCHOR,
    "table": objects.TABLE,
    "column": objects.COLUMN,
    "bot": bots.KEYS,
    "service": addresses.SERVICE,
    "limits": bots.LIMITS,
    "retention": bots.RETENTION,
    "statistics": bots.STATISTICS,
    "schedule": schedule.SCHEDULE,
    "calendar": schedule.CALENDAR,
    "dates": schedule.DATES,
    "trigger": schedule.TRIGGER,
    "file_trigger": schedule.FILE,
    "queue_trigger": schedule.QUEUE,
    "after_trigger": schedule.AFTER,
    "arguments": schedule.ARGUMENTS,
    "blackout": times.BLACKOUT,
    "alerts": alerts.ALERTS,
    "tell": alerts.TELL,
    "alert_limits": alerts.LIMITS,
    "mail": alerts.MAIL,
    "summary": alerts.SUMMARY,
})  # fmt: skip

REQUIRED: Mapping[str, tuple[str, ...]] = {
    "pdd": process.REQUIRED, "config": ("type", "value", "description"), "exceptions": ("kind", "name"),
    "queue": ("item", "reference"), "rules": ("name", "inputs", "outputs", "table"), "texts": ("text",),
    "compare": comparing.REQUIRED, "paragraph": ("lines",), "sentence": ("text",), "workflows": ("steps",),
    "effect": ("do", "verify", "writes"), "retraction": ("once",), "measure": reports.REQUIRED,
    "given_retract": ("effect", "content"),
    "rule_test": ("rule", "examples"), "text_test": ("text", "expect"), "process_test": ("name", "expect"),
    "objects": ("objects", "id", "screens"), "table": ("table", "columns"),
    "bot": ("bot", "id", "pdd", "applications"), "schedule": ("schedule",),
    "service": ("url",), "trigger": ("name", "bot"), "file_trigger": ("folder",), "after_trigger": ("bot",),
    "blackout": ("from", "to"), "alerts": ("alerts",), "tell": ("to",), "mail": ("server", "sender"),
    "summary": ("bot", "to"), "statistics": ("manual_minutes",),
}  # fmt: skip
"""The keys that a section needs."""

PARTS: Mapping[str, Mapping[str, tuple[str, ...]]] = MappingProxyType({
    "document": document.DOCUMENT, "data_protection": document.DATA_PROTECTION,
})  # fmt: skip
"""Sections whose keys have entries with parts of their own."""

KINDS = ("pdd", "objects", "bot", "schedule", "alerts")
"""What a file may be, by its first key."""

SECTIONS: Mapping[str, str] = {
    **words_pdd.SECTIONS, **words_files.SECTIONS, **words_alerts.SECTIONS,
}  # fmt: skip

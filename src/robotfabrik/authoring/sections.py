"""The sections of a definition: the parser's own tables of keys, and what they mean in words, by name."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from robotfabrik.authoring import words_files, words_pdd
from robotfabrik.parsing import bots, decisions, document, objects, process, steps, testing

KEYS: Mapping[str, tuple[str, ...]] = MappingProxyType({
    "pdd": process.KEYS,
    "document": tuple(document.DOCUMENT),
    "data_protection": tuple(document.DATA_PROTECTION),
    "config": process.SETTING,
    "reading": process.READING,
    "exceptions": process.EXCEPTION,
    "queue": process.QUEUE,
    "rules": decisions.RULE,
    "texts": decisions.TEXT,
    "sentence": decisions.SENTENCE,
    "workflows": steps.WORKFLOW_KEYS,
    "effect": steps.EFFECT_KEYS,
    "step": steps.COMMON,
    "report": process.REPORT,
    "rule_test": testing.RULE_TEST,
    "text_test": testing.TEXT_TEST,
    "process_test": testing.PROCESS_TEST,
    "given": testing.GIVEN,
    "expect": testing.EXPECT,
    "objects": objects.KEYS,
    "element": objects.ELEMENT,
    "anchor": objects.ANCHOR,
    "table": objects.TABLE,
    "column": objects.COLUMN,
    "bot": bots.KEYS,
    "limits": tuple(bots.LIMITS),
    "schedule": bots.SCHEDULE,
})  # fmt: skip

KINDS = ("pdd", "objects", "bot", "schedule")
"""What a file may be, by its first key."""

SECTIONS: Mapping[str, str] = {**words_pdd.SECTIONS, **words_files.SECTIONS}

"""The JSON Schema (2020-12) of definitions, for completion and hover in editors.

The keys are the parser's own, the activities those of the catalogue, the descriptions those of the reference.
An editor reads YAML's types, the parser reads text: so numbers and booleans may stand wherever a text may.
"""

from __future__ import annotations

import typing
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from robotfabrik.activities.api import Activity, Parameter
from robotfabrik.activities.catalogue import CATALOGUE
from robotfabrik.authoring.blocks import BLOCKS
from robotfabrik.authoring.docs import parse_doc
from robotfabrik.authoring.sections import KEYS, KINDS, REQUIRED, SECTIONS
from robotfabrik.authoring.tags import TARGETS, is_beside, is_whole, plain, stands_alone
from robotfabrik.model.alerts import EVERY
from robotfabrik.model.alerts import KINDS as CAUSES
from robotfabrik.model.measures import SHOWS
from robotfabrik.model.process import AUTHORITIES
from robotfabrik.model.schedule import (
    DAY_KINDS,
    JOB_DATES,
    JOB_STATUSES,
    MISFIRES,
    ON_HOLIDAY,
    PHASES,
)
from robotfabrik.model.types import SCALARS
from robotfabrik.parsing.addresses import AUTHS
from robotfabrik.parsing.decisions import HIT_POLICIES
from robotfabrik.parsing.document import ANYTHING, DATA_PROTECTION, DOCUMENT
from robotfabrik.parsing.objects import KINDS as WAYS
from robotfabrik.parsing.objects import ROLES
from robotfabrik.parsing.schedule import STARTS
from robotfabrik.parsing.steps import BLOCK_KEYS
from robotfabrik.parsing.testing import OUTCOMES, STATES, STATUSES

Schema = dict[str, Any]
DIALECT = "https://json-schema.org/draft/2020-12/schema"

# --- values

EXPRESSION = r"\$\{\{"
TEXT: Schema = {"type": ["string", "number", "boolean"]}
OR_EMPTY: Schema = {"type": ["string", "number", "boolean", "null"]}
NOTHING: Schema = {"type": ["null", "string"], "maxLength": 0}
ANY: Schema = {}
BOOLEAN: Schema = {
    "type": ["boolean", "string"],
    "enum": [True, False, "true", "false", "ja", "nej", "yes", "no"],
}
WHOLE: Schema = {"type": ["integer", "string"], "pattern": r"^[-−]?\d[\d  ]*$"}
DAYS: Schema = {"type": "string", "pattern": "d$"}
DURATION: Schema = {"type": "string", "pattern": r"^\d+(\.\d+)?\s*(ms|s|m|min|h|d)$"}
DATE: Schema = {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}$"}
VERSION: Schema = {"enum": [1, "1"]}
STEPS: Schema = {"anyOf": [{"type": "array", "items": {"$ref": "#/$defs/step"}}, {"type": "null"}]}
TEXTS: Schema = {"type": "array", "items": TEXT}
NAMES: Schema = {"anyOf": [TEXT, TEXTS]}
TYPE: Schema = {"anyOf": [{"enum": [*SCALARS, "list", "table", "any"]}, {"type": "string"}]}
TARGET: Schema = {"type": "string", "pattern": r"^[^\s.]+(\.[^\s.]+)*$"}
WRITES: Schema = {"enum": list(AUTHORITIES[1:])}


def mapping(values: Schema | bool = True) -> Schema:
    """Names of the author's own, each with such a value."""
    return {"type": "object", "additionalProperties": values}


def one_of(words: Iterable[str]) -> Schema:
    return {"enum": list(words)}


def reference(name: str) -> Schema:
    return {"$ref": f"#/$defs/{name}"}


SENTENCES: Schema = {"type": "array", "items": {"anyOf": [TEXT, reference("sentence")]}}


def or_nothing(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


def or_expression(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "string", "pattern": EXPRESSION}]}


TYPES = mapping(TYPE)
TARGET_OF_ROW: Schema = {"anyOf": [TARGET, {
    "type": "object", "properties": {"target": TARGET, "row": ANY, "with": mapping(TEXT)},
    "required": ["target"], "additionalProperties": False,
}]}  # fmt: skip
VALUES = mapping(TEXT)
BLACKOUTS: Schema = {"anyOf": [
    TEXT, reference("blackout"), {"type": "array", "items": {"anyOf": [TEXT, reference("blackout")]}},
]}  # fmt: skip
MOMENT: Schema = {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}( +\d{1,2}[:.]\d{2})?$"}
STRETCHES: Schema = {
    "type": "array",
    "items": {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}( *\.\. *\d{4}-\d{2}-\d{2})?$"},
}

# --- the shapes of sections: key → what stands there. The keys themselves are the parser's.

WORKFLOW = {"inputs": reference("types_of_records"), "outputs": TYPES, "steps": STEPS, "name": TEXT}
EFFECT = {
    "writes": WRITES, "inputs": TYPES, "verify": STEPS, "partial": TEXT, "repair": STEPS, "do": STEPS,
    "unverified": TEXTS, "retract": reference("retraction"), "name": TEXT,
}  # fmt: skip
FINDING = {
    "role": reference("role"), "name": TEXT, "label": TEXT, "text": TEXT, "text_matches": TEXT,
    "test_id": TEXT, "css": TEXT, "within": reference("finding"), "anchor": reference("anchor"),
    "frame": reference("finding"), "fallbacks": {"type": "array", "items": reference("finding")},
    "exact": BOOLEAN,
}  # fmt: skip
SHAPES: Mapping[str, Mapping[str, Schema]] = {
    "pdd": {
        "pdd": VERSION, "id": TEXT, "name": TEXT, "version": TEXT, "document": reference("document"),
        "authority": one_of(AUTHORITIES), "period": one_of(("day", "week", "month")),
        "applications": VALUES, "services": TEXTS, "data_protection": reference("data_protection"),
        "config": mapping(reference("config")), "reading": reference("reading"),
        "exceptions": mapping(reference("exceptions")), "queue": reference("queue"),
        "rules": mapping(reference("rules")), "texts": mapping(reference("texts")),
        "workflows": reference("workflow_or_effect"), "dispatch": STEPS, "process": STEPS, "finish": STEPS,
        "outage": STEPS, "retract": STEPS,
        "report": reference("report"), "compare": reference("compare"),
        "tests": {"type": "array", "items": reference("test")},
    },
    "config": {
        "type": TYPE, "value": {"anyOf": [TEXT, TEXTS]}, "description": TEXT, "locked": BOOLEAN,
        "secrecy": BOOLEAN, "source": TEXT,
    },
    "reading": {"missing": TEXT, "unreadable": TEXT, "unknown": TEXT},
    "exceptions": {
        "kind": one_of(("business", "system")), "name": TEXT, "action": TEXT, "list": TEXT,
        "details": one_of(("none", "all")), "postpone": {"anyOf": [one_of(["end_of_queue"]), DURATION]},
        "attempts": WHOLE,
    },
    "queue": {
        "item": TYPES, "reference": TEXTS, "lock": TEXT, "attempts": WHOLE, "priority": TEXT,
        "deadline": TEXT, "postpone": TEXT,
    },
    "rules": {
        "name": TEXT, "hit_policy": one_of(HIT_POLICIES), "inputs": TYPES, "outputs": TYPES,
        "otherwise": {"anyOf": [one_of(["none"]), VALUES]}, "table": {"type": "string"},
    },
    "texts": {
        "inputs": TYPES, "rubrik": TEXT,
        "text": {"type": "array", "items": {"anyOf": [
            SENTENCES, TEXT, reference("sentence"), reference("paragraph"),
        ]}},
    },
    "paragraph": {"lines": SENTENCES},
    "sentence": {"when": TEXT, "text": TEXT},
    "workflows": WORKFLOW,
    "effect": EFFECT,
    "retraction": {"once": TEXT, "with": VALUES},
    "report": {
        "columns": VALUES, "lists": mapping(TEXTS), "per": TEXT, "analytics": VALUES, "findings": TEXT,
        "counts": TEXTS, "measures": mapping(reference("measure")),
    },
    "measure": {
        "of": TEXT, "show": one_of(SHOWS), "by": TEXT, "private": BOOLEAN,
    },
    "compare": {
        "with": TEXT, "key": TEXTS, "month": TEXT, "by": TEXTS, "fields": mapping(TEXT),
        "amounts": mapping(TEXT), "left": TEXTS, "only": mapping(TEXT), "show": TEXTS,
    },
    "rule_test": {"rule": TEXT, "examples": {"type": "string"}},
    "text_test": {"text": TEXT, "given": mapping(), "expect": {
        "type": "object", "properties": {"text": TEXT, "rubrik": TEXT, "contains": NAMES},
        "additionalProperties": False,
    }},
    "process_test": {"name": TEXT, "given": reference("given"), "expect": reference("expect")},
    "given": {
        "date": DATE, "config": mapping(), "item": mapping(), "workflows": mapping(),
        "missing": {"type": "array", "items": TARGET}, "effects": mapping({"type": "array"}),
        "application": mapping({"anyOf": [TEXT, {
            "type": "object", "properties": {"url": TEXT, "credential": TEXT}, "required": ["url"],
            "additionalProperties": False,
        }]}),
        "last_completed": DATE, "outage": reference("given_outage"),
        "items": {"type": "array", "items": {
            "type": "object", "additionalProperties": False, "properties": {
                "reference": TEXT, "outcome": one_of(OUTCOMES), "exception": TEXT,
                "columns": {"anyOf": [mapping(), one_of(("none",))]},
            },
        }},
        "retract": reference("given_retract"),
    },
    "given_outage": {
        "stopped_on": DATE, "stopped_at": TEXT, "dispatched": BOOLEAN, "told_later": BOOLEAN,
        "unhandled": {"type": "array", "items": {
            "type": "object", "properties": {"item": mapping(), "state": one_of(STATES)},
            "additionalProperties": False,
        }},
    },
    "given_retract": {"effect": TEXT, "content": mapping(), "id": TEXT, "date": DATE, "reason": TEXT},
    "expect": {
        "status": one_of(STATUSES), "throws": TEXT, "rules": TEXTS,
        "once": mapping({"anyOf": [VALUES, {"type": "array", "items": VALUES}]}), "items": TEXTS,
    },
    "objects": {
        "objects": VERSION, "id": TEXT, "name": TEXT, "login": TEXT, "settles_within": DURATION,
        "unknown": TEXTS, "notices": TEXTS, "exceptions": mapping(reference("exceptions")),
        "reading": reference("reading"),
        "texts": mapping(reference("texts")), "titles": VALUES,
        "screens": mapping(mapping(reference("element_or_table"))),
        "workflows": reference("workflow_or_effect"),
    },
    "element": {
        **FINDING, "parameters": TYPES, "as": TYPE, "optional": BOOLEAN, "private": BOOLEAN,
        "writes": WRITES, "submits": one_of(["read"]), "means": one_of(["none"]),
    },
    "anchor": {**FINDING, "element": TEXT, "side": one_of(("right", "left", "above", "below"))},
    "table": {
        "table": reference("finding"), "rows": reference("finding"),
        "columns": mapping({"anyOf": [TEXT, reference("column")]}), "next": reference("element"),
        "more": {"anyOf": [one_of(["scroll"]), reference("element")]}, "end": reference("element"),
        "empty": reference("element"), "row": mapping(reference("element")),
        "optional": BOOLEAN, "protects": TEXT,
    },
    "column": {
        **FINDING, "header": TEXT, "as": TYPE, "optional": BOOLEAN, "private": BOOLEAN, "always": BOOLEAN,
    },
    "bot": {
        "bot": VERSION, "id": TEXT, "pdd": TEXT, "mode": one_of(("rehearsal", "live")),
        "environment": one_of(("test", "production")), "date": DATE, "dataset": TEXT, "workers": WHOLE,
        "pool": TEXT, "requires": TEXTS,
        "applications": mapping({
            "type": "object", "properties": {"url": TEXT, "credential": TEXT}, "required": ["url"],
            "additionalProperties": False,
        }),
        "services": mapping(reference("service")), "config": mapping(), "credentials": TEXTS,
        "secrets": TEXTS, "folders": TEXTS, "limits": reference("limits"),
        "retention": reference("retention"), "statistics": reference("statistics"), "profile": ANY,
    },
    "service": {"url": TEXT, "credential": TEXT, "auth": one_of(AUTHS)},
    "limits": {"flagged_share": {"type": "string", "pattern": "%$"}, "after": WHOLE,
               "max_consecutive_failures": WHOLE},
    "retention": {"evidence": DAYS, "runs": DAYS, "items": DAYS, "audit": DAYS},
    "statistics": {"manual_minutes": TEXT, "hourly_cost": TEXT, "robot_cost_month": TEXT},
    "schedule": {
        "schedule": VERSION, "time_zone": TEXT, "calendars": or_nothing(mapping(reference("calendar"))),
        "blackout": BLACKOUTS, "triggers": or_nothing({"type": "array", "items": reference("trigger")}),
    },
    "calendar": {"free": {"type": "array", "items": one_of(DAY_KINDS)}, "dates": reference("dates")},
    "dates": {"free": STRETCHES, "working": STRETCHES},
    "trigger": {
        "name": TEXT, "bot": TEXT, "cron": {"type": "string"}, "interval": DURATION,
        "file": reference("file_trigger"), "queue": reference("queue_trigger"),
        "after": {"anyOf": [TEXT, reference("after_trigger")]}, "anchor": MOMENT, "calendar": TEXT,
        "on_holiday": one_of(ON_HOLIDAY), "blackout": BLACKOUTS, "misfire": one_of(MISFIRES),
        "max_parallel": WHOLE, "arguments": reference("arguments"),
    },
    "file_trigger": {"folder": TEXT, "pattern": TEXT, "quiet": DURATION},
    "queue_trigger": {"items": WHOLE, "older_than": DURATION},
    "after_trigger": {
        "bot": TEXT, "delay": DURATION,
        "status": {"anyOf": [one_of(JOB_STATUSES), {"type": "array", "items": one_of(JOB_STATUSES)}]},
    },
    "arguments": {
        "rehearse": BOOLEAN, "date": one_of(JOB_DATES), "workers": WHOLE, "limit": WHOLE,
        "only": one_of(PHASES), "config": mapping(),
    },
    "blackout": {"days": TEXT, "from": TEXT, "to": TEXT, "reason": TEXT},
    "alerts": {
        "alerts": VERSION, "tell": or_nothing({"type": "array", "items": reference("tell")}),
        "limits": reference("alert_limits"), "mail": reference("mail"),
        "summaries": or_nothing({"type": "array", "items": reference("summary")}),
    },
    "tell": {
        "to": {"type": "string", "pattern": r"^[A-Za-z0-9][A-Za-z0-9_-]*$"},
        "causes": {"anyOf": [one_of(CAUSES), {"type": "array", "items": one_of(CAUSES)}]}, "bots": NAMES,
    },
    "alert_limits": {
        "late": DURATION, "expires": DURATION, "remind": DURATION,
        "disk": {"type": "string", "pattern": r"^\d+([.,]\d+)?\s*[MmGgTt][Bb]$"},
    },
    "mail": {"server": {"type": "string", "pattern": "^smtps?://"}, "credential": TEXT, "sender": TEXT},
    "summary": {
        "bot": TEXT, "to": NAMES, "every": one_of(EVERY),
        "link": {"type": "string", "pattern": "^https?://"},
    },
    "step": {
        "id": TEXT, "name": TEXT, "when": TEXT, "save_as": {"anyOf": [TEXT, VALUES]}, "timeout": DURATION,
        "retry": {
            "type": "object", "properties": {"attempts": WHOLE, "interval": DURATION},
            "required": ["attempts"], "additionalProperties": False,
        },
        "if_missing": TEXT, "if_unreadable": TEXT, "continue_on_error": BOOLEAN, "private": BOOLEAN,
        "rule": TEXT,
    },
}  # fmt: skip
ELSE_IF: Schema = {
    "type": "object", "properties": {"if": TEXT, "then": STEPS}, "required": ["if", "then"],
    "additionalProperties": False,
}  # fmt: skip
BLOCK_SHAPES: Mapping[str, Schema] = {
    "sequence": STEPS,
    "if": TEXT, "then": STEPS, "else_if": {"type": "array", "items": ELSE_IF}, "else": STEPS,
    "switch": TEXT, "cases": mapping(STEPS), "default": STEPS,
    "for_each": TEXT, "for_each_row": TEXT, "for_each_file": reference("files"), "as": NAMES,
    "where": TEXT, "index": TEXT, "max_iterations": WHOLE, "steps": STEPS, "collect": VALUES,
    "while": TEXT,
    "do_while": {
        "type": "object", "properties": {"steps": STEPS, "condition": TEXT, "max_iterations": WHOLE},
        "required": ["steps", "condition", "max_iterations"], "additionalProperties": False,
    },
    "try": STEPS, "catch": mapping(STEPS), "finally": STEPS,
    "timeout_scope": DURATION, "use_excel_file": TEXT,
    "check_app_state": TARGET_OF_ROW,
    "appears": STEPS, "vanishes": STEPS,
    "invoke_workflow": TEXT, "evaluate_business_rule": TEXT, "compose_text": TEXT, "with": VALUES,
    "throw": TEXT, "rethrow": NOTHING, "return": OR_EMPTY,
    "break": NOTHING, "continue": NOTHING, "assign": VALUES,
    "once": TEXT, "key": TEXTS, "if_present": TEXT, "writes": WRITES, "content": VALUES, "verify": STEPS,
    "partial": TEXT, "repair": STEPS, "do": STEPS, "unverified": TEXTS,
}  # fmt: skip
NEEDED_BESIDE: Mapping[str, list[str]] = {
    "if": ["then"], "switch": ["cases"], "for_each": ["as", "steps"], "for_each_row": ["as", "steps"],
    "for_each_file": ["steps"], "while": ["max_iterations", "steps"], "use_excel_file": ["steps"],
    "once": ["key"],
}  # fmt: skip
"""A block's first key → those that must stand beside it."""

NAMED_COLUMN: Schema = {
    "type": "object", "properties": {"header": TEXT, "as": TYPE, "private": BOOLEAN},
    "additionalProperties": False,
}  # fmt: skip
BY_TAG: Mapping[str, Schema] = {
    **dict.fromkeys(TARGETS, TARGET_OF_ROW), "rendered": TEXT, "texts": NAMES, "secret": TEXT, "keys": TEXT,
    "function": {"type": "string", "pattern": r"\.py:"}, "json": ANY,
    "values": VALUES, "fields": VALUES,
    "data": TEXT, "columns": mapping({"anyOf": [TYPE, NAMED_COLUMN]}), "names": NAMES, "type": TYPE,
    "rows": {"type": "array", "items": {"type": "array", "items": OR_EMPTY}}, "cells": mapping(OR_EMPTY),
    "row condition": TEXT, "row value": TEXT, "group values": VALUES,
}  # fmt: skip
BY_TYPE: Mapping[Any, Schema] = {int: WHOLE, timedelta: DURATION, date: DATE}


# --- the schema


def schema(kind: str | None = None) -> Schema:
    """The schema of one kind of file, or one that tells the kinds apart by their first key."""
    head: Schema = {"$schema": DIALECT, "title": f"robotfabrik: {kind or 'definitions'}"}
    if kind is not None:
        return {**head, **reference(kind), "$defs": definitions()}
    choices = [{"if": _is(name), "then": reference(name)} for name in KINDS]
    known = [{"required": [name]} for name in KINDS]
    return {**head, "type": "object", "anyOf": known, "allOf": choices, "$defs": definitions()}


def _is(kind: str) -> Schema:
    """Does a file begin as this kind? (A bot names its `pdd` too, and a schema sees no order.)"""
    named: Schema = {"required": [kind]}
    return named if kind != "pdd" else {**named, "not": {"required": ["bot"]}}


def definitions() -> dict[str, Schema]:
    """Every section and the steps, by name."""
    found = {name: section(name) for name in SECTIONS if name != "step"}
    found["trigger"]["oneOf"] = [{"required": [way]} for way in STARTS]
    found["finding"] = _object("element", tuple(FINDING))
    found["column"]["oneOf"] = [{"required": [way]} for way in ("header", *WAYS)]
    found["element_or_table"] = {
        "if": {"anyOf": [{"required": ["table"]}, {"required": ["columns"]}]},
        "then": reference("table"),
        "else": reference("element"),
    }
    found["types_of_records"] = mapping({"anyOf": [TYPE, reference("types_of_records")]})
    found["workflow_or_effect"] = mapping(
        {"if": {"required": ["steps"]}, "then": reference("workflows"), "else": reference("effect")}
    )
    found["test"] = {
        "if": {"anyOf": [{"required": ["rule"]}, {"required": ["examples"]}]},
        "then": reference("rule_test"),
        "else": {
            "if": {"required": ["text"]},
            "then": reference("text_test"),
            "else": reference("process_test"),
        },
    }
    found["role"] = one_of(ROLES)
    found["step"] = step()
    found["files"] = activity_schema(CATALOGUE["list_files"])
    return found


def section(name: str) -> Schema:
    """A section's object."""
    return _object(name, KEYS[name])


def _object(name: str, keys: Iterable[str]) -> Schema:
    doc = parse_doc(SECTIONS[name], KEYS[name])
    properties = {key: _described(_shape(name, key), doc.meanings.get(key, "")) for key in keys}
    found: Schema = {
        "description": doc.summary, "type": ["object", "null"], "properties": properties,
        "additionalProperties": False,
    }  # fmt: skip
    if required := [key for key in REQUIRED.get(name, ()) if key in properties]:
        found.update(type="object", required=required)
    return found


def _shape(name: str, key: str) -> Schema:
    """What stands under a key; anything, where nobody has said."""
    if name in ("document", "data_protection"):
        return _written({**DOCUMENT, **DATA_PROTECTION}[key])
    return SHAPES[name].get(key, ANY)


def _written(keys: tuple[str, ...]) -> Schema:
    """A section of the document: a text, a mapping of its parts, or a list of those."""
    if not keys:
        return NAMES
    if keys == ANYTHING:
        return VALUES
    part: Schema = {
        "type": "object", "properties": dict.fromkeys(keys, NAMES), "additionalProperties": False,
    }  # fmt: skip
    return {"anyOf": [part, {"type": "array", "items": part}]}


def _described(shape: Schema, description: str) -> Schema:
    return {**shape, "description": description} if description else dict(shape)


# --- steps


def step() -> Schema:
    """A step: one activity, with the keys that go with it."""
    doc = parse_doc(SECTIONS["step"], KEYS["step"])
    properties = {
        key: _described(SHAPES["step"].get(key, ANY), doc.meanings.get(key, "")) for key in KEYS["step"]
    }
    needs: dict[str, list[str]] = {}
    for block, keys in BLOCK_KEYS.items():
        doc = parse_doc(BLOCKS.get(block, ""), (block, *keys))
        properties[block] = _described(BLOCK_SHAPES.get(block, ANY), f"{doc.summary} {doc.details}".strip())
        for key in keys:
            needs.setdefault(key, []).append(block)
            properties.setdefault(key, _described(BLOCK_SHAPES.get(key, ANY), doc.meanings.get(key, "")))
    for name, activity in CATALOGUE.items():
        properties[name] = activity_schema(activity)
        if any(map(is_beside, activity.parameters.values())):
            needs["with"].append(name)
    verbs = [*BLOCK_KEYS, *CATALOGUE]
    return {
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
        "oneOf": [{"required": [verb]} for verb in verbs if verb not in needs],
        "dependentRequired": NEEDED_BESIDE,
        "dependentSchemas": {
            "try": {"anyOf": [{"required": ["catch"]}, {"required": ["finally"]}]},
            **{
                key: {"anyOf": [{"required": [block]} for block in blocks]}
                for key, blocks in needs.items()
                if key not in verbs
            },
        },
    }


def activity_schema(activity: Activity) -> Schema:
    """What stands after an activity: a value for its first parameter, or all by name."""
    doc = parse_doc(activity.doc, activity.parameters)
    description = f"{doc.summary} {doc.details}".strip()
    whole = next((p for p in activity.parameters.values() if is_whole(p)), None)
    if whole is not None:
        return _described(VALUES, f"{description} {whole.name}: {doc.meanings.get(whole.name, '')}".strip())
    own = [p for p in activity.parameters.values() if not is_beside(p)]
    parameters = {p.name: _described(value(p), doc.meanings.get(p.name, "")) for p in own}
    if any(p.tag in TARGETS for p in own):
        parameters.setdefault(
            "row", _described(ANY, "which row of the table: {column: value}, first or last")
        )
        parameters.setdefault("with", _described(VALUES, "the element's parameters: {name: value}"))
    needed = [p.name for p in own if p.required and not (activity.block and p.name == activity.first)]
    named = {
        "type": "object", "properties": parameters, "additionalProperties": False, "required": needed,
    }  # fmt: skip
    alone = [name for name in needed if name != activity.first]
    first = [value(p) for p in own[:1] if stands_alone(p) and not alone]
    empty = [] if needed else [{"type": "null"}]
    return {"description": description, "anyOf": [*first, named, *empty]}


def value(parameter: Parameter) -> Schema:
    """What a parameter takes."""
    if parameter.tag:
        return BY_TAG.get(parameter.tag, ANY)
    known = plain(parameter.annotation)
    if typing.get_origin(known) is typing.Literal:
        return or_expression(one_of(str(option) for option in typing.get_args(known)))
    if known in BY_TYPE:
        return or_expression(BY_TYPE[known])
    return TEXT if known in (str, bool, Decimal) else ANY

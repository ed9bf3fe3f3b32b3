"""The rules that are noticed while a definition is read: what is wrong there cannot be run or ignored."""

from __future__ import annotations

from collections.abc import Mapping

from robotfabrik.parsing.checks.check import Check

_ERRORS: Mapping[str, str] = {
    # the file
    "file": "A file that is named cannot be read.",
    "file-kind": "A file begins with none of pdd:, objects:, bot:, schedule: and alerts:.",
    "encoding": "A file is not UTF-8.",
    "character": "A character stands there that nobody can see.",
    "syntax": "The file is no YAML: a tab, a colon, a quote, an indentation.",
    "document": "The file is empty, holds several YAML documents or a YAML directive.",
    "key": "Something that is no text stands where a key belongs.",
    "duplicate-key": "A key stands twice in one mapping.",
    "tag": "A YAML tag (!…) is used.",
    "alias": "An alias names nothing, itself, or so much that the file explodes.",
    "nesting": "More than 100 levels stand inside each other.",
    # shapes
    "id": "The id is not the name of the file.",
    "wrong-kind": "A text, list or mapping stands where another of the three is wanted.",
    "missing-key": "A key that must be there is missing.",
    "unknown-key": "A key is not known here.",
    "missing-value": "A value is empty that must not be.",
    "unknown-value": "A word is none of those that may stand here.",
    "wrong-value": "A number is too small, or the version of the format is another one.",
    "wrong-type": "A value is not of the type that is wanted.",
    "unknown-type": "A type is not known.",
    "bad-name": "A name holds something else than letters, digits and _ (some may hold - and . too).",
    # steps
    "no-activity": "A step says nothing to do.",
    "two-activities": "A step says two things to do.",
    "unknown-activity": "There is no activity of that name.",
    "missing-argument": "An activity, workflow, element or item is not given what it needs.",
    "surplus-argument": "Something is given that is not asked for.",
    "missing-row": "An element lies in a row of a table, and nothing says in which.",
    "wrong-target": "A screen, element or table stands where another of the three is wanted.",
    # names
    "unknown-application": "There is no application of that name.",
    "unknown-screen": "There is no screen of that name.",
    "unknown-element": "There is no element of that name on that screen.",
    "unknown-workflow": "There is no workflow of that name.",
    "unknown-effect": "There is no effect of that name.",
    "unknown-rule": "There is no business rule of that name.",
    "unknown-text": "There is no text of that name.",
    "unknown-input": "There is no input of that name.",
    "unknown-output": "There is no output of that name.",
    "unknown-field": "A record, item or table has no field of that name.",
    "unknown-exception": "An exception is thrown, caught or named that `exceptions:` does not declare.",
    "unknown-function": "A Python file has no function of that name.",
    "unknown-service": "There is no service of that name.",
    "unknown-credential": "A step gets a credential that the bot does not list, or a slip in that list.",
    "unknown-secret": "A step gets a secret that the bot does not list, or a slip in that list.",
    "unknown-config": "A bot or trigger sets a value that the PDD's `config:` does not have.",
    "locked-config": "A bot or trigger sets a value that the PDD has locked.",
    "unknown-bot": "There is no bot of that name.",
    "unknown-calendar": "There is no calendar of that name.",
    "definition": "What is defined is used nowhere, and a name nearly like it, not defined, more than once.",
    "undefined": "A variable is used that nothing sets before.",
    "misspelt-variable": "Nothing reads a variable whose name is nearly that of another one.",
    # expressions
    "expression": "An expression cannot be understood.",
    "condition": "A condition is neither true nor false.",
    "type": "An operator, function or filter is given something of the wrong type.",
    "call": "There is no such function or filter, or it is called with other arguments.",
    "enumeration": "Something is compared with a word that it never is.",
    "template": "A value that has no text stands inside a text.",
    # elements, tables, workflows and functions
    "code": "A Python function cannot be called from a step: its types or its effect are not clear.",
    "selector": "An element says in no way, or in two, how it is found.",
    "table": "A table's lines do not fit together.",
    "switch": "A switch asks for a text instead of a value.",
    "trigger": "A trigger says in no way, or in two, when it starts its bot, or what does not go with that.",
    "cron": "A part of a cron line cannot be understood.",
    "output": "A workflow never sets its output.",
    "verify": "An effect's verify does not save what it must: `matches` with an id and each input.",
}

_WARNINGS: Mapping[str, str] = {
    "unused-definition": "As definition, but used once: either of the two may be the slip.",
    "forgotten-dollar": "{{ … }} stands in a text without its $, or ${ … } with one brace.",
    "not-in-force": "Something is said that this version of robotfabrik does not do.",
}

READING: Mapping[str, Check] = {
    **{id: Check(id, "error", finds, id == "misspelt-variable") for id, finds in _ERRORS.items()},
    **{id: Check(id, "warning", finds) for id, finds in _WARNINGS.items()},
}

WHOLE_FILE = frozenset({"file", "encoding", "character", "syntax", "document", "nesting", "alias"})
"""After these nothing is known of what stands in the file."""

"""The reference as Markdown pages, and an entry as plain text for the terminal."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterable, Iterator

from robotfabrik.authoring.entries import Entry, activities, blocks, functions, sections, types
from robotfabrik.expressions import parse_expression
from robotfabrik.model.errors import EvaluationError
from robotfabrik.model.source import inline
from robotfabrik.testing.outcome import shown

MADE = "<!-- Made by tools/reference.py from docstrings: change those, not this page. -->"
FILES = {
    "pdd": "A PDD", "objects": "An object repository", "bot": "A bot", "schedule": "The schedule",
    "alerts": "Alerts and summaries",
}  # fmt: skip
_HEADING = re.compile(r"[.:](?:\s|$)")  # the end of the first sentence, or of what stands before a colon


def pages() -> dict[str, str]:
    """File name → its text."""
    return {
        "README.md": _index(),
        "activities.md": _page("Activities", _INTRO["activities"], _by_module()),
        "control-steps.md": _page("Control steps", _INTRO["control-steps"], [("", blocks())]),
        "functions.md": _page("Functions and filters", _INTRO["functions"], _by_group(functions())),
        "types.md": _page("Types", _INTRO["types"], [("", types())]),
        "sections.md": _page("Sections and keys", _INTRO["sections"], _by_group(sections())),
    }


_INTRO = {
    "activities": "A step names one activity. A plain value fills its first parameter, "
    "`click: orders.order.save`; several stand in a mapping. What every step may have stands under "
    "[control steps](control-steps.md).",
    "control-steps": "Steps that hold other steps, or decide where the robot goes on. Conditions are "
    "[expressions](functions.md).",
    "functions": "For expressions: bare after `when`, `if`, `for_each` and the like, in `${{ }}` inside a "
    "text. A filter stands after a pipe: `${{ item.amount | kr }}`.",
    "types": "Of inputs, outputs, fields, settings and readings. A `?` after a type allows none: `money?`. "
    "What is on a screen or in a file is read strictly: what does not fit is *unreadable*, never guessed.",
    "sections": "What may stand where in a definition. `robotfabrik schema` tells the same to an editor.",
}


def _index() -> str:
    lines = [MADE, "", "# Reference", ""]
    lines += ["| page | holds |", "|---|---|"]
    for file, title, entries in (
        ("activities.md", "Activities", activities()),
        ("control-steps.md", "Control steps", blocks()),
        ("functions.md", "Functions and filters", functions()),
        ("types.md", "Types", types()),
        ("sections.md", "Sections and keys", sections()),
    ):
        lines.append(f"| [{title}]({file}) | {', '.join(f'`{e.name}`' for e in entries)} |")
    lines.append("| [Checks](checks.md) | every rule of the checker |")
    return "\n".join([*lines, "", "`robotfabrik help NAME` shows one entry in the terminal.", ""])


def _by_module() -> list[tuple[str, list[Entry]]]:
    """Under what a module says that it is about."""
    found: dict[str, list[Entry]] = {}
    for entry in activities():
        module = importlib.import_module(f"robotfabrik.activities.{entry.group}")
        title = _HEADING.split((module.__doc__ or entry.group).strip(), maxsplit=1)[0]
        found.setdefault(title, []).append(entry)
    return list(found.items())


def _by_group(entries: Iterable[Entry]) -> list[tuple[str, list[Entry]]]:
    found: dict[str, list[Entry]] = {}
    for entry in entries:
        found.setdefault(FILES.get(entry.group, entry.group.capitalize()), []).append(entry)
    return list(found.items())


def _page(title: str, intro: str, groups: list[tuple[str, list[Entry]]]) -> str:
    lines = [MADE, "", f"# {title}", "", intro, ""]
    for heading, entries in groups:
        if heading:
            lines += [f"## {heading}", ""]
        for entry in entries:
            lines += [f"{'###' if heading else '##'} `{entry.name}`", "", *_markdown(entry), ""]
    return "\n".join(lines)


def _markdown(entry: Entry) -> Iterator[str]:
    if entry.title != entry.name:
        yield f"`{entry.title}`"
        yield ""
    yield entry.doc.summary
    if entry.doc.details:
        yield ""
        yield entry.doc.details
    if any(argument.meaning for argument in entry.arguments):
        typed = any(argument.type for argument in entry.arguments)
        yield ""
        yield "| parameter | type | default | meaning |" if typed else "| key | meaning |"
        yield "|---|---|---|---|" if typed else "|---|---|"
        for a in entry.arguments:
            default = "needed" if a.required else f"`{a.default}`"
            middle = f" {_cell(a.type)} | {_cell(default)} |" if typed else ""
            needed = "Needed: " if a.required and not typed else ""
            yield f"| `{a.name}` |{middle} {needed}{_cell(a.meaning)} |"
    for fact in entry.facts:
        yield ""
        yield fact
    if entry.example:
        yield ""
        if entry.kind in ("function", "filter"):
            result = result_of(entry.example)
            yield f"`{entry.example}`" + (f" gives `{result}`" if result is not None else "")
        else:
            yield from ("```yaml", *entry.example.splitlines(), "```")


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def result_of(example: str) -> str | None:
    """What an expression gives; None when that needs a job."""
    expression = parse_expression(inline(example), lambda diagnostic: None)
    try:
        return None if expression is None else shown(expression.evaluate({}))
    except EvaluationError:
        return None


def as_text(entry: Entry) -> str:
    """An entry for the terminal."""
    lines = [f"{entry.title}  ({entry.kind})", "", entry.doc.summary]
    if entry.doc.details:
        lines += ["", entry.doc.details]
    told = [argument for argument in entry.arguments if argument.meaning]
    if told:
        lines.append("")
    for a in told:
        after = f", default {a.default}" if a.default else ""
        kind = f" ({a.type}{after})" if a.type else " (needed)" if a.required else ""
        lines.append(f"  {a.name}{kind}: {a.meaning}")
    if entry.facts:
        lines += ["", *entry.facts]
    if entry.example:
        lines += ["", *(f"    {line}".rstrip() for line in entry.example.splitlines())]
        if entry.kind in ("function", "filter") and (result := result_of(entry.example)) is not None:
            lines.append(f"    = {result}")
    return "\n".join(lines)

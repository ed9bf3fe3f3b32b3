"""`robotfabrik items`: what is in the queues, and what a person does with it."""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, get_args

from robotfabrik.cli import items_frequency
from robotfabrik.cli.arguments import day
from robotfabrik.cli.known import known_bots
from robotfabrik.cli.person import acting
from robotfabrik.cli.queues import (
    PRIORITY,
    WHERE,
    action,
    as_text,
    facts,
    intended,
    iso,
    moment,
    note,
    place_options,
    shown,
    table,
    the_item,
)
from robotfabrik.documents.view import make_own, swedish
from robotfabrik.engine.results import from_stored
from robotfabrik.model.errors import UsageError
from robotfabrik.model.process import Process
from robotfabrik.model.records import ItemFilter, QueueItem
from robotfabrik.model.work import RETRACT, ItemStatus
from robotfabrik.runs.folder import RunFolder, write_private
from robotfabrik.store import SqlStore
from robotfabrik.wiring import Project

SHOWN = 100  # items in a list, unless --limit says otherwise
MOST = 1_000_000
TIMES = ("available_at", "lease_until", "added_at", "claimed_at", "settled_at", "thinned_at", "deadline")


def add(commands: Any) -> None:
    command = commands.add_parser("items", help="list queue items, show one, retry, postpone, delete, export")
    place_options(command)
    command.add_argument("--status", choices=get_args(ItemStatus), help="only items of this status")
    command.add_argument("--period", metavar="PERIOD", help="only items of this period, such as 2022-11")
    command.add_argument("--since", type=moment, metavar="TIME", help="only what was added or handled since")
    command.add_argument("--exception", metavar="ID", help="only what ended with this exception")
    command.add_argument("--reference", metavar="TEXT", help="only references that hold this text")
    command.add_argument("--late", action="store_true", help="only what missed its deadline")
    command.add_argument("--limit", type=int, metavar="N", help=f"at most N items, the newest; {SHOWN}")
    command.add_argument("--json", action="store_true", help="print one JSON object")
    command.set_defaults(run=listed)
    actions = command.add_subparsers(metavar="ACTION")
    one = action(actions, "show", "everything about one item", reference="1", by=False)
    one.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help="print one JSON object")
    one.set_defaults(run=show)
    again = action(
        actions, "retry", "try again what failed, was left to a person, abandoned or deleted", reference="+"
    )
    again.add_argument("--note", default="", metavar="TEXT", help="why")
    again.set_defaults(run=retry)
    later = action(actions, "postpone", "let a waiting item be taken later", reference="1")
    later.add_argument("--until", type=moment, required=True, metavar="TIME", help="a day, or a day and time")
    later.add_argument("--note", default="", metavar="TEXT", help="why")
    later.set_defaults(run=postpone)
    gone = action(actions, "delete", "let nobody handle an item that waits or failed", reference="1")
    gone.add_argument("--reason", required=True, metavar="TEXT", help="why")
    gone.set_defaults(run=delete)
    book = action(actions, "export", "write the items to an Excel workbook", by=False)
    book.add_argument("file", type=Path, metavar="FILE.xlsx", help="the workbook to write")
    book.set_defaults(run=export)
    own = action(actions, "own", "write one caseworker's own findings and cases, in Swedish", by=False)
    own.add_argument("file", type=Path, metavar="FILE.xlsx", help="the workbook to write")
    own.add_argument("--for", dest="person", required=True, metavar="NAME", help="as the report names them")
    own.add_argument("--from", dest="first", type=day, metavar="DAY", help="of runs from this day on")
    own.add_argument("--until", dest="last", type=day, metavar="DAY", help="of runs up to this day")
    own.set_defaults(run=export_own)
    words = action(actions, "frequency", "write what people wrote, by how often, in Swedish", by=False)
    items_frequency.add(words)
    words.set_defaults(run=export_frequency)


def wanted(given: argparse.Namespace, limit: int | None) -> ItemFilter:
    if limit is not None and not 1 <= limit <= MOST:
        raise UsageError(f"--limit is a number from 1 to {MOST}")
    return ItemFilter(
        **{name: getattr(given, name) for name in WHERE}, period=given.period, status=given.status,
        exception=given.exception, contains=given.reference, since=given.since, late=given.late, limit=limit,
    )  # fmt: skip


def listed(given: argparse.Namespace) -> int:
    limit = SHOWN if given.limit is None else given.limit
    with Project(Path.cwd()).store() as store:
        store.abandon()
        found = store.find_items(replace(wanted(given, limit), limit=limit + 1))
    items, more = found[:limit], len(found) > limit
    if given.json:
        print(json.dumps({"items": list(map(as_json, items)), "more": more}, ensure_ascii=False))
        return 0
    if not items:
        print("no items")
        return 0
    rows = [
        (
            item.reference, item.status + (" (late)" if item.late else ""), item.period,
            "/".join((item.space.environment, item.space.dataset, item.space.process)),
            item.exception or "", str(item.attempts), PRIORITY[item.priority],
            shown(item.settled_at or item.claimed_at or item.added_at),
        )
        for item in items
    ]  # fmt: skip
    table(("reference", "status", "period", "queue", "exception", "attempts", "priority", "since"), rows)
    if more:
        print(f"… and more: --limit N shows more than {limit}")
    return 0


def as_json(item: QueueItem) -> dict[str, Any]:
    whole = asdict(item)
    whole["space"] = asdict(item.space)
    whole["priority"] = PRIORITY[item.priority]
    whole["completed_on"] = item.completed_on and item.completed_on.isoformat()
    return whole | {name: iso(whole[name]) for name in TIMES}


# --- one item


def show(given: argparse.Namespace) -> int:
    project = Project(Path.cwd())
    with project.store() as store:
        store.abandon()
        item = the_item(store, given, given.reference)
        tries = [*store.earlier_tries(item.id), item]
        effects = store.effects_of(item.id)
        done = store.interventions_of([one.id for one in tries])
        runs = {one.id: list(_runs(project, store, one)) for one in tries}
    steps = {one.id: [line for run in runs[one.id] for line in _steps(run, one)] for one in tries}
    evidence = [path for one in tries for run in runs[one.id] for path in _evidence(run, one)]
    if given.json:
        whole = as_json(item) | {
            "earlier": [as_json(one) for one in tries[:-1]],
            "effects": [asdict(effect) for effect in effects],
            "interventions": [{**asdict(one), "at": iso(one.at)} for one in done],
            "steps": [line for one in tries for line in steps[one.id]],
            "evidence": list(map(str, evidence)),
        }
        print(json.dumps(whole, ensure_ascii=False, default=str))
        return 0
    _describe(item)
    if item.in_doubt:
        print("\nIn doubt: robotfabrik held settle")
        intended(item, "  ")
    _section("Fields", item.fields)
    _section("Report", item.output.get("columns"))
    _section("Analytics", item.analytics)
    if item.output.get("effects"):
        print("\nEffects")
        for name, outcome, content in item.output["effects"]:
            print(f"  {name}: {outcome}")
            facts(list(content.items()), "    ")
    if effects:
        print("\nMemory of effects")
        table(
            ("  effect", "state", "seen as", "sent", "confirmed", "job"),
            [
                (
                    f"  {e.key.scope}", e.status, e.candidate or "", shown(e.submitted_at),
                    shown(e.confirmed_at), e.job,
                )
                for e in effects
            ],
        )  # fmt: skip
    if len(tries) > 1 or done:
        print("\nHistory")
        for one in tries:
            tried = f"{one.attempts} attempt{'s' * (one.attempts != 1)}"
            print(f"  item {one.id}: {one.status}, {tried}, {shown(one.added_at)}")
            if one.reason and one is not item:
                print(f"    {one.reason}")
            for act in (act for act in done if act.item == one.id):
                why = f": {act.note}" if act.note else ""
                print(f"    {shown(act.at)} {act.what} by {act.by}{why}")
    for one in tries:
        _show_steps(one, steps[one.id])
    if evidence:
        print("\nEvidence")
        for path in evidence:
            print(f"  {path}")
    return 0


def _describe(item: QueueItem) -> None:
    space = item.space
    facts(
        [
            ("reference", item.reference), ("status", item.status), ("late", item.late or None),
            ("exception", item.exception), ("reason", item.reason), ("progress", item.progress),
            ("queue", f"{space.environment}/{space.dataset}/{space.process}"), ("period", item.period),
            ("priority", PRIORITY[item.priority]), ("deadline", shown(item.deadline)),
            ("lock", item.lock), ("attempts", item.attempts), ("postponed", dict(item.postponed)),
            ("not before", shown(item.available_at) if _waits(item) else None),
            ("added", f"{shown(item.added_at)} by job {item.added_by}"),
            ("claimed", item.claimed_at and f"{shown(item.claimed_at)} by job {item.claimed_by}"),
            ("lease until", shown(item.lease_until)), ("settled", shown(item.settled_at)),
            ("rules", item.rules), ("readings", [r[0] for r in item.output.get("readings", ())]),
            ("personal data", item.thinned_at and f"deleted {shown(item.thinned_at)}"),
        ]
    )  # fmt: skip


def _waits(item: QueueItem) -> bool:
    return item.status == "new" and item.available_at > time.time()


def _section(title: str, values: Any) -> None:
    if values:
        print(f"\n{title}")
        facts([(str(name), value) for name, value in values.items()], "  ")


def _runs(project: Project, store: SqlStore, item: QueueItem) -> Iterator[RunFolder]:
    """The runs that worked on an item, the first one first; a run of another store has other items."""
    lines = project.runs.glob(f"*/items/{item.id}.jsonl")
    for path in sorted(lines, key=lambda path: path.stat().st_mtime):
        folder = RunFolder(path.parent.parent)
        record = store.job(folder.path.name)
        if record is not None and record.job.space.case_space == item.space.case_space:
            yield folder


def _steps(run: RunFolder, item: QueueItem) -> Iterator[dict[str, Any]]:
    for line in (run.items / f"{item.id}.jsonl").read_text(encoding="utf-8").splitlines():
        with suppress(ValueError):  # the last line of a run whose disk was full
            yield {"job": run.path.name, "item": item.id, **json.loads(line)}


def _show_steps(item: QueueItem, lines: list[dict[str, Any]]) -> None:
    job = ""
    for line in lines:
        if line["job"] != job:
            job = line["job"]
            print(f"\nSteps of item {item.id} in job {job}")
        attempt = f"  attempt {line['attempt']}" if "attempt" in line else ""
        name = f"  {line['name']}" if line.get("name") else ""
        print(f"  {line['step']:<12} {line['activity']:<22} {line['status']:<10} "
              f"{line['ms']:>9.1f} ms{attempt}{name}")  # fmt: skip


def _evidence(run: RunFolder, item: QueueItem) -> list[Path]:
    return sorted(run.evidence.glob(f"{item.id}-*"))


# --- what a person does


def retry(given: argparse.Namespace) -> int:
    with Project(Path.cwd()).store() as store:
        store.abandon()
        chosen = [the_item(store, given, reference) for reference in dict.fromkeys(given.reference)]
        for item in chosen:
            store.retry_item(item.id, acting(given), given.note)
            print(f"{item.reference} waits again: {next_run(store, item)}")
    return 0


def postpone(given: argparse.Namespace) -> int:
    with Project(Path.cwd()).store() as store:
        item = the_item(store, given, given.reference)
        store.postpone_item(item.id, given.until, acting(given), given.note)
    print(f"{item.reference} is not taken before {shown(given.until)}")
    return 0


def delete(given: argparse.Namespace) -> int:
    reason = note(given.reason, "--reason")
    with Project(Path.cwd()).store() as store:
        store.abandon()
        item = the_item(store, given, given.reference)
        store.delete_item(item.id, acting(given), reason)
    print(f"{item.reference} is deleted: no robot handles it, also when it is added again")
    return 0


def next_run(store: SqlStore, item: QueueItem) -> str:
    """Which run takes an open item."""
    if item.space.queue == RETRACT:
        added = store.job(item.added_by)
        of = added.job.takes_back if added is not None else ""
        return f"robotfabrik retract --job {of or 'JOB'} --approve --by NAME --reason TEXT takes it"
    if item.space.queue:
        return f"the next job of {item.bot} sends it"
    when = f" with a --date in {item.period}" if item.period else ""
    return f"the next run of {item.bot}{when} takes it"


def export(given: argparse.Namespace) -> int:
    from robotfabrik.documents.items import draw  # openpyxl is heavy

    _may_write(given.file)
    with Project(Path.cwd()).store() as store:
        store.abandon()
        found = store.find_items(wanted(given, given.limit))
    write_private(given.file, draw(found, as_text))
    print(f"{given.file}: {len(found)} items, with personal data")
    return 0


def export_own(given: argparse.Namespace) -> int:
    """The workbook of a run has everybody's cases; this one goes to one person, also long after the run."""
    from robotfabrik.documents.excel import draw_own  # openpyxl is heavy

    _may_write(given.file)
    project = Project(Path.cwd())
    with project.existing_store() as store:
        found = [item for item in store.find_items(wanted(given, None)) if _is_within(given, item)]
    sections = []
    for process in _processes(project):
        of = [item for item in found if item.space.process == process.id]
        results = (from_stored(process, item) for item in reversed(of))
        section = make_own(process, [result for result in results if result is not None], given.person)
        if section is not None:
            sections.append(section)
    if not sections:
        raise UsageError(f"there is no case of '{given.person}': write the name as the report does")
    write_private(given.file, draw_own(sections, given.person))
    print(f"{given.file}: {sum(one.cases for one in sections)} cases, with personal data")
    return 0


def export_frequency(given: argparse.Namespace) -> int:
    _may_write(given.file)
    return items_frequency.export_frequency(given)


def _is_within(given: argparse.Namespace, item: QueueItem) -> bool:
    """Has it ended in a run of these days, and is it no message or correction?"""
    on = item.completed_on
    return on is not None and not item.space.queue and (given.first or on) <= on <= (given.last or on)


def _processes(project: Project) -> list[Process]:
    """What the project's bots run, by name."""
    found = {known[1].id: known[1] for known in known_bots(project).values() if known}
    return sorted(found.values(), key=lambda process: swedish(process.name))


def _may_write(file: Path) -> None:
    if file.suffix.casefold() != ".xlsx":
        raise UsageError(f"'{file}': a workbook's name ends with .xlsx")
    if not file.parent.is_dir():
        raise UsageError(f"'{file}' cannot be written: there is no folder {file.parent}")

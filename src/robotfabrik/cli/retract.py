"""`robotfabrik retract --job J`: what a job wrote, and after a named approval a correction of each, once."""

from __future__ import annotations

import argparse
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, Final

from robotfabrik.cli.arguments import day, positive
from robotfabrik.cli.jobs import the_job
from robotfabrik.cli.person import acting, add_by
from robotfabrik.cli.queues import as_text, iso, shown, table
from robotfabrik.cli.run import address, execute, limits, load, settle_day
from robotfabrik.engine.outcome import Options
from robotfabrik.engine.periods import period_of_items
from robotfabrik.engine.retraction import TAKEN_BACK, retractable, retracting, told
from robotfabrik.model.audit import Entry
from robotfabrik.model.errors import UsageError
from robotfabrik.model.process import Bot, Process
from robotfabrik.model.records import ItemFilter, JobRecord, WrittenEffect
from robotfabrik.model.suggest import did_you_mean
from robotfabrik.model.work import RETRACT, NewItem, Space, StoredItem
from robotfabrik.store import SqlStore
from robotfabrik.wiring import Project, Run, RunRequest

OPEN: Final = "can be taken back"
APPROVED: Final = "approved, not written yet"
WRITTEN: Final = "taken back; the next approval ends its item"
LONGEST: Final = 50  # characters of what was written, in the list


def add(commands: Any) -> None:
    command = commands.add_parser("retract", help="list what a job wrote, and take it back")
    command.add_argument("--job", required=True, metavar="JOB", help="the job's id")
    command.add_argument("--only", nargs="+", default=[], metavar="REF", help="only these items")
    command.add_argument("--except", nargs="+", default=[], metavar="REF", dest="but", help="not these items")
    command.add_argument("--approve", action="store_true", help="write the corrections; needs --by, --reason")
    command.add_argument("--rehearse", action="store_true", help="show the corrections; needs --reason")
    command.add_argument("--reason", metavar="TEXT", help="why it does not hold; stands in the correction")
    command.add_argument(
        "--date", type=day, metavar="D", help="the day to run as; the bot's date:, else today"
    )
    command.add_argument("--workers", type=positive, metavar="N", help="at most one for each account")
    command.add_argument(
        "--url", action="append", default=[], metavar="APP=URL", help="an application's address for this run"
    )
    command.add_argument("--json", action="store_true", help="print one JSON object and nothing else")
    add_by(command)
    command.set_defaults(run=run)


@dataclass(frozen=True, slots=True)
class Line:
    """An effect of the job, and what can be done about it."""

    written: WrittenEffect
    reference: str  # of the item that it belongs to
    state: str

    @property
    def is_open(self) -> bool:
        """Is there something for the robot to do, when a person approves that?"""
        return self.state in (OPEN, APPROVED, WRITTEN)


def run(given: argparse.Namespace) -> int:
    """Without --approve or --rehearse nothing is written, and nothing looked at but the store."""
    if given.approve and given.rehearse:
        raise UsageError("--rehearse shows what --approve would write: leave one of them out")
    project = Project(Path.cwd())
    with project.existing_store() as store:
        record = the_job(store, given.job)
        if record.job.mode == "rehearsal":
            raise UsageError(f"{given.job} was a rehearsal: it wrote nothing")
        bot, process, settings = load(project, record.job.bot)
        settle_day(given, bot)
        _same_place(bot, record)
        lines = chosen(looked_at(store, record, process), given.only, given.but)
        by = acting(given)
        writes = given.approve or given.rehearse
        reason = _reason(given) if writes else ""
        store.audit(Entry("retract.listed", given.job, by, record.job.bot, detail={"effects": len(lines)}))
        if not writes:
            return listed(given, lines, date=_as_then(record))
        items = tuple(
            new_item(store, line, process, record, reason, given.date) for line in lines if line.is_open
        )
        if not items:
            return listed(given, lines, heading="Nothing is left for the robot to take back:")
    if not given.json:
        listed(given, [line for line in lines if not line.is_open], heading="Left as it is:")
    options = {
        name: value for name, value in limits(bot).items() if not name.startswith("flagged")
    }  # all of them write something: that is what they are for
    request = RunRequest(
        date=given.date, rehearse=given.rehearse, workers=given.workers, dataset=record.job.space.dataset,
        urls=dict(address(text, bot) for text in given.url), queue=RETRACT, started_by=by,
        options=Options(only=frozenset({"dispatch", "process"}), given=items, **options),
        arguments=(f"--job={given.job}", *(("--rehearse",) if given.rehearse else ())),
    )  # fmt: skip
    job = Run(project, bot, retracting(process), settings, request)
    if given.approve:  # what the deployment gate refuses was not approved
        job.store.audit(_approved(given, record, by, reason, lines))
    return execute(job, as_json=given.json)


def _same_place(bot: Bot, record: JobRecord) -> None:
    space = record.job.space
    if space.environment != bot.environment:
        raise UsageError(
            f"{record.job.id} ran in the environment {space.environment}, and {bot.id} is"
            f" {bot.environment} now: nothing is taken back elsewhere than where it was written"
        )


def _reason(given: argparse.Namespace) -> str:
    """The reason as the correction says it: one line, which ends there with a full stop."""
    reason = " ".join((given.reason or "").split()).rstrip(".")
    if not reason:
        raise UsageError("say why it does not hold: --reason TEXT; it stands in the correction")
    if given.approve and given.by is None:
        raise UsageError("who has approved it? Write --by NAME")
    return reason


def _approved(
    given: argparse.Namespace, record: JobRecord, by: str, reason: str, lines: Sequence[Line]
) -> Entry:
    references = [line.reference for line in lines if line.is_open]
    return Entry(
        "retract.approved", given.job, by, record.job.bot, record.job.release,
        {"effects": len(references)}, {"reason": reason, "references": references},
    )  # fmt: skip


# --- what the job wrote


def looked_at(store: SqlStore, record: JobRecord, process: Process) -> list[Line]:
    """Each effect of a job, and what can be done about it."""
    known = retractable(process)
    before = {item.reference: item for item in store.items(_queue(record, process))}
    lines = []
    for written in store.written_by(record.job.id):
        reference = written.item.reference if written.item else "?"
        earlier = before.get(reference_of(written))
        state = _state(written, known, process, earlier)
        if state == APPROVED and _is_confirmed(store, _queue(record, process), reference_of(written)):
            state = WRITTEN
        lines.append(Line(written, reference, state))
    return lines


def _is_confirmed(store: SqlStore, queue: Space, reference: str) -> bool:
    """Does the correction stand there, as a robot saw or a person said, although its item is not done?"""
    tries = store.find_items(
        ItemFilter(
            environment=queue.environment, dataset=queue.dataset, process=queue.process,
            reference=reference, every_try=True,
        )
    )  # fmt: skip
    return any(sent.status == "confirmed" for tried in tries for sent in store.effects_of(tried.id))


def _state(
    written: WrittenEffect, known: Mapping[str, Any], process: Process, earlier: StoredItem | None
) -> str:
    status = written.effect.status
    if status == "withdrawn":
        return "did not happen"
    if status == "submitting":
        return "in doubt: settle it first (robotfabrik held)"
    if earlier is not None and earlier.status == "successful":
        return f"taken back by {earlier.job}"
    if earlier is not None and earlier.status == "held":
        return "its correction is in doubt: settle it first (robotfabrik held)"
    if earlier is not None and earlier.status == "business":
        return f"by hand: {earlier.exception}"
    if earlier is not None and earlier.status == "deleted":
        return f"by hand: somebody deleted its correction (robotfabrik items retry {earlier.reference})"
    if not written.sent:
        return "by hand: it was there already when the job came"
    if written.name not in known:
        what = f"{process.id} has no 'retract:'" if not process.retract else "the effect has no 'retract:'"
        return f"by hand: {what}"
    if written.item is None or written.item.thinned_at is not None or written.content is None:
        return "by hand: what it was about has been deleted (retention)"
    return OPEN if earlier is None else APPROVED


def chosen(lines: Sequence[Line], only: Collection[str], but: Collection[str]) -> list[Line]:
    """The lines that a person means; UsageError for a reference that the job did not write in."""
    known = [line.reference for line in lines]
    for reference in (*only, *but):
        if reference not in known:
            raise UsageError(
                f"the job had no effect in '{reference}'. {did_you_mean(reference, known)}".rstrip()
            )
    return [line for line in lines if (not only or line.reference in only) and line.reference not in but]


def reference_of(written: WrittenEffect) -> str:
    """The reference of the item that takes an effect back: of each there is one, for ever.

    The store knows by it which item it is about (store/retracted.py).
    """
    item = written.item.reference if written.item else ""
    return f"{item}/{written.effect.key.hash[:12]}"


def new_item(
    store: SqlStore, line: Line, process: Process, record: JobRecord, reason: str, on: date
) -> NewItem:
    """An item with the fields of the one that was written in, and what is taken back.

    When its correction has been sent before, and nobody knows what came of it, it says what it said then.
    """
    written, effect = line.written, line.written.effect
    assert written.item is not None
    assert written.content is not None
    queue, reference = _queue(record, process), reference_of(written)
    writer = store.job(effect.job) or record  # a job that was killed may have written it on another day
    fields = {
        **written.item.fields,
        TAKEN_BACK: told(
            written.name, written.content, effect.key.hash, effect.candidate or "", writer.job.date, reason
        ),
    }
    for tried in store.find_items(ItemFilter(process=queue.process, reference=reference)):
        if any(sent.status == "submitting" for sent in store.effects_of(tried.id)):
            fields = dict(tried.fields)
    return NewItem(reference, written.item.lock, fields, period_of_items(process.period, on))


def _queue(record: JobRecord, process: Process) -> Space:
    """The queue of what is taken back, where the job wrote."""
    return replace(record.job.space, process=process.id).beside(RETRACT)


# --- showing it


def _as_then(record: JobRecord) -> str:
    """The option that a job needs which was run as another day than its own: that is the application's."""
    ran_on = date.fromtimestamp(record.started_at)
    return "" if ran_on == record.job.date else f" --date {record.job.date}"


def listed(given: argparse.Namespace, lines: Sequence[Line], heading: str = "", date: str = "") -> int:
    """The list for the person who asks; it may hold case data. `date`: an option of the commands below."""
    if given.json:
        print(json.dumps(as_json(given, lines), ensure_ascii=False))
        return 0
    if not lines:
        if not heading:
            print(f"{given.job} had no effect")
        return 0
    if heading:
        print(heading)
    rows = [
        (
            line.reference, line.written.name, _what(line.written), shown(line.written.effect.submitted_at),
            line.state,
        )
        for line in lines
    ]  # fmt: skip
    table(("item", "effect", "what", "when", "state"), rows)
    if not heading and (open_ := sum(line.state in (OPEN, APPROVED) for line in lines)):
        print(f"\n{open_} can be taken back, after an approval:")
        print(f"  robotfabrik retract --job {given.job}{date} --rehearse --reason TEXT")
        print(f"  robotfabrik retract --job {given.job}{date} --approve --by NAME --reason TEXT")
    return 0


def _what(written: WrittenEffect) -> str:
    """What was written, shortened."""
    if written.content is None:
        return ""
    text = "; ".join(as_text(value) for value in written.content.values() if value not in (None, ""))
    text = " ".join(text.split())
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def as_json(given: argparse.Namespace, lines: Sequence[Line]) -> dict[str, Any]:
    return {
        "job": given.job,
        "effects": [
            {
                "item": line.reference, "effect": line.written.name, "where": line.written.effect.key.scope,
                "id": line.written.effect.candidate, "when": iso(line.written.effect.submitted_at),
                "content": line.written.content, "state": line.state, "open": line.is_open,
            }
            for line in lines
        ],
    }  # fmt: skip

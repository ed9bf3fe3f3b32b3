"""A bot's figures for the unit that it works for: counts and a link, in Swedish, and no person."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from email.message import EmailMessage
from html import escape
from typing import Final
from zoneinfo import ZoneInfo

from robotfabrik.activities import smtp
from robotfabrik.alerting.ports import Store
from robotfabrik.model.alerts import SummaryOrder
from robotfabrik.model.records import ItemFilter, JobFilter, JobRecord
from robotfabrik.timing.clock import midnight, wall

ZONE: Final = ZoneInfo("Europe/Stockholm")
RECENT: Final = timedelta(days=1)
"""A job's summary is mailed that long after its end; then nobody waits for it any more."""
LONGEST: Final = timedelta(days=2)
"""So long a job takes at most."""

COUNTS: Final = (
    ("checked", "Kontrollerade ärenden"),
    ("noted", "– varav med anteckning"),
    ("listed", "Lämnade till handläggare"),
    ("failed", "Inte slutförda på grund av tekniska fel"),
    ("held", "Väntar på att en person avgör"),
    ("excluded", "Undantagna från kontrollen"),
    ("already_done", "Klara sedan tidigare"),
)
OF_ONE_JOB: Final = ("excluded", "already_done")
"""Of several jobs these would count the same cases again and again."""
STOPPED: Final = (
    "Roboten stannade innan allt var klart. Ärenden som inte hann kontrolleras finns på den manuella listan."
)


@dataclass(frozen=True, slots=True)
class Letter:
    """A summary in words. Every figure with its label; `link` may be empty."""

    robot: str
    bot: str
    title: str
    intro: str
    figures: tuple[tuple[str, int], ...]
    todo: tuple[str, ...]
    link: str


# --- what is due


def due(store: Store, order: SummaryOrder, now: datetime) -> Iterator[tuple[str, list[JobRecord]]]:
    """The periods whose summary is to be sent by now, each with its live jobs, newest first."""
    if order.every == "job":
        for job in _live(store, order.bot, (now - LONGEST - RECENT).timestamp()):
            if job.ended_at is not None and job.ended_at >= (now - RECENT).timestamp():
                yield job.job.id, [job]
        return
    today = wall(now, ZONE).date()
    last = today - timedelta(days=1) if order.every == "day" else today.replace(day=1) - timedelta(days=1)
    first = last if order.every == "day" else last.replace(day=1)
    start, end = (midnight(day, ZONE).timestamp() for day in (first, last + timedelta(days=1)))
    if jobs := [job for job in _live(store, order.bot, start) if job.started_at < end]:
        yield _period(order, last), jobs


def _live(store: Store, bot: str, since: float) -> list[JobRecord]:
    """Jobs that wrote, and ended."""
    found = store.jobs(JobFilter(bot=bot, since=since))
    return [job for job in found if job.job.mode == "live" and job.ended_at is not None]


def _period(order: SummaryOrder, last: date) -> str:
    return last.isoformat() if order.every == "day" else f"{last:%Y-%m}"


# --- what it says


def letter(store: Store, order: SummaryOrder, period: str, jobs: Sequence[JobRecord]) -> Letter:
    """The summary of a period's jobs, newest first."""
    newest = jobs[0]
    robot, alone = newest.job.robot, order.every == "job"
    counts = {name: sum(_count(job, name) for job in jobs) for name, _ in COUNTS}
    if not alone:
        counts["held"] = len(store.find_items(ItemFilter(bot=order.bot, in_doubt=True)))
    shown = tuple((label, counts[name]) for name, label in COUNTS if alone or name not in OF_ONE_JOB)
    when = newest.job.date.isoformat() if alone else period
    intro = f"{robot} har kört {when}." if alone else f"{robot} körde {_times(len(jobs))} under {when}."
    stopped = alone and newest.status != "successful"
    if stopped:
        intro = f"{intro} {STOPPED}"
    link = order.link.replace("{job}", newest.job.id).replace("{bot}", order.bot)
    return Letter(robot, order.bot, f"{robot}: {when}", intro, shown, tuple(_todo(counts, stopped)), link)


def _count(job: JobRecord, name: str) -> int:
    found = job.summary.get(name, 0)
    return found if type(found) is int and found > 0 else 0


def _times(number: int) -> str:
    return "en gång" if number == 1 else f"{number} gånger"


def _todo(counts: dict[str, int], stopped: bool) -> Iterator[str]:
    if stopped:
        yield "Kontrollera ärendena på den manuella listan om de ska handläggas i dag."
    if counts["listed"] or counts["failed"]:
        yield "Gå igenom robotens lista. De ärendena handläggs som vanligt."
    if counts["held"]:
        yield "I några ärenden vet roboten inte om den har skrivit. Systemförvaltningen hör av sig."
    if not stopped and not any(counts[name] for name in ("listed", "failed", "held")):
        yield "Ingenting."


# --- the mail


def compose(found: Letter, sender: str, recipient: str) -> EmailMessage:
    """As plain text, and the same as simple HTML."""
    where = found.link or "Listan finns i körningens mapp. Systemförvaltningen vet var."
    text = [found.intro, "", *(f"{label}: {count}" for label, count in found.figures), ""]
    text += ["Att göra:", *(f"- {line}" for line in found.todo), ""]
    text += [f"Lista: {where}" if found.link else where, "", _FOOT, ""]
    mail = smtp.message(sender, [recipient], [], found.title, "\n".join(text))
    mail.add_alternative(_html(found, where), subtype="html")
    return mail


_FOOT: Final = (
    "Brevet innehåller inga personuppgifter: de finns i verksamhetssystemet och på listan. "
    "Det skickas automatiskt och går inte att svara på."
)


def _html(found: Letter, where: str) -> str:
    rows = "".join(
        f'<tr><td style="padding:2px 16px 2px 0">{escape(label)}</td>'
        f'<td style="text-align:right">{count}</td></tr>'
        for label, count in found.figures
    )
    todo = "".join(f"<li>{escape(line)}</li>" for line in found.todo)
    link = f'<a href="{escape(found.link)}">Öppna listan</a>' if found.link else escape(where)
    return (
        '<!DOCTYPE html><html lang="sv"><head><meta charset="utf-8">'
        f"<title>{escape(found.title)}</title></head>"
        '<body style="font-family:sans-serif;color:#1b1b1b">'
        f"<p>{escape(found.intro)}</p><table>{rows}</table>"
        f"<p>Att göra:</p><ul>{todo}</ul><p>{link}</p>"
        f'<p style="color:#595959">{escape(_FOOT)}</p></body></html>'
    )

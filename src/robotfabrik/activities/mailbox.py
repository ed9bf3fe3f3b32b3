"""Reading mail by IMAP, and putting in order what has been handled. The bot says where the mailbox is."""

from __future__ import annotations

import imaplib
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from pathlib import PurePath
from typing import Any, Final, Literal

from imap_tools import AND, BaseMailBox, Header, MailMessage
from imap_tools.errors import MailboxFolderStatusError
from imap_tools.utils import encode_folder

from robotfabrik.activities import imap, letter, saving
from robotfabrik.activities.api import Activity, Context, Effect, describe
from robotfabrik.model.errors import SystemException
from robotfabrik.model.types import BOOLEAN, DATE, TEXT, list_of, table_of
from robotfabrik.model.values import Record

MAX_BYTES: Final = 50_000_000
CHUNK: Final = 100  # mails whose headers are asked for at once
EMAILS: Final = table_of({
    "id": TEXT, "message_id": TEXT, "sender": TEXT, "to": list_of(TEXT), "subject": TEXT, "date": DATE,
    "text": TEXT, "attachments": list_of(TEXT), "unread": BOOLEAN,
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Head:
    """A mail without its content; `day` is when it came, by this machine's calendar."""

    mail: MailMessage
    day: date

    @property
    def uid(self) -> str:
        return self.mail.uid or ""

    @property
    def unread(self) -> bool:
        return "\\seen" not in (flag.lower() for flag in self.mail.flags)


async def get_email_list(
    ctx: Context,
    service: str,
    folder: str = "INBOX",
    only_unread: bool = False,
    sender: str | None = None,
    subject: str = "",
    since: date | None = None,
    message_id: str | None = None,
    top: int = 30,
    order: Literal["newest_first", "oldest_first"] = "newest_first",
    save_attachments: str = "",
) -> Any:
    """Read mails of a folder as a table. They stay unread, and where they are.

    Columns: id (for move_email and mark_email), message_id (the same wherever the mail is moved), sender, to,
    subject, date (when it came), text (without HTML), attachments (names, or paths when they are saved),
    unread. A server that does not answer is unknown, as on a screen.

    service: a name in the PDD's `services:`; the bot says the server, imap://… or imaps://…
    folder: the folder, with those that it lies in, such as INBOX/Klara.
    only_unread: leave out what somebody has read.
    sender: only mails from this address, or from a whole domain: @example.org.
    subject: only mails with this in their subject, in small or capital letters.
    since: only mails that came on this day or later.
    message_id: only the mail of this message_id, which every mail has.
    top: at most so many.
    order: newest_first or oldest_first, by when they came into the folder.
    save_attachments: a folder of the job's files where attachments are saved. A number is added to a name
    that is taken. Without it nothing is saved.
    """
    if top < 1:
        raise SystemException("'top' of get_email_list is at least 1")
    if PurePath(save_attachments).is_absolute():
        raise SystemException("attachments are saved in the job's own folder: give a name, not a whole path")
    wanted = partial(_is_wanted, sender=sender, subject=subject, since=since, message_id=message_id)
    search = _search(only_unread, since, message_id)
    async with imap.open_folder(ctx, service, folder) as opened:
        heads = await opened.run(lambda box: _find(box, search, wanted, top, order == "newest_first"))
        rows = []
        for head in heads:
            found = await opened.run(partial(_read, head))
            if found is not None:
                rows.append(await _row(ctx, head, found, f"{opened.validity}.{head.uid}", save_attachments))
    return tuple(rows)


async def move_email(ctx: Context, service: str, id: str, to_folder: str, folder: str = "INBOX") -> None:
    """Move a mail to another folder, inside `once`.

    service: a name in the PDD's `services:`.
    id: the `id` that get_email_list gave.
    to_folder: a folder that is there, such as Klara.
    folder: where the mail is.
    """
    guard = ctx.effect_guard(f"a move of a mail in {service}")
    async with imap.open_folder(ctx, service, folder, writes=True) as opened:
        uid = await _uid(opened, id, folder)
        await opened.run(partial(_must_take_mails, to_folder))
        await guard()
        await opened.run(lambda box: _change(box, "MOVE", uid, encode_folder(to_folder)))


async def mark_email(
    ctx: Context, service: str, id: str, mark: Literal["read", "unread"] = "read", folder: str = "INBOX"
) -> None:
    """Mark a mail as read or unread, inside `once`.

    service: a name in the PDD's `services:`.
    id: the `id` that get_email_list gave.
    mark: read or unread.
    folder: where the mail is.
    """
    guard = ctx.effect_guard(f"a mark on a mail in {service}")
    async with imap.open_folder(ctx, service, folder, writes=True) as opened:
        uid = await _uid(opened, id, folder)
        await guard()
        sign = "+FLAGS" if mark == "read" else "-FLAGS"
        await opened.run(lambda box: _change(box, "STORE", uid, sign, r"(\Seen)"))


def _search(only_unread: bool, since: date | None, message_id: str | None) -> str:
    """What servers find alike. Texts are compared here: they are encoded in many ways, and days by zones."""
    found: dict[str, Any] = {"deleted": False}
    if only_unread:
        found["seen"] = False
    if since is not None and since > date.min:
        found["date_gte"] = since - timedelta(days=1)
    if message_id and message_id.isascii() and message_id.isprintable() and letter.NO_ID not in message_id:
        found["header"] = Header("Message-ID", message_id)
    return str(AND(**found))


def _is_wanted(
    head: Head, sender: str | None, subject: str, since: date | None, message_id: str | None
) -> bool:
    return (
        (sender is None or _is_from(letter.sender_of(head.mail), sender.strip().lower()))
        and _folded(subject) in _folded(letter.subject_of(head.mail))
        and (since is None or head.day >= since)
        and message_id in (None, letter.message_id_of(head.mail))
    )


def _is_from(address: str, wanted: str) -> bool:
    """A part of an address would fit a stranger's too."""
    return address.endswith(wanted) if wanted.startswith("@") else address == wanted


def _folded(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).casefold().split())


def _find(
    box: BaseMailBox, search: str, wanted: Callable[[Head], bool], top: int, newest_first: bool
) -> list[Head]:
    """The first mails that are wanted. Numbers grow as mails come into a folder."""
    uids = sorted(box.uids(search, charset=None), key=int, reverse=newest_first)
    found: list[Head] = []
    for at in range(0, len(uids), CHUNK):
        some = uids[at : at + CHUNK]
        heads = {head.uid: head for head in _heads(box, some)}
        found += [heads[uid] for uid in some if uid in heads and wanted(heads[uid])]
        if len(found) >= top:
            break
    return found[:top]


def _heads(box: BaseMailBox, uids: Sequence[str]) -> Iterator[Head]:
    for answer in _fetch(box, ",".join(uids), "(UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[HEADER])"):
        mail = MailMessage(answer)
        said = b" ".join(part if isinstance(part, bytes) else part[0] for part in answer)
        came = imaplib.Internaldate2tuple(said)
        if came is None:
            raise SystemException("the mail server does not say when a mail came")
        yield Head(mail, date(*came[:3]))


def _read(head: Head, box: BaseMailBox) -> letter.Letter | None:
    """The mail with its content; none when somebody has taken it away since."""
    if head.mail.size_rfc822 > MAX_BYTES:
        raise SystemException(f"a mail is larger than {MAX_BYTES // 1_000_000} MB")
    return next((letter.read(answer) for answer in _fetch(box, head.uid, "(UID BODY.PEEK[])")), None)


def _fetch(box: BaseMailBox, uids: str, parts: str) -> Iterator[list[Any]]:
    """The server's answers, one for each mail: (what it says, the content), then the rest of what it says."""
    status, given = box.client.uid("FETCH", uids, parts)
    if status != "OK":
        raise imaplib.IMAP4.error("FETCH")
    answer: list[Any] = []
    for part in given:
        if isinstance(part, tuple):
            if answer:
                yield answer
            answer = [part]
        elif answer and part is not None and not re.match(rb"\d+ \(", part):  # news of another mail
            answer.append(part)
    if answer:
        yield answer


async def _row(ctx: Context, head: Head, found: letter.Letter, id: str, folder: str) -> Record:
    names = tuple(one.name for one in found.attachments)
    # Lines, not the text as one: masking finds each of them, at half the memory.
    ctx.remember_private((found.sender, found.to, found.subject, found.text.splitlines()))
    for name in names:
        ctx.remember_private_name(name)
    if not found.whole:
        ctx.log("warning", "the parts of a mail lie too deep in each other: its text was not read")
    if folder:
        names = tuple([await _save(ctx, f"{folder}/{one.name}", one.content) for one in found.attachments])
    return Record(
        id=id, message_id=letter.message_id_of(head.mail), sender=found.sender, to=found.to,
        subject=found.subject, date=head.day, text=found.text, attachments=names, unread=head.unread,
    )  # fmt: skip


async def _save(ctx: Context, name: str, content: bytes) -> str:
    path = ctx.path(name, write=True)
    return str(await saving.change(path, lambda: saving.write_new(path, content)))


async def _uid(opened: imap.OpenFolder, id: str, folder: str) -> str:
    """The mail's number in the folder that is open."""
    validity, _, uid = id.partition(".")
    if not re.fullmatch(r"\d+", uid, re.ASCII) or validity != opened.validity:
        raise SystemException(f"no mail in {folder} has this id: get it with get_email_list")
    if uid not in await opened.run(lambda box: box.uids(str(AND(uid=uid)), charset=None)):
        raise SystemException(f"the mail is no longer in {folder}")
    return uid


def _must_take_mails(folder: str, box: BaseMailBox) -> None:
    if "MOVE" not in imap.capabilities(box):
        raise SystemException("the mail server cannot move mails")
    try:
        box.folder.status(folder, ["UIDVALIDITY"])
    except MailboxFolderStatusError:
        raise SystemException(f"there is no folder '{folder}' to move mails to") from None


def _change(box: BaseMailBox, command: str, *arguments: Any) -> None:
    """imap_tools' own changes also empty the folder's trash, which is not the robot's business."""
    status, _ = box.client.uid(command, *arguments)
    if status != "OK":
        raise imaplib.IMAP4.error(command)


def _effect(arguments: Mapping[str, Any]) -> Effect:
    return "local" if "save_attachments" in arguments else "read"


ACTIVITIES: tuple[Activity, ...] = (
    describe(get_email_list, "read", result_type=lambda arguments: EMAILS, effect_from=_effect),
    describe(move_email, "write"),
    describe(mark_email, "write"),
)

"""Sending mail through the organisation's own server. The bot says where it is and with which account."""

from __future__ import annotations

import asyncio
import mimetypes
import smtplib
from collections.abc import Sequence
from email.message import EmailMessage
from pathlib import Path
from typing import Any, Final

from robotfabrik.activities import smtp
from robotfabrik.activities.api import Activity, Context, Json, describe
from robotfabrik.model.errors import SystemException

MAX_BYTES: Final = 25_000_000


async def send_email(
    ctx: Context, service: str, sender: str, to: Json, subject: str, body: str,
    cc: Json = (), bcc: Json = (), attachments: Json = (),
) -> str:  # fmt: skip
    """Send a mail, inside `once`; gives its Message-ID. Refused by one recipient, it is sent to none.

    service: a name in the PDD's `services:`; the bot says the server, smtp://… or smtps://…
    sender: the address that it comes from.
    to: an address, or a list of addresses.
    subject: one line.
    body: the text.
    cc: as `to`.
    bcc: as `to`; the others do not see it.
    attachments: a file, or a list of files.
    """
    guard = ctx.effect_guard(f"a mail through {service}")
    server = ctx.service(service)
    files = [ctx.path(text) for text in _texts(attachments, "attachments")]
    message = smtp.message(sender, _texts(to, "to"), _texts(cc, "cc"), subject, body)
    hidden = EmailMessage()
    hidden["To"] = smtp.addresses(_texts(bcc, "bcc"))
    headers = (message["To"], message["Cc"], hidden["To"])
    recipients = [address.addr_spec for header in headers for address in header.addresses]
    if not recipients:
        raise SystemException("a mail has at least one recipient")
    try:
        await asyncio.to_thread(_attach, message, files)
        client = await asyncio.to_thread(smtp.connect, server, ctx.timeout)
        try:
            content = await asyncio.to_thread(smtp.offer, client, message, recipients)
            await guard()
            await asyncio.to_thread(smtp.send, client, content)
        finally:
            client.close()
    except (OSError, smtplib.SMTPException) as error:
        raise SystemException(f"the mail was not sent through {service}: {smtp.why(error)}") from error
    return str(message["Message-ID"])


def _texts(given: Any, what: str) -> list[str]:
    """A text, or a list of texts."""
    found = [given] if isinstance(given, str) else given
    if not isinstance(found, Sequence) or not all(isinstance(text, str) for text in found):
        raise SystemException(f"'{what}' of a mail is a text, or a list of texts")
    return [text.strip() for text in found if text.strip()]


def _attach(message: EmailMessage, files: list[Path]) -> None:
    size = 0
    for path in files:
        size += path.stat().st_size
        if size > MAX_BYTES:
            raise SystemException(f"the attachments are larger than {MAX_BYTES // 1_000_000} MB")
        kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
        main, _, sub = kind.partition("/")
        message.add_attachment(path.read_bytes(), maintype=main, subtype=sub, filename=path.name)


ACTIVITIES: tuple[Activity, ...] = (describe(send_email, "send"),)

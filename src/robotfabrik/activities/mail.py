"""Sending mail through the organisation's own server. The bot says where it is and with which account."""

from __future__ import annotations

import asyncio
import mimetypes
import smtplib
import ssl
from collections.abc import Sequence
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from email.utils import formatdate, make_msgid
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from robotfabrik.activities.api import UNENCRYPTED, Activity, Context, Json, Service, describe
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
    message = _message(sender, _texts(to, "to"), _texts(cc, "cc"), subject, body)
    hidden = EmailMessage()
    hidden["To"] = _addresses(_texts(bcc, "bcc"))
    headers = (message["To"], message["Cc"], hidden["To"])
    recipients = [address.addr_spec for header in headers for address in header.addresses]
    if not recipients:
        raise SystemException("a mail has at least one recipient")
    try:
        await asyncio.to_thread(_attach, message, files)
        client = await asyncio.to_thread(_connect, server, ctx.timeout)
        try:
            content = await asyncio.to_thread(_offer, client, message, recipients)
            await guard()
            await asyncio.to_thread(_send, client, content)
        finally:
            client.close()
    except (OSError, smtplib.SMTPException) as error:
        raise SystemException(f"the mail was not sent through {service}: {_why(error)}") from error
    return str(message["Message-ID"])


def _texts(given: Any, what: str) -> list[str]:
    """A text, or a list of texts."""
    found = [given] if isinstance(given, str) else given
    if not isinstance(found, Sequence) or not all(isinstance(text, str) for text in found):
        raise SystemException(f"'{what}' of a mail is a text, or a list of texts")
    return [text.strip() for text in found if text.strip()]


def _message(sender: str, to: list[str], cc: list[str], subject: str, body: str) -> EmailMessage:
    message = EmailMessage()
    try:
        message["From"] = _addresses([sender])
        message["To"], message["Cc"] = _addresses(to), _addresses(cc)
        message["Subject"] = subject
    except ValueError:  # a line end: what follows would be another header
        raise SystemException("the subject of a mail is one line") from None
    if not message["From"].addresses:
        raise SystemException("a mail has a sender")
    message["Date"] = formatdate(localtime=True)
    message["Message-ID"] = make_msgid(domain=message["From"].addresses[0].domain)
    message["Auto-Submitted"] = "auto-generated"  # no out-of-office answers to a robot
    message.set_content(body)
    return message


def _addresses(texts: list[str]) -> str:
    """A header's value. The message names no address: it may be a private person's."""
    for text in texts:
        probe = EmailMessage()
        try:
            probe["To"] = text
        except ValueError:
            raise SystemException("an address of the mail has several lines") from None
        found = probe["To"].addresses
        if probe["To"].defects or len(found) != 1 or not (found[0].username and found[0].domain):
            raise SystemException("an address of the mail is none: write name@example.org, one in each text")
    return ", ".join(texts)


def _attach(message: EmailMessage, files: list[Path]) -> None:
    size = 0
    for path in files:
        size += path.stat().st_size
        if size > MAX_BYTES:
            raise SystemException(f"the attachments are larger than {MAX_BYTES // 1_000_000} MB")
        kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
        main, _, sub = kind.partition("/")
        message.add_attachment(path.read_bytes(), maintype=main, subtype=sub, filename=path.name)


def _connect(server: Service, timeout: float) -> smtplib.SMTP:
    """A connection that mail can be sent through: encrypted, logged in."""
    address = urlsplit(server.url)
    host = address.hostname or ""
    if address.scheme not in ("smtp", "smtps"):
        raise SystemException("the bot's address of the mail server begins with smtp:// or smtps://")
    context = ssl.create_default_context()
    if address.scheme == "smtps":
        client: smtplib.SMTP = smtplib.SMTP_SSL(host, address.port or 465, timeout=timeout, context=context)
    else:
        client = smtplib.SMTP(host, address.port or 25, timeout=timeout)
    try:
        if address.scheme == "smtp" and host not in UNENCRYPTED:
            client.starttls(context=context)
        if server.credential is not None:
            client.login(server.credential.username, server.credential.password.reveal())
        else:
            client.ehlo_or_helo_if_needed()
    except BaseException:
        client.close()
        raise
    return client


def _offer(client: smtplib.SMTP, message: EmailMessage, recipients: list[str]) -> bytes:
    """Name sender and recipients; gives the content when the server takes them all. Nothing is sent yet."""
    sender = message["From"].addresses[0].addr_spec
    plain = all(address.isascii() for address in (sender, *recipients))
    if not plain and not client.has_extn("smtputf8"):
        raise smtplib.SMTPNotSupportedError("the server takes no addresses with å, ä or ö")
    content = message.as_bytes(policy=SMTP if plain else SMTPUTF8)
    answers = [client.mail(sender, () if plain else ("SMTPUTF8", "BODY=8BITMIME"))]
    answers += [client.rcpt(address) for address in recipients]
    for code, text in answers:
        if code not in (250, 251):
            client.rset()
            raise smtplib.SMTPResponseException(code, text)
    return content


def _send(client: smtplib.SMTP, content: bytes) -> None:
    code, text = client.data(content)
    if code != 250:
        raise smtplib.SMTPResponseException(code, text)


def _why(error: OSError | smtplib.SMTPException) -> str:
    """What the server says, without what it quotes: an address, a password."""
    if isinstance(error, smtplib.SMTPResponseException):
        return f"the server refuses ({error.smtp_code})"
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return str(error)
    if isinstance(error, FileNotFoundError):
        return "an attachment is not there"
    return type(error).__name__


ACTIVITIES: tuple[Activity, ...] = (describe(send_email, "send"),)

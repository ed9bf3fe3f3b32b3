"""A mail and its way to the organisation's own server (SMTP)."""

from __future__ import annotations

import smtplib
import ssl
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from email.utils import formatdate, make_msgid
from urllib.parse import urlsplit

from robotfabrik.activities.api import UNENCRYPTED, Service
from robotfabrik.model.errors import SystemException


def message(sender: str, to: list[str], cc: list[str], subject: str, body: str) -> EmailMessage:
    """A mail of a text, from a machine. SystemException when an address is none, or the subject two lines."""
    mail = EmailMessage()
    try:
        mail["From"] = addresses([sender])
        mail["To"], mail["Cc"] = addresses(to), addresses(cc)
        mail["Subject"] = subject
    except ValueError:  # a line end: what follows would be another header
        raise SystemException("the subject of a mail is one line") from None
    if not mail["From"].addresses:
        raise SystemException("a mail has a sender")
    mail["Date"] = formatdate(localtime=True)
    mail["Message-ID"] = make_msgid(domain=mail["From"].addresses[0].domain)
    mail["Auto-Submitted"] = "auto-generated"  # no out-of-office answers to a robot
    mail.set_content(body)
    return mail


def addresses(texts: list[str]) -> str:
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


def connect(server: Service, timeout: float) -> smtplib.SMTP:
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


def offer(client: smtplib.SMTP, message: EmailMessage, recipients: list[str]) -> bytes:
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


def send(client: smtplib.SMTP, content: bytes) -> None:
    """Send what was offered."""
    code, text = client.data(content)
    if code != 250:
        raise smtplib.SMTPResponseException(code, text)


def deliver(server: Service, mail: EmailMessage, timeout: float) -> None:
    """Send a mail to the addresses of its `To`; OSError or SMTPException when it was not taken."""
    client = connect(server, timeout)
    try:
        send(client, offer(client, mail, [address.addr_spec for address in mail["To"].addresses]))
    finally:
        client.close()


def why(error: OSError | smtplib.SMTPException) -> str:
    """What the server says, without what it quotes: an address, a password."""
    if isinstance(error, smtplib.SMTPResponseException):
        return f"the server refuses ({error.smtp_code})"
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return str(error)
    if isinstance(error, FileNotFoundError):
        return "an attachment is not there"
    return type(error).__name__

"""What a mail says: its headers, its text, its attachments.

Strangers write mails. What cannot be decoded is left out or replaced, and is never an error.
"""

from __future__ import annotations

import mimetypes
import re
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from email.header import decode_header
from email.message import Message
from typing import TypeVar

from imap_tools.message import MailAttachment, MailMessage

from robotfabrik.model.filenames import file_name

T = TypeVar("T")
DEEPEST = 50  # parts within parts
BLOCKS = (
    "address", "article", "blockquote", "br", "dd", "div", "dl", "dt", "footer", "form", "h1", "h2", "h3",
    "h4", "h5", "h6", "header", "hr", "li", "ol", "p", "pre", "section", "table", "tr", "ul",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that came with a mail; its name can do no harm."""

    name: str
    content: bytes


def sender_of(mail: MailMessage) -> str:
    """The address that the mail says it comes from, in small letters."""
    return _line(_if_readable(lambda: mail.from_, "")).lower()


def recipients_of(mail: MailMessage) -> tuple[str, ...]:
    """The addresses of `To`."""
    nobody: tuple[str, ...] = ()
    found = _if_readable(lambda: mail.to, nobody)
    return tuple(address for text in found if (address := _line(text).lower()))


def subject_of(mail: MailMessage) -> str:
    """The subject, in one line."""
    raw = mail.obj.get("Subject") or ""
    return _line(_if_readable(lambda: "".join(_decoded(*part) for part in decode_header(raw)), str(raw)))


def message_id_of(mail: MailMessage) -> str:
    """The Message-ID with its brackets, or nothing."""
    return _line(_if_readable(lambda: str(mail.obj.get("Message-ID") or ""), ""))


def text_of(mail: MailMessage) -> str:
    """The body as plain text. Lines end with \\n, blank ones at its ends are gone."""
    return _clean(_if_readable(lambda: _text(mail.obj), "")).strip()


def attachments_of(mail: MailMessage) -> tuple[Attachment, ...]:
    """The files that came with it, pictures in its text and forwarded mails too."""
    none: tuple[Attachment, ...] = ()
    return _if_readable(lambda: tuple(map(_attachment, filter(_is_file, _leaves(mail.obj)))), none)


def _text(part: Message, depth: int = 0) -> str:
    if depth > DEEPEST or (not part.is_multipart() and _is_file(part)):
        return ""
    if not part.is_multipart():
        content = _content(part)
        return readable(content) if part.get_content_type() == "text/html" else content
    if part.get_content_maintype() != "multipart":
        return ""  # a forwarded mail: a file, not this mail's own words
    parts = [child for child in part.get_payload() if isinstance(child, Message)]
    if part.get_content_subtype() == "alternative":
        parts.sort(key=lambda child: child.get_content_type() != "text/plain")
        return next((text for child in parts if (text := _text(child, depth + 1)).strip()), "")
    texts = (_text(child, depth + 1).strip() for child in parts)
    return "\n\n".join(text for text in texts if text)


def _leaves(whole: Message) -> Iterator[Message]:
    """The parts that hold something, in order; a forwarded mail is one."""
    waiting = [whole]
    while waiting:
        part = waiting.pop()
        if part.is_multipart() and part.get_content_maintype() == "multipart":
            waiting += reversed([child for child in part.get_payload() if isinstance(child, Message)])
        else:
            yield part


def _is_file(part: Message) -> bool:
    if part.get_content_maintype() == "multipart":  # one without its parts is read as text
        return False
    if part.get_content_type() not in ("text/plain", "text/html"):
        return True
    return part.get_content_disposition() == "attachment" or bool(_if_readable(part.get_filename, None))


def _attachment(part: Message) -> Attachment:
    found = MailAttachment(part)
    ending = mimetypes.guess_extension(part.get_content_type()) or ".bin"
    name = _line(_if_readable(lambda: found.filename, ""))
    return Attachment(file_name(name, f"attachment{ending}"), _if_readable(lambda: found.payload, b""))


def _content(part: Message) -> str:
    payload = part.get_payload(decode=True)
    return _decoded(payload, part.get_content_charset()) if isinstance(payload, bytes) else str(payload or "")


def _decoded(given: bytes | str, charset: str | None) -> str:
    """Text as it was declared, else as UTF-8, else as Windows writes it in this part of the world."""
    if isinstance(given, str):
        return given
    for known in (charset or "utf-8", "utf-8"):
        with suppress(LookupError, ValueError):
            return given.decode(known)
    return given.decode("cp1252", "replace")


def readable(html: str) -> str:
    """The text of HTML as a person sees it: a line for each paragraph, row and list item."""
    from bs4 import BeautifulSoup

    page = BeautifulSoup(html, "html.parser")
    for unseen in page(["head", "script", "style", "template", "title"]):
        unseen.extract()
    for text in page.find_all(string=True):
        text.replace_with(type(text)(re.sub(r"\s+", " ", text)))
    for cell in page(["td", "th"]):
        cell.append(" ")
    for block in page(BLOCKS):
        block.insert_before("\n")
        block.insert_after("\n")
    lines = (" ".join(line.split()) for line in page.get_text().split("\n"))
    return "\n".join(line for line in lines if line)


def _line(text: str) -> str:
    return " ".join(_clean(text).split())


def _clean(text: str) -> str:
    """Without what no store or log takes: control characters and halves of characters."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(c for c in text if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cs"))


def _if_readable(read: Callable[[], T], otherwise: T) -> T:
    """What `read` gives. The mail's faults are many, and the library's answers to them too."""
    try:
        return read()
    except Exception:
        return otherwise

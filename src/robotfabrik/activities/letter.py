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
from hashlib import sha256
from html.parser import HTMLParser
from typing import Any, TypeVar

from imap_tools.message import MailAttachment, MailMessage

from robotfabrik.model.filenames import file_name

T = TypeVar("T")
UNSEEN = ("head", "script", "style", "template", "title")
NO_ID = "@no-message-id.invalid"
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


@dataclass(frozen=True, slots=True)
class Letter:
    """What a mail says; not the `whole` of it when parts lie too deep in each other to be read."""

    sender: str
    to: tuple[str, ...]
    subject: str
    text: str
    attachments: tuple[Attachment, ...]
    whole: bool = True


def read(answer: list[Any]) -> Letter:
    """The letter in a server's answer: (what it says, the mail), then the rest of what it says."""
    try:
        mail = MailMessage(answer)
        whole = _depth(mail.obj) <= DEEPEST
    except RecursionError:
        head = answer[0][1].replace(b"\r\n", b"\n").partition(b"\n\n")[0]
        mail, whole = MailMessage([(answer[0][0], head)]), False
    return Letter(
        sender_of(mail), recipients_of(mail), subject_of(mail),
        text_of(mail) if whole else "", attachments_of(mail) if whole else (), whole,
    )  # fmt: skip


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
    """The Message-ID with its brackets; for a mail without one, an id of its headers, which never change."""
    given = _line(_if_readable(lambda: str(mail.obj.get("Message-ID") or ""), ""))
    if given:
        return given
    headers = "\n".join(f"{name}: {value}" for name, value in mail.obj.raw_items())
    return f"<{sha256(headers.encode('utf-8', 'surrogateescape')).hexdigest()[:32]}{NO_ID}>"


def text_of(mail: MailMessage) -> str:
    """The body as plain text. Lines end with \\n, blank ones at its ends are gone."""
    return _clean(_if_readable(lambda: _text(mail.obj), "")).strip()


def attachments_of(mail: MailMessage) -> tuple[Attachment, ...]:
    """The files that came with it, pictures in its text and forwarded mails too."""
    none: tuple[Attachment, ...] = ()
    return _if_readable(lambda: tuple(map(_attachment, filter(_is_file, _leaves(mail.obj)))), none)


def _text(part: Message) -> str:
    """Of the texts that say the same, the plain one; forwarded mails are files, not this mail's own words."""
    if not _has_parts(part):
        if _is_file(part):
            return ""
        content = _content(part)
        return readable(content) if part.get_content_type() == "text/html" else content
    parts = [child for child in part.get_payload() if isinstance(child, Message)]
    if part.get_content_subtype() == "alternative":
        parts.sort(key=lambda child: child.get_content_type() != "text/plain")
        return next((text for child in parts if (text := _text(child)).strip()), "")
    texts = (_text(child).strip() for child in parts)
    return "\n\n".join(text for text in texts if text)


def _leaves(whole: Message) -> Iterator[Message]:
    """The parts that hold something, in order; a forwarded mail is one."""
    return (part for part, _ in _parts(whole) if not _has_parts(part))


def _depth(whole: Message) -> int:
    """How deep its parts lie in each other."""
    return max(depth for _, depth in _parts(whole))


def _parts(whole: Message) -> Iterator[tuple[Message, int]]:
    """A mail and its parts, with their depth, in order."""
    waiting = [(whole, 0)]
    while waiting:
        part, depth = waiting.pop()
        yield part, depth
        if _has_parts(part):
            children = [child for child in part.get_payload() if isinstance(child, Message)]
            waiting += [(child, depth + 1) for child in reversed(children)]


def _has_parts(part: Message) -> bool:
    return part.is_multipart() and part.get_content_maintype() == "multipart"


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
    page = _Page()
    page.feed(html)
    page.close()
    lines = (" ".join(line.split()) for line in "".join(page.seen).split("\n"))
    return "\n".join(line for line in lines if line)


class _Page(HTMLParser):
    """Collects what is seen. No tree is built: a stranger's may be deep."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag in UNSEEN:
            self._hidden += 1
        elif tag == "body":  # a head need not be closed
            self._hidden = 0
        self._part(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in UNSEEN and self._hidden:
            self._hidden -= 1
        self._part(tag)

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.seen.append(re.sub(r"\s+", " ", data))

    def _part(self, tag: str) -> None:
        if tag in BLOCKS:
            self.seen.append("\n")
        elif tag in ("td", "th"):
            self.seen.append(" ")


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

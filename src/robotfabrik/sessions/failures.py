"""What a failed session says: plain words, without personal data.

Playwright's own messages hold selectors, values and pieces of the page, so none of them gets out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

from playwright.async_api import Error
from rapidfuzz import fuzz, process

from robotfabrik.model.masking import mask_patterns
from robotfabrik.model.process import Selector
from robotfabrik.sessions.locators import describe, is_literal

Mask = Callable[[str], str]

_MOVING = re.compile(
    r"Execution context was destroyed|because of a navigation|Cannot find context|Frame was detached"
    r"|context or browser has been closed while|navigated or detached|Inspected target navigated",
    re.I,
)
_CLOSED = re.compile(r"has been closed|Target closed|crashed|Connection closed|disconnected", re.I)
_SENT = re.compile(r"performing [\w ]*action|action done|pressing|press\(")
_NETWORK = {
    "ERR_CONNECTION_REFUSED": "it refuses connections",
    "ERR_CONNECTION_RESET": "it broke the connection",
    "ERR_CONNECTION_CLOSED": "it broke the connection",
    "ERR_EMPTY_RESPONSE": "it sent nothing",
    "ERR_NAME_NOT_RESOLVED": "its name is not known in the network",
    "ERR_INTERNET_DISCONNECTED": "the network is down",
    "ERR_CONNECTION_TIMED_OUT": "it does not answer in time",
    "ERR_TIMED_OUT": "it does not answer in time",
    "ERR_CERT": "its certificate is not accepted",
    "ERR_ABORTED": "the page was broken off",
}


def is_moving(error: Error) -> bool:
    """Did the page navigate under the question?"""
    return bool(_MOVING.search(error.message))


def is_closed(error: Error) -> bool:
    """Is the page, its context or the browser gone?"""
    return bool(_CLOSED.search(error.message)) and not is_moving(error)


def is_interrupted(error: Error) -> bool:
    """Did another navigation of the page's own come in between?"""
    return "interrupted by another navigation" in error.message or "net::ERR_ABORTED" in error.message


def was_done(error: Error) -> bool:
    """Did the time run out after the action was made, while the page that it asked for was awaited?"""
    return "click action done" in error.message or "waiting for scheduled navigations" in error.message


def was_sent(error: Error) -> bool:
    """Had the action begun to act, when its page went away?"""
    return bool(_SENT.search(error.message))


def is_wrong_text(error: Error) -> bool:
    """Does the field refuse this form of text, as a date field does?"""
    return "Malformed value" in error.message or "Cannot type text into input[type=number]" in error.message


def is_several(error: Error) -> bool:
    """Were there several matches?"""
    return "strict mode violation" in error.message


def why_not_started(error: Error) -> str:
    """The reason that a browser did not start, in one line."""
    if "$DISPLAY" in error.message:
        return "the display that DISPLAY or WAYLAND_DISPLAY names does not answer"
    return error.message.strip().split("\n", 1)[0]


# In a sentence of Swedish or English only names are capitalised, besides its first word.
_NAMES = re.compile(
    r"(?<![.!?:]\s)(?<!^)\b[A-ZÅÄÖ]\w*|\b[A-ZÅÄÖ]\w*(?=\s+[A-ZÅÄÖ])|\d[\d\s.,:-]{2,}\d|\S+@\S+", re.MULTILINE
)


class Failures:
    """Messages about one application."""

    def __init__(self, application: str, mask: Mask = mask_patterns) -> None:
        self.application = application
        self.dialog: str | None = None  # what an unexpected dialog has said since the last action began
        self._mask = mask

    def path(self, url: str) -> str:
        """A URL's path, masked; its query is never shown."""
        return self._mask(urlsplit(url).path or url)

    def missing(
        self,
        id: str,
        selector: Selector,
        url: str,
        waited: float,
        found: Mapping[str, Any] | None,
        usable: bool = True,
    ) -> str:
        """An element was not there, or not once."""
        count = int(found["count"]) if found else 0
        text = f"{id} ({self._selector(selector)}) on {self.path(url)}: "
        if count == 1 and not usable:
            unusable = "(disabled, read-only, covered, or without the wanted choice)"
            return text + f"it is there, but could not be used within {waited:.1f} s {unusable}" + self.said()
        text += f"{count} found" if count else f"not found within {waited:.1f} s"
        if found and found.get("frame"):
            return text + "; its frame is not there" + self.said()
        if found and found.get("within"):
            return text + "; the part of the page that it lies within is not there" + self.said()
        if not count and found and (near := self._nearest(selector, found.get("names", ()))):
            text += "; nearest: " + ", ".join(f'"{name}"' for name in near)
        return text + self.said()

    def not_offered(
        self, id: str, selector: Selector, item: str, offered: Iterable[str], waited: float, count: int
    ) -> str:
        """A list does not have the wanted choice, or several times."""
        text = f"{id} ({self._selector(selector)}): the wanted choice "
        text += f"is offered {count} times" if count else f"was not offered within {waited:.1f} s"
        # Choices often are people: only what is nearly the same is shown of them.
        if not count and (near := _close(item, offered, 70)):
            text += "; nearest: " + ", ".join(f'"{self._mask(name)}"' for name in near)
        return text + self.said()

    def said(self) -> str:
        """What an unexpected dialog said, as the end of a message. Names and numbers are left out."""
        if not self.dialog:
            return ""
        words = _NAMES.sub("…", self._mask(self.dialog[:200]))
        return f"; a dialog said: {' '.join(words.split())}"

    def wrong_text(self, id: str) -> str:
        """A field refuses a text."""
        return f"{id}: the field takes no text of this form (a date is 2022-11-01, a time 13:45)"

    def columns(self, id: str, bad: Iterable[tuple[str, str, int]], headers: Iterable[str]) -> str:
        """Columns of a table are not there, or there several times."""
        names = [h for h in headers if h]
        parts = []
        for name, header, count in bad:
            said = f'column {name} ("{header}") ' + (f"is there {count} times" if count else "is not there")
            if not count and (near := _close(header, names)):
                said += "; nearest: " + ", ".join(f'"{self._mask(n)}"' for n in near)
            parts.append(said)
        return f"{id}: " + "; ".join(parts)

    def neither(self, id: str, empty: str, url: str, waited: float) -> str:
        """A table has no rows, and what it shows then is not there."""
        return (
            f"{id} on {self.path(url)}: within {waited:.1f} s neither a row came nor {empty}, "
            f"which says that there is none{self.said()}"
        )

    def at_work(self, id: str, url: str, how: str, waited: float) -> str:
        """A page is not at rest, so that nobody knows what it will show."""
        return (
            f"{id} on {self.path(url)}: the page was still {how} after {waited:.1f} s, "
            f"so that nobody knows whether all is there{self.said()}"
        )

    def several_rows(self, id: str, columns: Iterable[str], count: int) -> str:
        return f"{id}: {count} rows with the wanted {', '.join(columns)}"

    def server_error(self, status: int, path: str) -> str:
        return f"{self.application} answered {status} for {self.path(path)}"

    def no_answer(self, error: Error | None = None) -> str:
        """The application could not be reached."""
        reason = next((words for code, words in _NETWORK.items() if error and code in error.message), "")
        return f"{self.application} does not answer" + (f": {reason}" if reason else "")

    def used_in_vain(self, id: str, waited: float) -> str:
        """Something was clicked, and the page that it asked for did not come."""
        return f"{id} was used, but {self.no_answer()} within {waited:.1f} s{self.said()}"

    def lost(self, wanted: str) -> str:
        return f"{self.application} shows its login screen instead of {wanted}"

    def never_loaded(self, url: str) -> str:
        return f"{self.application}: the page {self.path(url)} did not finish loading"

    def hangs(self, url: str) -> str:
        return f"{self.application}: the page {self.path(url)} does not react"

    def closed(self) -> str:
        return f"{self.application}: the browser's window was closed or crashed"

    def other(self, error: Error) -> str:
        code = re.search(r"net::(ERR_\w+)", error.message)
        return f"{self.application}: the browser could not do it" + (f" ({code[1]})" if code else "")

    def _selector(self, selector: Selector) -> str:
        return self._mask(describe(selector)) if is_literal(selector) else selector.kind

    def _nearest(self, selector: Selector, names: Iterable[str]) -> list[str]:
        wanted = selector.name if selector.kind == "role" else selector.value
        if not isinstance(wanted, str) or selector.kind not in ("role", "label", "test_id"):
            return []
        # Links, cells and rows often bear people's names: only what is nearly the same is shown of them.
        often_personal = selector.kind == "role" and selector.value in ("link", "cell", "row", "option")
        return [self._mask(name) for name in _close(wanted, names, 70 if often_personal else 50)]


def _close(wanted: str, names: Iterable[str], cutoff: float = 50) -> list[str]:
    found = process.extract(wanted, [n for n in names if n], scorer=fuzz.ratio, score_cutoff=cutoff, limit=3)
    return [name for name, _, _ in found]

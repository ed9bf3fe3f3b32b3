"""What a failed session says: plain words, without personal data.

Playwright's own messages hold selectors, values and pieces of the page, so none of them gets out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

from playwright.async_api import Error

from robotfabrik.model.masking import mask_patterns
from robotfabrik.model.process import Selector
from robotfabrik.model.reading import clean
from robotfabrik.sessions.candidates import Mask, has_part, namesakes, nearest, without_names
from robotfabrik.sessions.locators import describe, is_literal

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


_LONGEST_NAME = 60
_HINDRANCES = {
    "disabled": "it is disabled",
    "read-only": "it is read-only",
    "moving": "it does not come to rest",
    "covered": "something lies on top of it",
}
_PARTS = {
    "frame": "its frame",
    "within": "the part of the page that it lies within",
    "anchor": "its anchor",
    "row": "its row",
}


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
        text = f"{id} ({self._selector(selector)}) on {self.path(url)}: "
        found = found or {"count": 0}
        if found["count"] == 1:
            late = "it is there, but could not be used" if not usable else "it was not there, or not once,"
            text += f"{late} within {waited:.1f} s" + self._hindrance(found)
        elif found["count"]:
            text += f"{found['count']} found" + self._places(found)
        else:
            text += f"not found within {waited:.1f} s" + self._hints(selector, found)
        return text + self.said()

    def _hindrance(self, found: Mapping[str, Any]) -> str:
        if "hindrance" not in found:
            return ""
        by = f": the {self._named(*found['by'])}" if found.get("by") else ""
        return f": {_HINDRANCES[found['hindrance']]}{by}"

    def _places(self, found: Mapping[str, Any]) -> str:
        """Where several stand, as far as the page says it by names."""
        said = []
        for place in found.get("places", ()):
            row = f"row {place['row']}" if place["row"] else ""
            around = self._named(*place["around"]) if place["around"] else ""
            where = " of ".join(part for part in (row, around) if part)
            if where:
                said.append(f"under {where}" if around.startswith("heading") and not row else f"in {where}")
        return ": " + ", ".join(dict.fromkeys(said)) if said else ""

    def _named(self, role: str, name: str) -> str:
        """What is around something, by its name; people's names are left out."""
        name = without_names(self._mask(name)) if len(name) <= _LONGEST_NAME else ""
        return f'{role} "{name}"' if any(c.isalnum() for c in name) else role

    def _hints(self, selector: Selector | None, found: Mapping[str, Any]) -> str:
        """What is there instead, or why it cannot be found as it is looked for."""
        if missing := found.get("missing"):
            part = _part(selector, missing)
            inside = found.get("of", {"count": 0})
            if inside["count"] > 1:
                return f"; {_PARTS[missing]} is there {inside['count']} times" + self._places(inside)
            return f"; {_PARTS[missing]} is not there" + self._hints(part, inside)
        if found.get("aside"):
            return f"; its anchor is there, but nothing such lies {_side(selector)} it"
        if found.get("itself"):
            return "; what it should lie within is the wanted element itself: leave `within` out"
        if outside := found.get("outside"):
            around = "what it should lie within" if _part(selector, "within") else _PARTS["row"]
            return f"; {outside} found outside of {around}"
        if found.get("hidden"):
            return "; it is there, but hidden"
        return self._nearest(selector, found) if selector else ""

    def _nearest(self, selector: Selector, found: Mapping[str, Any]) -> str:
        wanted = selector.name if selector.kind == "role" else selector.value
        kind = selector.value if selector.kind == "role" else selector.kind
        if not isinstance(wanted, str) or not isinstance(kind, str):
            return ""
        names = [(of, name) for of, name in found.get("names", ())]
        own = [name for of, name in names if of == kind]
        said = ""
        if near := nearest(wanted, kind, own, self._mask):
            said = "; nearest: " + ", ".join(f'"{name}"' for name in near)
            if kind == "text" and selector.exact and has_part(wanted, own):
                said += " (`exact: false` finds a part of a text)"
        if others := namesakes(wanted, [(of, name) for of, name in names if of not in (kind, "text")]):
            said += f"; {' and '.join(f'a {other}' for other in others)} of that name is there"
        elif found.get("text"):
            said += f"; a text of that name is there, but it is no {kind}"
        return said

    def not_offered(
        self, id: str, selector: Selector, item: str, offered: Iterable[str], waited: float, count: int = 0
    ) -> str:
        """A list does not have the wanted choice, or several times."""
        text = f'{id} ({self._selector(selector)}): the wanted choice "{self._mask(item)}" '
        if count:
            return text + f"is offered {count} times" + self.said()
        others = [name for name in dict.fromkeys(clean(name) for name in offered) if name]
        many = f"{len(others)} {'other is' if len(others) == 1 else 'others are'}" if others else "nothing is"
        text += f"was not offered within {waited:.1f} s; {many}"
        # Choices often are people: only what is nearly the same is shown of them.
        if near := nearest(clean(item), "option", others, self._mask):
            text += "; nearest: " + ", ".join(f'"{name}"' for name in near)
        return text + self.said()

    def refused_choice(self, id: str, selector: Selector, item: str, why: str) -> str:
        """A list shows the wanted choice, but it cannot be chosen."""
        return f'{id} ({self._selector(selector)}): the choice "{self._mask(item)}" {why}{self.said()}'

    def said(self) -> str:
        """What an unexpected dialog said, as the end of a message. Names and numbers are left out."""
        if not self.dialog:
            return ""
        words = without_names(self._mask(self.dialog[:200]))
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
            if not count and (near := nearest(header, "columnheader", names, self._mask)):
                said += "; nearest: " + ", ".join(f'"{name}"' for name in near)
            parts.append(said)
        if not names:
            parts.append("it has no headings: say how its rows and cells are found, with rows: and css:")
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

    def no_answer(self, url: str = "", error: Error | None = None) -> str:
        """The application could not be reached. Of its address only the server is shown."""
        found = urlsplit(url)
        at = f" at {found.scheme}://{found.netloc.rpartition('@')[2]}" if found.netloc else ""
        reason = next((words for code, words in _NETWORK.items() if error and code in error.message), "")
        return f"{self.application} does not answer{at}" + (f": {reason}" if reason else "")

    def used_in_vain(self, id: str, waited: float) -> str:
        """Something was clicked, and the page that it asked for did not come."""
        return f"{id} was used, but {self.no_answer()} within {waited:.1f} s{self.said()}"

    def still_there(self, id: str, selector: Selector, url: str, waited: float) -> str:
        """What should vanish did not."""
        where = f"{id} ({self._selector(selector)}) on {self.path(url)}"
        return f"{where}: it was still there after {waited:.1f} s{self.said()}"

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


def _part(selector: Selector | None, name: str) -> Selector | None:
    """What a selector depends on: its `frame`, `within` or `anchor`."""
    if selector is None or name == "row":
        return None
    if name == "anchor":
        return selector.anchor.selector if selector.anchor else None
    found: Selector | None = getattr(selector, name)
    return found


def _side(selector: Selector | None) -> str:
    side = selector.anchor.side if selector and selector.anchor else "beside"
    return f"{side} of" if side in ("left", "right") else side

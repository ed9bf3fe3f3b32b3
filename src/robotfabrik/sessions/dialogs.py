"""Native dialogs (alert, confirm, prompt, leaving a page): they stop the page until they are answered."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass

from playwright.async_api import Dialog, Error, Page

from robotfabrik.model.errors import SystemException
from robotfabrik.sessions.failures import Failures


@dataclass(frozen=True, slots=True)
class Answer:
    """What the next dialog is answered with; `text` is for a prompt, `message` a part of what it must say."""

    accept: bool
    text: str
    message: str


class Dialogs:
    """The dialogs of one page. One that nobody has prepared for is answered with no; leaving with yes."""

    def __init__(self, page: Page, failures: Failures) -> None:
        self._failures = failures
        self._answer: Answer | None = None
        self._armed_for = 0  # so many actions more
        self._other = False  # another one came than was prepared for
        self.last: str | None = None  # what the last one said
        page.on("dialog", lambda dialog: asyncio.ensure_future(self._come(dialog)))

    def arm(self, answer: Answer) -> None:
        """Prepare for the dialog of the next action."""
        self._answer, self._armed_for = answer, 1

    def begin(self) -> None:
        """An action begins: what an earlier one prepared or said no longer counts."""
        if self._armed_for == 0:
            self._answer = None
        self._armed_for = 0
        self._other = False
        self.last = self._failures.dialog = None

    def check(self) -> None:
        """An action is over: SystemException when its dialog was not the one that was prepared for."""
        if self._other:
            self._other = False
            raise SystemException(
                f"{self._failures.application}: another dialog came than was expected{self._failures.said()}"
            )

    async def _come(self, dialog: Dialog) -> None:
        answer, self._answer = self._answer, None
        if dialog.type != "beforeunload":
            self.last = dialog.message
        expected = answer is not None and answer.message.casefold() in dialog.message.casefold()
        self._other = answer is not None and not expected
        if not expected and dialog.type != "beforeunload":
            self._failures.dialog = dialog.message
        with suppress(Error):  # the page has gone, and the dialog with it
            if answer is not None and expected:
                await (dialog.accept(answer.text) if answer.accept else dialog.dismiss())
            else:
                await (dialog.accept() if dialog.type == "beforeunload" else dialog.dismiss())

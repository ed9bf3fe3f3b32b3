"""Files to and from the application, and pictures of its pages."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from playwright.async_api import Download, Error, Locator
from playwright.async_api import TimeoutError as PlaywrightTimeout

from robotfabrik.activities.api import Guard
from robotfabrik.model.errors import ElementMissing, SystemException, TimedOut
from robotfabrik.model.filenames import file_name
from robotfabrik.model.process import Target
from robotfabrik.sessions.acting import Acting
from robotfabrik.sessions.evidence import evidence
from robotfabrik.sessions.page import Deadline
from robotfabrik.sessions.pictures import taken

# The file input itself, or the one inside; a button that opens the chooser has none.
_INPUT = """element => element.matches('input[type=file]') ? element
  : element.control?.type === 'file' ? element.control : element.querySelector('input[type=file]')"""


class Transfers(Acting):
    """Uploads choose files as a person does; downloads are complete before a step is over."""

    async def upload(self, target: Target, files: Sequence[Path], timeout: float) -> None:
        async def do(found: Locator, deadline: Deadline) -> None:
            handle = (await found.evaluate_handle(_INPUT, timeout=deadline.ms)).as_element()
            if handle is not None:
                await handle.set_input_files([*files], timeout=deadline.ms)
                return
            try:
                async with self.page.expect_file_chooser(timeout=deadline.ms) as chooser:
                    await found.click(timeout=deadline.ms)
                await (await chooser.value).set_files([*files], timeout=deadline.ms)
            except PlaywrightTimeout:
                raise ElementMissing(
                    f"{target.id} asked for no file within {deadline.timeout:.1f} s{self.failures.said()}"
                ) from None

        await self._act(target, timeout, do)

    async def download(
        self, target: Target, place: Callable[[str], Path], timeout: float, *, guard: Guard | None = None
    ) -> Path:
        deadline = Deadline(timeout)
        while not self._downloads.empty():  # of earlier clicks
            self._downloads.get_nowait()
        await self.click(target, timeout, guard=guard)
        said = "no file was downloaded"
        try:
            async with asyncio.timeout(max(deadline.left, 0.05)):
                download: Download = await self._downloads.get()
                said = "a download had begun, but was not whole"
                failure = await download.failure()  # waits until it is whole
        except TimeoutError:
            raise TimedOut(f"{target.id}: {said} within {timeout:.1f} s{self.failures.said()}") from None
        except Error as error:
            self._page.raise_closed(error)
        if failure:
            raise SystemException(f"{target.id}: the download broke off")
        path = place(file_name(download.suggested_filename))
        # Copied, so that the file is the owner's alone from its first byte.
        copy = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(copy, "wb") as into, (await download.path()).open("rb") as whole:
            shutil.copyfileobj(whole, into)
        with suppress(Error):
            await download.delete()
        return path

    async def picture(self, *, real: bool, timeout: float) -> bytes:
        if not real:
            drawn = await evidence(self.page, self._chrome)
            if drawn is None:
                raise SystemException(f"{self.failures.application}: no masked picture could be made")
            return drawn

        async def do(deadline: Deadline) -> bytes:
            return await taken(lambda: self.page.screenshot(full_page=True, timeout=deadline.ms))

        found: bytes = await self._on_page("taking a picture", timeout, do)
        return found

    async def pdf(self, timeout: float) -> bytes:
        async def do(_: Deadline) -> bytes:
            try:
                return await self.page.pdf(print_background=True, tagged=True)
            except Error as error:
                if "PrintToPDF" in error.message or "headless" in error.message:
                    message = "a browser whose window is shown makes no PDF: run without --headed"
                    raise SystemException(message) from None
                raise

        found: bytes = await self._on_page("making a PDF", timeout, do)
        return found

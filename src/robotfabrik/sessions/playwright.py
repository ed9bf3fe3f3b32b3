"""One browser, N contexts: the browser is shared, every worker has a context of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from playwright.async_api import Browser, BrowserContext, Error, Locator, Playwright, async_playwright

from robotfabrik.model.errors import SystemException
from robotfabrik.model.masking import mask_patterns
from robotfabrik.model.process import Call, Element, Repository, TargetRef
from robotfabrik.model.values import Credential
from robotfabrik.sessions.browser import find_browser
from robotfabrik.sessions.candidates import Mask
from robotfabrik.sessions.evidence import declared_chrome, page_outline
from robotfabrik.sessions.evidence import evidence as picture
from robotfabrik.sessions.failures import Failures, why_not_started
from robotfabrik.sessions.locators import ENGINE, locator, resolver_source, spec_of
from robotfabrik.sessions.orphans import ProcessRecord
from robotfabrik.sessions.page import INSTALL, Page
from robotfabrik.sessions.rehearsal import NetworkGuard
from robotfabrik.sessions.session import PlaywrightSession

# A browser that takes longer than this to close something does not react any more.
CLOSE_WITHIN = 10.0


class BrowserPool:
    """The browser of one run. It starts with its first use, and again after a crash.

    `run_dir` is where its processes are recorded, so that the next run can remove what a killed one left
    (`orphans.remove_orphans`). `trace_dir` turns on Playwright traces: they hold personal data. `slow` is
    how many seconds each action is shown before it is done.
    """

    def __init__(
        self, *, browser: str | None = None, headed: bool = False, rehearsal: bool = False,
        run_dir: Path | None = None, trace_dir: Path | None = None, slow: float = 0.0,
    ) -> None:  # fmt: skip
        self._configured = browser
        self._headed = headed
        self.slow = slow
        self.rehearsal = rehearsal
        self.trace_dir = trace_dir
        self._run_dir = run_dir
        self._record: ProcessRecord | None = None
        self._playwright: Playwright | None = None
        self._browser: Browser | None = None
        self._starting = asyncio.Lock()
        self._workers: list[PlaywrightSessions] = []

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for worker in self._workers:
            await worker.close()
        await self._stop()

    def worker(
        self, mask: Mask = mask_patterns, repositories: Mapping[str, Repository] | None = None
    ) -> PlaywrightSessions:
        """The sessions of one more worker.

        `mask` hides personal data in messages. The object repositories of the applications say which texts
        evidence may show, and what the login screen looks like.
        """
        worker = PlaywrightSessions(self, mask, repositories or {})
        self._workers.append(worker)
        return worker

    async def browser(self) -> Browser:
        """The running browser; a dead one is replaced, with its driver."""
        async with self._starting:
            if self._browser is None or not self._browser.is_connected():
                await self._stop()
                await self._start()
            assert self._browser is not None
            return self._browser

    async def restart(self, context: BrowserContext) -> None:
        """End the browser of a context that does not close. The other workers' sessions end with it."""
        async with self._starting:
            if context.browser is self._browser:
                await self._stop()

    async def _start(self) -> None:
        choice = find_browser(self._configured, headed=self._headed)
        record = ProcessRecord(self._run_dir) if self._run_dir else None
        try:
            self._playwright = await async_playwright().start()
            await self._playwright.selectors.register(ENGINE, script=resolver_source(), content_script=True)
            options = choice.launch_options(headed=self._headed, rehearsal=self.rehearsal)
            self._browser = await self._playwright.chromium.launch(**options)
        except Error as error:
            await self._stop()
            name = choice.path or choice.channel
            raise SystemException(f"the browser {name} does not start: {why_not_started(error)}") from None
        if record:
            record.save()
            self._record = record

    async def _stop(self) -> None:
        browser, playwright = self._browser, self._playwright
        self._browser = self._playwright = None
        for end in (browser.close if browser else None, playwright.stop if playwright else None):
            if end is None:
                continue
            try:
                async with asyncio.timeout(CLOSE_WITHIN):
                    await end()
            except Exception:  # a dead browser or driver cannot be closed; its processes are recorded
                continue
        if self._record:
            self._record.remove()
            self._record = None


class PlaywrightSessions:
    """The sessions of one worker: one context with one page for each application (ports.Sessions)."""

    def __init__(self, pool: BrowserPool, mask: Mask, repositories: Mapping[str, Repository]) -> None:
        self._pool = pool
        self._repositories = repositories
        self._chrome = declared_chrome(repositories.values())
        self._mask = mask
        self._context: BrowserContext | None = None
        self._sessions: dict[str, PlaywrightSession] = {}
        self._traces = 0
        self.network: NetworkGuard | None = None

    async def open(
        self, application: str, credential: Credential | None, url: str, login_marker: Element | None = None
    ) -> PlaywrightSession:
        """A fresh page for an application; logging in is the repository's own workflow.

        `login_marker` is an element of the login screen: seeing it instead of what was wanted means
        SessionLost; by default the first element that the repository's login uses. `credential` and `url`
        belong to the login workflow.
        """
        if login_marker is None and (repository := self._repositories.get(application)):
            login_marker = first_login_element(repository)
        for attempt in (1, 2):
            try:
                return await self._open(application, login_marker)
            except Error as error:
                # The browser died since the last use: the pool starts another one.
                await self.close()
                if attempt == 2:
                    first = error.message.strip().split("\n", 1)[0]
                    raise SystemException(f"no page can be opened for {application}: {first}") from None
        raise AssertionError  # the loop returns or raises

    async def _open(self, application: str, login_marker: Element | None) -> PlaywrightSession:
        browser = await self._pool.browser()
        if self._context is None or self._context.browser is not browser:
            self._sessions.clear()
            self._context = await self._new_context(browser)
        if old := self._sessions.pop(application, None):
            with suppress(SystemException):  # they may have crashed
                await old.close_other_windows()
            await old.page.close()
        window = await self._context.new_page()
        repository = self._repositories.get(application)
        for notice in repository.notices if repository else ():
            await window.add_locator_handler(locator(window, spec_of(notice.selector)), Locator.click)
        page = Page(window, Failures(application, self._mask), login_marker)
        session = PlaywrightSession(page, self.network, self._pool.slow, self._chrome)
        self._sessions[application] = session
        return session

    async def _new_context(self, browser: Browser) -> BrowserContext:
        context = await browser.new_context(
            locale="sv-SE", timezone_id="Europe/Stockholm", viewport={"width": 1280, "height": 900},
            service_workers="block",
        )  # fmt: skip
        await context.add_init_script(INSTALL)
        if self._pool.rehearsal:
            self.network = NetworkGuard(self._mask)
            await self.network.install(context)
        if self._pool.trace_dir:
            await context.tracing.start(screenshots=True, snapshots=True)
        return context

    async def evidence(self) -> dict[str, bytes | None]:
        """A picture of every application's page, by application: see the module `evidence`."""
        return {name: await picture(one.page, self._chrome) for name, one in self._sessions.items()}

    async def outline(self) -> dict[str, str]:
        """Every application's page in a few lines without personal data."""
        return {name: await page_outline(one.page, self._chrome) for name, one in self._sessions.items()}

    async def close(self) -> None:
        """Close the context: after this, nothing that it had started goes on."""
        context, self._context = self._context, None
        self._sessions.clear()
        if context is None:
            return
        try:
            async with asyncio.timeout(CLOSE_WITHIN):
                if self._pool.trace_dir:
                    self._traces += 1
                    name = f"trace-{id(self)}-{self._traces}.zip"
                    await context.tracing.stop(path=self._pool.trace_dir / name)
                await context.close()
        except (Error, TimeoutError):
            # What does not close is ended with its browser: it must not go on in the background.
            await self._pool.restart(context)


def first_login_element(repository: Repository) -> Element | None:
    """The first element that the login workflow touches."""
    for step in repository.login.steps if repository.login else ():
        for argument in step.arguments.values() if isinstance(step, Call) else ():
            if isinstance(argument, TargetRef) and isinstance(argument.element, Element):
                return argument.element
    return None

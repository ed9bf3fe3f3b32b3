"""Paper and pictures by the browser: a page as PDF, a drawing as PNG. Nothing is asked of the network."""

from __future__ import annotations

from html import escape
from types import TracebackType
from typing import Any, Self

from playwright.sync_api import Browser, Error, Playwright, sync_playwright

from robotfabrik.model.errors import SystemException
from robotfabrik.sessions.browser import find_browser
from robotfabrik.sessions.pictures import taken_now

SCALE = 2  # pixels of a picture for each of the drawing's units


class Printer:
    """A browser that prints. It starts with its first use; UsageError says what is missing."""

    def __init__(self, browser: str | None = None) -> None:
        self._configured = browser
        self._playwright: Playwright | None = None
        self._browser: Browser | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._browser is not None:
            self._browser.close()
        if self._playwright is not None:
            self._playwright.stop()

    def browser(self) -> Browser:
        """The running browser."""
        if self._browser is None:
            choice = find_browser(self._configured)
            self._playwright = sync_playwright().start()
            self._browser = self._playwright.chromium.launch(**choice.launch_options())
        return self._browser

    def pdf(self, page: bytes, footer: str, words: tuple[str, str] = ("", "")) -> bytes:
        """A page of HTML as tagged PDF on A4, with an outline; `words` are "page" and "of" of the footer."""
        page_of = f'{escape(words[0])} <span class="pageNumber"></span> {escape(words[1])}'
        below = (
            '<div style="font: 8px Arial, sans-serif; color: #4a5763; width: 100%; margin: 0 16mm; '
            f'display: flex; justify-content: space-between"><span>{escape(footer)}</span>'
            f'<span>{page_of} <span class="totalPages"></span></span></div>'
        )

        def print_it(tab: Any) -> bytes:
            tab.set_content(page.decode("utf-8"))
            printed: bytes = tab.pdf(
                format="A4", prefer_css_page_size=True, print_background=True, tagged=True, outline=True,
                display_header_footer=True, header_template="<span></span>", footer_template=below,
            )  # fmt: skip
            return printed

        return self._on_a_page(print_it, {})

    def png(self, svg: str, width: int, height: int) -> bytes:
        """A drawing as picture, at twice its size so that it is sharp on paper."""

        def shoot(tab: Any) -> bytes:
            tab.set_content(f"<!doctype html><style>*{{margin:0}}svg{{display:block}}</style>{svg}")
            return taken_now(lambda: tab.locator("svg").screenshot(animations="disabled"))

        return self._on_a_page(
            shoot, {"viewport": {"width": width, "height": height}, "device_scale_factor": SCALE}
        )

    def _on_a_page(self, work: Any, options: dict[str, Any]) -> bytes:
        try:
            context = self.browser().new_context(offline=True, java_script_enabled=False, **options)
            try:
                done: bytes = work(context.new_page())
                return done
            finally:
                context.close()
        except Error as error:
            raise SystemException(
                f"the browser could not draw the document ({error.message.splitlines()[0]})"
            ) from None

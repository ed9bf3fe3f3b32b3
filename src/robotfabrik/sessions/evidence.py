"""What a page looked like when something failed, without a single letter of a case.

The page is never photographed. It is measured, and a picture of the same places is drawn anew: grey bars
for text, empty boxes for fields and pictures, and in words only texts that the object repository declares.
What cannot be measured (a closed shadow root, a frame that does not answer) is simply not in the picture,
so nothing has to be proven about what a page can hide.
"""

from __future__ import annotations

import asyncio
import html
import json
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any
from urllib.parse import urlsplit

from playwright.async_api import Error, Frame, Page

from robotfabrik.model.masking import mask_patterns
from robotfabrik.model.process import Repository, Screen, Selector, Table
from robotfabrik.sessions.pictures import taken

WITHIN = 10.0  # seconds: evidence never holds up a run
HIGHEST = 4000  # pixels

_STYLE = """body{margin:0;background:#fff;font-family:Arial,Helvetica,sans-serif}
i{position:absolute;box-sizing:border-box}
.text{background:#c9cfd6;border-radius:2px}
.field{border:1px solid #7d8894;background:#f1f3f5}
.button{border:1px solid #7d8894;border-radius:4px;background:#e4e8ec}
.picture{border:1px solid #a8b0b9;background:repeating-linear-gradient(45deg,#eceff2 0 6px,#dde2e7 6px 12px)}
.frame{border:1px dashed #7d8894}.cell{border:1px solid #dfe3e8}.group{border:1px solid #cfd5dc}
.chrome{color:#111;font-style:normal;white-space:nowrap;overflow:visible}"""
_ORDER = ("group", "frame", "cell", "picture", "button", "field", "text", "chrome")


@dataclass(frozen=True, slots=True)
class _Measured:
    width: int
    height: int
    boxes: list[list[Any]]
    found: list[int]
    count: Counter[str]


async def evidence(page: Page, chrome: Collection[str]) -> bytes | None:
    """A PNG of the page's layout with only the texts of `chrome` in words; None when it cannot be made."""
    try:
        async with asyncio.timeout(WITHIN):
            literals = _literals(chrome)
            return await _draw(page, wireframe(await _measure(page, literals), literals))
    except (Error, TimeoutError, ValueError):
        return None


async def page_outline(page: Page, chrome: Collection[str]) -> str:
    """The page in a few lines: its path, declared texts that stand on it, and how much else there is."""
    try:
        async with asyncio.timeout(WITHIN):
            literals = _literals(chrome)
            measured = await _measure(page, literals)
    except (Error, TimeoutError, ValueError):
        return "the page could not be looked at"
    texts = list(dict.fromkeys(literals[i] for i in measured.found))
    lines = [f"page {_path(page.url)}", "declared texts that it shows:"]
    lines += [f"  {text}" for text in texts] or ["  none"]
    lines.append("besides: " + ", ".join(f"{number} {what}" for what, number in measured.count.items()))
    return "\n".join(lines)


def _path(url: str) -> str:
    """The path of a URL. A part with a digit may name a case."""
    parts = urlsplit(url).path.split("/")
    return "/".join("…" if any(map(str.isdigit, part)) else mask_patterns(part) for part in parts)


def declared_chrome(repositories: Iterable[Repository]) -> frozenset[str]:
    """The literal labels, names and headers of object repositories: the texts that may be shown."""
    return frozenset(
        text
        for repository in repositories
        for screen in repository.screens.values()
        for text in _texts_of(screen)
    )


def _texts_of(screen: Screen) -> Iterator[str]:
    for element in screen.elements.values():
        yield from _texts_of_selector(element.selector)
        if isinstance(element, Table):
            yield from (column.header for column in element.columns)
            parts = (element.next, element.empty, element.end, *element.row.values())
            for part in parts:
                if part is not None:
                    yield from _texts_of_selector(part.selector)


def _texts_of_selector(selector: Selector) -> Iterator[str]:
    shown = selector.name if selector.kind == "role" else selector.value
    if isinstance(shown, str) and selector.kind in ("role", "label", "text"):
        yield shown
    for part in (selector.within, selector.frame, *selector.fallbacks):
        if part is not None:
            yield from _texts_of_selector(part)


def wireframe(measured: _Measured, literals: Collection[str]) -> str:
    """The picture as HTML: numbers, and texts out of `literals`."""
    texts = list(literals)
    parts = []
    layers = sorted(measured.boxes, key=lambda box: _ORDER.index(box[0]))
    for kind, x, y, width, height, size, bold, literal in layers:
        style = f"left:{int(x)}px;top:{int(y)}px;width:{int(width)}px;height:{int(height)}px"
        text = ""
        if kind == "chrome":
            text = html.escape(texts[literal])
            weight = 700 if bold else 400
            style += f";font-size:{int(size)}px;line-height:{int(height)}px;font-weight:{weight}"
        parts.append(f'<i class="{_ORDER[_ORDER.index(kind)]}" style="{style}">{text}</i>')
    body = f"width:{measured.width}px;height:{measured.height}px;position:relative;overflow:hidden"
    head = f'<!doctype html><meta charset="utf-8"><style>{_STYLE}</style>'
    return f'{head}<body style="{body}">{"".join(parts)}'


async def _measure(page: Page, literals: list[str]) -> _Measured:
    """The main document and every frame that can be placed in it."""
    main = await _measure_frame(page.main_frame, literals)
    boxes, found = main["boxes"], main["found"]
    count = Counter(main["count"])
    for frame in page.frames:
        if frame == page.main_frame or frame.is_detached():
            continue
        try:
            place = await (await frame.frame_element()).bounding_box()
            if place is None:
                continue
            inner = await _measure_frame(frame, literals)
        except Error:
            continue  # not in the picture
        left, top = place["x"] + main["scroll"][0], place["y"] + main["scroll"][1]
        for kind, x, y, width, height, *rest in inner["boxes"]:
            x, y = x - inner["scroll"][0], y - inner["scroll"][1]
            if min(x, y) >= 0 and x + width <= place["width"] and y + height <= place["height"]:
                boxes.append([kind, round(x + left), round(y + top), width, height, *rest])
        found = found + inner["found"]
        count.update(inner["count"])
    return _Measured(int(main["width"]), min(int(main["height"]), HIGHEST), boxes, found, count)


async def _measure_frame(frame: Frame, literals: list[str]) -> dict[str, Any]:
    measured: dict[str, Any] = json.loads(await frame.evaluate(_source(), literals))
    return measured


async def _draw(page: Page, source: str) -> bytes | None:
    browser = page.context.browser
    if browser is None:
        return None
    context = await browser.new_context(java_script_enabled=False, viewport={"width": 1280, "height": 900})
    try:
        blank = await context.new_page()
        await blank.set_content(source)
        return await taken(lambda: blank.screenshot(full_page=True))
    finally:
        await context.close()


def _literals(chrome: Collection[str]) -> list[str]:
    return sorted({text for text in chrome if text.strip()})


@cache
def _source() -> str:
    return resources.files(__package__).joinpath("evidence.js").read_text(encoding="utf-8")

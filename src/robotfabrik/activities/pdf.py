"""Activities on PDF files: making one (Typst), reading and joining (pypdf)."""

from __future__ import annotations

import io
import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from robotfabrik.activities import saving, typesetting
from robotfabrik.activities.api import Activity, Context, Json, Texts, describe
from robotfabrik.activities.content import contents, names_of, write
from robotfabrik.model.errors import Missing, SystemException

if TYPE_CHECKING:
    from pypdf import PdfReader

MAX_SIZE = 200_000_000  # bytes
MAX_PAGES = 2_000


async def read_pdf_text(ctx: Context, file: str, pages: str = "") -> str:
    """Read the text of a PDF. Pages without any text, such as scanned ones, are missing.

    file: the PDF.
    pages: such as 1, 2-3 or 1-3, 7; by default all.
    """
    there = ctx.path(file)

    def text(reader: PdfReader) -> str:
        wanted = _numbers(pages, len(reader.pages))
        texts = [(number, reader.pages[number - 1].extract_text().strip()) for number in wanted]
        if empty := [str(number) for number, found in texts if not found]:
            raise Missing(f"{there.name}: there is no text on page {', '.join(empty)}; it may be scanned")
        return "\n\n".join(found for _, found in texts)

    return await saving.read(ctx, there, lambda: _reading(there, text))


async def get_pdf_page_count(ctx: Context, file: str) -> int:
    """Count the pages of a PDF.

    file: the PDF.
    """
    there = ctx.path(file)
    return await saving.read(ctx, there, lambda: _reading(there, lambda reader: len(reader.pages)))


async def create_pdf(ctx: Context, file: str, title: str, content: Json, language: str = "sv") -> None:
    """Make a PDF of text and tables: A4, tagged for screen readers, pages numbered, the same bytes each time.

    file: the new PDF; one that is there already is replaced.
    title: its heading, which also stands at the foot of each page.
    content: a list, in order, of texts (blank lines part paragraphs), `heading: text` and `table: rows`.
    A table's columns are called as the fields of its rows; one without rows is left out.
    language: of its text, such as sv or en, for those who have it read aloud.
    """
    there = ctx.path(file, write=True)
    await saving.change(there, lambda: write(there, typesetting.pdf(there.name, title, content, language)))


async def extract_pdf_pages(ctx: Context, file: str, pages: str, output: str) -> None:
    """Write some pages of a PDF as a PDF of their own.

    file: the PDF.
    pages: such as 1, 2-3 or 1-3, 7, in that order.
    output: the new PDF; one that is there already is replaced.
    """
    there, target = ctx.path(file), ctx.path(output, write=True)
    await saving.change(target, lambda: _write(target, [there], pages))


async def join_pdf(ctx: Context, files: Texts, output: str) -> None:
    """Join PDFs, one after the other, in a new one.

    files: a list of names such as [a.pdf, b.pdf], or the table that list_files gives.
    output: the new PDF; one that is there already is replaced.
    """
    if not (names := names_of(files)):
        raise SystemException("there are no PDFs to join")
    paths, target = [ctx.path(name) for name in names], ctx.path(output, write=True)
    await saving.change(target, lambda: _write(target, paths))


def _write(target: Path, sources: Sequence[Path], pages: str = "") -> None:
    from pypdf import PdfWriter

    writer = PdfWriter()

    def add(reader: PdfReader) -> None:
        for number in _numbers(pages, len(reader.pages)):
            writer.add_page(reader.pages[number - 1])

    for path in sources:
        with saving.plain_errors(path):
            _reading(path, add)
    out = io.BytesIO()
    writer.write(out)
    write(target, out.getvalue())


def _reading(path: Path, work: Callable[[PdfReader], Any]) -> Any:
    """Do something with a PDF's reader."""
    from pypdf import PdfReader

    with _plainly(path):
        reader = PdfReader(io.BytesIO(contents(path, MAX_SIZE)))
        if reader.is_encrypted and not reader.decrypt(""):
            raise SystemException(f"{path.name} is protected by a password")
        if len(reader.pages) > MAX_PAGES:
            raise SystemException(f"{path.name} has more than {MAX_PAGES} pages")
        return work(reader)


@contextmanager
def _plainly(path: Path) -> Iterator[None]:
    from pypdf.errors import DependencyError, PyPdfError

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # its warnings quote the file
    try:
        yield
    except DependencyError:
        raise SystemException(f"{path.name} is encrypted in a way that cannot be read") from None
    except (PyPdfError, ValueError, KeyError, IndexError, TypeError, AttributeError, RecursionError):
        raise SystemException(f"{path.name} is no PDF, or it is damaged") from None


def _numbers(pages: str, count: int) -> list[int]:
    """The pages that `1-3, 7` means, from 1."""
    if not pages.strip():
        return list(range(1, count + 1))
    found: list[int] = []
    for part in pages.split(","):
        first, dash, last = part.partition("-")
        ends = (first, last if dash else first)
        if not all(end.strip().isdecimal() for end in ends):
            raise SystemException(f"'{pages}' are no pages: write 1, 2-3 or 1-3, 7")
        start, end = (int(end) for end in ends)
        if not 1 <= start <= end <= count:
            raise SystemException(f"there are {count} pages, not the pages {part.strip()}")
        found += range(start, end + 1)
    return found


ACTIVITIES: tuple[Activity, ...] = (
    describe(read_pdf_text),
    describe(get_pdf_page_count),
    describe(create_pdf, "local"),
    describe(extract_pdf_pages, "local"),
    describe(join_pdf, "local"),
)

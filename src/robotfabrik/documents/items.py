"""Queue items as an Excel workbook: one row an item, with its fields and what the report shows of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from io import BytesIO
from typing import Any, Final

from openpyxl import Workbook
from openpyxl.utils import get_column_letter

from robotfabrik.documents.excel import Sheet
from robotfabrik.model.records import QueueItem
from robotfabrik.model.work import PRIORITIES

HEADINGS: Final = (
    "Reference", "Status", "Period", "Environment", "Data set", "Process", "Priority", "Deadline",
    "Missed", "Exception", "Reason", "Attempts", "Added", "Claimed", "Settled", "Job",
)  # fmt: skip
WIDTH: Final = 18
_NAMES: Final = {number: name for name, number in PRIORITIES.items()}


def draw(items: Sequence[QueueItem], as_text: Callable[[Any], str]) -> bytes:
    """The workbook's bytes. `as_text` shows a field's value."""
    fields = list(dict.fromkeys(name for item in items for name in item.fields))
    columns = list(dict.fromkeys(name for item in items for name in item.output.get("columns", ())))
    headings = [*HEADINGS, *(f"Field {name}" for name in fields), *columns]
    book = Workbook(write_only=True)
    sheet = Sheet(book.create_sheet("Items"))
    for at in range(1, len(headings) + 1):
        sheet.sheet.column_dimensions[get_column_letter(at)].width = WIDTH
    sheet.sheet.freeze_panes = "B2"
    sheet.sheet.auto_filter.ref = f"A1:{get_column_letter(len(headings))}{len(items) + 1}"
    sheet.header(*headings)
    for item in items:
        report = item.output.get("columns", {})
        values = [
            *_known(item),
            *(as_text(item.fields.get(name)) for name in fields),
            *(as_text(report.get(name)) for name in columns),
        ]
        sheet.add(*(sheet.cell(value) for value in values))
    buffer = BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def _known(item: QueueItem) -> list[Any]:
    space = item.space
    return [
        item.reference, item.status, item.period, space.environment, space.dataset, space.process,
        _NAMES[item.priority], _time(item.deadline), "yes" if item.late else "", item.exception or "",
        item.reason, item.attempts, _time(item.added_at), _time(item.claimed_at), _time(item.settled_at),
        item.settled_by or item.claimed_by or item.added_by,
    ]  # fmt: skip


def _time(seconds: float | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds)
